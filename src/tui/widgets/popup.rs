//! The position of a box that belongs to a position in a text.

use ratatui::layout::{Position, Rect};

/// Returns the area of a box at a cursor: below its line, or above if there is more room, made
/// smaller if it doesn't fit. `left` is the preferred first column. The box never covers the line
/// of the cursor.
pub(crate) fn at_cursor(area: Rect, cursor: Position, left: u16, width: u16, height: u16) -> Rect {
    let below = area.bottom().saturating_sub(cursor.y + 1);
    let above = cursor.y.saturating_sub(area.y);
    let width = width.min(area.width);
    let x = left.clamp(area.x, area.right() - width);
    if below >= height || below >= above {
        Rect::new(x, cursor.y + 1, width, height.min(below))
    } else {
        let height = height.min(above);
        Rect::new(x, cursor.y - height, width, height)
    }
}

/// Returns the area of a second box beside the first, at least `least` wide: on the right, or else
/// on the left; `None` if there is no room.
pub(crate) fn beside(area: Rect, first: Rect, least: u16, most: u16) -> Option<Rect> {
    let right = area.right().saturating_sub(first.right());
    let left = first.x.saturating_sub(area.x);
    if right >= least {
        let width = right.min(most);
        Some(Rect {
            x: first.right(),
            width,
            ..first
        })
    } else if left >= least {
        let width = left.min(most);
        Some(Rect {
            x: first.x - width,
            width,
            ..first
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0, 1, 80, 22);

    #[test]
    fn a_box_is_below_the_cursor_or_above_and_never_on_its_line() {
        for (y, height, expected) in [
            (5, 8, Rect::new(30, 6, 20, 8)),
            (20, 8, Rect::new(30, 12, 20, 8)),
            (12, 30, Rect::new(30, 1, 20, 11)),
            (1, 30, Rect::new(30, 2, 20, 21)),
        ] {
            let placed = at_cursor(AREA, Position::new(31, y), 30, 20, height);
            assert_eq!(placed, expected, "{y}");
        }
        let far_right = at_cursor(AREA, Position::new(78, 3), 78, 20, 2);
        assert_eq!(far_right, Rect::new(60, 4, 20, 2));
    }

    #[test]
    fn a_second_box_is_where_there_is_room() {
        let first = Rect::new(10, 5, 20, 8);
        assert_eq!(beside(AREA, first, 30, 40), Some(Rect::new(30, 5, 40, 8)));
        let first = Rect::new(50, 5, 30, 8);
        assert_eq!(beside(AREA, first, 30, 40), Some(Rect::new(10, 5, 40, 8)));
        let first = Rect::new(20, 5, 50, 8);
        assert_eq!(beside(AREA, first, 30, 40), None);
    }
}
