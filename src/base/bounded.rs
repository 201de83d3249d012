//! Text limited to a maximum size, with a note about the rest.

/// Returns `text` if it has at most `max_bytes` bytes, or else its beginning (cut between
/// characters) and a note with the number of missing bytes.
pub(crate) fn truncated(text: &str, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max_bytes);
    let (kept, left_out) = text.split_at(end);
    format!("{kept}… [{} bytes left out]", left_out.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_between_characters_and_says_what_is_missing() {
        assert_eq!(truncated("abc", 3), "abc");
        assert_eq!(truncated("añb", 2), "a… [3 bytes left out]");
    }
}
