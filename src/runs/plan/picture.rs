//! Images from files that are shown to a model.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::conversation::Image;

/// The maximum size of an image in bytes; providers accept no larger ones.
const MAX_BYTES: u64 = 20 * 1024 * 1024;

/// The first bytes of each supported format, with its media type.
const KINDS: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
];

/// The file extensions of images.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

/// Returns whether a file has the extension of an image.
pub(crate) fn is_picture_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// The reason why a file is not a usable image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// The file can't be read.
    #[error("can't read the picture `{path}`")]
    Unreadable {
        /// The path as given.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The format is not supported by models.
    #[error("`{path}` is not a PNG, JPEG, GIF or WebP picture")]
    UnknownKind {
        /// The path as given.
        path: String,
    },
    /// The file is too large.
    #[error("the picture `{path}` has more than {} MB", MAX_BYTES / (1024 * 1024))]
    TooLarge {
        /// The path as given.
        path: String,
    },
}

/// Reads an image. The format is detected from its first bytes, whatever the file's name is.
///
/// # Errors
/// [`PictureError`].
pub(crate) fn read_picture(path: &Path) -> Result<Image, PictureError> {
    let shown = path.display().to_string();
    let unreadable = |source| PictureError::Unreadable {
        path: shown.clone(),
        source,
    };
    // A pipe or a device may never end, and opening it may never come back.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is not a file")));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PictureError::TooLarge { path: shown });
    }
    let is_kind = |(begin, kind): &&(&[u8], &str)| {
        bytes.starts_with(begin)
            && (*kind != "image/webp" || bytes.get(8..12) == Some(b"WEBP".as_slice()))
    };
    let Some((_, kind)) = KINDS.iter().find(is_kind) else {
        return Err(PictureError::UnknownKind { path: shown });
    };
    let name = path.file_name().map(|name| name.to_string_lossy());
    Ok(Image {
        name: name.map(std::borrow::Cow::into_owned),
        media_type: (*kind).to_owned(),
        base64: BASE64_STANDARD.encode(&bytes),
    })
}
