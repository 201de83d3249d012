//! The attributes of a file besides its text: owner, permissions, extended attributes.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};

/// Copies the attributes of the old file to a new one.
///
/// # Errors
/// An attribute can't be set, such as another owner.
pub(super) fn copy(old: &File, new: &File) -> io::Result<()> {
    let (wanted, given) = (old.metadata()?, new.metadata()?);
    let owner = |metadata: &Metadata| (metadata.uid(), metadata.gid());
    if owner(&wanted) != owner(&given) {
        fchown(new, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    copy_extended(old, new)?;
    // Last, as another owner takes some of them away.
    new.set_permissions(wanted.permissions())
}

/// Copies the extended attributes, which include access control lists.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn copy_extended(old: &File, new: &File) -> io::Result<()> {
    use std::ffi::CStr;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    use rustix::io::Errno;

    /// The maximum length that Linux allows for all names, and for one value.
    const MAX_BYTES: usize = 64 * 1024;

    let mut buffer = vec![0; MAX_BYTES];
    let names = match flistxattr(old, &mut buffer[..]) {
        Ok(len) => buffer.get(..len).unwrap_or_default().to_vec(),
        Err(Errno::NOTSUP) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for name in names.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else {
            continue;
        };
        // The system itself gives a new file its label.
        if name.to_bytes().starts_with(b"security.") {
            continue;
        }
        let len = fgetxattr(old, name, &mut buffer[..])?;
        let value = buffer.get(..len).unwrap_or_default();
        fsetxattr(new, name, value, XattrFlags::empty())?;
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have none that we know how to copy"
)]
fn copy_extended(_old: &File, _new: &File) -> io::Result<()> {
    Ok(())
}
