//! The state of the History screen.

use std::path::Path;
use std::time::Duration;

use chrono::FixedOffset;

use super::filter::parse;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{HistoryFilter, ListedRun};
use crate::tui::history::{HistoryCommand, HistoryQuery};
use crate::tui::message::Command;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::text_field::TextField;

/// The number of runs that are listed at once.
const PAGE: usize = 300;

/// The distance from the end of the list, in rows, at which the next page is requested.
const AHEAD: usize = 60;

/// The time without typing after which the filter is applied.
const AFTER: Duration = Duration::from_millis(120);

/// The listed past runs and the selection.
#[derive(Debug)]
pub(crate) struct State {
    /// The current folder, as it is named in batches.
    workspace: String,
    zone: FixedOffset,
    /// The filter.
    pub(super) field: TextField,
    /// Whether the filter has the focus.
    pub(super) has_field: bool,
    /// Whether the runs of all folders are listed.
    pub(super) is_everywhere: bool,
    /// The selected row.
    pub(super) cursor: ListCursor,
    pub(super) rows: Vec<Row>,
    pub(super) runs: Vec<ListedRun>,
    pub(super) listing: Listing,
    /// The number of the newest query.
    question: u64,
    /// Whether the answer of that query is appended to the list.
    is_further: bool,
    /// The marked runs, in the order of marking.
    pub(super) marked: Vec<RunId>,
    /// The run that is selected again when the list arrives.
    wanted: Option<RunId>,
}

/// The state of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// No list was requested yet.
    Unknown,
    /// The list is being read.
    Reading,
    /// The file doesn't exist.
    Missing,
    /// The list can't be read or the filter is not valid, with the reason.
    Failed(String),
    /// The list was read; `has_more` says whether there are more runs.
    Read { has_more: bool },
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The head of a batch, with the index of its first listed run.
    Batch(usize),
    /// A run, by its index.
    Run(usize),
}

impl State {
    /// Makes an empty list for a folder and a time zone.
    pub(crate) fn new(workspace: &Path, zone: FixedOffset) -> Self {
        Self {
            workspace: workspace.to_string_lossy().into_owned(),
            zone,
            field: TextField::default(),
            has_field: false,
            is_everywhere: false,
            cursor: ListCursor::default(),
            rows: Vec::new(),
            runs: Vec::new(),
            listing: Listing::Unknown,
            question: 0,
            is_further: false,
            marked: Vec::new(),
            wanted: None,
        }
    }

    /// Returns the command that finds the interrupted batches of the folder.
    pub(crate) fn find_interrupted(&self) -> HistoryCommand {
        HistoryCommand::Read(HistoryQuery::FindInterrupted {
            workspace: self.workspace.clone(),
        })
    }

    /// Reads the list again, with the same number of runs.
    pub(crate) fn refresh(&mut self) -> Vec<Command> {
        self.wanted = self.selected_run().map(|listed| listed.run.clone());
        self.ask(None, self.runs.len().max(PAGE), Duration::ZERO)
    }

    /// Handles a changed filter; the list is read after a pause.
    pub(super) fn typed(&mut self) -> Vec<Command> {
        self.wanted = None;
        self.ask(None, PAGE, AFTER)
    }

    /// Applies the filter immediately.
    pub(super) fn filtered(&mut self) -> Vec<Command> {
        self.wanted = None;
        self.ask(None, PAGE, Duration::ZERO)
    }

    /// Requests the next page if the cursor is near the end of the list and there are more runs.
    pub(super) fn reach(&mut self) -> Vec<Command> {
        let is_near = self.cursor.selected() + AHEAD >= self.rows.len();
        if !is_near || self.listing != (Listing::Read { has_more: true }) {
            return Vec::new();
        }
        let last = self.runs.last().map(ListedRun::place);
        self.ask(last, PAGE, Duration::ZERO)
    }

    fn ask(
        &mut self,
        after: Option<crate::runs::ListPlace>,
        limit: usize,
        delay: Duration,
    ) -> Vec<Command> {
        // What comes of an older question is not wanted any more.
        self.question += 1;
        self.is_further = after.is_some();
        let filter = match parse(self.field.text(), self.zone) {
            Ok(filter) => filter,
            Err(words) => {
                self.clear(Listing::Failed(words));
                return Vec::new();
            }
        };
        self.listing = Listing::Reading;
        let filter = HistoryFilter {
            workspace: (!self.is_everywhere).then(|| self.workspace.clone()),
            after,
            // One more shows whether there are more.
            limit: Some(limit + 1),
            ..filter
        };
        vec![Command::history(HistoryCommand::Read(HistoryQuery::List {
            question: self.question,
            filter: Box::new(filter),
            delay,
        }))]
    }

    /// Stores the answer of a query, unless a newer query was sent.
    pub(crate) fn take(&mut self, question: u64, result: Result<Option<Vec<ListedRun>>, String>) {
        if question != self.question {
            return;
        }
        let is_further = std::mem::take(&mut self.is_further);
        let mut found = match result {
            Ok(Some(found)) => found,
            Ok(None) => {
                self.clear(Listing::Missing);
                return;
            }
            Err(words) => {
                self.clear(Listing::Failed(words));
                return;
            }
        };
        let limit = if is_further {
            PAGE
        } else {
            self.runs.len().max(PAGE)
        };
        let has_more = found.len() > limit;
        found.truncate(limit);
        if !is_further {
            self.clear(Listing::Unknown);
        }
        self.listing = Listing::Read { has_more };
        for run in found {
            let before = self.runs.last().map(|before| &before.batch);
            if before != Some(&run.batch) {
                self.rows.push(Row::Batch(self.runs.len()));
            }
            self.rows.push(Row::Run(self.runs.len()));
            self.runs.push(run);
        }
        if !is_further {
            let wanted = self.wanted.take();
            let at = wanted.and_then(|wanted| self.row_of(&wanted));
            self.cursor.select(at.unwrap_or(0));
        }
    }

    fn clear(&mut self, listing: Listing) {
        self.rows.clear();
        self.runs.clear();
        self.listing = listing;
    }

    fn row_of(&self, run: &RunId) -> Option<usize> {
        let index = self.runs.iter().position(|listed| listed.run == *run)?;
        self.rows.iter().position(|row| *row == Row::Run(index))
    }

    /// Returns the selected row.
    pub(super) fn selected(&self) -> Option<Row> {
        self.rows.get(self.cursor.selected()).copied()
    }

    /// Returns the selected run; for a head, the first run of its batch.
    pub(super) fn selected_run(&self) -> Option<&ListedRun> {
        match self.selected()? {
            Row::Batch(first) => self.runs.get(first),
            Row::Run(index) => self.runs.get(index),
        }
    }

    /// Marks the run under the cursor or removes its mark, and moves to the next row.
    pub(super) fn mark(&mut self) {
        if let Some(Row::Run(index)) = self.selected()
            && let Some(listed) = self.runs.get(index)
        {
            match self.marked.iter().position(|run| *run == listed.run) {
                Some(at) => {
                    self.marked.remove(at);
                }
                None => self.marked.push(listed.run.clone()),
            }
            let last = self.rows.len().saturating_sub(1);
            self.cursor.select((self.cursor.selected() + 1).min(last));
        }
    }

    /// Returns the batch of the selected row.
    pub(super) fn selected_batch(&self) -> Option<&BatchId> {
        self.selected_run().map(|run| &run.batch)
    }
}
