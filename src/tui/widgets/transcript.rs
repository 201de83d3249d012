//! The conversation of a run as lines that fit a pane: messages; reasoning and tool calls, which
//! can be folded; a progress line for the nodes of flows; and errors with suggestions.
//!
//! Layout and drawing are separate steps. [`Transcript::lay_out`] is called before a frame and
//! wraps only what has changed since the last one: a message that grows by a word costs its last
//! paragraph. [`Transcript::draw`] then reads only the visible lines.

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

/// The settings of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// The maximum width of the lines, in cells.
    pub(crate) width: u16,
    /// Whether there is a blank line between messages.
    pub(crate) is_airy: bool,
}

/// A fold, by its index in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fold {
    Reasoning(usize),
    ToolCall(usize),
}

/// The lines of one run's transcript, and the scroll position.
#[derive(Debug)]
pub(crate) struct Transcript {
    fit: Fit,
    cells: Vec<Cell>,
    /// The number of lines of all cells.
    total: usize,
    /// The open folds.
    opened: BTreeSet<Fold>,
    cursor: ListCursor,
    /// Whether the view follows the end.
    is_following: bool,
    /// The number of lines when the view left the end.
    seen: usize,
    /// The marked search words; empty if there are none.
    needle: String,
    /// The matches of the search.
    found: Found,
    /// The number of events and of lines that were searched.
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
    /// Updates the lines from all or some items of a record's transcript. Must be called before
    /// drawing whenever the record, the width or the time has changed.
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

    /// Returns the number of the match at the cursor, from 1, and the number of all matches; `None`
    /// without a search.
    pub(crate) fn numbered(&self) -> Option<(usize, usize)> {
        let cursor = self.cursor.selected();
        (!self.needle.is_empty()).then(|| self.found.numbered(cursor))
    }

    /// Returns the number of lines.
    pub(crate) const fn height(&self) -> usize {
        self.total
    }

    /// Whether the view follows the end.
    pub(crate) const fn is_following(&self) -> bool {
        self.is_following
    }

    /// Returns the visible lines in a pane of `height` lines.
    pub(crate) fn in_view(&self, height: usize) -> Range<usize> {
        if self.is_following {
            self.total.saturating_sub(height)..self.total
        } else {
            self.cursor.in_view(self.total, height)
        }
    }

    /// Returns the number of lines that were added below the view since it left the end.
    pub(crate) fn unseen(&self, height: usize) -> usize {
        let below = self.total - self.in_view(height).end;
        below.min(self.total.saturating_sub(self.seen))
    }

    /// Moves the cursor by an action; at the last line the view follows the end again. Returns
    /// whether the action was a movement.
    pub(crate) fn act(&mut self, action: Action, height: usize) -> bool {
        self.leave_end(height);
        let is_moved = self.cursor.act(action, self.total, height);
        self.rest_at_end();
        is_moved
    }

    /// Scrolls by steps of the mouse wheel, down if positive.
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

    /// Scrolls to the end and follows it.
    pub(crate) fn follow(&mut self) {
        self.is_following = true;
        self.cursor.select(self.total.saturating_sub(1));
    }

    /// Returns the fold whose first line is at this index.
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

    /// Opens or closes the fold under the cursor, or the last fold while the view follows the end.
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

    /// Handles a click on a line of the view. Returns whether a fold was there.
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

    /// Marks the matches of a text from now on and moves to one of them; folds that hide it are
    /// opened. Returns whether there is a match.
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

    /// Returns the first line of each given item, which must begin a block of lines, and as the
    /// last entry the number of lines. `items` are the ones of the layout; `firsts` must be in
    /// ascending order.
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

    /// Returns all lines as text, without lines that are hidden by closed folds.
    pub(crate) fn text(&self) -> String {
        let lines = self.cells.iter().flat_map(Cell::hay);
        let lines: Vec<String> = lines.map(|line| line.text).collect();
        lines.join("\n")
    }

    /// Whether the mark for new lines, which scrolls to the end, is drawn at a position.
    pub(crate) fn has_mark_at(&self, at: Position, area: Rect) -> bool {
        let unseen = self.unseen(area.height.into());
        unseen > 0 && mark_area(unseen, area).contains(at)
    }

    /// Removes the marks of matches.
    pub(crate) fn forget_found(&mut self) {
        self.needle.clear();
        self.found = Found::default();
    }

    /// Draws the visible lines. `has_cursor` highlights the line to which keys apply.
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

    /// Draws a range of lines from the top of an area, and the cursor on one of them.
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

/// Returns the items that belong in one cell: consecutive nodes share a cell, every other item has
/// its own.
fn group(items: &[TranscriptItem], first: usize) -> Range<usize> {
    let is_node = |item: &TranscriptItem| matches!(item, TranscriptItem::Node(_));
    let rest = items.get(first..).unwrap_or_default();
    let n_nodes = rest.iter().take_while(|item| is_node(item)).count();
    first..first + n_nodes.max(1)
}

fn line_of(area: Rect, line: usize) -> Rect {
    pane::line(area, area.y + u16::try_from(line).unwrap_or(0))
}
/// Returns the area of the mark `↓ 14 new`, with one cell for the arrow in any character set.
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
