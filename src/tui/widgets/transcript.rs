//! The conversation of a run as lines that fit a pane: messages, reasoning and tool calls as folds, nodes of
//! flows as a line of progress, errors with what to do.
//!
//! Laying out and drawing are two steps. [`Transcript::lay_out`] is called before a frame and wraps
//! only what has changed since the last one: a message that grows by a word costs its last
//! paragraph. [`Transcript::draw`] then reads only the lines that are in view.

mod cell;
mod message;
mod nodes;
mod reasoning;
mod tool_call;

use std::collections::BTreeSet;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use crate::base::clock::Timestamp;
use crate::runs::{RunRecord, TranscriptItem};
use crate::tui::action::Action;
use crate::tui::app::ViewContext;
use crate::tui::glyphs::Glyphs;
use crate::tui::widgets::find::{Found, Hay, Step, find_all};
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::pane;
use cell::Cell;

/// For what a layout is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// How wide the lines may be, in cells.
    pub(crate) width: u16,
    /// Whether a blank line is between messages.
    pub(crate) is_airy: bool,
}

/// A fold, by its index in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fold {
    Reasoning(usize),
    ToolCall(usize),
}

/// The lines of one run's transcript, and which of them are in view.
#[derive(Debug)]
pub(crate) struct Transcript {
    fit: Fit,
    cells: Vec<Cell>,
    /// How many lines the cells have together.
    total: usize,
    /// The folds that are open.
    opened: BTreeSet<Fold>,
    cursor: ListCursor,
    /// Whether the view keeps to the end.
    is_following: bool,
    /// How many lines there were when the view left the end.
    seen: usize,
    /// The words that are marked; empty if there are none.
    needle: String,
    /// Where that lies.
    found: Found,
    /// The number of events and of lines in which that was looked for.
    found_in: (u64, usize),
}

impl Default for Transcript {
    fn default() -> Self {
        Self {
            fit: Fit {
                width: 0,
                is_airy: false,
            },
            cells: Vec::new(),
            total: 0,
            opened: BTreeSet::new(),
            cursor: ListCursor::default(),
            is_following: true,
            seen: 0,
            needle: String::new(),
            found: Found::default(),
            found_in: (0, 0),
        }
    }
}

impl Transcript {
    /// Catches up with some of what a record has in its transcript, or all of it. Must be called before drawing whenever
    /// the record, the width or the time has changed.
    pub(crate) fn lay_out(
        &mut self,
        record: &RunRecord,
        items: &[TranscriptItem],
        fit: Fit,
        glyphs: &'static Glyphs,
        now: Timestamp,
    ) {
        if fit != self.fit {
            self.cells.clear();
            self.fit = fit;
        }
        let layout = cell::Layout {
            record,
            items,
            fit,
            glyphs,
            now,
            opened: &self.opened,
        };
        let mut n_cells = 0;
        let mut item = 0;
        while item < items.len() {
            let range = group(items, item);
            item = range.end;
            match self.cells.get_mut(n_cells) {
                Some(cell) => layout.update(cell, range),
                None => self.cells.push(layout.make(range)),
            }
            n_cells += 1;
        }
        self.cells.truncate(n_cells);
        let mut before = None;
        self.total = 0;
        for cell in &mut self.cells {
            cell.has_gap = fit.is_airy && before.is_some_and(|kind| cell.parts_from(kind));
            before = Some(cell.kind());
            self.total += cell.height();
        }
        if self.is_following {
            self.cursor.select(self.total.saturating_sub(1));
        }
        let found_in = (record.events, self.total);
        if !self.needle.is_empty() && found_in != self.found_in {
            let hay: Vec<Hay> = self.cells.iter().flat_map(Cell::hay).collect();
            self.found = find_all(&hay, usize::from(fit.width), &self.needle);
            self.found_in = found_in;
        }
    }

    /// Which of the places of what is looked for the cursor is at, from 1, and how many there are; `None` if nothing is.
    pub(crate) fn numbered(&self) -> Option<(usize, usize)> {
        let cursor = self.cursor.selected();
        (!self.needle.is_empty()).then(|| self.found.numbered(cursor))
    }

    /// How many lines there are.
    pub(crate) const fn height(&self) -> usize {
        self.total
    }

    /// Whether the view keeps to the end.
    pub(crate) const fn is_following(&self) -> bool {
        self.is_following
    }

    /// The lines in view in a pane of so many lines.
    pub(crate) fn in_view(&self, height: usize) -> Range<usize> {
        if self.is_following {
            self.total.saturating_sub(height)..self.total
        } else {
            self.cursor.in_view(self.total, height)
        }
    }

    /// How many lines came below the view since it left the end.
    pub(crate) fn unseen(&self, height: usize) -> usize {
        let below = self.total - self.in_view(height).end;
        below.min(self.total.saturating_sub(self.seen))
    }

    /// Moves the cursor by an action; at the last line the view follows the end again. Returns
    /// whether the action is one that moves.
    pub(crate) fn act(&mut self, action: Action, height: usize) -> bool {
        self.leave_end(height);
        let is_moved = self.cursor.act(action, self.total, height);
        self.rest_at_end();
        is_moved
    }

    /// Moves by steps of a wheel, down if positive.
    pub(crate) fn wheel(&mut self, steps: isize, height: usize) {
        self.leave_end(height);
        // The cursor goes to the edge first, so that every step moves the view.
        let view = self.cursor.in_view(self.total, height);
        let edge = if steps < 0 {
            view.start
        } else {
            view.end.saturating_sub(1)
        };
        self.cursor.select(edge);
        self.cursor.wheel(steps, self.total, height);
        self.rest_at_end();
    }

    fn leave_end(&mut self, height: usize) {
        if self.is_following {
            self.is_following = false;
            self.seen = self.total;
            // Puts the view where it is seen now.
            self.cursor.select(self.total.saturating_sub(1));
            self.cursor.act(Action::Last, self.total, height);
        }
    }

    fn rest_at_end(&mut self) {
        self.is_following = self.cursor.selected() + 1 >= self.total;
    }

    /// Goes back to the end and follows it.
    pub(crate) fn follow(&mut self) {
        self.is_following = true;
        self.cursor.select(self.total.saturating_sub(1));
    }

    /// The fold whose first line this is.
    fn fold_at(&self, line: usize) -> Option<Fold> {
        let (block, offset) = self.cell_at(line)?;
        let is_head = offset == usize::from(block.has_gap);
        block.fold().filter(|_| is_head)
    }

    fn cell_at(&self, line: usize) -> Option<(&Cell, usize)> {
        let mut start = 0;
        for cell in &self.cells {
            let height = cell.height();
            if line < start + height {
                return Some((cell, line - start));
            }
            start += height;
        }
        None
    }

    /// Opens or closes the fold under the cursor; while the view follows the end, the last one.
    /// Returns whether there is one.
    pub(crate) fn set_fold(&mut self, is_open: Option<bool>) -> bool {
        let fold = if self.is_following {
            self.cells.iter().rev().find_map(Cell::fold)
        } else {
            self.fold_at(self.cursor.selected())
                .or_else(|| self.cell_at(self.cursor.selected())?.0.fold())
        };
        let Some(fold) = fold else {
            return false;
        };
        self.set_open(fold, is_open);
        true
    }

    fn set_open(&mut self, fold: Fold, is_open: Option<bool>) {
        if is_open.unwrap_or(!self.opened.contains(&fold)) {
            self.opened.insert(fold);
        } else {
            self.opened.remove(&fold);
        }
    }

    /// Takes a click on a line of the view. Returns whether a fold was there.
    pub(crate) fn click(&mut self, line_in_view: usize, height: usize) -> bool {
        let line = self.in_view(height).start + line_in_view;
        match self.fold_at(line) {
            Some(fold) => {
                self.leave_end(height);
                self.cursor.select(line);
                self.set_open(fold, None);
                true
            }
            None => false,
        }
    }

    /// Marks a text from here on, and goes to a place of it; folds that hide it are opened. Returns
    /// whether there is one.
    pub(crate) fn find(
        &mut self,
        (record, items): (&RunRecord, &[TranscriptItem]),
        (needle, step): (&str, Step),
        height: usize,
        (glyphs, now): (&'static Glyphs, Timestamp),
    ) -> bool {
        needle.clone_into(&mut self.needle);
        let width = usize::from(self.fit.width);
        let hides = |cell: &Cell| {
            let hay = cell.hidden(record, width)?;
            find_all(&hay, width, needle).go(0, Step::Here)?;
            cell.fold()
        };
        let hiding: Vec<Fold> = self.cells.iter().filter_map(hides).collect();
        let view = self.in_view(height).start;
        let from = if self.is_following {
            view
        } else {
            self.cursor.selected()
        };
        if !hiding.is_empty() {
            self.opened.extend(hiding);
            self.lay_out(record, items, self.fit, glyphs, now);
        }
        let hay: Vec<Hay> = self.cells.iter().flat_map(Cell::hay).collect();
        self.found = find_all(&hay, width, needle);
        self.found_in = (record.events, self.total);
        let Some(row) = self.found.go(from, step) else {
            return false;
        };
        self.leave_end(height);
        self.cursor.select(row);
        self.is_following = false;
        true
    }

    /// The lines at which these items begin, each of which begins a block of lines, and at the end how many lines there are.
    /// `items` are those that it is laid out for, `firsts` in ascending order.
    pub(crate) fn lines_at(
        &self,
        items: &[TranscriptItem],
        firsts: impl Iterator<Item = usize>,
    ) -> Vec<usize> {
        let mut firsts = firsts.peekable();
        let mut lines = Vec::new();
        let (mut item, mut line) = (0, 0);
        for cell in &self.cells {
            while firsts.next_if(|first| *first <= item).is_some() {
                lines.push(line);
            }
            item = group(items, item).end;
            line += cell.height();
        }
        lines.extend(firsts.map(|_| line));
        lines.push(line);
        lines
    }

    /// All lines as text, those that closed folds hide left out.
    pub(crate) fn text(&self) -> String {
        let lines = self.cells.iter().flat_map(Cell::hay);
        let lines: Vec<String> = lines.map(|line| line.text).collect();
        lines.join("\n")
    }

    /// Whether the mark of new lines, which leads to the end, is drawn at a place.
    pub(crate) fn has_mark_at(&self, at: Position, area: Rect) -> bool {
        let unseen = self.unseen(area.height.into());
        unseen > 0 && mark_area(unseen, area).contains(at)
    }

    /// Marks nothing any more.
    pub(crate) fn forget_found(&mut self) {
        self.needle.clear();
        self.found = Found::default();
    }

    /// Draws what is in view. `has_cursor` shows the line that keys are about.
    pub(crate) fn draw(
        &self,
        record: &RunRecord,
        has_cursor: bool,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let height = usize::from(area.height);
        let cursor = (has_cursor && !self.is_following).then(|| self.cursor.selected());
        self.draw_lines(record, (self.in_view(height), cursor), look, area, buffer);
        let unseen = self.unseen(height);
        if unseen > 0 {
            let words = format!(" {} {unseen} new ", look.glyphs.more_below);
            let style = look.theme.selection();
            ratatui::text::Span::styled(words, style).render(mark_area(unseen, area), buffer);
        }
    }

    /// Draws some of its lines from the top of an area on, and the cursor on one of them.
    pub(crate) fn draw_lines(
        &self,
        record: &RunRecord,
        (view, cursor): (Range<usize>, Option<usize>),
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let mut start = 0;
        for cell in &self.cells {
            let end = start + cell.height();
            let found = if self.needle.is_empty() || end <= view.start {
                Found::default()
            } else {
                let hay: Vec<Hay> = cell.hay().collect();
                find_all(&hay, usize::from(area.width), &self.needle)
            };
            for line in start.max(view.start)..end.min(view.end) {
                let place = line_of(area, line - view.start);
                cell.draw_line(record, line - start, look, place, buffer);
                if cursor == Some(line) {
                    buffer.set_style(place, look.theme.selection());
                }
                found.mark(line - start, place, buffer);
            }
            start = end;
            if start >= view.end {
                break;
            }
        }
    }
}

/// The items that go into one cell: nodes in a row go together, everything else is by itself.
fn group(items: &[TranscriptItem], first: usize) -> Range<usize> {
    let is_node = |item: &TranscriptItem| matches!(item, TranscriptItem::Node(_));
    let rest = items.get(first..).unwrap_or_default();
    let n_nodes = rest.iter().take_while(|item| is_node(item)).count();
    first..first + n_nodes.max(1)
}

fn line_of(area: Rect, line: usize) -> Rect {
    pane::line(area, area.y + u16::try_from(line).unwrap_or(0))
}
/// Where `↓ 14 new` is drawn: one cell for the arrow, whatever it is drawn with.
fn mark_area(unseen: usize, area: Rect) -> Rect {
    let width = u16::try_from(format!(" v {unseen} new ").len()).unwrap_or(area.width);
    let place = Rect {
        x: area.right().saturating_sub(width),
        y: area.bottom().saturating_sub(1),
        width,
        height: 1,
    };
    place.intersection(area)
}
