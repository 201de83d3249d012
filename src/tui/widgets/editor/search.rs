//! Finding and replacing text.

use ratatui::layout::Size;

use super::Editor;
use crate::spec::assist::TextEdit;

/// At most so many places are found.
const MAX_MATCHES: usize = 9_999;

/// A place that was found; characters from 0, the end exclusive. Never goes over a line's end.
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
    /// All places of a text, first to last. Upper and lower case are the same unless the text looked
    /// for has an upper-case letter.
    pub(crate) fn find_all(&self, wanted: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        if wanted.is_empty() {
            return matches;
        }
        let is_exact = wanted.chars().any(char::is_uppercase);
        let wanted: Vec<char> = wanted.chars().collect();
        let is_same =
            |a: char, b: char| a == b || (!is_exact && a.to_lowercase().eq(b.to_lowercase()));
        for (line, text) in self.lines().iter().enumerate() {
            let characters: Vec<char> = text.chars().collect();
            let mut start = 0;
            while start + wanted.len() <= characters.len() {
                let window = characters.iter().skip(start).zip(&wanted);
                if window.into_iter().all(|(a, b)| is_same(*a, *b)) {
                    let end = start + wanted.len();
                    matches.push(Match { line, start, end });
                    if matches.len() == MAX_MATCHES {
                        return matches;
                    }
                    start = end;
                } else {
                    start += 1;
                }
            }
        }
        matches
    }

    /// Selects a place that was found.
    pub(crate) fn select_match(&mut self, found: Match, size: Size) {
        self.select((found.line, found.start), (found.line, found.end), size);
    }

    /// Puts a text in all places that were found, as one edit: the text is put together once, however many they are.
    /// Returns how many.
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
