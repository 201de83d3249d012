//! The popups at the cursor.

use crate::spec::assist::{Completion, Completions, Fix, Hover};
use crate::tui::action::KeyContext;
use crate::tui::widgets::editor::Editor;
use crate::tui::widgets::list::ListCursor;

/// The maximum number of visible rows of a list.
pub(super) const MAX_ROWS: u16 = 10;

/// A popup at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui::screens::specs) enum Popup {
    /// Completions, which are narrowed by typing.
    Completions(CompletionList),
    /// A description.
    Description(Hover),
    /// Fixes to choose from.
    Fixes { fixes: Vec<Fix>, list: ListCursor },
    /// Positions to jump to.
    Places {
        places: Vec<PlaceRow>,
        list: ListCursor,
    },
}

/// Completions that are filtered by the typed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui::screens::specs) struct CompletionList {
    pub(super) completions: Completions,
    /// The number of bytes after the cursor that are replaced too.
    pub(super) after: usize,
    /// The text typed so far.
    pub(super) typed: String,
    pub(super) list: ListCursor,
}

/// A position with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui::screens::specs) struct PlaceRow {
    /// The line, from 0.
    pub(super) line: usize,
    /// The character, from 0.
    pub(super) column: usize,
    /// The text of the line.
    pub(super) text: String,
    /// Whether the name is defined at this position.
    pub(super) is_definition: bool,
}

impl Popup {
    /// Returns the key context of the popup, in addition to the editor's.
    pub(in crate::tui::screens::specs) const fn context(&self) -> Option<KeyContext> {
        match self {
            Self::Completions(_) => Some(KeyContext::SpecsCompletions),
            Self::Fixes { .. } | Self::Places { .. } => Some(KeyContext::SpecsChoice),
            Self::Description(_) => None,
        }
    }

    /// Returns the cursor and the length of the popup's list.
    pub(super) fn list(&mut self) -> Option<(&mut ListCursor, usize)> {
        match self {
            Self::Completions(open) => {
                let len = open.matching().len();
                Some((&mut open.list, len))
            }
            Self::Fixes { fixes, list } => Some((list, fixes.len())),
            Self::Places { places, list } => Some((list, places.len())),
            Self::Description(_) => None,
        }
    }
}

impl CompletionList {
    /// Makes the list for an answer to a question about a byte position; `None` if no completion
    /// matches the typed text.
    pub(super) fn new(completions: Completions, at: usize, editor: &Editor) -> Option<Self> {
        let mut open = Self {
            after: completions.range.end.saturating_sub(at),
            completions,
            typed: String::new(),
            list: ListCursor::default(),
        };
        open.follow(editor).then_some(open)
    }

    /// Updates the typed text; false if the cursor has left the word or no completion matches any
    /// more.
    pub(super) fn follow(&mut self, editor: &Editor) -> bool {
        let at = editor.cursor_byte();
        let Some(typed) = editor.text().get(self.completions.typed_from..at) else {
            return false;
        };
        if typed.contains('\n') {
            return false;
        }
        if typed != self.typed {
            typed.clone_into(&mut self.typed);
            self.list = ListCursor::default();
        }
        !self.matching().is_empty()
    }

    /// Returns the completions that match the typed text, the best first.
    pub(super) fn matching(&self) -> Vec<&Completion> {
        self.completions.matching(&self.typed)
    }
}
