//! Drawing of the form: the editable items with their values, and below them the text of the chosen
//! one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::{Item, State};
use crate::base::files::file_name;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::overlays::list_over_text::Areas;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

pub(super) fn areas(state: &State, area: Rect) -> Areas {
    let outer = dialog::centred(area, 100, area.height.saturating_sub(2).max(10));
    let inner = dialog::inside(outer);
    let rows = u16::try_from(state.items.len()).unwrap_or(u16::MAX);
    let list_rows = rows.min((inner.height / 2).saturating_sub(1)).max(1);
    Areas::new(outer, list_rows, state.problem.as_deref())
}

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let areas = areas(state, area);
    let title = format!("change {}", file_name(&state.path));
    areas.draw_frame(&title, (&state.chosen, state.items.len()), look, buffer);
    for (at, item, line) in state.chosen.lines(&state.items, areas.list) {
        draw_item(item, look, line, buffer);
        if at == state.chosen.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    let chosen = state.items.get(state.chosen.selected());
    if let Some(text) = chosen.and_then(Item::text) {
        text.render(areas.text, buffer);
    }
    areas.draw_below(
        state.problem.as_deref(),
        what_comes(state, chosen),
        look,
        buffer,
    );
}

/// Draws an item, and beside it the typed text.
fn draw_item(item: &Item, look: &ViewContext<'_>, line: Rect, buffer: &mut Buffer) {
    let room = usize::from(line.width);
    let one_line = |text: &str| sanitised(text).replace('\n', " ");
    let name = one_line(&item.name());
    let label = match item.is_used() {
        Some(true) => format!("[x] {name}"),
        Some(false) => format!("[ ] {name}"),
        None => name,
    };
    let label = ellipsis(&label, room);
    let mut spans = vec![Span::styled(label, look.theme.style(Role::Text))];
    if item.is_changed() {
        let mark = format!(" {}", look.glyphs.unsaved);
        spans.push(Span::styled(mark, look.theme.style(Role::Warning)));
    }
    let taken: usize = spans.iter().map(|span| width_cells(&span.content)).sum();
    let beside = room.saturating_sub(taken + 2);
    if let Some(text) = item.text().filter(|_| beside > 8) {
        let text = ellipsis(&one_line(&text.lines().join(" ")), beside);
        spans.push(Span::styled(
            format!("  {text}"),
            look.theme.style(Role::Muted),
        ));
    }
    Line::from(spans).render(line, buffer);
}

fn what_comes(state: &State, chosen: Option<&Item>) -> &'static str {
    match chosen {
        None => "nothing in this text can be changed by a form",
        Some(_) if state.is_waiting => "changing the text\u{2026}",
        Some(item) if item.is_used() == Some(true) => "enter removes this tool from the agent",
        Some(item) if item.is_used() == Some(false) => "enter gives the agent this tool",
        Some(item) if item.is_changed() => "enter puts it into the text, and changes nothing else",
        Some(_) => "write another value; tab goes to the next",
    }
}
