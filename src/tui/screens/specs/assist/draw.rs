//! Drawing of the popup at the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::popup::{CompletionList, MAX_ROWS, PlaceRow, Popup};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::spec::assist::{Fix, Hover};
use crate::tui::app::ViewContext;
use crate::tui::screens::specs::state::State;
use crate::tui::theme::Role;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::markdown::Prose;
use crate::tui::widgets::{dialog, pane, popup};

/// The maximum width of a box, in cells.
const MAX_WIDTH: u16 = 64;
/// The width below which a list is not narrowed to stay at its preferred position, in cells.
const LEAST_WIDTH: u16 = 40;
/// The minimum and the maximum width of a box beside a list, in cells.
const BESIDE: (u16, u16) = (32, 50);
/// The maximum number of rows of a description below a list.
const MAX_DOC_ROWS: usize = 4;

/// A row of a list: its name and a short description.
struct ListRow {
    label: String,
    detail: String,
}

/// Draws the popup, if one is open, at a cursor of the text.
pub(in crate::tui::screens::specs) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    cursor: Position,
    buffer: &mut Buffer,
) {
    match &state.assist.popup {
        Some(Popup::Description(hover)) => description(hover, look, area, cursor, buffer),
        Some(popup) => {
            if let Some(list) = ListBox::of(popup, cursor) {
                list.draw(look, area, cursor, buffer);
            }
        }
        None => {}
    }
}

/// Returns the row of the open list at a cell.
pub(in crate::tui::screens::specs) fn row_at(
    state: &State,
    area: Rect,
    cursor: Position,
    at: Position,
) -> Option<usize> {
    let list = ListBox::of(state.assist.popup.as_ref()?, cursor)?;
    let shape = list.shape(area, cursor);
    let in_view = list.list.in_view(list.rows.len(), shape.list.height.into());
    let row = in_view.start + usize::from(at.y.checked_sub(shape.list.y)?);
    (shape.list.contains(at) && in_view.contains(&row)).then_some(row)
}

/// A list at the cursor.
struct ListBox<'a> {
    title: &'a str,
    rows: Vec<ListRow>,
    list: ListCursor,
    /// The description of the selected row, drawn beside the list if there is room, or else below.
    doc: &'a str,
    /// The column where the box begins if it should be aligned with a word.
    word: Option<u16>,
}

/// The positions of the parts of a list at the cursor.
struct Shape {
    outer: Rect,
    list: Rect,
    label_cells: usize,
    /// The description of the selected row, below the list.
    below: Prose,
    /// The area of the description beside the list, if there is room.
    beside: Option<Rect>,
}

impl<'a> ListBox<'a> {
    /// Returns the list of the popup, if the popup is a list.
    fn of(popup: &'a Popup, cursor: Position) -> Option<Self> {
        let plain = |title, rows, list| Self {
            title,
            rows,
            list,
            doc: "",
            word: None,
        };
        match popup {
            Popup::Completions(open) => Some(Self::of_completions(open, cursor)),
            Popup::Fixes { fixes, list } => {
                let row = |fix: &Fix| ListRow {
                    label: fix.title.clone(),
                    detail: fix.code.to_string(),
                };
                Some(plain("fix", fixes.iter().map(row).collect(), *list))
            }
            Popup::Places { places, list } => {
                let word = |place: &PlaceRow| {
                    if place.is_definition {
                        "definition"
                    } else {
                        ""
                    }
                };
                let row = |place: &PlaceRow| ListRow {
                    label: format!("{:>4}  {}", place.line + 1, place.text),
                    detail: word(place).to_owned(),
                };
                Some(plain("places", places.iter().map(row).collect(), *list))
            }
            Popup::Description(_) => None,
        }
    }

    fn of_completions(open: &'a CompletionList, cursor: Position) -> Self {
        let matching = open.matching();
        let rows = matching.iter().map(|item| ListRow {
            label: item.label.clone(),
            detail: if item.detail.is_empty() {
                item.kind.word().to_owned()
            } else {
                item.detail.clone()
            },
        });
        // The labels are below the word that is typed.
        let typed = u16::try_from(width_cells(&open.typed)).unwrap_or(0);
        Self {
            title: "complete",
            rows: rows.collect(),
            list: open.list,
            doc: matching
                .get(open.list.selected())
                .map_or("", |item| item.doc.as_str()),
            word: Some(cursor.x.saturating_sub(typed + 2)),
        }
    }

    fn shape(&self, area: Rect, cursor: Position) -> Shape {
        let widest = |text: fn(&ListRow) -> &str| {
            let widths = self.rows.iter().map(|row| width_cells(text(row)));
            widths.max().unwrap_or(0)
        };
        let (label, detail) = (widest(|row| &row.label), widest(|row| &row.detail));
        let left = self.word.unwrap_or(cursor.x);
        // With a word: rather narrower than away from it, or without room for what is beside.
        let room = area.right().saturating_sub(left);
        let most = match room.checked_sub(BESIDE.0) {
            _ if self.word.is_none() => MAX_WIDTH,
            Some(rest) if rest >= LEAST_WIDTH => rest.min(MAX_WIDTH),
            _ => room.clamp(LEAST_WIDTH, MAX_WIDTH),
        };
        let width = u16::try_from(label + 2 + detail + 4).unwrap_or(most);
        let width = width.clamp(24, most);
        let n_rows = u16::try_from(self.rows.len()).unwrap_or(MAX_ROWS);
        let n_rows = n_rows.min(MAX_ROWS);
        let alone = popup::at_cursor(area, cursor, left, width, n_rows + 2);
        let beside = popup::beside(area, alone, BESIDE.0, BESIDE.1);
        let below = if self.doc.is_empty() || beside.is_some() {
            Prose::default()
        } else {
            prose(self.doc, usize::from(alone.width.saturating_sub(4)))
        };
        let doc_rows = below.rows().len().min(MAX_DOC_ROWS);
        let extra = u16::try_from(doc_rows).unwrap_or(0) + u16::from(doc_rows > 0);
        let outer = popup::at_cursor(area, cursor, left, width, n_rows + 2 + extra);
        let inner = dialog::inside(outer);
        Shape {
            // The list goes before the explanation where there is no room for both.
            list: Rect {
                height: inner.height.min(n_rows),
                ..inner
            },
            label_cells: label.min(usize::from(width).saturating_sub(6 + detail.min(10))),
            outer,
            below,
            beside: beside.filter(|_| !self.doc.is_empty()),
        }
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, cursor: Position, buffer: &mut Buffer) {
        let shape = self.shape(area, cursor);
        let inner = dialog::draw(self.title, shape.outer, look, buffer);
        let rows = shape.list.height;
        for (at, row, line) in self.list.lines(&self.rows, shape.list) {
            let is_selected = at == self.list.selected();
            list_row(row, shape.label_cells, is_selected, look, line, buffer);
        }
        let doc_area = Rect {
            y: inner.y + rows + 1,
            height: inner.height.saturating_sub(rows + 1),
            ..inner
        };
        draw_prose(&shape.below, doc_area, look, buffer);
        if let Some(side) = shape.beside {
            beside(self.doc, side, area, look, buffer);
        }
    }
}

fn list_row(
    row: &ListRow,
    label_width: usize,
    is_selected: bool,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let width = usize::from(area.width);
    let (label_style, detail_style) = if is_selected {
        (look.theme.selection(), look.theme.selection())
    } else {
        (look.theme.style(Role::Text), look.theme.style(Role::Muted))
    };
    if is_selected {
        buffer.set_style(area, look.theme.selection());
    }
    let label = ellipsis(&sanitised(&row.label), label_width);
    buffer.set_stringn(area.x, area.y, &label, width, label_style);
    let at = label_width + 2;
    if let Some(room) = width.checked_sub(at).filter(|room| *room > 3) {
        let x = area.x + u16::try_from(at).unwrap_or(0);
        let detail = ellipsis(&sanitised(&row.detail), room);
        buffer.set_stringn(x, area.y, detail, room, detail_style);
    }
}

/// Draws a description in its own box beside a list.
fn beside(doc: &str, side: Rect, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let words = prose(doc, usize::from(side.width.saturating_sub(4)));
    let rows = u16::try_from(words.rows().len()).unwrap_or(u16::MAX);
    let room = area.bottom().saturating_sub(side.y);
    let side = Rect {
        height: rows.saturating_add(2).min(room).min(side.height.max(4)),
        ..side
    };
    let inner = dialog::draw("about", side, look, buffer);
    draw_prose(&words, inner, look, buffer);
}

fn description(
    hover: &Hover,
    look: &ViewContext<'_>,
    area: Rect,
    cursor: Position,
    buffer: &mut Buffer,
) {
    let facts = hover.facts.join(", ");
    let widest = width_cells(&facts)
        .max(width_cells(&hover.doc))
        .max(width_cells(&hover.title));
    let width = u16::try_from(widest + 4)
        .unwrap_or(MAX_WIDTH)
        .clamp(24, MAX_WIDTH);
    let inner_width = usize::from(width.min(area.width).saturating_sub(4));
    let facts = prose(&facts, inner_width);
    let doc = prose(&hover.doc, inner_width);
    let n_facts = u16::try_from(facts.rows().len()).unwrap_or(u16::MAX);
    let n_doc = u16::try_from(doc.rows().len()).unwrap_or(u16::MAX);
    let height = n_facts.saturating_add(n_doc).saturating_add(2);
    let outer = popup::at_cursor(area, cursor, cursor.x.saturating_sub(2), width, height);
    let inner = dialog::draw(&sanitised(&hover.title), outer, look, buffer);
    draw_prose(&doc, inner, look, buffer);
    let rest = Rect {
        y: inner.y + n_doc.min(inner.height),
        height: inner.height.saturating_sub(n_doc),
        ..inner
    };
    draw_prose(&facts, rest, look, buffer);
    buffer.set_style(rest, look.theme.style(Role::Muted));
}

fn prose(text: &str, width: usize) -> Prose {
    let mut prose = Prose::default();
    if !text.is_empty() {
        prose.extend(text, width.max(8), "-");
    }
    prose
}

fn draw_prose(prose: &Prose, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    for (row, y) in prose.rows().iter().zip(area.y..area.bottom()) {
        let line = pane::line(area, y);
        row.draw(look.theme, line, buffer);
    }
}
