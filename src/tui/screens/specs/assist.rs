//! Help at the cursor of the editor: completions, explanations, quick fixes, definitions, references, renames.
//!
//! Nothing is worked out here: a question goes to a job with the text as it is, and an answer to a text that has changed
//! since is dropped.

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

/// How many places one can go back to.
const MAX_JUMPS: usize = 100;

/// The state of the editor's help.
#[derive(Debug, Default)]
pub(super) struct Assist {
    /// The popup at the cursor.
    pub(super) popup: Option<Popup>,
    /// The question that has no answer yet; an answer to anything else comes too late.
    asked: Option<Asked>,
    /// Where the cursor was before it went to a definition, the last one last.
    jumps: Vec<Jump>,
}

/// A question on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    path: PathBuf,
    version: u64,
    question: Question,
}

/// A place to go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Jump {
    path: PathBuf,
    line: usize,
    column: usize,
}

impl Assist {
    /// Closes what is open, and forgets what was asked.
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
