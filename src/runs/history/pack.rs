//! Compression of the events of ended runs, which no longer change.

use std::borrow::Cow;
use std::io;

/// The compression level of zstd, which is its default.
const LEVEL: i32 = 3;

/// The maximum size of a decompressed row, so that a damaged file can't fill the memory.
const MAX_UNPACKED_BYTES: usize = 1 << 30;

pub(super) fn packed(lines: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(lines, LEVEL)
}

/// Returns the lines of a row, decompressed if necessary.
///
/// # Errors
/// The data is not valid.
pub(super) fn unpacked(is_packed: bool, body: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    if !is_packed {
        return Ok(Cow::Borrowed(body));
    }
    let capacity = zstd::bulk::Decompressor::upper_bound(body).unwrap_or(MAX_UNPACKED_BYTES);
    zstd::bulk::decompress(body, capacity.min(MAX_UNPACKED_BYTES)).map(Cow::Owned)
}
