//! The help page: all actions of the layer below, a dialog or a screen, with their keys. A search
//! covers the keys of every screen.

mod legend;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use self::legend::{signs_of, words_of};
use crate::base::text::width_cells;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::glyphs::Glyphs;
use crate::tui::keymap::Keymap;
use crate::tui::layer::Layer;
use crate::tui::layer::{Route, route};
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane, text_field::TextField};

/// The maximum width of the keys' column with the blanks around it, in cells; longer keys get their
/// own line.
const MAX_KEY_CELLS: usize = 24;
/// The preferred width of a column of keys and titles, in cells.
const COLUMN_CELLS: u16 = 72;
/// The minimum width for two columns, in cells.
const MIN_WIDTH_FOR_TWO: u16 = 116;

/// The state of the help screen.
#[derive(Debug)]
pub(crate) struct State {
    /// The key contexts of the layer below, the innermost first.
    below: Vec<KeyContext>,
    /// The number of lines above the view.
    first: ListCursor,
    /// The search words; while empty, the page shows the keys of `below`.
    needle: TextField,
    /// Whether the search words are being typed.
    is_typing: bool,
}

impl State {
    pub(super) fn new(below: Vec<KeyContext>) -> Self {
        Self {
            below,
            first: ListCursor::default(),
            needle: TextField::default(),
            is_typing: false,
        }
    }

    /// Scrolls to the top of the page, because the search words have changed.
    fn sought(&mut self) {
        self.first = ListCursor::default();
    }
}

/// A line of the page.
#[derive(Debug, Default)]
struct Entry {
    row: Row,
    /// Whether the line must stay with the next one, because it is a heading or the blank before a
    /// heading.
    keeps_next: bool,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            row,
            keeps_next: false,
        }
    }
}

/// A key or a symbol of the screen, and its meaning.
type KeyRow = (String, &'static str);

/// Returns the keys of a context with their titles. For the contexts in `below`, keys that an inner
/// context overrides are left out.
fn key_rows(
    group: KeyContext,
    below: &[KeyContext],
    keymap: &Keymap,
    glyphs: &Glyphs,
) -> Vec<KeyRow> {
    let is_below = below.contains(&group);
    let of_keys = Action::TABLE.iter().filter_map(|info| {
        let keys = keymap.keys(group, info.action).iter();
        let keys: Vec<String> = keys
            .filter(|key| !is_below || route(keymap, below, **key) == Route::Action(info.action))
            .map(ToString::to_string)
            .collect();
        (!keys.is_empty()).then(|| (keys.join(", "), info.title))
    });
    let words = words_of(group).iter();
    let words = words.map(|(word, meaning)| ((*word).to_owned(), *meaning));
    of_keys
        .chain(words)
        .chain(signs_of(group, glyphs))
        .collect()
}

/// Whether every search word occurs in a row or its heading. A key is found in its written form.
fn fits(needle: &str, group: KeyContext, (keys, title): &KeyRow) -> bool {
    let text = format!("{keys} {title} {}", group.title()).to_lowercase();
    let mut keys = keys.split(", ");
    keys.any(|key| key == needle.trim())
        || needle
            .split_whitespace()
            .all(|word| text.contains(&word.to_lowercase()))
}

/// Returns the lines of the page: headings, and keys with their titles. A search covers all
/// contexts, beginning with the ones in `below`.
fn rows(below: &[KeyContext], needle: &str, context: &Context<'_>, width: u16) -> Vec<Entry> {
    let is_sought = !needle.trim().is_empty();
    let elsewhere = KeyContext::ALL
        .iter()
        .filter(|group| is_sought && !below.contains(group));
    let mut rows: Vec<Entry> = Vec::new();
    for &group in below.iter().chain(elsewhere) {
        let mut key_rows = key_rows(group, below, context.keymap, context.glyphs);
        key_rows.retain(|row| !is_sought || fits(needle, group, row));
        if key_rows.is_empty() {
            continue;
        }
        // As wide as the widest of the section that has room.
        let cells = key_rows.iter().map(|(keys, _)| width_cells(keys) + 4);
        let key_cells = cells.filter(|cells| *cells <= MAX_KEY_CELLS).max();
        let key_cells = key_cells.unwrap_or(MAX_KEY_CELLS);
        let heading = Row::of([Piece::new(group.title(), Tone::of(Role::Accent).bold())]);
        let blank = (!rows.is_empty()).then(Row::default);
        rows.extend(blank.into_iter().chain([heading]).map(|row| Entry {
            row,
            keeps_next: true,
        }));
        for (keys, title) in key_rows {
            let mut first = vec![Piece::new(format!("  {keys}"), Tone::of(Role::Key))];
            let mut used = width_cells(&keys) + 2;
            if used + 2 > key_cells {
                let row = Row::of(std::mem::take(&mut first));
                rows.push(Entry {
                    row,
                    keeps_next: true,
                });
                used = 0;
            }
            let blanks = " ".repeat(key_cells.saturating_sub(used));
            first.push(Piece::new(blanks, Tone::of(Role::Text)));
            let indent = Indent {
                first,
                hanging_cells: key_cells,
            };
            let title = [Piece::new(title, Tone::of(Role::Text))];
            let wrapped = wrap(&title, usize::from(width), &indent);
            rows.extend(wrapped.into_iter().map(Entry::from));
        }
    }
    if rows.is_empty() {
        let words = "no key and no action matches";
        rows.push(Row::of([Piece::new(words, Tone::of(Role::Muted))]).into());
    }
    rows
}

/// Returns the area of the box, and the width and number of its columns.
fn layout(area: Rect) -> (Rect, u16, usize) {
    let columns = if area.width >= MIN_WIDTH_FOR_TWO {
        2
    } else {
        1
    };
    let width = (COLUMN_CELLS * columns + 4 * columns).min(area.width);
    let outer = dialog::centred(area, width, area.height);
    let column = dialog::inside(outer).width / columns;
    (outer, column.saturating_sub(2), usize::from(columns))
}

/// Returns the lines in each column of a page that begins with the given line. A heading is never
/// the last line.
fn columns(
    rows: &[Entry],
    mut first: usize,
    height: usize,
    count: usize,
) -> Vec<std::ops::Range<usize>> {
    let mut columns = Vec::new();
    for at in 0..count {
        // The blank between two sections parts nothing at the top of a column.
        let is_blank = rows
            .get(first)
            .is_some_and(|entry| entry.row.text().is_empty());
        first += usize::from(at > 0 && is_blank);
        let mut end = rows.len().min(first + height);
        while end < rows.len() && end > first + 1 && rows[end - 1].keeps_next {
            end -= 1;
        }
        columns.push(first..end);
        first = end;
    }
    columns
}

/// Returns the area of the box, its lines, and the number and width of its columns. If everything
/// fits, the columns are about equally long and the box is as high as they are; during a search the
/// box keeps its size.
fn page(state: &State, area: Rect, context: &Context<'_>) -> (Rect, Vec<Entry>, (u16, usize)) {
    let (outer, width, count) = layout(area);
    let rows = rows(&state.below, state.needle.text(), context, width);
    let most = usize::from(dialog::inside(outer).height).max(1);
    let is_sought = state.is_typing || !state.needle.text().is_empty();
    let holds_all = |height: &usize| {
        let columns = columns(&rows, 0, *height, count);
        columns.last().is_some_and(|last| last.end == rows.len())
    };
    let height = (1..most).find(holds_all).filter(|_| !is_sought);
    let outer = match height.and_then(|height| u16::try_from(height + 2).ok()) {
        Some(height) => dialog::centred(area, outer.width, height),
        None => outer,
    };
    (outer, rows, (width, count))
}

/// Returns the maximum number of lines above the view, and the number of lines in the view.
fn size(state: &State, context: &Context<'_>) -> (usize, usize) {
    let (outer, rows, (_, count)) = page(state, context.area, context);
    let height = usize::from(dialog::inside(outer).height).max(1);
    let end = |first| {
        columns(&rows, first, height, count)
            .last()
            .map_or(0, |last| last.end)
    };
    let firsts = (0..rows.len()).position(|first| end(first) == rows.len());
    let first = state.first.selected().min(firsts.unwrap_or(0));
    (firsts.unwrap_or(0) + 1, end(first) - first)
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if self.is_typing {
            vec![KeyContext::HelpFind]
        } else {
            vec![KeyContext::Help, KeyContext::Moving]
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::FindInDetail => self.is_typing = true,
            Action::Accept => self.is_typing = false,
            Action::Back if !self.needle.text().is_empty() || self.is_typing => {
                self.needle = TextField::default();
                self.is_typing = false;
                self.sought();
            }
            Action::Back | Action::Close => return vec![Command::close()],
            other => {
                let (len, height) = size(self, context);
                self.first.act(other, len, height);
            }
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        let (len, height) = size(self, context);
        match key.code {
            KeyCode::Up => self.first.act(Action::Up, len, height),
            KeyCode::Down => self.first.act(Action::Down, len, height),
            _ => {
                if self.needle.input(key) {
                    self.sought();
                }
                return Vec::new();
            }
        };
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.is_typing = true;
        let notice = self.needle.paste(text);
        self.sought();
        notice.map(Command::notify).into_iter().collect()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let (len, height) = size(self, context);
        self.first.turn(event.kind, len, height);
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let (outer, rows, (width, count)) = page(self, area, &look.context);
        let inner = dialog::draw("keys", outer, look, buffer);
        let (len, in_view) = size(self, &look.context);
        let first = self.first.selected().min(len - 1);
        let height = usize::from(inner.height).max(1);
        let mut x = inner.x;
        for column in columns(&rows, first, height, count) {
            for (y, entry) in (inner.y..).zip(&rows[column]) {
                let place = Rect {
                    x,
                    y,
                    width,
                    height: 1,
                };
                entry.row.draw(look.theme, place, buffer);
            }
            x += width + 2;
        }
        let below = rows.len().saturating_sub(first + in_view);
        let marks = [
            (look.glyphs.more_above, first),
            (look.glyphs.more_below, below),
        ];
        let words: Vec<String> = marks
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(sign, count)| format!("{sign} {count} more"))
            .collect();
        if !words.is_empty() {
            let line = pane::line(inner, outer.bottom().saturating_sub(1));
            let words = format!(" {} ", words.join("  "));
            Line::styled(words, look.theme.style(Role::Accent))
                .right_aligned()
                .render(line, buffer);
        }
        self.draw_needle(outer, look, buffer)
    }
}

impl State {
    /// Draws the search words in the lower border. Returns the cursor position while they are
    /// typed.
    fn draw_needle(
        &self,
        outer: Rect,
        look: &ViewContext<'_>,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        if !self.is_typing && self.needle.text().is_empty() {
            return None;
        }
        let line = Rect {
            x: outer.x + 1,
            y: outer.bottom().saturating_sub(1),
            width: outer.width.saturating_sub(2) / 2,
            height: 1,
        };
        let head = Span::styled(" find ", look.theme.bold(Role::Accent));
        let (x, _) = buffer.set_span(line.x, line.y, &head, line.width);
        let field = Rect {
            x,
            width: line.right().saturating_sub(x),
            ..line
        };
        buffer.set_style(field, look.theme.surface());
        let cursor = self
            .needle
            .draw(field, look.theme.style(Role::Text), buffer);
        self.is_typing.then_some(cursor)
    }
}

#[cfg(test)]
mod tests;
