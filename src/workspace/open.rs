//! Which folder the workbench opens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::discover;
use super::samples::{self, SamplesError};

/// A folder of specs that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder, absolute.
    pub root: PathBuf,
    /// The file that was asked for, if it was one.
    pub file: Option<PathBuf>,
    /// Whether these are the bundled samples.
    pub is_samples: bool,
    /// Samples that a person has changed and that therefore were not replaced by newer ones just now.
    pub kept_samples: Vec<&'static str>,
}

/// Why no folder could be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What was named is not there or can't be read.
    #[error("can't open `{}`", path.display())]
    Path {
        /// What was named.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The samples could not be unpacked.
    #[error(transparent)]
    Samples(#[from] SamplesError),
}

/// Chooses the folder: the one that was named, or that of the file that was named; else the current
/// one if a spec or a `flowdeck.toml` lies at its top; else the samples, unpacked to `samples`.
///
/// # Errors
/// [`OpenError`].
pub fn open(named: Option<&Path>, current: &Path, samples: &Path) -> Result<Workspace, OpenError> {
    if let Some(named) = named {
        return open_named(&current.join(named));
    }
    if holds_spec(current) {
        return open_named(current);
    }
    let kept_samples = samples::unpack(samples)?;
    Ok(Workspace {
        is_samples: true,
        kept_samples,
        ..open_named(samples)?
    })
}

fn open_named(path: &Path) -> Result<Workspace, OpenError> {
    let failed = |source| OpenError::Path {
        path: path.to_owned(),
        source,
    };
    let path = fs::canonicalize(path).map_err(failed)?;
    if path.is_dir() {
        return Ok(Workspace {
            root: path,
            file: None,
            is_samples: false,
            kept_samples: Vec::new(),
        });
    }
    let root = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Workspace {
        root,
        file: Some(path),
        is_samples: false,
        kept_samples: Vec::new(),
    })
}

/// Whether a spec or a `flowdeck.toml` lies in the folder itself.
fn holds_spec(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        entry.file_name() == "flowdeck.toml" || discover::is_spec(&path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_specs_gives_the_samples_and_one_with_them_itself() {
        let home = tempfile::tempdir().unwrap();
        let samples = home.path().join("samples");
        let here = home.path().join("here");
        fs::create_dir_all(here.join("deep")).unwrap();
        fs::write(here.join("deep/a.yaml"), "component_type: Agent").unwrap();
        let workspace = open(None, &here, &samples).unwrap();
        assert!(workspace.is_samples);
        assert_eq!(workspace.root, fs::canonicalize(&samples).unwrap());

        fs::write(here.join("flowdeck.toml"), "").unwrap();
        let workspace = open(None, &here, &samples).unwrap();
        assert_eq!(workspace.root, fs::canonicalize(&here).unwrap());
        assert!(!workspace.is_samples);
    }

    #[test]
    fn a_file_opens_its_folder_and_a_missing_one_is_told() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.yaml"), "").unwrap();
        let workspace = open(Some(Path::new("a.yaml")), home.path(), home.path()).unwrap();
        assert_eq!(workspace.file, Some(workspace.root.join("a.yaml")));
        let missing = open(Some(Path::new("b.yaml")), home.path(), home.path());
        assert!(matches!(missing, Err(OpenError::Path { .. })));
    }
}
