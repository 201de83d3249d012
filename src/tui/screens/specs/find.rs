//! The find bar.

use super::document::Document;
use crate::tui::widgets::editor::Match;
use crate::tui::widgets::text_field::TextField;

/// A search: its words and its matches.
#[derive(Debug, Default)]
pub(super) struct Find {
    pub(super) wanted: TextField,
    pub(super) replacement: TextField,
    pub(super) is_replacing: bool,
    /// All matches, in order.
    pub(super) found: Vec<Match>,
    /// The search words and the version of the text for which the matches were found.
    found_in: Option<(String, u64)>,
}

impl Find {
    /// Makes a find bar with search words.
    pub(super) fn new(wanted: &str) -> Self {
        Self {
            wanted: TextField::selected(wanted),
            ..Self::default()
        }
    }

    /// Returns the field with the focus.
    pub(super) const fn field(&mut self) -> &mut TextField {
        if self.is_replacing {
            &mut self.replacement
        } else {
            &mut self.wanted
        }
    }

    /// Searches again if the words or the text have changed.
    pub(super) fn refresh(&mut self, document: &Document) {
        let wanted = self.wanted.text();
        let version = document.editor.version();
        let is_known = self
            .found_in
            .as_ref()
            .is_some_and(|(words, of)| words == wanted && *of == version);
        if !is_known {
            self.found = document.editor.find_all(wanted);
            self.found_in = Some((wanted.to_owned(), version));
        }
    }

    /// Returns the index of the match that is selected in the editor.
    pub(super) fn current(&self, document: &Document) -> Option<usize> {
        let (from, to) = document.editor.selection()?;
        self.found
            .iter()
            .position(|place| (place.line, place.start) == from && (place.line, place.end) == to)
    }

    /// Returns the first match at or after a position, wrapping around.
    pub(super) fn from(&self, at: (usize, usize)) -> Option<Match> {
        let next = self
            .found
            .iter()
            .find(|place| (place.line, place.start) >= at);
        next.or(self.found.first()).copied()
    }

    /// Returns the match after or before the selected one, wrapping around.
    pub(super) fn step(&self, document: &Document, is_forward: bool) -> Option<Match> {
        let count = self.found.len();
        if count == 0 {
            return None;
        }
        let Some(current) = self.current(document) else {
            let place = self.from(document.editor.cursor())?;
            return Some(place);
        };
        let next = if is_forward {
            current + 1
        } else {
            current + count - 1
        };
        self.found.get(next % count).copied()
    }
}
