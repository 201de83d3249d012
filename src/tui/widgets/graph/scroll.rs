//! The visible part of a drawing.

use ratatui::layout::Size;

use crate::spec::graph::{BoxPlace, Drawing};
use crate::tui::action::Action;

/// The distance of one step to the side, in cells; single cells would be too slow.
const SIDE_STEP: usize = 8;

/// The scroll position of a drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scroll {
    /// The first visible column and row; `None` follows the run.
    at: Option<(usize, usize)>,
}

impl Scroll {
    /// Scrolls by an action. Returns whether the action was a movement.
    pub(crate) fn act(
        &mut self,
        action: Action,
        drawing: &Drawing,
        size: Size,
        lit: Option<&BoxPlace>,
    ) -> bool {
        let (x, y) = self.origin(drawing, size, lit);
        let page = usize::from(size.height).max(1);
        let last = drawing.rows.len();
        let (x, y) = match action {
            Action::Left => (x.saturating_sub(SIDE_STEP), y),
            Action::Right => (x + SIDE_STEP, y),
            Action::Up => (x, y.saturating_sub(1)),
            Action::Down => (x, y + 1),
            Action::PageUp => (x, y.saturating_sub(page)),
            Action::PageDown => (x, y + page),
            Action::HalfPageUp => (x, y.saturating_sub(page.div_ceil(2))),
            Action::HalfPageDown => (x, y + page.div_ceil(2)),
            Action::First => (0, 0),
            Action::Last => (x, last),
            _ => return false,
        };
        self.at = Some(within(drawing, size, (x, y)));
        true
    }

    /// Scrolls by rows of the mouse wheel, down if positive.
    pub(crate) fn wheel(
        &mut self,
        rows: isize,
        drawing: &Drawing,
        size: Size,
        lit: Option<&BoxPlace>,
    ) {
        let (x, y) = self.origin(drawing, size, lit);
        self.at = Some(within(drawing, size, (x, y.saturating_add_signed(rows))));
    }

    /// Follows the run again.
    pub(crate) const fn follow(&mut self) {
        self.at = None;
    }

    /// Scrolls as little as possible to show a whole box.
    pub(super) fn show(
        &mut self,
        place: &BoxPlace,
        drawing: &Drawing,
        size: Size,
        lit: Option<&BoxPlace>,
    ) {
        let (left, top) = self.origin(drawing, size, lit);
        let near = |first: usize, start: usize, length: usize, room: u16| {
            let last = (start + length).saturating_sub(usize::from(room));
            first.max(last).min(start)
        };
        let at = (
            near(left, place.x, place.width, size.width),
            near(top, place.y, place.height, size.height),
        );
        self.at = Some(within(drawing, size, at));
    }

    /// Whether the view follows the run.
    pub(crate) const fn is_following(self) -> bool {
        self.at.is_none()
    }

    /// Returns the first visible column and row. A view that follows has the lit box in its middle.
    pub(super) fn origin(
        self,
        drawing: &Drawing,
        size: Size,
        lit: Option<&BoxPlace>,
    ) -> (usize, usize) {
        let at = self.at.unwrap_or_else(|| {
            let Some(lit) = lit else {
                return (0, 0);
            };
            let (width, height) = (usize::from(size.width), usize::from(size.height));
            let middle = (lit.x + lit.width / 2, lit.y + lit.height / 2);
            (
                middle.0.saturating_sub(width / 2),
                middle.1.saturating_sub(height / 2),
            )
        });
        within(drawing, size, at)
    }
}

/// Returns the position limited to the drawing.
fn within(drawing: &Drawing, size: Size, (x, y): (usize, usize)) -> (usize, usize) {
    (
        x.min(drawing.width_cells.saturating_sub(size.width.into())),
        y.min(drawing.rows.len().saturating_sub(size.height.into())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_stays_on_its_drawing_and_follows_what_is_lit() {
        let drawing = Drawing {
            rows: vec![String::new(); 50],
            width_cells: 100,
            boxes: Vec::new(),
        };
        let size = Size::new(20, 10);
        let mut scroll = Scroll::default();
        assert_eq!(scroll.origin(&drawing, size, None), (0, 0));
        let lit = BoxPlace {
            component_id: String::new(),
            name: String::new(),
            x: 40,
            y: 30,
            width: 10,
            height: 4,
            sign: None,
            note: None,
            values: Vec::new(),
        };
        assert_eq!(scroll.origin(&drawing, size, Some(&lit)), (35, 27));
        assert!(scroll.act(Action::Last, &drawing, size, Some(&lit)));
        assert_eq!(scroll.origin(&drawing, size, Some(&lit)), (35, 40));
        for _ in 0..30 {
            scroll.act(Action::Right, &drawing, size, None);
        }
        assert_eq!(scroll.origin(&drawing, size, None), (80, 40));
        assert!(!scroll.act(Action::Quit, &drawing, size, None));
        scroll.follow();
        assert!(scroll.is_following());
    }
}
