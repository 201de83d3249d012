//! Entries of runs that are over, packed: nobody adds to them any more.

use std::borrow::Cow;
use std::io;

/// How hard zstd tries: its own default.
const LEVEL: i32 = 3;

/// The most that a packed row may become, so that a damaged file can't fill the memory.
const MAX_UNPACKED_BYTES: usize = 1 << 30;

pub(super) fn packed(lines: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(lines, LEVEL)
}

/// The lines of a row.
///
/// # Errors
/// They were packed by something else.
pub(super) fn unpacked(is_packed: bool, body: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    if !is_packed {
        return Ok(Cow::Borrowed(body));
    }
    let capacity = zstd::bulk::Decompressor::upper_bound(body).unwrap_or(MAX_UNPACKED_BYTES);
    zstd::bulk::decompress(body, capacity.min(MAX_UNPACKED_BYTES)).map(Cow::Owned)
}
