//! Writing: a file is replaced as a whole, a pipe or a device is written in place.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use tempfile::NamedTempFile;

use super::destination::{Destination, folder_of, open_if_read, open_in_place};
use super::{MAX_FILE_BYTES, attributes};

/// The permissions of new files, from which the user's umask is subtracted.
const NEW_FILE: u32 = 0o666;
/// The permissions of a file that only its owner may read.
const PRIVATE: u32 = 0o600;

/// The kind of target that a text was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// A file, which now contains exactly this text.
    File,
    /// A pipe or a device, from which the text can't be read again.
    Stream,
}

/// Writes a text to the target of a path.
///
/// A file is replaced: the text is written to a new file beside it, flushed to disk, and renamed
/// over the old one, so that a crash at any time leaves either the old or the new file. Owner,
/// permissions and extended attributes of the old file are kept, and symbolic links are followed. A
/// file that can't be replaced in this way (its folder accepts no new file, it belongs to another
/// user, it has several names, it is a mount point) is overwritten. A pipe, a device and an open
/// file such as `/dev/stdout` are written in place.
///
/// # Errors
/// The operating system's error; an old file keeps its old text.
pub(crate) fn write_atomic(path: &Path, text: &str) -> io::Result<Written> {
    match Destination::of(path)? {
        Destination::File(target) => write_file(&target, text),
        Destination::Stream(target) | Destination::Descriptor(target) => {
            write_stream(&target, text)
        }
    }
}

/// Writes like [`write_atomic`], but doesn't wait for the reader of a pipe: returns `None` if there
/// is none.
///
/// # Errors
/// As [`write_atomic`].
pub(crate) fn write_if_read(path: &Path, text: &str) -> io::Result<Option<Written>> {
    let Destination::Stream(target) = Destination::of(path)? else {
        return write_atomic(path, text).map(Some);
    };
    let Some(mut pipe) = open_if_read(&target)? else {
        return Ok(None);
    };
    pipe.write_all(text.as_bytes())?;
    Ok(Some(Written::Stream))
}

/// Writes a file that doesn't exist yet, as atomically as [`write_atomic`]. Pipes and devices are
/// written in place.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if a file has this name, and other errors of the operating
/// system.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<Written> {
    if let Ok(Destination::Stream(target) | Destination::Descriptor(target)) = Destination::of(path)
    {
        return write_stream(&target, text);
    }
    let file = written_beside(path, text)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)
        .map_err(|refused| refused.error)?;
    Ok(Written::File)
}

/// Writes a file that no other user can read, as atomically as [`write_atomic`]. Its folder is
/// created if needed, closed to other users too.
///
/// # Errors
/// The operating system's error.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut file = temporary(folder, PRIVATE)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// Opens the target of a path for a text that is written piece by piece: a file is created or
/// emptied; pipes, devices and open files are used in place. For a pipe, waits until it has a
/// reader.
///
/// # Errors
/// The operating system's error.
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    match Destination::of(path)? {
        Destination::File(target) => OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(target),
        Destination::Stream(target) | Destination::Descriptor(target) => open_in_place(&target),
    }
}

/// Checks that [`write_atomic`] can write to a path, as far as this can be known without writing.
///
/// # Errors
/// The reason why it can't.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    match Destination::of(path)? {
        Destination::Descriptor(_) => Ok(()),
        // Opening a pipe would wait for its reader, opening a device may do something.
        Destination::Stream(target) => {
            Ok(accessat(CWD, &target, Access::WRITE_OK, AtFlags::EACCESS)?)
        }
        Destination::File(target) => match existing(&target)? {
            Some(_) => Ok(()),
            None => temporary(folder_of(&target), PRIVATE).map(drop),
        },
    }
}

fn write_stream(target: &Path, text: &str) -> io::Result<Written> {
    open_in_place(target)?.write_all(text.as_bytes())?;
    Ok(Written::Stream)
}

fn write_file(target: &Path, text: &str) -> io::Result<Written> {
    let Some(old) = existing(target)? else {
        let file = written_beside(target, text)?;
        file.as_file().sync_all()?;
        file.persist(target).map_err(|refused| refused.error)?;
        return Ok(Written::File);
    };
    if !replace(target, &old, text)? {
        overwrite(old, target, text)?;
    }
    Ok(Written::File)
}

/// Opens an existing file for writing, which shows whether writing is allowed.
fn existing(target: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().write(true).open(target) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces a file by another one with the same name, owner and permissions. Returns false if that
/// is not possible.
fn replace(target: &Path, old: &File, text: &str) -> io::Result<bool> {
    if old.metadata()?.nlink() > 1 {
        return Ok(false);
    }
    let Ok(mut file) = temporary(folder_of(target), PRIVATE) else {
        return Ok(false);
    };
    if attributes::copy(old, file.as_file()).is_err() {
        return Ok(false);
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file.persist(target).is_ok())
}

/// Overwrites a file in place. If that fails, as on a full disk, the old text is written back.
fn overwrite(mut file: File, target: &Path, text: &str) -> io::Result<()> {
    let is_small = file.metadata()?.len() <= MAX_FILE_BYTES;
    let old = is_small.then(|| fs::read(target).ok()).flatten();
    // Not emptied first: the blocks that it has are still its own when the disk is full.
    let mut put = |bytes: &[u8]| {
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    put(text.as_bytes()).inspect_err(|_full| {
        if let Some(old) = old {
            // The first error is the one that is reported.
            let _also_failed = put(&old);
        }
    })
}

/// Makes an empty file in a folder, deleted on drop.
fn temporary(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".flowdeck-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        // The error names the temporary file, of which nobody knows.
        .map_err(|error| io::Error::from(error.kind()))
}

/// Makes a temporary file with a text in the folder of a new file, with the permissions of a new
/// file.
fn written_beside(target: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = temporary(folder_of(target), NEW_FILE)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests;
