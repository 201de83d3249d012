//! The team of a run as a tree of which agent speaks to which, and the messages of the selected
//! thread.

mod draw;
mod rows;
mod update;

use crate::base::ids::RunId;
use crate::runs::{RunRecord, Speech, Threads, TranscriptItem};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::transcript::{Fit, Transcript};
pub(super) use draw::{draw_thread, draw_tree};
use rows::TeamRow;
pub(super) use update::{mouse, update};

/// The threads of the shown run, and the selection.
#[derive(Debug, Default)]
pub(super) struct TeamView {
    threads: Threads,
    rows: Vec<TeamRow>,
    cursor: ListCursor,
    /// The selected part of the run, whose messages are shown.
    chosen: Option<Speech>,
    items: Vec<TranscriptItem>,
    transcript: Transcript,
    /// The run, and the number of its events that were read.
    made_from: Option<(RunId, u64)>,
}

impl TeamView {
    /// Reads the new events of a run.
    pub(super) fn update(&mut self, record: &RunRecord, context: &Context<'_>) {
        let made_from = Some((record.run.clone(), record.events));
        if self.made_from == made_from {
            return;
        }
        self.made_from = made_from;
        self.threads.update(record, context.runs.component(record));
        self.rows = rows::rows(&self.threads);
        // Rows may have come above the chosen one.
        let chosen = self.chosen.as_ref();
        let at = chosen.and_then(|chosen| self.rows.iter().position(|row| row.speech == *chosen));
        let is_chosen = |row: &TeamRow| Some(&row.speech) == self.chosen.as_ref();
        if let Some(at) = at
            && !self.rows.get(self.cursor.selected()).is_some_and(is_chosen)
        {
            self.cursor.follow(at);
        }
        self.choose();
        self.items = self.read(record);
    }

    /// Lays out the selected thread for a width in cells.
    pub(super) fn lay_out(&mut self, record: &RunRecord, width: u16, context: &Context<'_>) {
        let fit = Fit {
            width,
            is_airy: true,
        };
        let (glyphs, now) = (context.glyphs, context.now);
        self.transcript
            .lay_out(record, &self.items, fit, glyphs, now);
    }

    fn read(&self, record: &RunRecord) -> Vec<TranscriptItem> {
        let chosen = self.chosen.as_ref();
        chosen.map_or_else(Vec::new, |chosen| self.threads.items(record, chosen))
    }

    /// Shows the thread of the selected row. Returns whether it is a different one.
    fn choose(&mut self) -> bool {
        let row = self.rows.get(
            self.cursor
                .selected()
                .min(self.rows.len().saturating_sub(1)),
        );
        let chosen = row.map(|row| row.speech.clone());
        if chosen == self.chosen {
            return false;
        }
        self.chosen = chosen;
        self.transcript = Transcript::default();
        true
    }

    /// Whether no agent speaks to anyone except the user.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Performs a movement in the tree.
    pub(super) fn act_in_tree(&mut self, action: Action, record: &RunRecord, height: usize) {
        if self.cursor.act(action, self.rows.len(), height) && self.choose() {
            self.items = self.read(record);
        }
    }

    /// Moves in the tree by steps of the mouse wheel.
    pub(super) fn wheel_in_tree(&mut self, steps: isize, record: &RunRecord, height: usize) {
        self.cursor.wheel(steps, self.rows.len(), height);
        if self.choose() {
            self.items = self.read(record);
        }
    }

    /// Selects the row at a line of the tree.
    pub(super) fn click_tree(&mut self, line: usize, record: &RunRecord, height: usize) {
        let in_view = self.cursor.in_view(self.rows.len(), height);
        if in_view.contains(&(in_view.start + line)) {
            self.cursor.select(in_view.start + line);
            if self.choose() {
                self.items = self.read(record);
            }
        }
    }

    /// Returns the transcript as text.
    pub(super) fn text(&self) -> String {
        self.transcript.text()
    }

    /// Removes the marks of matches.
    pub(super) fn forget_found(&mut self) {
        self.transcript.forget_found();
    }

    /// Returns the lines of the selected thread.
    pub(super) const fn transcript(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// Moves to a match in the selected thread. Returns whether there is one.
    pub(super) fn find(
        &mut self,
        record: &RunRecord,
        looked_for: (&str, Step),
        height: usize,
        context: &Context<'_>,
    ) -> bool {
        let of = (record, self.items.as_slice());
        let look = (context.glyphs, context.now);
        self.transcript.find(of, looked_for, height, look)
    }
}
