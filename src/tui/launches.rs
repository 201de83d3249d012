//! The last launch of each spec, saved for later starts.
//!
//! The file is JSON in the state folder. Other users can't read it, because inputs of runs may be private.
//!
//! ```json
//! [{"spec": "/home/ada/specs/weather.yaml", "filled_in": {"profile": null, "texts": {"runs": "12"}}}]
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{read_text, write_private};

/// The maximum number of stored specs; the most recently launched ones are kept.
const MAX_SPECS: usize = 200;

/// The inputs of the launch dialog for one spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LaunchDraft {
    /// The profile that the person chose; `None` uses the current one.
    pub profile: Option<String>,
    /// Whether the maximum number of concurrent runs came from the profile.
    pub is_at_once_of_profile: bool,
    /// The texts of the fields by name: `runs`, `input:city`.
    pub texts: BTreeMap<String, String>,
}

/// The last launch of each spec.
#[derive(Clone, Debug, Default)]
pub struct Launches {
    file: Option<PathBuf>,
    /// The launches, the newest first.
    launches: Vec<Launch>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Launch {
    spec: PathBuf,
    filled_in: LaunchDraft,
}

impl Launches {
    /// Reads the file; a missing or unreadable file gives no launches. Blocks on the file.
    pub(crate) fn read(file: PathBuf) -> Self {
        Self {
            launches: read(&file),
            file: Some(file),
        }
    }

    /// Returns the saved inputs for a spec.
    pub(crate) fn get(&self, spec: &Path) -> Option<&LaunchDraft> {
        let launch = self.launches.iter().find(|launch| launch.spec == spec);
        launch.map(|launch| &launch.filled_in)
    }

    /// Stores the inputs for a spec until the program ends.
    pub(crate) fn put(&mut self, spec: PathBuf, filled_in: LaunchDraft) {
        put(&mut self.launches, spec, filled_in);
    }

    /// Returns the file; `None` if nothing is saved.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Saves the inputs for a spec in a file, and keeps what other processes have saved there.
    /// Blocks on the file.
    ///
    /// # Errors
    /// The operating system's error.
    pub(crate) fn remember(file: &Path, spec: PathBuf, filled_in: LaunchDraft) -> io::Result<()> {
        let mut launches = read(file);
        put(&mut launches, spec, filled_in);
        let text = serde_json::to_string(&launches)?;
        write_private(file, &text)
    }
}

fn put(launches: &mut Vec<Launch>, spec: PathBuf, filled_in: LaunchDraft) {
    launches.retain(|launch| launch.spec != spec);
    launches.insert(0, Launch { spec, filled_in });
    launches.truncate(MAX_SPECS);
}

fn read(file: &Path) -> Vec<Launch> {
    let Ok(text) = read_text(file) else {
        return Vec::new();
    };
    serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, file = %file.display(), "past launches are not readable");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn launches_of_two_programs_are_kept_together_and_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/launches.json");
        let draft: LaunchDraft = serde_json::from_str(r#"{"texts": {"runs": "7"}}"#).unwrap();
        Launches::remember(&file, "/a.yaml".into(), draft.clone()).unwrap();
        Launches::remember(&file, "/b.yaml".into(), LaunchDraft::default()).unwrap();
        let read = Launches::read(file.clone());
        assert_eq!(read.get(Path::new("/a.yaml")), Some(&draft));
        assert!(read.get(Path::new("/b.yaml")).is_some());
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&file, "[{").unwrap();
        assert!(Launches::read(file).get(Path::new("/a.yaml")).is_none());
    }
}
