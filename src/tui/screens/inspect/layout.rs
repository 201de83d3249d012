//! Where the panes of the Inspect screen lie.

use ratatui::layout::{Direction, Rect};

use crate::tui::widgets::divider::Divider;

/// Narrower than this, the panes lie one above the other.
const SIDE_BY_SIDE_CELLS: u16 = 110;

/// The areas of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    /// The tree of spans, with its frame.
    pub(super) spans: Rect,
    /// The detail of a span, with its frame.
    pub(super) detail: Rect,
}

impl Areas {
    /// The areas of a screen.
    ///
    /// A graph wants more lines than the spans where it lies above the detail.
    pub(super) fn of(area: Rect, has_graph: bool, divider: Divider) -> Self {
        let [spans, detail] = if area.width >= SIDE_BY_SIDE_CELLS {
            divider.split(area, Direction::Horizontal, area.width * 46 / 100)
        } else {
            let percent = if has_graph { 60 } else { 38 };
            divider.split(area, Direction::Vertical, area.height * percent / 100)
        };
        Self { spans, detail }
    }

    /// The inside of the tree's frame.
    pub(super) fn spans_inside(self) -> Rect {
        Rect {
            x: self.spans.x + 1,
            y: self.spans.y + 1,
            width: self.spans.width.saturating_sub(2),
            height: self.spans.height.saturating_sub(2),
        }
    }

    /// How many spans are in view.
    pub(super) fn span_rows(self) -> usize {
        usize::from(self.spans.height.saturating_sub(2))
    }

    /// Where a thread is read: inside the frame of the detail and its margin.
    pub(super) fn thread(self) -> Rect {
        Rect {
            x: self.detail.x + 2,
            y: self.detail.y + 1,
            width: self.detail.width.saturating_sub(4),
            height: self.detail.height.saturating_sub(2),
        }
    }

    /// Where the lines of the detail lie: below the row of tabs, inside the frame and its margin.
    pub(super) fn lines(self) -> Rect {
        Rect {
            x: self.detail.x + 2,
            y: self.detail.y + 2,
            width: self.detail.width.saturating_sub(4),
            height: self.detail.height.saturating_sub(3),
        }
    }
}
