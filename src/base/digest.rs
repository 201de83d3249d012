//! Digests that identify texts.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

/// Returns the first 16 bytes of the SHA-256 of some bytes, as a number.
pub(crate) fn short_digest(bytes: &[u8]) -> u128 {
    let whole = digest(&SHA256, bytes);
    let first = whole.as_ref().first_chunk();
    u128::from_be_bytes(first.copied().unwrap_or_default())
}

/// Returns the SHA-256 of some bytes as 64 hexadecimal digits.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a string can't fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_digest_is_the_beginning_of_the_long_one() {
        let (short, long) = (short_digest(b"abc"), hex_digest(b"abc"));
        assert!(long.starts_with(&format!("{short:032x}")));
        assert!(long.starts_with("ba7816bf"));
    }
}
