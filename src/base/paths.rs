//! The locations of the program's own files: configuration, state, data (XDG base directories).

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The program's folders, each ending in `flowdeck`. They are not created here.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// The folder of `config.toml`.
    pub config: PathBuf,
    /// The folder of the log and the run history.
    pub state: PathBuf,
    /// The folder of the unpacked samples.
    pub data: PathBuf,
}

impl Paths {
    /// Returns the folders from the environment (`XDG_CONFIG_HOME`, `XDG_STATE_HOME`,
    /// `XDG_DATA_HOME`), or their defaults below the home folder; without a home folder, below the
    /// temporary folder.
    pub(crate) fn from_environment() -> Self {
        match etcetera::choose_base_strategy() {
            Ok(base) => Self {
                config: base.config_dir().join("flowdeck"),
                state: base
                    .state_dir()
                    .unwrap_or_else(|| base.data_dir())
                    .join("flowdeck"),
                data: base.data_dir().join("flowdeck"),
            },
            Err(_no_home) => {
                let folder = std::env::temp_dir().join("flowdeck");
                Self {
                    config: folder.join("config"),
                    state: folder.join("state"),
                    data: folder.join("data"),
                }
            }
        }
    }

    /// Returns the path of the settings file.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Returns the path of the log file.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.state.join("flowdeck.log")
    }

    /// Returns the path of the file with the screen's layout.
    pub(crate) fn screen_file(&self) -> PathBuf {
        self.state.join("screen.json")
    }

    /// Returns the path of the file with the last launch of each spec.
    pub(crate) fn launches_file(&self) -> PathBuf {
        self.state.join("launches.json")
    }

    /// Returns the folder of specs that were deleted in the workbench.
    pub(crate) fn trash(&self) -> PathBuf {
        self.state.join("trash")
    }

    /// Returns the path of the file with the specs whose permissions were accepted.
    pub(crate) fn trust_file(&self) -> PathBuf {
        self.state.join("trusted")
    }

    /// Returns the path for the access tokens of servers that the user signed in to.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.state.join("tokens")
    }

    /// Returns the folder where the samples of this version are unpacked.
    pub(crate) fn samples(&self) -> PathBuf {
        self.data.join("samples").join(env!("CARGO_PKG_VERSION"))
    }
}
