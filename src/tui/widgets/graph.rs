//! The graph of a flow, an agent or a team in a pane, which can be scrolled in both directions.
//! Boxes are coloured by the run's progress.

mod marks;
mod scroll;
mod select;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use unicode_segmentation::UnicodeSegmentation;

use crate::base::text::width_cells;
use crate::runs::RunRecord;
use crate::spec::Component;
use crate::spec::graph::{
    BoxPlace, DrawOptions, Drawing, GraphOptions, MAX_NOTE_CELLS, draw, draw_list, graph_of,
};
use crate::tui::action::Action;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;
pub(crate) use marks::Visits;
pub(crate) use scroll::Scroll;

/// The number of nested levels of flows and agents that are drawn below their boxes.
const DEPTH: usize = 2;

/// The minimum size in which a partly visible drawing is useful.
const GOOD_SIZE: Size = Size::new(40, 14);

/// The minimum width of a pane in which the drawing of a run may be cut at the edge, in cells.
const MIN_WIDTH_FOR_CUT: u16 = 60;

/// A graph drawn wide, drawn narrow and as a list, so that one of them suits each pane. It is made
/// outside of the screen's thread, because a large graph takes a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawings {
    wide: Drawing,
    narrow: Drawing,
    list: Drawing,
    /// Whether the drawing has room for the marks of a run.
    has_marks: bool,
}

impl Drawings {
    /// Makes the drawings of a component; `None` if it has no graph. With `has_marks`, each box has
    /// room for the state and the duration of a run.
    pub(crate) fn of(component: &Arc<Component>, is_ascii: bool, has_marks: bool) -> Option<Self> {
        let options = GraphOptions {
            has_data: false,
            has_values: has_marks,
            depth: DEPTH,
        };
        let graph = graph_of(component, options).ok()?;
        let options = |max_width_cells| DrawOptions {
            max_width_cells,
            is_ascii,
            has_marks,
        };
        Some(Self {
            wide: draw(&graph, options(None)),
            narrow: draw(&graph, options(Some(0))),
            list: draw_list(&graph, options(None)),
            has_marks,
        })
    }

    /// Returns the drawing for a size: the wide one if it fits, or else the narrow one. In a small
    /// area, the first one that fits completely, or else the list, in which no box is cut at the
    /// edge.
    pub(crate) fn fitting(&self, size: Size) -> &Drawing {
        let has_width = |drawing: &Drawing| drawing.width_cells <= usize::from(size.width);
        let has_height = |drawing: &Drawing| drawing.rows.len() <= usize::from(size.height);
        let is_cut = !has_width(&self.wide) && !has_width(&self.narrow);
        let is_narrow = self.has_marks && is_cut && size.width < MIN_WIDTH_FOR_CUT;
        if is_narrow || size.width < GOOD_SIZE.width || size.height < GOOD_SIZE.height {
            let mut drawings = [&self.wide, &self.narrow, &self.list].into_iter();
            let whole = drawings.find(|drawing| has_width(drawing) && has_height(drawing));
            if let Some(whole) = whole.or_else(|| is_cut.then_some(&self.list)) {
                return whole;
            }
        }
        if has_width(&self.wide) {
            &self.wide
        } else {
            &self.narrow
        }
    }
}

/// The mark of a run on a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BoxMark {
    /// The symbol of the box's state, one cell wide.
    pub(crate) sign: &'static str,
    /// The colour of the box.
    pub(crate) role: Role,
    /// The number of visits and the duration, in at most [`MAX_NOTE_CELLS`] cells.
    pub(crate) note: String,
    /// The last values along the data edges of the box, in the order of [`BoxPlace::values`]; empty
    /// before there are any.
    pub(crate) values: Vec<String>,
}

/// A drawing and the settings for showing it.
#[derive(Debug)]
pub(crate) struct View<'v> {
    pub(crate) drawing: &'v Drawing,
    pub(crate) scroll: Scroll,
    /// The box that a following view keeps visible.
    pub(crate) lit: Option<&'v BoxPlace>,
    /// The box that is highlighted.
    pub(crate) chosen: Option<&'v BoxPlace>,
    /// The mark on each box, in the order of the drawing; empty without a run.
    pub(crate) marks: &'v [Option<BoxMark>],
}

impl View<'_> {
    /// Draws the visible part, with its position as scroll bars on `frame`.
    pub(crate) fn draw(
        &self,
        look: &ViewContext<'_>,
        frame: Rect,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let size = Size::new(area.width, area.height);
        let (left, top) = self.scroll.origin(self.drawing, size, self.lit);
        let muted = look.theme.style(Role::Muted);
        let rows = self.drawing.rows.iter().skip(top);
        for (y, row) in (area.y..area.bottom()).zip(rows) {
            let shown = cut(row, left, area.width.into());
            buffer.set_stringn(area.x, y, shown, area.width.into(), muted);
        }
        let marks = self.marks.iter().map(Some).chain(std::iter::repeat(None));
        for (place, mark) in self.drawing.boxes.iter().zip(marks) {
            let mark = mark.and_then(Option::as_ref);
            self.draw_box(place, mark, look, ((left, top), area), buffer);
        }
        let name = self.chosen.map(Placed::name_of);
        if let Some(shown) = name.and_then(|name| name.in_view((left, top), area)) {
            buffer.set_style(shown, look.theme.selection());
        }
        self.draw_cuts(look, (left, top), area, buffer);
        pane::scroll_bar(frame, top, self.drawing.rows.len(), look, buffer);
    }

    /// Marks the rows that continue beyond a side.
    fn draw_cuts(
        &self,
        look: &ViewContext<'_>,
        (left, top): (usize, usize),
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let style = look.theme.style(Role::Accent);
        let right = left + usize::from(area.width);
        let rows = self.drawing.rows.iter().skip(top);
        for (y, row) in (area.y..area.bottom()).zip(rows) {
            if width_cells(row.trim_end()) > right {
                let x = area.right().saturating_sub(1);
                buffer.set_string(x, y, look.glyphs.turn_on, style);
            }
            if left > 0 && width_cells(row) - width_cells(row.trim_start()) < left {
                buffer.set_string(area.x, y, look.glyphs.turn_back, style);
            }
        }
    }

    /// Draws a box's colour, symbol and duration.
    fn draw_box(
        &self,
        place: &BoxPlace,
        mark: Option<&BoxMark>,
        look: &ViewContext<'_>,
        (origin, area): ((usize, usize), Rect),
        buffer: &mut Buffer,
    ) {
        let whole = Placed {
            x: place.x,
            y: place.y,
            width: place.width,
            height: place.height,
        };
        let Some(mark) = mark else {
            // Its words are brighter than the lines.
            let name = Placed::name_of(place);
            let role = if self.marks.is_empty() {
                Role::Text
            } else {
                Role::Muted
            };
            if let Some(shown) = name.in_view(origin, area) {
                buffer.set_style(shown, look.theme.style(role));
            }
            return;
        };
        let style = look.theme.style(mark.role);
        if let Some(shown) = whole.in_view(origin, area) {
            buffer.set_style(shown, style);
        }
        for (place, value) in place.values.iter().zip(&mark.values) {
            let cell = Placed {
                x: place.x,
                y: place.y,
                width: place.width,
                height: 1,
            };
            if let Some(shown) = cell.in_view(origin, area) {
                let style = look.theme.style(Role::Text);
                let hidden = origin.0.saturating_sub(place.x);
                let value = cut(value, hidden, shown.width.into());
                buffer.set_stringn(shown.x, shown.y, value, shown.width.into(), style);
            }
        }
        let texts = [
            (place.sign, 1, mark.sign.to_owned()),
            (
                place.note,
                MAX_NOTE_CELLS,
                format!("{:>MAX_NOTE_CELLS$}", mark.note),
            ),
        ];
        for (at, width, text) in texts {
            let Some((x, y)) = at else {
                continue;
            };
            let cell = Placed {
                x,
                y,
                width,
                height: 1,
            };
            if let Some(shown) = cell.in_view(origin, area)
                && usize::from(shown.width) == width
            {
                buffer.set_stringn(shown.x, shown.y, text, width, style);
            }
        }
    }
}

/// Draws the graph of a run's spec with the run's marks. The box of the selected component is
/// highlighted.
pub(crate) fn draw_run(
    (run, visits): (&RunRecord, &Visits),
    drawings: &Drawings,
    (scroll, chosen): (Scroll, Option<&str>),
    look: &ViewContext<'_>,
    (frame, area): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let drawing = drawings.fitting(area.as_size());
    let view = View {
        drawing,
        scroll,
        lit: visits.lit(run, drawing),
        chosen: chosen.and_then(|id| select::place_of(drawing, id)),
        marks: &visits.marks(run, drawing, look),
    };
    view.draw(look, frame, area, buffer);
}

impl Drawings {
    /// Scrolls the graph of a run by an action. Returns whether the action was a movement.
    pub(crate) fn scroll_run(
        &self,
        scroll: &mut Scroll,
        action: Action,
        (run, visits): (&RunRecord, &Visits),
        size: Size,
    ) -> bool {
        let drawing = self.fitting(size);
        scroll.act(action, drawing, size, visits.lit(run, drawing))
    }

    /// Scrolls the graph of a run by rows of the mouse wheel.
    pub(crate) fn wheel_run(
        &self,
        scroll: &mut Scroll,
        rows: isize,
        (run, visits): (&RunRecord, &Visits),
        size: Size,
    ) {
        let drawing = self.fitting(size);
        scroll.wheel(rows, drawing, size, visits.lit(run, drawing));
    }
}

/// A position on a drawing.
#[derive(Clone, Copy, Debug)]
struct Placed {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Placed {
    /// Returns the position of a box's name: inside its border, or in a list the whole line.
    fn name_of(place: &BoxPlace) -> Self {
        let frame = usize::from(place.height > 2);
        Self {
            x: place.x + frame,
            y: place.y + frame,
            width: place.width.saturating_sub(2 * frame),
            height: 1,
        }
    }

    /// Returns the visible part of the area on the screen; `None` if nothing is visible.
    fn in_view(self, (left, top): (usize, usize), area: Rect) -> Option<Rect> {
        let span = |start: usize, size: usize, first: usize, room: u16| {
            let from = start.max(first);
            let to = (start + size).min(first + usize::from(room));
            let length = to.checked_sub(from).filter(|length| *length > 0)?;
            Some((
                u16::try_from(from - first).ok()?,
                u16::try_from(length).ok()?,
            ))
        };
        let (x, width) = span(self.x, self.width, left, area.width)?;
        let (y, height) = span(self.y, self.height, top, area.height)?;
        Some(Rect::new(area.x + x, area.y + y, width, height))
    }
}

/// Returns the part of a row from a column on. A wide character at the cut is replaced by blanks.
fn cut(row: &str, left: usize, width: usize) -> String {
    let mut shown = String::new();
    let mut column = 0;
    for cluster in row.graphemes(true) {
        let cells = width_cells(cluster);
        if column >= left + width {
            break;
        }
        if column >= left {
            shown.push_str(cluster);
        } else if column + cells > left {
            shown.push_str(&" ".repeat(column + cells - left));
        }
        column += cells;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_cut_by_cells() {
        assert_eq!(cut("abcdef", 2, 3), "cde");
        assert_eq!(cut("日本語", 1, 9), " 本語");
        assert_eq!(cut("ab", 9, 3), "");
    }
}
