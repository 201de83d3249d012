//! A box in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::pane;
use crate::tui::app::ViewContext;

/// Returns a dialog's size within the available one; all of it if less than a tenth would be left
/// over, because such a narrow strip shows nothing useful.
pub(crate) fn fitted(wanted: u16, room: u16) -> u16 {
    if u32::from(wanted) * 10 >= u32::from(room) * 9 {
        room
    } else {
        wanted
    }
}

/// Returns the area of a box in the middle of `area`, made smaller if it doesn't fit.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = fitted(width, area.width);
    let height = fitted(height, area.height);
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

/// Returns the area within a box, with a margin of one cell left and right.
pub(crate) const fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Draws an empty box with a title over the present contents. Returns its [`inside`].
pub(crate) fn draw(title: &str, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) -> Rect {
    Clear.render(area, buffer);
    buffer.set_style(area, look.theme.surface());
    pane::block(title, true, look).render(area, buffer);
    inside(area)
}
