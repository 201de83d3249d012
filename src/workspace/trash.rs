//! Deleted files, kept in a folder of the program until newer ones replace them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::document::{SaveError, free_name, refuse_existing};

/// The maximum number of kept files; beyond it the oldest are deleted permanently.
const MAX_KEPT: usize = 200;

/// A deleted file that can be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trashed {
    /// The original path.
    pub(crate) from: PathBuf,
    /// The path in the trash folder.
    pub(crate) kept: PathBuf,
}

/// Moves a file into the trash folder, which is created if needed.
///
/// # Errors
/// [`SaveError::Io`]; the file is then unchanged.
pub(crate) fn trash(path: &Path, folder: &Path) -> Result<Trashed, SaveError> {
    let failed = |path: &Path, source| SaveError::Io {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let name = path.file_name().unwrap_or_default();
    let kept = free_name(&folder.join(name));
    transfer(path, &kept).map_err(|source| failed(path, source))?;
    // A trash that can't be tidied is larger than it should be, and nothing is lost by that.
    let _untidied = forget_oldest(folder);
    Ok(Trashed {
        from: path.to_owned(),
        kept,
    })
}

/// Restores a deleted file to its original path.
///
/// # Errors
/// [`SaveError::Exists`] if another file is there now, or [`SaveError::Io`]; the file then stays in
/// the trash.
pub(crate) fn restore(trashed: &Trashed) -> Result<(), SaveError> {
    refuse_existing(&trashed.from)?;
    let failed = |source| SaveError::Io {
        path: trashed.from.clone(),
        source,
    };
    if let Some(folder) = trashed.from.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    transfer(&trashed.kept, &trashed.from).map_err(failed)
}

/// Moves a file, even to another disk.
fn transfer(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let moved = fs::copy(from, to)
                .and_then(|_bytes| fs::File::open(to)?.sync_all())
                .and_then(|()| fs::remove_file(from));
            moved.inspect_err(|_refused| {
                // The file is where it was; a copy of it beside is none that was asked for.
                let _missing = fs::remove_file(to);
            })
        }
        other => other,
    }
}

/// Deletes the oldest files permanently if there are too many.
fn forget_oldest(folder: &Path) -> io::Result<()> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        // A rename leaves the times of the text as they are, and is the last change of the file itself.
        kept.push(((meta.ctime(), meta.ctime_nsec()), entry.path()));
    }
    kept.sort();
    let surplus = kept.len().saturating_sub(MAX_KEPT);
    for (_, path) in kept.into_iter().take(surplus) {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_file_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (spec, bin) = (folder.path().join("a.yaml"), folder.path().join("bin/own"));
        let mut deleted = Vec::new();
        for text in ["one", "two"] {
            fs::write(&spec, text).unwrap();
            deleted.push(trash(&spec, &bin).unwrap());
            assert!(!spec.exists());
        }
        let [one, two] = deleted.as_slice() else {
            panic!("two were deleted");
        };
        restore(two).unwrap();
        assert_eq!(fs::read_to_string(&spec).unwrap(), "two");
        assert!(matches!(restore(one), Err(SaveError::Exists { .. })));
        fs::remove_file(&spec).unwrap();
        restore(one).unwrap();
        assert_eq!(fs::read_to_string(&spec).unwrap(), "one");
        assert!(matches!(restore(one), Err(SaveError::Exists { .. })));
    }

    #[test]
    fn a_file_that_is_not_there_is_no_loss() {
        let folder = tempfile::tempdir().unwrap();
        let missing = trash(&folder.path().join("a"), &folder.path().join("bin"));
        assert!(matches!(missing, Err(SaveError::Io { .. })));
    }
}
