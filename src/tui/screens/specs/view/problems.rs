//! Drawing of the problems of the shown file.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::tui::app::ViewContext;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::problem_lines;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::pane;

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Problems;
    let problems = state.problems();
    let title = format!("problems {}", problems.len());
    pane::block(&title, has_focus, look).render(area, buffer);
    let inner = inside(area);
    let shown = problem_lines::in_view(state, look.glyphs, inner);
    let n_shown = shown.last().map_or(0, |(at, _)| at + 1) - shown.first().map_or(0, |(at, _)| *at);
    let first = shown.first().map_or(0, |(at, _)| *at);
    for ((at, row), y) in shown.into_iter().zip(inner.y..inner.bottom()) {
        let line = pane::line(inner, y);
        row.draw(look.theme, line, buffer);
        if has_focus && at == state.problems.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    // In lines of those in view.
    let lines = usize::from(inner.height) * problems.len() / n_shown.max(1);
    if n_shown < problems.len() {
        let first = first * usize::from(inner.height) / n_shown.max(1);
        pane::scroll_bar(area, first, lines, look, buffer);
    }
}
