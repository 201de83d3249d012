//! The run table: its rows and their order, the selected row, and the marked ones. It holds only
//! indexes, so that drawing ten thousand rows costs no more than drawing ten.

mod columns;
mod draw;
mod filter;
mod flags;
mod outcomes;
mod selection;
mod sort;

use std::collections::HashSet;
use std::time::Duration;

use indexmap::IndexSet;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchRecord, GroupId};
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::list::ListCursor;
pub(super) use columns::Widths;
pub(super) use draw::{draw, rows_area, summary_words};
pub(super) use filter::Filter;
use flags::Flags;
use outcomes::ByOutcome;
pub(super) use sort::SortKey;

/// The minimum time for which the order stays the same while the values it depends on change.
const ORDER_STANDS: Duration = Duration::from_millis(500);

/// The minimum time until more of very many runs are checked even without new events.
const LOOKS_ON: Duration = Duration::from_millis(33);

/// A row of the table of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The head of a batch; shown only if there are several batches.
    Batch(BatchId),
    /// A group of a batch's runs with the same outcome; shown only while the table is grouped by
    /// outcome.
    Group(BatchId, GroupId),
    /// A run, by its index in the [`RunsModel`].
    Run(usize),
}

/// The row under the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selected {
    Batch(BatchId),
    Group(BatchId, GroupId),
    Run(RunId),
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    cursor: ListCursor,
    selected: Option<Selected>,
    /// Whether a person has placed the cursor, so that no row moves under it.
    is_held: bool,
    sort: SortKey,
    /// Whether the order is reversed.
    is_reversed: bool,
    filter: Filter,
    folded: HashSet<BatchId>,
    marked: IndexSet<RunId>,
    /// The time when the rows were last sorted.
    ordered_at: Timestamp,
    /// Whether values have changed on which the choice or the order of rows depends.
    is_stale: bool,
    /// The version of the runs at the last update.
    version: u64,
    n_runs: usize,
    n_batches: usize,
    /// Whether the filter matches each run; empty without a filter.
    kept: Flags,
    /// Whether each run differs from most runs of its batch; empty while this is not shown.
    leaving: Flags,
    /// The time of the last update.
    caught_up_at: Timestamp,
    outcomes: ByOutcome,
    /// The widths to which columns were dragged.
    widths: Widths,
}

impl Table {
    /// Updates the table from the runs. Returns whether any run has changed.
    pub(super) fn catch_up(&mut self, runs: &RunsModel, now: Timestamp) -> bool {
        let is_changed = std::mem::replace(&mut self.version, runs.version()) != runs.version();
        let n_batches = runs.batches().len();
        if n_batches > self.n_batches {
            self.begin_with_newest(runs);
        }
        let is_grown = runs.runs().len() != self.n_runs || n_batches != self.n_batches;
        let is_live = self.sort.is_live() || !self.filter.is_empty() || self.outcomes.is_on();
        self.is_stale |= is_changed && is_live;
        self.caught_up_at = now;
        if !self.filter.is_empty() {
            // Few are looked at when the rows are put in order, and stay with them.
            if is_changed && runs.runs().len() > flags::AT_ONCE {
                self.kept.note_change();
            }
            let filter = &self.filter;
            let keeps = |at| runs.at(at).is_some_and(|run| filter.keeps(run, runs));
            self.is_stale |= self.kept.catch_up(keeps);
        }
        let may_move = self.may_move() && now.since(self.ordered_at) >= ORDER_STANDS;
        if is_grown || (self.is_stale && may_move) {
            self.n_batches = n_batches;
            self.arrange(runs, now);
        }
        is_changed
    }

    /// Starts or stops marking runs that differ from most runs of their batch.
    pub(super) fn watch_leaving(&mut self, is_watched: bool, runs: &RunsModel, is_changed: bool) {
        if !is_watched {
            self.leaving.clear();
            return;
        }
        let leaves = |at| runs.at(at).is_some_and(|run| runs.leaving(run).is_some());
        self.leaving.fit(runs.runs().len(), leaves);
        if is_changed {
            self.leaving.note_change();
        }
        self.leaving.catch_up(leaves);
    }

    /// Returns the number of a batch's runs that differ from most, as far as they were checked.
    pub(super) fn n_leaving(&self, batch: &BatchId, runs: &RunsModel) -> usize {
        let leaving = self.leaving.set().filter_map(|at| runs.at(at));
        leaving.filter(|run| run.batch == *batch).count()
    }

    /// Whether rows may move while nothing is done. While a row is held, counts of groups are still
    /// updated, but their order stays.
    const fn may_move(&self) -> bool {
        !self.is_held || self.outcomes.is_on()
    }

    /// Shows a launched batch: only this batch is unfolded, and the cursor is on its first run.
    fn begin_with_newest(&mut self, runs: &RunsModel) {
        let mut newest_first = runs.batches().rev();
        if let Some(newest) = newest_first.next() {
            self.folded.remove(&newest.id);
            self.selected = None;
            self.is_held = false;
        }
        self.folded
            .extend(newest_first.map(|batch| batch.id.clone()));
    }

    /// Makes the rows again; the cursor stays on the same item.
    pub(super) fn arrange(&mut self, runs: &RunsModel, now: Timestamp) {
        self.n_runs = runs.runs().len();
        self.is_stale = false;
        self.ordered_at = now;
        if self.filter.is_empty() {
            self.kept.clear();
        } else {
            let filter = &self.filter;
            let keeps = |at| runs.at(at).is_some_and(|run| filter.keeps(run, runs));
            self.kept.fit(self.n_runs, keeps);
        }
        if self.outcomes.is_on() {
            self.arrange_by_outcome(runs, now);
            self.find_selected(runs);
            return;
        }
        let mut kept: Vec<usize> = (0..self.n_runs).filter(|run| self.keeps(*run)).collect();
        self.put_in_order(&mut kept, runs, now);
        if runs.batches().len() <= 1 {
            self.rows = kept.into_iter().map(Row::Run).collect();
        } else {
            self.group(&kept, runs);
        }
        self.find_selected(runs);
    }

    /// Sorts indexes of runs by the chosen order.
    fn put_in_order(&self, indexes: &mut [usize], runs: &RunsModel, now: Timestamp) {
        self.sort.sort(indexes, runs, now);
        if self.is_reversed {
            indexes.reverse();
        }
    }

    /// Puts runs below the heads of their batches, the newest batch first. Batches without any
    /// matching run are left out.
    fn group(&mut self, kept: &[usize], runs: &RunsModel) {
        let mut by_batch: indexmap::IndexMap<&BatchId, Vec<usize>> = runs
            .batches()
            .rev()
            .map(|batch| (&batch.id, Vec::new()))
            .collect();
        for index in kept {
            if let Some(run) = runs.at(*index) {
                by_batch.entry(&run.batch).or_default().push(*index);
            }
        }
        self.rows.clear();
        for (batch, indexes) in by_batch {
            if indexes.is_empty() && !self.filter.is_empty() {
                continue;
            }
            self.rows.push(Row::Batch(batch.clone()));
            // What is looked for is shown, even in a batch that is folded.
            if !self.folded.contains(batch) || !self.filter.is_empty() {
                self.rows.extend(indexes.into_iter().map(Row::Run));
            }
        }
    }

    /// Marks the selected run or removes its mark; for a group, all its runs, unless all are
    /// already marked.
    pub(super) fn toggle_mark(&mut self, runs: &RunsModel) {
        if let Some(members) = self.group_under_cursor(runs) {
            let members = members.into_iter().filter_map(|index| runs.at(index));
            let members: Vec<RunId> = members.map(|run| run.run.clone()).collect();
            if members.iter().all(|run| self.marked.contains(run)) {
                self.marked.retain(|run| !members.contains(run));
            } else {
                self.marked.extend(members);
            }
        }
        if let Some(Selected::Run(run)) = &self.selected
            && !self.marked.shift_remove(run)
        {
            self.marked.insert(run.clone());
        }
    }

    /// Marks exactly these runs.
    pub(super) fn mark_only(&mut self, runs: Vec<RunId>) {
        self.marked = runs.into_iter().collect();
    }

    /// Removes all marks. Returns whether there were any.
    pub(super) fn clear_marks(&mut self) -> bool {
        let had_any = !self.marked.is_empty();
        self.marked.clear();
        had_any
    }

    /// Lets rows move again. Returns whether any row may move by it.
    pub(super) fn release(&mut self) -> bool {
        // Groups were counted on, and kept their order.
        self.is_stale |= self.is_held && self.outcomes.is_on();
        std::mem::take(&mut self.is_held) && self.is_stale
    }

    pub(super) fn set_filter(&mut self, filter: Filter, runs: &RunsModel, now: Timestamp) {
        self.filter = filter;
        self.kept.clear();
        self.arrange(runs, now);
    }

    /// Whether the filter matches the run at this position in the order of launches, as shown by
    /// the rows.
    pub(super) fn keeps(&self, index: usize) -> bool {
        self.filter.is_empty() || self.kept.get(index)
    }

    /// Returns the batch of the row under the cursor; without a cursor, the newest one.
    pub(super) fn batch<'a>(&self, runs: &'a RunsModel) -> Option<&'a BatchRecord> {
        let of_cursor = match &self.selected {
            Some(Selected::Batch(batch) | Selected::Group(batch, _)) => runs.batch(batch),
            Some(Selected::Run(run)) => runs.get(run).and_then(|run| runs.batch(&run.batch)),
            None => None,
        };
        of_cursor
            .or_else(|| runs.batches().next_back())
            .map(AsRef::as_ref)
    }

    /// Removes the marks of runs that no longer exist, and makes the rows again, because they hold
    /// indexes.
    pub(super) fn runs_forgotten(&mut self, runs: &RunsModel, now: Timestamp) {
        self.marked.retain(|run| runs.get(run).is_some());
        self.folded.retain(|batch| runs.batch(batch).is_some());
        self.outcomes_forgotten(runs);
        self.n_batches = runs.batches().len();
        self.kept.clear();
        self.leaving.clear();
        self.arrange(runs, now);
    }

    /// Makes the rows again at the next update.
    pub(super) fn rewound(&mut self) {
        self.n_runs = 0;
        self.kept.clear();
        self.leaving.clear();
    }

    /// Removes and returns the filter; the rows are made again at the next update.
    pub(super) fn forget_filter(&mut self) -> Filter {
        self.rewound();
        std::mem::take(&mut self.filter)
    }

    pub(super) fn sort_by_next(&mut self, runs: &RunsModel, now: Timestamp) {
        self.sort = self.sort.next();
        self.is_reversed = false;
        self.arrange(runs, now);
    }

    /// Reverses the order.
    pub(super) fn reverse(&mut self, runs: &RunsModel, now: Timestamp) {
        self.is_reversed = !self.is_reversed;
        self.arrange(runs, now);
    }

    /// Sorts by a column; if it is already the sort column, reverses the order.
    pub(super) fn sort_by(&mut self, key: SortKey, runs: &RunsModel, now: Timestamp) {
        self.is_reversed = self.sort == key && !self.is_reversed;
        self.sort = key;
        self.arrange(runs, now);
    }

    /// Returns the widths to which columns were dragged.
    pub(super) const fn widths(&self) -> &Widths {
        &self.widths
    }

    /// Sets the widths to which columns were dragged before.
    pub(super) fn set_widths(&mut self, widths: Widths) {
        self.widths = widths;
    }

    pub(super) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Returns the description of the order.
    pub(super) const fn order_in_words(&self) -> &'static str {
        self.sort.words(self.is_reversed)
    }

    pub(super) const fn selected(&self) -> Option<&Selected> {
        self.selected.as_ref()
    }

    /// Returns the run under the cursor.
    pub(super) fn selected_run(&self) -> Option<&RunId> {
        match &self.selected {
            Some(Selected::Run(run)) => Some(run),
            Some(Selected::Batch(_) | Selected::Group(..)) | None => None,
        }
    }

    pub(super) const fn is_held(&self) -> bool {
        self.is_held
    }

    /// Returns when the rows are sorted again even without new events.
    pub(super) fn moves_at(&self) -> Option<Timestamp> {
        let is_due = self.is_stale && self.may_move();
        let moves = is_due.then(|| self.ordered_at.plus(ORDER_STANDS));
        let is_behind = self.kept.is_behind() || self.leaving.is_behind();
        let looks = is_behind.then(|| self.caught_up_at.plus(LOOKS_ON));
        moves.into_iter().chain(looks).min()
    }

    /// Whether the order would be different if no row were held.
    pub(super) const fn is_stale(&self) -> bool {
        self.is_stale && !self.may_move()
    }

    /// Returns the marked runs in the order of marking.
    pub(super) const fn marked(&self) -> &IndexSet<RunId> {
        &self.marked
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the rows from the cursor on.
    pub(super) fn below_cursor(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().skip(self.cursor.selected())
    }

    /// Returns the number of runs that the rows show.
    pub(super) fn shown(&self) -> usize {
        let is_run = |row: &&Row| matches!(row, Row::Run(_));
        if self.outcomes.is_on() {
            self.outcomes.total()
        } else if self.n_batches > 1 {
            self.rows.iter().filter(is_run).count()
        } else {
            self.rows.len()
        }
    }
}
