//! Digests by which texts are known again.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of some bytes as 64 hexadecimal digits.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a string can't fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
