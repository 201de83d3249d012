//! Drawing of the inbox: the list, and beside or below it the detail of the request under the
//! cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::list::Row;
use super::{State, detail};
use crate::base::duration;
use crate::base::text::{ellipsis, width_cells};
use crate::tui::answer;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// The minimum width at which list and detail are side by side, in cells.
const MIN_WIDTH_BESIDE: u16 = 100;

/// The width of the column with counts and names, in cells.
const NAME_CELLS: u16 = 9;

/// The width of the column with waiting times, such as ` 1:02:03`, in cells.
const TIME_CELLS: u16 = 9;

/// The parts of the inbox.
#[derive(Clone, Copy, Debug)]
pub(super) struct Areas {
    /// The list with its border.
    pub(super) list: Rect,
    /// The detail with its border.
    pub(super) detail: Rect,
}

pub(super) fn areas(area: Rect) -> Areas {
    let [list, detail] = if area.width >= MIN_WIDTH_BESIDE {
        Layout::horizontal([Constraint::Percentage(52), Constraint::Fill(1)]).areas(area)
    } else {
        let height = (area.height * 2 / 5).max(5);
        Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area)
    };
    Areas { list, detail }
}

/// Returns the number of visible rows of the list.
pub(super) const fn rows_height(list: Rect) -> usize {
    list.height.saturating_sub(2) as usize
}

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    Clear.render(area, buffer);
    buffer.set_style(area, look.theme.base());
    if state.list.rows().is_empty() {
        let block = pane::block("inbox", true, look);
        let inner = block.inner(area);
        block.render(area, buffer);
        pane::invitation("Nothing waits for you.", look, inner, buffer);
        return;
    }
    let areas = areas(area);
    draw_list(state, look, areas.list, buffer);
    draw_detail(state, look, areas.detail, buffer);
}

fn draw_list(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let rows = state.list.rows();
    let n_asked: usize = rows
        .iter()
        .filter(|row| !row.is_inner)
        .map(|row| row.count)
        .sum();
    let title = match n_asked {
        1 => "inbox \u{b7} 1 request, the oldest first".to_owned(),
        many => format!("inbox \u{b7} {many} requests, the oldest first"),
    };
    let block = pane::block(&title, state.answer.is_none(), look);
    let inner = block.inner(area);
    block.render(area, buffer);
    for (at, row, line) in state.list.cursor().lines(rows, inner) {
        draw_row(state, row, look, line, buffer);
        if at == state.list.cursor().selected() {
            buffer.set_style(line, pane::selected(state.answer.is_none(), look));
        }
    }
    state
        .list
        .cursor()
        .scroll_bar(rows.len(), area, look, buffer);
}

fn draw_row(state: &State, row: &Row, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let (theme, context) = (look.theme, &look.context);
    let Some((run, request)) = detail::request(&row.first, context) else {
        return;
    };
    let fold = match (row.count > 1, state.list.is_open(row)) {
        (false, _) => " ",
        (true, true) => look.glyphs.open,
        (true, false) => look.glyphs.closed,
    };
    buffer.set_string(area.x, area.y, fold, theme.style(Role::Muted));
    let name = match row.count {
        1 => context.runs.short_name(run),
        many => format!("{many} runs"),
    };
    let name = ellipsis(&name, usize::from(NAME_CELLS));
    let indent = NAME_CELLS.saturating_sub(u16::try_from(width_cells(&name)).unwrap_or(0));
    let style = if row.count > 1 {
        theme.bold(Role::Text)
    } else {
        theme.style(Role::Muted)
    };
    buffer.set_string(area.x + 1 + indent, area.y, &name, style);
    let x = area.x + NAME_CELLS + 2;
    let room = area.right().saturating_sub(x + TIME_CELLS + 1);
    let is_sent = state.sent.contains(&row.first);
    let (words, style) = if is_sent {
        ("answering\u{2026}".to_owned(), theme.style(Role::Muted))
    } else if row.is_inner {
        (context.runs.subject(run), theme.style(Role::Text))
    } else {
        (
            detail::line(request, room.into()),
            theme.style(Role::Warning),
        )
    };
    buffer.set_string(x, area.y, ellipsis(&words, room.into()), style);
    let waits = duration::short(context.now.since(row.since));
    let style = theme.style(Role::Muted);
    let at = pane::line(area, area.y);
    Line::from(Span::styled(format!("{waits} "), style))
        .right_aligned()
        .render(at, buffer);
}

fn draw_detail(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let context = &look.context;
    let title = match state.list.row() {
        Some(row) if row.count > 1 => format!("{} runs ask this", row.count),
        Some(row) => match detail::request(&row.first, context) {
            Some((run, _)) => context.runs.name(run),
            None => String::new(),
        },
        None => String::new(),
    };
    let title = ellipsis(&title, usize::from(area.width.saturating_sub(4)));
    let block = pane::block(&title, state.answer.is_some(), look);
    let inner = block.inner(area);
    block.render(area, buffer);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let rows = detail::rows(state, context, usize::from(inner.width));
    let shown = rows.iter().skip(state.scrolled);
    for (row, y) in shown.zip(inner.y..inner.bottom()) {
        row.draw(look.theme, pane::line(inner, y), buffer);
    }
    pane::scroll_bar(area, state.scrolled, rows.len(), look, buffer);
    if let Some((answer, _)) = &state.answer {
        answer::draw(answer, area, look, buffer);
    }
}
