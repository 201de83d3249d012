//! Reading with a bound and writing so that a crash leaves the old file whole.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The largest spec, profile or input file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Why a file could not be read as text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("can't read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A folder, a socket or another thing that is not a file.
    #[error("`{}` is not a file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// The file is larger than the bound.
    #[error("`{}` is larger than {} MB", path.display(), limit_bytes / (1024 * 1024))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound, in bytes.
        limit_bytes: u64,
    },
    /// The bytes are not UTF-8.
    #[error("`{}` is not UTF-8 text (byte {offset_bytes} is wrong)", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Offset of the first wrong byte, from 0.
        offset_bytes: usize,
    },
}

/// Reads a text file of at most [`MAX_FILE_BYTES`]. A byte order mark is kept.
///
/// # Errors
/// [`ReadError`] when it is missing, no file, too large or not UTF-8.
pub fn read_text(path: &Path) -> Result<String, ReadError> {
    let failed = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(ReadError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    text_of(bytes, path)
}

/// Reads text from any source, such as standard input; `name` stands for it in errors.
///
/// # Errors
/// As [`read_text`].
pub fn read_text_from(source: impl Read, name: &Path) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    source
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| ReadError::Io {
            path: name.to_owned(),
            source,
        })?;
    text_of(bytes, name)
}

fn text_of(bytes: Vec<u8>, path: &Path) -> Result<String, ReadError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge {
            path: path.to_owned(),
            limit_bytes: MAX_FILE_BYTES,
        });
    }
    String::from_utf8(bytes).map_err(|wrong| ReadError::NotUtf8 {
        path: path.to_owned(),
        offset_bytes: wrong.utf8_error().valid_up_to(),
    })
}

/// Replaces `path` by `text`: written beside it, flushed to disk, then renamed over it, so that a
/// crash at any moment leaves the old file or the new one. Permissions of an old file are kept and
/// a symbolic link is followed.
///
/// # Errors
/// What the operating system said; the old file is then untouched.
pub fn write_atomic(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_missing| path.to_owned());
    let file = written_beside(&target, text)?;
    file.persist(&target).map_err(|refused| refused.error)?;
    Ok(())
}

/// Writes a file that is not there yet, as whole as [`write_atomic`] does.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if something has that name, and what else the operating system said.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let file = written_beside(path, text)?;
    file.persist_noclobber(path)
        .map_err(|refused| refused.error)?;
    Ok(())
}

/// Writes a file that nobody else on the machine can read, as whole as [`write_atomic`] does; its folder is made, and
/// is closed to others, too.
///
/// # Errors
/// What the operating system said.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A temporary file is its owner's alone.
    let mut file = tempfile::Builder::new()
        .prefix(".flowdeck-")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// A text in a temporary file in the folder of `target`, on disk and with the permissions that `target` has or a new
/// file gets.
fn written_beside(target: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    let folder = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".flowdeck-")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    let permissions = match fs::metadata(target) {
        Ok(old) => Some(old.permissions()),
        Err(_missing) => default_permissions(),
    };
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// What a new file of a person has: a temporary file alone would be closed to everyone else.
#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have no such permissions"
)]
fn default_permissions() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn default_permissions() -> Option<fs::Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_replaces_the_old_one_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        write_atomic(&path, "one").unwrap();
        write_atomic(&path, "two").unwrap();
        assert_eq!(read_text(&path).unwrap(), "two");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no leftovers"
        );
    }

    #[test]
    fn a_new_file_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        write_new(&path, "one").unwrap();
        let refused = write_new(&path, "two").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read_text(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone_even_where_an_open_one_was() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens/a.json");
        write_private(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, "two").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(read_text(&path).unwrap(), "two");
    }

    #[test]
    fn folders_missing_files_and_bytes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            read_text(folder.path()),
            Err(ReadError::NotAFile { .. })
        ));
        let missing = folder.path().join("none");
        assert!(matches!(read_text(&missing), Err(ReadError::Io { .. })));
        let bytes = folder.path().join("bytes");
        fs::write(&bytes, b"ab\xff").unwrap();
        assert!(matches!(
            read_text(&bytes),
            Err(ReadError::NotUtf8 {
                offset_bytes: 2,
                ..
            })
        ));
    }
}
