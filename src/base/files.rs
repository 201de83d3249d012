//! Reading with a size limit, and writing without losing a user's data.

mod attributes;
mod destination;
mod temporary;
mod write;

pub(crate) use self::destination::is_same_file;
pub(crate) use self::temporary::TemporaryFile;
pub(crate) use self::write::{
    Written, check_writable, open_stream, write_atomic, write_if_read, write_new, write_private,
};

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The maximum size of a spec, profile or input file, in bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Returns the last part of a path for display, or the whole path if it has none.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The reason why a file could not be read as text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// An error of the operating system.
    #[error("can't read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The path is a folder, a socket or another thing that is not a file.
    #[error("`{}` is not a file", path.display())]
    NotAFile {
        /// The path that was given.
        path: PathBuf,
    },
    /// The file is larger than the limit.
    #[error("`{}` is larger than {} MB", path.display(), limit_bytes / (1024 * 1024))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The bytes are not UTF-8.
    #[error("`{}` is not UTF-8 text (byte {offset_bytes} is wrong)", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The offset of the first invalid byte, from 0.
        offset_bytes: usize,
    },
}

/// Reads a text file of at most [`MAX_FILE_BYTES`]. A byte order mark is kept.
///
/// # Errors
/// [`ReadError`]: the file is missing, not a file, too large or not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, ReadError> {
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

/// Reads text from any source, such as standard input; `name` is used in errors.
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

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
