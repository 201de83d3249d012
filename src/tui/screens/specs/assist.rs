//! Help at the cursor of the editor: completions, descriptions, quick fixes, definitions,
//! references, renames.
//!
//! Nothing is computed here: a question is sent to a job together with the present text, and an
//! answer about an older text is dropped.

mod draw;
mod fixing;
mod popup;
mod update;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub(super) use self::draw::{draw, row_at};
pub(super) use self::popup::Popup;
pub(super) use self::update::{act, answered, ask_to_rename, ask_to_set, choose, typed};
use crate::tui::assist::Question;

/// The maximum number of positions to return to.
const MAX_JUMPS: usize = 100;

/// The state of the editor's help.
#[derive(Debug, Default)]
pub(super) struct Assist {
    /// The popup at the cursor.
    pub(super) popup: Option<Popup>,
    /// The open question; an answer to any other question is outdated.
    asked: Option<Asked>,
    /// The cursor positions before jumps to definitions, the most recent last.
    jumps: Vec<Jump>,
}

/// A question that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    path: PathBuf,
    version: u64,
    question: Question,
}

/// A position to return to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Jump {
    path: PathBuf,
    line: usize,
    column: usize,
}

impl Assist {
    /// Closes the popup and drops the open question.
    pub(super) fn close(&mut self) {
        self.popup = None;
        self.asked = None;
    }

    fn remember(&mut self, jump: Jump) {
        if self.jumps.last() != Some(&jump) {
            self.jumps.push(jump);
        }
        if self.jumps.len() > MAX_JUMPS {
            self.jumps.remove(0);
        }
    }
}
