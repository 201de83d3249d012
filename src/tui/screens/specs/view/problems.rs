//! Drawing the problems of the file on show.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::ellipsis;
use crate::spec::Severity;
use crate::tui::app::Look;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Problems;
    let problems = state.problems();
    let title = format!("problems {}", problems.len());
    pane::block(&title, has_focus, look).render(area, buffer);
    let inner = inside(area);
    for (index, problem, line) in state.problems.lines(problems, inner) {
        let (sign, role) = match problem.severity {
            Severity::Error => (look.glyphs.error, Role::Error),
            Severity::Warning => (look.glyphs.warning, Role::Warning),
        };
        let place = problem
            .place
            .map(|place| format!("{}:{} ", place.line, place.column))
            .unwrap_or_default();
        let room = usize::from(inner.width).saturating_sub(place.len() + 3);
        Line::from(vec![
            Span::styled(format!(" {sign} "), look.theme.style(role)),
            Span::styled(place, look.theme.style(Role::Muted)),
            Span::styled(
                ellipsis(&problem.message, room),
                look.theme.style(Role::Text),
            ),
        ])
        .render(line, buffer);
        if has_focus && index == state.problems.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    let len = problems.len();
    state.problems.scroll_bar(len, area, look, buffer);
}
