//! The live panes: which runs they show, and what each shows of its run.

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

/// How many transcripts are kept that are not on show, for their folds and scroll positions.
const MAX_KEPT: usize = 64;

/// Which runs the panes follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Following {
    /// The most active ones, and the one under the cursor once it was moved.
    #[default]
    Active,
    /// The one under the cursor alone.
    Focused,
    /// The marked ones.
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
    /// The runs on show, by place.
    runs: Vec<RunId>,
    /// Where each lies, with its frame.
    tiles: Vec<Rect>,
    transcripts: HashMap<RunId, Transcript>,
    /// With which the transcripts were laid out.
    glyphs: Option<&'static Glyphs>,
    /// Whether they show the graph of what runs in place of what is said, where there is one.
    has_graph: bool,
    /// Where the views lie on graphs; the others follow what runs.
    scrolls: HashMap<RunId, Scroll>,
    /// The visits of the runs on show, box by box, while graphs are on show.
    visits: HashMap<RunId, Visits>,
    /// Whether several runs are level by turn.
    is_by_turn: bool,
    /// The columns, while they are on show, and beneath a run that fills the screen.
    by_turn: Option<ByTurn>,
    has_columns: bool,
}

/// The facts that decide which panes there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Where all panes lie.
    pub(super) area: Rect,
    /// The one run that has all of it.
    pub(super) only: Option<&'a RunId>,
    /// Whether `only` fills the screen, so that there is room for blank lines.
    pub(super) is_airy: bool,
    pub(super) table: &'a Table,
}

impl Panes {
    /// Chooses the runs on show and lays out what they say.
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

    /// Follows other runs; the marked ones only if any are.
    pub(super) const fn follow_next(&mut self, is_any_marked: bool) -> Following {
        self.following = match self.following {
            Following::Active => Following::Focused,
            Following::Focused if is_any_marked => Following::Marked,
            Following::Focused | Following::Marked => Following::Active,
        };
        self.following
    }

    /// Follows the marked runs.
    pub(super) const fn follow_marked(&mut self) {
        self.following = Following::Marked;
    }

    /// Shows graphs in place of what is said, or the other way round.
    pub(super) fn toggle_graph(&mut self) {
        self.has_graph = !self.has_graph;
        self.is_by_turn = false;
        self.scrolls.clear();
    }

    /// Stands the runs level by turn, or each in a pane of its own.
    pub(super) fn toggle_by_turn(&mut self) {
        self.is_by_turn = !self.is_by_turn;
        self.by_turn = None;
        self.has_graph = false;
    }

    /// Whether several runs are level by turn.
    pub(super) const fn is_by_turn(&self) -> bool {
        self.is_by_turn
    }

    /// The columns, while they are on show.
    pub(super) fn columns(&self) -> Option<&ByTurn> {
        self.by_turn.as_ref().filter(|_| self.has_columns)
    }

    /// The columns, while they are on show, to be moved.
    pub(super) fn columns_mut(&mut self) -> Option<&mut ByTurn> {
        self.by_turn.as_mut().filter(|_| self.has_columns)
    }

    /// How many lines of the columns have room.
    pub(super) fn column_height(&self, context: &Context<'_>) -> u16 {
        let runs = self.runs.iter().filter_map(|id| context.runs.get(id));
        let heights = runs
            .zip(&self.tiles)
            .map(|(run, tile)| text_area(*tile, run).height);
        heights.min().unwrap_or(0)
    }

    /// Returns the graph in the pane of a run; none if the pane shows the conversation.
    pub(super) fn graph<'c>(
        &self,
        run: &RunSummary,
        context: &Context<'c>,
    ) -> Option<&'c Arc<Drawings>> {
        let drawings = context.runs.drawings(run);
        drawings.filter(|_| self.has_graph)
    }

    /// Where the view lies on the graph of a run.
    pub(super) fn scroll(&self, run: &RunId) -> Scroll {
        self.scrolls.get(run).copied().unwrap_or_default()
    }

    /// Returns the visits of a run, box by box, while its graph is on show.
    pub(super) fn visits(&self, run: &RunId) -> Option<&Visits> {
        self.visits.get(run)
    }

    /// Lets the view on the graph of a run follow what runs again.
    pub(super) fn follow_graph(&mut self, run: &RunId) {
        self.scrolls.entry(run.clone()).or_default().follow();
    }

    /// Moves the view on the graph of a run.
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

    /// Goes to a place of a text in what a run says. Returns whether there is one.
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

    /// Lays the transcripts out again.
    pub(super) fn rewound(&mut self) {
        self.transcripts.clear();
        self.visits.clear();
    }

    /// Marks nothing any more.
    pub(super) fn forget_found(&mut self) {
        for transcript in self.transcripts.values_mut() {
            transcript.forget_found();
        }
    }

    pub(super) fn transcript_mut(&mut self, run: &RunId) -> Option<&mut Transcript> {
        self.transcripts.get_mut(run)
    }
}

/// Where a pane has its transcript: its inside without a margin, and without the lines of a
/// request.
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

/// How many lines at the end of a pane say what the run wants of a person.
fn request_height(inside: Rect, run: &RunSummary) -> u16 {
    u16::from(!run.requests.is_empty() && inside.height >= 3)
}
