//! A box in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::pane;
use crate::tui::app::Look;

/// The area of a box of a wanted size in the middle of `area`, made smaller where there is no room.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

/// Draws an empty box with a title over whatever is there. Returns its inside, with a margin of one
/// cell left and right.
pub(crate) fn draw(title: &str, area: Rect, look: &Look<'_>, buffer: &mut Buffer) -> Rect {
    Clear.render(area, buffer);
    buffer.set_style(area, look.theme.surface());
    let block = pane::block(title, true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    Rect {
        x: inner.x + inner.width.min(1),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}
