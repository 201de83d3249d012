//! Search and replacement.

use ratatui::layout::Size;

use super::Editor;
use crate::spec::assist::TextEdit;

/// The maximum number of matches.
const MAX_MATCHES: usize = 9_999;

/// A match within one line, in characters from 0; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The line, from 0.
    pub(crate) line: usize,
    /// The first character.
    pub(crate) start: usize,
    /// The character after the last one.
    pub(crate) end: usize,
}

impl Editor {
    /// Returns all matches of a text, in order. Case is ignored unless the searched text has an
    /// upper-case letter.
    pub(crate) fn find_all(&self, wanted: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        if wanted.is_empty() {
            return matches;
        }
        let is_exact = wanted.chars().any(char::is_uppercase);
        let characters: Vec<char> = wanted.chars().collect();
        for (line, text) in self.lines().iter().enumerate() {
            // Nearly all lines are ASCII, of which a byte is a character: very long texts are looked through as bytes.
            let starts = if text.is_ascii() {
                starts_in_ascii(text.as_bytes(), wanted.as_bytes(), is_exact)
            } else {
                starts_in(text, &characters, is_exact)
            };
            for start in starts {
                let end = start + characters.len();
                matches.push(Match { line, start, end });
                if matches.len() == MAX_MATCHES {
                    return matches;
                }
            }
        }
        matches
    }

    /// Selects a match.
    pub(crate) fn select_match(&mut self, found: Match, size: Size) {
        self.select((found.line, found.start), (found.line, found.end), size);
    }

    /// Replaces all matches as one edit that builds the text only once. Returns the number of
    /// replacements.
    pub(crate) fn replace_all(&mut self, found: &[Match], replacement: &str, size: Size) -> usize {
        let starts = self.line_starts();
        let byte = |line: usize, column: usize| {
            let text = self.lines().get(line)?;
            let within = text.char_indices().nth(column);
            Some(starts.get(line)? + within.map_or(text.len(), |(at, _)| at))
        };
        let edits = found.iter().filter_map(|place| {
            let range = byte(place.line, place.start)?..byte(place.line, place.end)?;
            Some(TextEdit::replace(range, replacement))
        });
        let edits: Vec<TextEdit> = edits.collect();
        let cursor = self.cursor();
        if !self.apply_edits(&edits, 0, size) {
            return 0;
        }
        self.go_to(cursor.0, cursor.1, size);
        edits.len()
    }
}

/// Returns the positions of a text in an ASCII line, without overlaps.
fn starts_in_ascii(line: &[u8], wanted: &[u8], is_exact: bool) -> Vec<usize> {
    let mut starts = Vec::new();
    let Some(first) = wanted.first() else {
        return starts;
    };
    let is_first = |byte: &u8| byte == first || (!is_exact && byte.eq_ignore_ascii_case(first));
    let mut from = 0;
    while let Some(rest) = line.get(from..) {
        let Some(found) = rest.iter().position(is_first) else {
            break;
        };
        let start = from + found;
        let Some(here) = line.get(start..start + wanted.len()) else {
            break;
        };
        let is_here = here == wanted || (!is_exact && here.eq_ignore_ascii_case(wanted));
        if is_here {
            starts.push(start);
        }
        from = start + if is_here { wanted.len() } else { 1 };
    }
    starts
}

/// Returns the positions of a text in a line of any characters, without overlaps.
fn starts_in(line: &str, wanted: &[char], is_exact: bool) -> Vec<usize> {
    let is_same = |a: char, b: char| a == b || (!is_exact && a.to_lowercase().eq(b.to_lowercase()));
    let characters: Vec<char> = line.chars().collect();
    let mut starts = Vec::new();
    let mut start = 0;
    while start + wanted.len() <= characters.len() {
        let mut pairs = characters.iter().skip(start).zip(wanted);
        if pairs.all(|(a, b)| is_same(*a, *b)) {
            starts.push(start);
            start += wanted.len();
        } else {
            start += 1;
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_and_characters_are_found_in_the_same_places(
            line in "[abAB ]{0,24}", wanted in "[abAB]{1,3}", is_exact in any::<bool>()
        ) {
            let characters: Vec<char> = wanted.chars().collect();
            prop_assert_eq!(
                starts_in_ascii(line.as_bytes(), wanted.as_bytes(), is_exact),
                starts_in(&line, &characters, is_exact)
            );
        }
    }
}
