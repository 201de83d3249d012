//! Drawing the Runs screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::State;
use crate::tui::app::Look;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// Draws the screen. Returns where the cursor stands, if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let block = pane::block("runs", true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    let lines: Vec<Line<'_>> = look
        .context
        .runs
        .runs()
        .rev()
        .take(inner.height.into())
        .map(|run| {
            let sign = look.glyphs.state(run.state, look.context.now);
            let style = look.theme.style(state_role(run.state));
            let words = format!("{sign} {:<10} ", state_word(run.state));
            let mut line = Line::from(vec![Span::styled(words, style), Span::raw(run.label())]);
            if state.selected.as_ref() == Some(&run.run) {
                line = line.patch_style(look.theme.selection());
            }
            line
        })
        .collect();
    if lines.is_empty() {
        Paragraph::new("no runs yet: launch a spec with enter on the Specs screen")
            .style(look.theme.style(Role::Muted))
            .render(inner, buffer);
    } else {
        Paragraph::new(lines).render(inner, buffer);
    }
    None
}
