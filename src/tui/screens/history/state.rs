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

/// How many runs are listed at once.
const PAGE: usize = 300;

/// How near to the end of what is listed the next page is asked for.
const AHEAD: usize = 60;

/// How long typing rests before it is looked for.
const AFTER: Duration = Duration::from_millis(120);

/// Which past runs are listed, and which is selected.
#[derive(Debug)]
pub(crate) struct State {
    /// The folder that is worked in, as batches name it.
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
    /// Number of the newest question.
    question: u64,
    /// Whether its answer goes behind what is listed.
    is_further: bool,
    /// Runs that are marked to be compared, in the order of marking.
    pub(super) marked: Vec<RunId>,
    /// The run that is selected again once the list is there.
    wanted: Option<RunId>,
}

/// How far the list is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// Nothing was asked for yet.
    Unknown,
    /// The list is being read.
    Reading,
    /// The file is not there.
    Missing,
    /// The list can't be read, or the filter can't: why.
    Failed(String),
    /// The list is there; whether there are more runs behind.
    Read { has_more: bool },
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The head of a batch, with its first run that is listed.
    Batch(usize),
    /// A run.
    Run(usize),
}

impl State {
    /// Nothing is listed yet, in a folder and a time zone.
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

    /// Asks which batches of the folder were interrupted.
    pub(crate) fn find_interrupted(&self) -> HistoryCommand {
        HistoryCommand::Read(HistoryQuery::FindInterrupted {
            workspace: self.workspace.clone(),
        })
    }

    /// Lists again what was listed, and as much of it.
    pub(crate) fn refresh(&mut self) -> Vec<Command> {
        self.wanted = self.selected_run().map(|listed| listed.run.clone());
        self.ask(None, self.runs.len().max(PAGE), Duration::ZERO)
    }

    /// The filter was changed.
    pub(super) fn typed(&mut self) -> Vec<Command> {
        self.wanted = None;
        self.ask(None, PAGE, AFTER)
    }

    /// The filter is wanted now.
    pub(super) fn filtered(&mut self) -> Vec<Command> {
        self.wanted = None;
        self.ask(None, PAGE, Duration::ZERO)
    }

    /// Asks for the next page, where the end of the list comes near and there is more.
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

    /// Takes what was listed, unless something else was asked for since.
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

    /// The selected row.
    pub(super) fn selected(&self) -> Option<Row> {
        self.rows.get(self.cursor.selected()).copied()
    }

    /// The run that is selected, of a head the first of its batch.
    pub(super) fn selected_run(&self) -> Option<&ListedRun> {
        match self.selected()? {
            Row::Batch(first) => self.runs.get(first),
            Row::Run(index) => self.runs.get(index),
        }
    }

    /// Marks the run under the cursor, or takes its mark away, and goes on to the next row.
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

    /// The batch of what is selected.
    pub(super) fn selected_batch(&self) -> Option<&BatchId> {
        self.selected_run().map(|run| &run.batch)
    }
}
