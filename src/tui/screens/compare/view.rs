//! Drawing of the Compare screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::state::{State, Subject};
use super::{beside, variants};
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    match &state.subject {
        Subject::Nothing => nothing(look, area, buffer),
        Subject::Runs(compared) => beside::draw(compared, look, area, buffer),
        Subject::Matrix(compared) => variants::draw(compared, look, area, buffer),
    }
}

fn nothing(look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let block = pane::block("compare", true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    let words = "Nothing is compared yet.\n\nOn Runs (2), mark two to four runs with space and press c \
                 to see them side by side, turn by turn.\n\nA batch with variants (`vary` in the launch \
                 dialog) is a matrix here: press c on it, or 4.";
    let at = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        y: inner.y + inner.height / 3,
        height: inner.height - inner.height / 3,
    };
    Paragraph::new(words)
        .centered()
        .wrap(Wrap { trim: true })
        .style(look.theme.style(Role::Muted))
        .render(at, buffer);
}
