//! The positions of the panes of the Inspect screen.

use ratatui::layout::{Direction, Rect};

use crate::tui::widgets::divider::Divider;

/// The minimum width at which the panes are side by side, in cells.
const SIDE_BY_SIDE_CELLS: u16 = 110;

/// The areas of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    /// The tree of spans with its border.
    pub(super) spans: Rect,
    /// The detail of a span with its border.
    pub(super) detail: Rect,
}

impl Areas {
    /// Returns the areas of the screen.
    ///
    /// Above the detail, a graph gets more lines than the tree of spans.
    pub(super) fn of(area: Rect, has_graph: bool, divider: Divider) -> Self {
        let [spans, detail] = if area.width >= SIDE_BY_SIDE_CELLS {
            divider.split(area, Direction::Horizontal, area.width * 46 / 100)
        } else {
            let percent = if has_graph { 60 } else { 38 };
            divider.split(area, Direction::Vertical, area.height * percent / 100)
        };
        Self { spans, detail }
    }

    /// Returns the area within the tree's border.
    pub(super) fn spans_inside(self) -> Rect {
        Rect {
            x: self.spans.x + 1,
            y: self.spans.y + 1,
            width: self.spans.width.saturating_sub(2),
            height: self.spans.height.saturating_sub(2),
        }
    }

    /// Returns the number of visible spans.
    pub(super) fn span_rows(self) -> usize {
        usize::from(self.spans.height.saturating_sub(2))
    }

    /// Returns the area of a thread: within the border and the margin of the detail.
    pub(super) fn thread(self) -> Rect {
        Rect {
            x: self.detail.x + 2,
            y: self.detail.y + 1,
            width: self.detail.width.saturating_sub(4),
            height: self.detail.height.saturating_sub(2),
        }
    }

    /// Returns the area of the detail's lines: below the tabs, within the border and the margin.
    pub(super) fn lines(self) -> Rect {
        Rect {
            x: self.detail.x + 2,
            y: self.detail.y + 2,
            width: self.detail.width.saturating_sub(4),
            height: self.detail.height.saturating_sub(3),
        }
    }
}
