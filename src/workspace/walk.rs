//! Iterates over the files and folders below a folder, without those that ignore files name.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, Error, Walk, WalkBuilder};

/// Folders that contain no specs of a person.
const UNWANTED_FOLDERS: &[&str] = &["target", "node_modules", "__pycache__", "venv"];

/// The treatment of files and folders that `.gitignore` and `.ignore` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IgnoreFiles {
    /// Ignored entries are left out.
    Respected,
    /// Ignored entries are included.
    Overruled,
}

/// Iterates over everything below a folder up to a depth, beginning with the folder itself. Hidden
/// folders, folders of build tools and links to folders (which may lead back up) are not entered.
pub(super) fn below(root: &Path, depth: usize, ignore_files: IgnoreFiles) -> Walk {
    let mut walk = WalkBuilder::new(root);
    let is_respected = ignore_files == IgnoreFiles::Respected;
    // In a repository the ignore files above the folder count, too, unless the folder is itself left out there: people keep
    // their home folder in Git with `*` in its `.gitignore`, which says nothing about a folder that somebody opens.
    let in_repository = is_in_repository(root);
    walk.max_depth(Some(depth))
        .standard_filters(is_respected)
        .parents(is_respected && in_repository && !is_left_out(root))
        .require_git(in_repository)
        // The same folder is the same for everybody, whatever their own settings of Git.
        .git_global(false)
        // A hidden file may be a spec.
        .hidden(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_folder(entry) || is_wanted(entry));
    walk.build()
}

/// Returns a folder and the folders below it, among at most `most` files and folders.
pub(super) fn folders(root: &Path, depth: usize, most: usize) -> BTreeSet<PathBuf> {
    let entries = below(root, depth, IgnoreFiles::Respected);
    entries
        .flatten()
        .take(most)
        .filter(|entry| entry.depth() == 0 || is_folder(entry))
        .map(DirEntry::into_path)
        .collect()
}

/// Returns the folder that can't be read, and the reason; `None` for other errors and for entries
/// that have disappeared meanwhile.
pub(super) fn unread(error: Error) -> Option<(PathBuf, String)> {
    // What is wrong in an ignore file comes without a depth: as in Git, the rest of the file counts.
    error.depth()?;
    let Error::WithPath { path, err } = error else {
        return None;
    };
    let failed = err.into_io_error()?;
    if failed.kind() == io::ErrorKind::NotFound {
        return None;
    }
    // What lies inside is without the path.
    let cause = failed.get_ref().and_then(|around| around.source());
    let why = cause.map_or_else(|| failed.to_string(), ToString::to_string);
    Some((path, why))
}

/// Whether a file is an ignore file.
pub(super) fn is_ignore_file(path: &Path) -> bool {
    let name = path.file_name();
    name.is_some_and(|name| name == ".gitignore" || name == ".ignore")
}

/// Whether an entry is a folder and not a link to one. The outermost folder may be a link.
pub(super) fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_wanted(folder: &DirEntry) -> bool {
    let name: &OsStr = folder.file_name();
    let name = name.to_string_lossy();
    !name.starts_with('.') && !UNWANTED_FOLDERS.contains(&name.as_ref())
}

/// Whether ignore files above a folder exclude the folder itself.
fn is_left_out(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else {
        return false;
    };
    let Some(above) = folder.parent() else {
        return false;
    };
    let mut beside = WalkBuilder::new(above);
    let name = folder.file_name().map(OsStr::to_owned);
    beside
        .max_depth(Some(1))
        .git_global(false)
        .hidden(false)
        .filter_entry(move |entry| {
            entry.depth() == 0 || Some(entry.file_name()) == name.as_deref()
        });
    let mut beside = beside.build();
    !beside.any(|entry| entry.is_ok_and(|entry| entry.path() == folder))
}

fn is_in_repository(folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| {
        folder
            .ancestors()
            .any(|folder| folder.join(".git").exists())
    })
}
