//! Where the program keeps what is its own: configuration, state, data (XDG base directories).

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folders in use, each ending in `flowdeck`. None is created by asking.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// `config.toml`.
    pub config: PathBuf,
    /// The log and, later, the run history.
    pub state: PathBuf,
    /// The unpacked samples.
    pub data: PathBuf,
}

impl Paths {
    /// The folders by the environment (`XDG_CONFIG_HOME`, `XDG_STATE_HOME`, `XDG_DATA_HOME`) or
    /// their defaults below the home folder; where there is no home, below the temporary folder.
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

    /// The settings file.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The log file.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.state.join("flowdeck.log")
    }

    /// The layout of the screen.
    pub(crate) fn screen_file(&self) -> PathBuf {
        self.state.join("screen.json")
    }

    /// Returns the file of what was launched last of each spec.
    pub(crate) fn launches_file(&self) -> PathBuf {
        self.state.join("launches.json")
    }

    /// The specs that were deleted on the screen.
    pub(crate) fn trash(&self) -> PathBuf {
        self.state.join("trash")
    }

    /// Returns the file of the specs that were looked over before their first run.
    pub(crate) fn trust_file(&self) -> PathBuf {
        self.state.join("trusted")
    }

    /// The access tokens of servers that a person signed in to.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.state.join("tokens")
    }

    /// Returns the folder where the samples of this version are unpacked.
    pub(crate) fn samples(&self) -> PathBuf {
        self.data.join("samples").join(env!("CARGO_PKG_VERSION"))
    }
}
