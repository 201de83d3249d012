//! The live panes: the choice of their runs, and the view of each run.

mod by_turn;
mod draw;
mod seats;

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::runs::{KeptRun, RunRecord, RunSummary};
use crate::tui::app::Context;
use crate::tui::glyphs::Glyphs;
use crate::tui::screens::runs::layout::inside;
use crate::tui::screens::runs::table::Table;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::graph::{Drawings, Scroll, Visits};
use crate::tui::widgets::tiles;
use crate::tui::widgets::transcript::{Fit, Transcript};
use by_turn::ByTurn;
pub(super) use draw::draw;

/// The maximum number of hidden transcripts that are kept for their folds and scroll positions.
const MAX_KEPT: usize = 64;

/// The choice of runs for the panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Following {
    /// The most active runs, and the run under the cursor after the cursor was moved.
    #[default]
    Active,
    /// Only the run under the cursor.
    Focused,
    /// The marked runs.
    Marked,
}

impl Following {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Active => "the panes follow the most active runs",
            Self::Focused => "one pane follows the run under the cursor",
            Self::Marked => "the panes follow the marked runs",
        }
    }
}

/// The panes.
#[derive(Debug, Default)]
pub(super) struct Panes {
    following: Following,
    /// The shown runs, by pane.
    runs: Vec<RunId>,
    /// The area of each pane with its border.
    tiles: Vec<Rect>,
    transcripts: HashMap<RunId, Transcript>,
    /// The character set with which the transcripts were laid out.
    glyphs: Option<&'static Glyphs>,
    /// Whether the panes show graphs instead of transcripts, if there are any.
    has_graph: bool,
    /// The scroll positions of graphs that don't follow their runs.
    scrolls: HashMap<RunId, Scroll>,
    /// The visits of each box by the shown runs, while graphs are shown.
    visits: HashMap<RunId, Visits>,
    /// Whether several runs are aligned by turn.
    is_by_turn: bool,
    /// The columns, while they are shown, or hidden below a zoomed run.
    by_turn: Option<ByTurn>,
    has_columns: bool,
}

/// The facts that determine the panes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The area of all panes.
    pub(super) area: Rect,
    /// The only run to show, if there is one.
    pub(super) only: Option<&'a RunId>,
    /// Whether `only` fills the screen, so that there is room for blank lines.
    pub(super) is_airy: bool,
    pub(super) table: &'a Table,
}

impl Panes {
    /// Chooses the runs for the panes and lays out their transcripts.
    pub(super) fn prepare(&mut self, wanted: &Wanted<'_>, context: &Context<'_>) {
        let glyphs = context.glyphs;
        self.glyphs = Some(glyphs);
        self.runs = match wanted.only {
            Some(run) => vec![run.clone()],
            None => self.seats(wanted, context),
        };
        self.has_columns = self.is_by_turn && wanted.only.is_none() && self.runs.len() > 1;
        self.tiles = match self.runs.len() {
            0 => Vec::new(),
            count if self.has_columns => by_turn::columns(wanted.area, count),
            count => tiles::tiles(wanted.area, count),
        };
        // A run that was forgotten or whose detail was let go has none.
        let (runs, is_too_many) = (&self.runs, self.transcripts.len() > MAX_KEPT);
        let is_kept = |run: &RunId| {
            let record = context.runs.get(run).and_then(KeptRun::record);
            record.is_some() && (!is_too_many || runs.contains(run))
        };
        self.transcripts.retain(|run, _| is_kept(run));
        self.scrolls.retain(|run, _| is_kept(run));
        self.visits
            .retain(|run, _| self.has_graph && runs.contains(run));
        for (id, tile) in self.runs.iter().zip(&self.tiles) {
            let Some(run) = context.runs.get(id).and_then(KeptRun::record) else {
                continue;
            };
            let fit = Fit {
                width: text_area(*tile, run).width,
                is_airy: wanted.is_airy,
            };
            let transcript = self.transcripts.entry(id.clone()).or_default();
            transcript.lay_out(run, &run.transcript, fit, glyphs, context.now);
            if self.has_graph {
                self.visits.entry(id.clone()).or_default().update(run);
            }
        }
        if self.has_columns {
            let columns = self.by_turn.get_or_insert_default();
            let shown = self.runs.iter().zip(&self.tiles).map(|(id, tile)| {
                let run = context.runs.get(id)?.record()?;
                let leaving = context.runs.leaving(run);
                let width = text_area(*tile, run).width;
                Some((&**run, self.transcripts.get(id)?, leaving, width))
            });
            columns.lay_out(shown, glyphs);
        } else if wanted.only.is_none() {
            self.by_turn = None;
        }
    }

    fn seats(&self, wanted: &Wanted<'_>, context: &Context<'_>) -> Vec<RunId> {
        let table = wanted.table;
        let room = |count: usize| {
            if self.is_by_turn {
                by_turn::count_that_fits(wanted.area, count)
            } else {
                tiles::count_that_fits(wanted.area, count)
            }
        };
        match self.following {
            Following::Focused if !self.is_by_turn => {
                table.selected_run().cloned().into_iter().collect()
            }
            // Side by side one run says nothing.
            Following::Marked if table.marked().len() > usize::from(self.is_by_turn) => {
                let marked = table.marked();
                marked.iter().take(room(marked.len())).cloned().collect()
            }
            Following::Active | Following::Focused | Following::Marked => {
                let places = room(seats::wanted(table, context.runs));
                let held = table.selected_run().filter(|_| table.is_held());
                seats::choose(&self.runs, places, held, table, context)
            }
        }
    }

    /// Switches to the next choice of runs; the marked runs are skipped if there are none.
    pub(super) const fn follow_next(&mut self, is_any_marked: bool) -> Following {
        self.following = match self.following {
            Following::Active => Following::Focused,
            Following::Focused if is_any_marked => Following::Marked,
            Following::Focused | Following::Marked => Following::Active,
        };
        self.following
    }

    /// Switches to the marked runs.
    pub(super) const fn follow_marked(&mut self) {
        self.following = Following::Marked;
    }

    /// Switches between graphs and transcripts.
    pub(super) fn toggle_graph(&mut self) {
        self.has_graph = !self.has_graph;
        self.is_by_turn = false;
        self.scrolls.clear();
    }

    /// Switches between runs aligned by turn and separate panes.
    pub(super) fn toggle_by_turn(&mut self) {
        self.is_by_turn = !self.is_by_turn;
        self.by_turn = None;
        self.has_graph = false;
    }

    /// Whether several runs are aligned by turn.
    pub(super) const fn is_by_turn(&self) -> bool {
        self.is_by_turn
    }

    /// Returns the columns, while they are shown.
    pub(super) fn columns(&self) -> Option<&ByTurn> {
        self.by_turn.as_ref().filter(|_| self.has_columns)
    }

    /// Returns the columns for changes, while they are shown.
    pub(super) fn columns_mut(&mut self) -> Option<&mut ByTurn> {
        self.by_turn.as_mut().filter(|_| self.has_columns)
    }

    /// Returns the height of the columns, in lines.
    pub(super) fn column_height(&self, context: &Context<'_>) -> u16 {
        let runs = self.runs.iter().filter_map(|id| context.runs.get(id));
        let heights = runs
            .zip(&self.tiles)
            .map(|(run, tile)| text_area(*tile, run).height);
        heights.min().unwrap_or(0)
    }

    /// Returns the graph in the pane of a run; `None` if the pane shows the transcript.
    pub(super) fn graph<'c>(
        &self,
        run: &RunSummary,
        context: &Context<'c>,
    ) -> Option<&'c Arc<Drawings>> {
        let drawings = context.runs.drawings(run);
        drawings.filter(|_| self.has_graph)
    }

    /// Returns the scroll position of a run's graph.
    pub(super) fn scroll(&self, run: &RunId) -> Scroll {
        self.scrolls.get(run).copied().unwrap_or_default()
    }

    /// Returns the run's visits of each box, while its graph is shown.
    pub(super) fn visits(&self, run: &RunId) -> Option<&Visits> {
        self.visits.get(run)
    }

    /// Lets the graph of a run follow the run again.
    pub(super) fn follow_graph(&mut self, run: &RunId) {
        self.scrolls.entry(run.clone()).or_default().follow();
    }

    /// Calls a function that scrolls the graph of a run.
    pub(super) fn with_graph(
        &mut self,
        run: &RunRecord,
        move_it: impl FnOnce(&mut Scroll, &Visits),
    ) {
        let visits = self.visits.entry(run.run.clone()).or_default();
        visits.update(run);
        move_it(self.scrolls.entry(run.run.clone()).or_default(), visits);
    }

    pub(super) fn runs(&self) -> &[RunId] {
        &self.runs
    }

    pub(super) fn tiles(&self) -> &[Rect] {
        &self.tiles
    }

    pub(super) fn tile_of(&self, run: &RunId) -> Option<Rect> {
        let index = self.runs.iter().position(|shown| shown == run)?;
        self.tiles.get(index).copied()
    }

    pub(super) fn transcript(&self, run: &RunId) -> Option<&Transcript> {
        self.transcripts.get(run)
    }

    /// Moves to a match in a run's transcript. Returns whether there is one.
    pub(super) fn find(
        &mut self,
        run: &RunRecord,
        looked_for: (&str, Step),
        height: usize,
        now: Timestamp,
    ) -> bool {
        let transcript = self.transcripts.get_mut(&run.run);
        let (Some(transcript), Some(glyphs)) = (transcript, self.glyphs) else {
            return false;
        };
        let of = (run, run.transcript.as_slice());
        transcript.find(of, looked_for, height, (glyphs, now))
    }

    /// Lays out all transcripts again.
    pub(super) fn rewound(&mut self) {
        self.transcripts.clear();
        self.visits.clear();
    }

    /// Removes the marks of matches.
    pub(super) fn forget_found(&mut self) {
        for transcript in self.transcripts.values_mut() {
            transcript.forget_found();
        }
    }

    pub(super) fn transcript_mut(&mut self, run: &RunId) -> Option<&mut Transcript> {
        self.transcripts.get_mut(run)
    }
}

/// Returns the area of the transcript in a pane: without the margin and the lines of a request.
pub(super) fn text_area(tile: Rect, run: &RunSummary) -> Rect {
    let inside = inside(tile);
    let asked = request_height(inside, run);
    Rect {
        x: inside.x + inside.width.min(1),
        width: inside.width.saturating_sub(2),
        height: inside.height - asked,
        ..inside
    }
}

/// Returns the number of lines at the end of a pane that show the run's request.
fn request_height(inside: Rect, run: &RunSummary) -> u16 {
    u16::from(!run.requests.is_empty() && inside.height >= 3)
}
