//! Saving, copying and renaming specs without losing anyone's work.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::files::{read_text, write_atomic, write_new};

/// The reason why a text was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    /// The file has changed since it was read, so that saving would revert someone's work.
    #[error("`{}` has changed on disk", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file with this name already exists.
    #[error("`{}` already exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An error of the operating system.
    #[error("can't write `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
}

/// Replaces a file by a text, atomically. `base` is the text that the file had when it was read; if
/// the file now has a different one, nothing is written. `None` overwrites any contents.
///
/// # Errors
/// [`SaveError::Changed`] and [`SaveError::Io`]; the old file is then unchanged.
pub(crate) fn save(path: &Path, text: &str, base: Option<&str>) -> Result<(), SaveError> {
    if let Some(base) = base
        && let Ok(on_disk) = read_text(path)
        && on_disk != base
        && on_disk != text
    {
        return Err(SaveError::Changed {
            path: path.to_owned(),
        });
    }
    write_atomic(path, text)
        .map(drop)
        .map_err(|source| SaveError::Io {
            path: path.to_owned(),
            source,
        })
}

/// Writes a text to a new file, atomically.
///
/// # Errors
/// [`SaveError::Exists`] and [`SaveError::Io`].
pub(crate) fn create(path: &Path, text: &str) -> Result<(), SaveError> {
    write_new(path, text).map(drop).map_err(|source| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            SaveError::Exists { path }
        } else {
            SaveError::Io { path, source }
        }
    })
}

/// Copies a file to a new file.
///
/// # Errors
/// [`SaveError::Exists`] and [`SaveError::Io`].
pub(crate) fn duplicate(from: &Path, to: &Path) -> Result<(), SaveError> {
    refuse_existing(to)?;
    let copied = fs::copy(from, to).inspect_err(|_full| {
        // Half a copy is none.
        let _missing = fs::remove_file(to);
    });
    copied.map(drop).map_err(|source| SaveError::Io {
        path: to.to_owned(),
        source,
    })
}

/// Renames a file; the new name must not exist.
///
/// # Errors
/// [`SaveError::Exists`] and [`SaveError::Io`].
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), SaveError> {
    refuse_existing(to)?;
    fs::rename(from, to).map_err(|source| SaveError::Io {
        path: to.to_owned(),
        source,
    })
}

/// Returns an unused name beside an existing file: `a-2.json` for `a.json`.
pub(crate) fn free_name(path: &Path) -> PathBuf {
    let part =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = part(path.file_stem()).unwrap_or_default();
    let ending = part(path.extension()).map_or_else(String::new, |ending| format!(".{ending}"));
    let names = (2_u32..).map(|number| path.with_file_name(format!("{stem}-{number}{ending}")));
    let mut free = names.filter(|name| refuse_existing(name).is_ok());
    free.next().unwrap_or_else(|| path.to_owned())
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), SaveError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(SaveError::Exists {
            path: path.to_owned(),
        }),
        Err(_free) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "one").unwrap();
        save(&path, "two", Some("one")).unwrap();
        let refused = save(&path, "three", Some("one"));
        assert!(matches!(refused, Err(SaveError::Changed { .. })));
        assert_eq!(read_text(&path).unwrap(), "two");
        save(&path, "three", None).unwrap();
        assert_eq!(read_text(&path).unwrap(), "three");
    }

    #[test]
    fn names_that_are_taken_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "a").unwrap();
        duplicate(&a, &b).unwrap();
        assert!(matches!(rename(&a, &b), Err(SaveError::Exists { .. })));
        assert!(matches!(duplicate(&a, &b), Err(SaveError::Exists { .. })));
        assert!(matches!(create(&a, "b"), Err(SaveError::Exists { .. })));
        assert_eq!(free_name(&a), folder.path().join("a-2"));
        fs::write(folder.path().join("run.json"), "").unwrap();
        fs::write(folder.path().join("run-2.json"), "").unwrap();
        let free = free_name(&folder.path().join("run.json"));
        assert_eq!(free, folder.path().join("run-3.json"));
        assert_eq!(read_text(&a).unwrap(), "a");
    }
}
