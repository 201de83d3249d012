//! The choice of the folder that the workbench opens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::discover;
use super::samples::{self, SamplesError};

/// An open folder of specs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The absolute path of the folder.
    pub root: PathBuf,
    /// The requested file, if a file was named.
    pub file: Option<PathBuf>,
    /// Whether the folder contains the bundled samples.
    pub is_samples: bool,
    /// Samples that were not replaced by newer versions just now, because a person has changed
    /// them.
    pub kept_samples: Vec<&'static str>,
    /// The reason for choosing this folder, if the person may have expected another one.
    pub note: Option<String>,
}

/// The reason why no folder could be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The path doesn't exist or can't be read.
    #[error("can't open `{}`", path.display())]
    Path {
        /// The path that was given.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The samples could not be unpacked.
    #[error(transparent)]
    Samples(#[from] SamplesError),
}

/// Chooses the folder: the named one, or that of the named file; otherwise the current folder, if
/// it has a `flowdeck.toml` at its top or a spec not too deep inside; otherwise the samples,
/// unpacked to `samples`.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn open(
    named: Option<&Path>,
    current: &Path,
    samples: &Path,
) -> Result<Workspace, OpenError> {
    if let Some(named) = named {
        return open_named(&current.join(named));
    }
    if current.join("flowdeck.toml").exists() {
        return open_named(current);
    }
    let words = match discover::has_spec(current) {
        Some(true) => return open_named(current),
        Some(false) if discover::has_ignored_spec(current) => {
            "no spec is here or below, except files that ignore files exclude".to_owned()
        }
        Some(false) => "no spec is here or below".to_owned(),
        None => "no spec was found here, in a folder too large to look through".to_owned(),
    };
    let note = format!("{words}: these are the samples; `flowdeck .` opens the folder itself");
    let kept_samples = samples::unpack(samples)?;
    Ok(Workspace {
        is_samples: true,
        kept_samples,
        note: Some(note),
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
            note: None,
        });
    }
    let root = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Workspace {
        root,
        file: Some(path),
        is_samples: false,
        kept_samples: Vec::new(),
        note: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_specs_gives_the_samples_and_says_so() {
        let home = tempfile::tempdir().unwrap();
        let samples = home.path().join("samples");
        let here = home.path().join("here");
        fs::create_dir_all(&here).unwrap();
        fs::write(here.join("notes.yaml"), "a: 1").unwrap();
        let workspace = open(None, &here, &samples).unwrap();
        assert!(workspace.is_samples);
        assert_eq!(workspace.root, fs::canonicalize(&samples).unwrap());
        let note = workspace.note.unwrap();
        assert!(note.contains("no spec is here or below"), "{note}");

        fs::create_dir(here.join("build")).unwrap();
        fs::write(here.join("build/a.yaml"), "component_type: Agent").unwrap();
        fs::write(here.join(".ignore"), "build").unwrap();
        let note = open(None, &here, &samples).unwrap().note.unwrap();
        assert!(
            note.contains("except files that ignore files exclude"),
            "{note}"
        );

        fs::write(here.join("flowdeck.toml"), "").unwrap();
        let workspace = open(None, &here, &samples).unwrap();
        assert_eq!(workspace.root, fs::canonicalize(&here).unwrap());
        assert_eq!((workspace.is_samples, workspace.note), (false, None));
    }

    #[test]
    fn a_folder_above_its_specs_is_opened() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path().join("here");
        fs::create_dir_all(here.join("deep/er")).unwrap();
        fs::create_dir_all(here.join("node_modules/x")).unwrap();
        let spec = "component_type: Agent";
        fs::write(here.join("node_modules/x/a.yaml"), spec).unwrap();
        let samples = home.path().join("samples");
        assert!(open(None, &here, &samples).unwrap().is_samples);
        fs::write(here.join("deep/er/a.yaml"), spec).unwrap();
        let workspace = open(None, &here, &samples).unwrap();
        assert_eq!(workspace.root, fs::canonicalize(&here).unwrap());
        assert_eq!((workspace.is_samples, workspace.note), (false, None));
    }

    #[test]
    fn a_folder_too_large_to_look_through_is_told() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path().join("here");
        fs::create_dir_all(here.join("a/b/c/d/e/f")).unwrap();
        fs::write(here.join("a/b/c/d/e/f/a.yaml"), "component_type: Agent").unwrap();
        let workspace = open(None, &here, &home.path().join("samples")).unwrap();
        assert!(workspace.is_samples);
        assert!(
            workspace
                .note
                .unwrap()
                .contains("too large to look through")
        );
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
