//! The clipboard of the user's terminal, by the escape sequence OSC 52, which works over SSH and
//! needs no library.

use std::io;

use crossterm::clipboard::CopyToClipboard;

use crate::base::text::sanitised;

/// The maximum size of a copied text, in bytes. Many terminals drop or cut larger texts.
pub(crate) const MAX_BYTES: usize = 74_000;

/// Sends a text to the terminal's clipboard, without characters that would have an effect where it
/// is pasted. Whether the terminal accepts it can't be known.
///
/// # Errors
/// The text is larger than [`MAX_BYTES`], or the terminal is gone.
pub(crate) fn copy(out: &mut impl io::Write, text: &str) -> io::Result<()> {
    if text.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{} bytes are too many for a terminal's clipboard; export to a file instead",
                text.len()
            ),
        ));
    }
    crossterm::execute!(out, CopyToClipboard::to_clipboard_from(sanitised(text)))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn what_is_copied_does_nothing_where_it_is_pasted() {
        let mut out = Vec::new();
        copy(&mut out, "a\u{9b}31m\u{2028}\u{202e}b\u{1b}[2J\n").unwrap();
        let written = String::from_utf8(out).unwrap();
        let plain = BASE64_STANDARD.encode("a\nb\n");
        assert!(written.contains(&plain), "{written:?}");
    }
}
