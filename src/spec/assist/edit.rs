//! Changes of a text, as data.

use std::ops::Range;

/// A change of a text: replaces a range of bytes with another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The replaced bytes, on character boundaries; empty for an insertion.
    pub range: Range<usize>,
    /// The new text; lines end with `\n`.
    pub text: String,
}

impl TextEdit {
    /// Makes an edit that replaces a range with a text.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }

    /// Makes an edit that inserts a text at a byte.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }

    /// Makes an edit that removes a range.
    pub fn remove(range: Range<usize>) -> Self {
        Self::replace(range, "")
    }
}

/// Applies edits to a text. All ranges refer to the text as given, in any order. If two edits
/// overlap, the later one is ignored, and so are edits outside the text.
pub fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut ordered: Vec<&TextEdit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut changed = String::with_capacity(text.len());
    let mut done = 0;
    for edit in ordered {
        let Some(kept) = text.get(done..edit.range.start) else {
            continue;
        };
        if text.get(edit.range.clone()).is_none() {
            continue;
        }
        changed.push_str(kept);
        changed.push_str(&edit.text);
        done = edit.range.end;
    }
    changed.push_str(text.get(done..).unwrap_or_default());
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_done_at_once_and_overlaps_left_out() {
        let edits = [
            TextEdit::replace(4..5, "B"),
            TextEdit::insert(0, "> "),
            TextEdit::remove(4..6),
            TextEdit::remove(70..80),
        ];
        assert_eq!(apply("one two", &edits), "> one Bwo");
        assert_eq!(apply("é", &[TextEdit::remove(1..2)]), "é");
    }
}
