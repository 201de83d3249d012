//! A box in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::pane;
use crate::tui::app::ViewContext;

/// A size as it is taken of what there is: all of it where less than a tenth would be left, for a sliver of what is below says
/// nothing.
pub(crate) fn fitted(wanted: u16, room: u16) -> u16 {
    if u32::from(wanted) * 10 >= u32::from(room) * 9 {
        room
    } else {
        wanted
    }
}

/// The area of a box of a wanted size in the middle of `area`, made smaller where there is no room.
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

/// The inside of a box, with a margin of one cell left and right.
pub(crate) const fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Draws an empty box with a title over whatever is there. Returns its [`inside`].
pub(crate) fn draw(title: &str, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) -> Rect {
    Clear.render(area, buffer);
    buffer.set_style(area, look.theme.surface());
    pane::block(title, true, look).render(area, buffer);
    inside(area)
}
