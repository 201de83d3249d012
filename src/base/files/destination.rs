//! Finds the file to which a path leads, for writing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// The maximum number of symbolic links that are followed, the same as in Linux.
const MAX_LINKS: usize = 40;

/// The target of a path after all links were followed.
#[derive(Debug)]
pub(super) enum Destination {
    /// A file, which need not exist; its folder exists.
    File(PathBuf),
    /// A pipe or a device.
    Stream(PathBuf),
    /// An open file of this or another process: `/dev/stdout`, `/proc/self/fd/3`.
    Descriptor(PathBuf),
}

impl Destination {
    /// Follows the links of a path to the target.
    ///
    /// # Errors
    /// The target is a folder or a socket, its folder is missing, or the operating system reports
    /// an error.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
            let kind = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_folder => {
                    return missing(path);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(a_folder()),
                Err(error) => return Err(error),
            };
            if kind.is_symlink() {
                if is_descriptor(&path) {
                    return Ok(Self::Descriptor(path));
                }
                let target = fs::read_link(&path)?;
                path = folder_of(&path).join(target);
            } else if kind.is_file() {
                return Ok(Self::File(path));
            } else if kind.is_dir() {
                return Err(a_folder());
            } else if kind.is_socket() {
                return Err(io::Error::new(io::ErrorKind::Unsupported, "it is a socket"));
            } else if is_descriptor(&path) {
                return Ok(Self::Descriptor(path));
            } else {
                return Ok(Self::Stream(path));
            }
        }
        Err(io::Error::other("too many links lead from one to another"))
    }
}

/// Opens a pipe, a device or an open file for writing in place.
///
/// # Errors
/// The operating system's error.
pub(super) fn open_in_place(destination: &Path) -> io::Result<File> {
    // Our own streams are shared, not opened again: what follows is written behind what we write.
    let own = match (
        is_ours(destination),
        destination.file_name().and_then(|name| name.to_str()),
    ) {
        (true, Some("1")) => Some(io::stdout().as_fd().try_clone_to_owned()),
        (true, Some("2")) => Some(io::stderr().as_fd().try_clone_to_owned()),
        _ => None,
    };
    match own {
        Some(own) => Ok(File::from(own?)),
        // An open file may be a regular one, with a text that is not ours to remove.
        None => OpenOptions::new().append(true).open(destination),
    }
}

/// Whether two paths lead to the same file, which need not exist. Devices never count as the same,
/// because they store nothing.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(|path| {
        fs::canonicalize(path).or_else(|_missing| {
            let folder = fs::canonicalize(folder_of(path))?;
            Ok::<_, io::Error>(folder.join(path.file_name().unwrap_or_default()))
        })
    });
    let (Ok(one), Ok(other)) = (one, other) else {
        return false;
    };
    match (fs::metadata(&one), fs::metadata(&other)) {
        (Ok(one), Ok(other)) => {
            let kind = one.file_type();
            let is_device = kind.is_char_device() || kind.is_block_device();
            !is_device && (one.dev(), one.ino()) == (other.dev(), other.ino())
        }
        _ => one == other,
    }
}

/// Opens a pipe for writing if it has a reader or is about to have one; other targets that are not
/// files are opened as by [`open_in_place`].
///
/// # Errors
/// The operating system's error.
pub(super) fn open_if_read(destination: &Path) -> io::Result<Option<File>> {
    if !fs::metadata(destination)?.file_type().is_fifo() {
        return open_in_place(destination).map(Some);
    }
    let mut options = OpenOptions::new();
    let no_wait = i32::try_from(OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
    match options.write(true).custom_flags(no_wait).open(destination) {
        Ok(pipe) => {
            rustix::io::ioctl_fionbio(&pipe, false)?;
            Ok(Some(pipe))
        }
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the folder of a path; the current folder for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn missing(path: PathBuf) -> io::Result<Destination> {
    if path.as_os_str().is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "its name is empty",
        ));
    }
    let folder = folder_of(&path);
    if folder.is_dir() {
        return Ok(Destination::File(path));
    }
    let message = format!("there is no folder `{}`", folder.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

fn a_folder() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")
}

/// Returns the folder of open files that contains a path, after all links were followed.
fn descriptors(path: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder_of(path)).ok()?;
    let is_one =
        folder == Path::new("/dev/fd") || folder.starts_with("/proc") && folder.ends_with("fd");
    is_one.then_some(folder)
}

fn is_descriptor(path: &Path) -> bool {
    descriptors(path).is_some()
}

/// Whether the path is an open file of this process.
fn is_ours(path: &Path) -> bool {
    descriptors(path).is_some_and(|folder| {
        let own = format!("/proc/{}/", std::process::id());
        folder == Path::new("/dev/fd") || folder.starts_with(own)
    })
}
