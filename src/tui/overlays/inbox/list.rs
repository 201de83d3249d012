//! The list of the inbox: a row for each group of equal requests, which can be unfolded to its
//! requests.

use std::collections::HashSet;

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId};
use crate::runs::{Alike, PendingRequest};
use crate::tui::action::Action;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::list::ListCursor;

/// A request of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) run: RunId,
    pub(super) request: RequestId,
}

impl Asked {
    pub(super) fn of(pending: &PendingRequest, runs: &RunsModel) -> Option<Self> {
        Some(Self {
            run: runs.at(pending.run)?.run.clone(),
            request: pending.request.clone(),
        })
    }
}

/// A row of the inbox: a request or a group of equal requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) alike: Alike,
    /// The number of requests in the group; 1 for a single request.
    pub(super) count: usize,
    /// Whether the row is a single request below its group's row.
    pub(super) is_inner: bool,
    /// The oldest request of the row.
    pub(super) first: Asked,
    /// The time since when the oldest request waits.
    pub(super) since: Timestamp,
}

/// The rows, and which of them is selected.
#[derive(Debug, Default)]
pub(super) struct List {
    rows: Vec<Row>,
    cursor: ListCursor,
    open: HashSet<Alike>,
    /// The row under the cursor: a group, or one request of it.
    selected: Option<(Alike, Option<Asked>)>,
    /// The version of the inbox that the list shows.
    version: Option<u64>,
}

impl List {
    /// Updates the list from the open requests. The cursor stays on its row, or else at its line.
    pub(super) fn catch_up(&mut self, runs: &RunsModel) {
        let version = Some(runs.inbox().version());
        if std::mem::replace(&mut self.version, version) != version {
            self.arrange(runs);
        }
    }

    fn arrange(&mut self, runs: &RunsModel) {
        let groups = runs.inbox().groups();
        self.open
            .retain(|open| groups.iter().any(|(alike, _)| alike == open));
        self.rows.clear();
        for (alike, pending) in groups {
            let row = |pending: &PendingRequest, count, is_inner| {
                Asked::of(pending, runs).map(|first| Row {
                    alike,
                    count,
                    is_inner,
                    first,
                    since: pending.since,
                })
            };
            let count = pending.len();
            self.rows
                .extend(pending.first().and_then(|first| row(first, count, false)));
            if count > 1 && self.open.contains(&alike) {
                self.rows
                    .extend(pending.iter().filter_map(|pending| row(pending, 1, true)));
            }
        }
        self.find_selected();
    }

    fn find_selected(&mut self) {
        let at = self.selected.as_ref().and_then(|(alike, one)| {
            let exact = |row: &Row| match one {
                Some(one) => row.count == 1 && row.first == *one,
                None => row.alike == *alike,
            };
            let rows = self.rows.iter();
            let exact = rows.clone().position(exact);
            exact.or_else(|| rows.clone().position(|row| row.alike == *alike))
        });
        let last = self.rows.len().saturating_sub(1);
        self.cursor
            .select(at.unwrap_or(self.cursor.selected().min(last)));
        self.take_selected();
    }

    fn take_selected(&mut self) {
        let row = self.rows.get(self.cursor.selected());
        self.selected = row.map(|row| (row.alike, (row.count == 1).then(|| row.first.clone())));
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) const fn cursor(&self) -> ListCursor {
        self.cursor
    }

    pub(super) fn row(&self) -> Option<&Row> {
        self.rows.get(self.cursor.selected())
    }

    pub(super) fn is_open(&self, row: &Row) -> bool {
        self.open.contains(&row.alike)
    }

    /// Returns the single request under the cursor.
    pub(super) fn selected_one(&self) -> Option<Asked> {
        let row = self.row().filter(|row| row.count == 1)?;
        Some(row.first.clone())
    }

    /// Returns the request that a key for one request applies to.
    pub(super) fn one(&self, runs: &RunsModel) -> Option<Asked> {
        let first = self.row().map(|row| row.first.clone())?;
        runs.get(&first.run).is_some().then_some(first)
    }

    /// Moves the cursor from a group to its oldest request, which gets its own row.
    pub(super) fn go_to_one(&mut self, runs: &RunsModel) {
        let Some(row) = self.row().filter(|row| row.count > 1) else {
            return;
        };
        let (alike, first) = (row.alike, row.first.clone());
        self.selected = Some((alike, Some(first)));
        self.open.insert(alike);
        self.arrange(runs);
    }

    /// Returns all requests that equal the one under the cursor, the oldest first.
    pub(super) fn alike(&self, runs: &RunsModel) -> Vec<Asked> {
        let Some(row) = self.row() else {
            return Vec::new();
        };
        let groups = runs.inbox().groups();
        let mut group = groups.into_iter().filter(|(alike, _)| *alike == row.alike);
        let pending = group.next().map(|(_, pending)| pending);
        let pending = pending.into_iter().flatten();
        pending
            .filter_map(|pending| Asked::of(pending, runs))
            .collect()
    }

    /// Moves the cursor from an answered request to the next one that is not answered.
    pub(super) fn leave(&mut self, sent: &HashSet<Asked>) {
        let is_left = |row: &Row| !sent.contains(&row.first);
        let now = self.cursor.selected();
        let rows = self.rows.iter().enumerate();
        let next = rows.clone().skip(now).find(|(_, row)| is_left(row));
        let next = next.or_else(|| rows.clone().take(now).rfind(|(_, row)| is_left(row)));
        if let Some((next, _)) = next {
            self.cursor.select(next);
            self.take_selected();
        }
    }

    /// Unfolds or folds the group under the cursor.
    pub(super) fn toggle(&mut self, runs: &RunsModel) {
        let is_folded = self.row().is_some_and(|row| self.is_open(row));
        self.fold(is_folded, runs);
    }

    /// Folds or unfolds the group under the cursor, as given.
    pub(super) fn fold(&mut self, is_folded: bool, runs: &RunsModel) {
        let Some(row) = self.row().filter(|row| row.count > 1 || row.is_inner) else {
            return;
        };
        let alike = row.alike;
        let is_changed = if is_folded {
            self.open.remove(&alike)
        } else {
            self.open.insert(alike)
        };
        if is_changed {
            self.selected = Some((alike, None));
            self.arrange(runs);
        }
    }

    /// Moves the cursor. Returns whether the action was a movement.
    pub(super) fn act(&mut self, action: Action, height: usize) -> bool {
        let is_moved = self.cursor.act(action, self.rows.len(), height);
        self.take_selected();
        is_moved
    }

    pub(super) fn wheel(&mut self, steps: isize, height: usize) {
        self.cursor.wheel(steps, self.rows.len(), height);
        self.take_selected();
    }

    /// Selects the row at a line of the view. Returns whether it was already selected.
    pub(super) fn click(&mut self, line: usize, height: usize) -> bool {
        let row = self.cursor.in_view(self.rows.len(), height).start + line;
        let was_selected = self.cursor.selected() == row;
        if row < self.rows.len() && line < height {
            self.cursor.select(row);
            self.take_selected();
            return was_selected;
        }
        false
    }
}
