//! The border between two panes, which the mouse can drag.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Direction, Position, Rect};

/// The minimum width of a pane beside another after dragging, in cells.
const MIN_COLUMNS: u16 = 20;
/// The minimum height of a pane above another after dragging, in cells.
const MIN_ROWS: u16 = 4;

/// The division of an area between two panes: the screen's default until a person drags the border,
/// then that proportion, even after a resize.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Divider {
    /// The first pane's share; `None` until it is dragged.
    share: Option<f32>,
    is_dragged: bool,
}

impl Divider {
    /// Makes a divider with a share; `None` if it was never dragged.
    pub(crate) fn of_share(share: Option<f32>) -> Self {
        Self {
            share,
            is_dragged: false,
        }
    }

    /// Returns the first pane's share, from 0 to 1; `None` until it is dragged.
    pub(crate) const fn share(self) -> Option<f32> {
        self.share
    }

    /// Divides an area. `usual` is the default size of the first pane in cells.
    pub(crate) fn split(self, area: Rect, direction: Direction, usual: u16) -> [Rect; 2] {
        let whole = length(area, direction);
        let first = self.share.map_or(usual, |share| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a whole is no more than the whole"
            )]
            let cells = (f32::from(whole) * share).round() as u16;
            let least = least(direction).min(whole / 2);
            cells.clamp(least, whole - least)
        });
        let first = first.min(whole);
        match direction {
            Direction::Horizontal => [
                Rect {
                    width: first,
                    ..area
                },
                Rect {
                    x: area.x + first,
                    width: whole - first,
                    ..area
                },
            ],
            Direction::Vertical => [
                Rect {
                    height: first,
                    ..area
                },
                Rect {
                    y: area.y + first,
                    height: whole - first,
                    ..area
                },
            ],
        }
    }

    /// Handles a mouse event on the border between two panes, which consists of the adjacent
    /// borders of both. Returns whether the event was handled.
    pub(crate) fn mouse(&mut self, event: MouseEvent, panes: [Rect; 2]) -> bool {
        let [first, second] = panes;
        let at = Position::new(event.column, event.row);
        let direction = if first.x == second.x {
            Direction::Vertical
        } else {
            Direction::Horizontal
        };
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let is_on_line = match direction {
                    Direction::Horizontal => at.x + 1 == second.x || at.x == second.x,
                    Direction::Vertical => at.y + 1 == second.y || at.y == second.y,
                };
                let is_beside = first.contains(at) || second.contains(at);
                self.is_dragged =
                    is_on_line && is_beside && !first.is_empty() && !second.is_empty();
                self.is_dragged
            }
            MouseEventKind::Drag(MouseButton::Left) if self.is_dragged => {
                let whole = first.union(second);
                let cells = match direction {
                    Direction::Horizontal => at.x.saturating_sub(whole.x),
                    Direction::Vertical => at.y.saturating_sub(whole.y),
                };
                self.share = Some(f32::from(cells) / f32::from(length(whole, direction).max(1)));
                true
            }
            MouseEventKind::Up(MouseButton::Left) => std::mem::take(&mut self.is_dragged),
            _ => false,
        }
    }
}

const fn length(area: Rect, direction: Direction) -> u16 {
    match direction {
        Direction::Horizontal => area.width,
        Direction::Vertical => area.height,
    }
}

const fn least(direction: Direction) -> u16 {
    match direction {
        Direction::Horizontal => MIN_COLUMNS,
        Direction::Vertical => MIN_ROWS,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;
    use pretty_assertions::assert_eq;

    use super::*;

    fn event(kind: MouseEventKind, column: u16, row: u16) -> MouseEvent {
        MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }
    }

    /// Drags from one cell to another and gives the length of the first pane then.
    fn dragged(area: Rect, direction: Direction, from: (u16, u16), to: (u16, u16)) -> u16 {
        let mut divider = Divider::default();
        let panes = divider.split(area, direction, 40);
        let left = MouseButton::Left;
        divider.mouse(event(MouseEventKind::Down(left), from.0, from.1), panes);
        divider.mouse(event(MouseEventKind::Drag(left), to.0, to.1), panes);
        divider.mouse(event(MouseEventKind::Up(left), to.0, to.1), panes);
        // Let go of, it stays.
        assert!(!divider.mouse(event(MouseEventKind::Drag(left), 0, 0), panes));
        let [first, second] = divider.split(area, direction, 40);
        assert_eq!(first.union(second), area, "nothing is lost");
        length(first, direction)
    }

    #[test]
    fn the_line_follows_the_mouse_and_leaves_room_on_both_sides() {
        let area = Rect::new(0, 1, 100, 60);
        let beside = |from, to| dragged(area, Direction::Horizontal, from, to);
        assert_eq!(beside((39, 5), (60, 9)), 60);
        assert_eq!(beside((40, 5), (60, 9)), 60);
        assert_eq!(beside((38, 5), (60, 9)), 40, "not on the line");
        assert_eq!(beside((40, 0), (60, 9)), 40, "above it");
        assert_eq!(beside((40, 5), (0, 5)), MIN_COLUMNS);
        assert_eq!(beside((40, 5), (400, 5)), 100 - MIN_COLUMNS);
        let above = |from, to| dragged(area, Direction::Vertical, from, to);
        assert_eq!(above((9, 41), (9, 21)), 20);
        assert_eq!(above((9, 41), (9, 0)), MIN_ROWS);
    }

    #[test]
    fn no_area_is_too_small() {
        for size in 0..12 {
            for direction in [Direction::Horizontal, Direction::Vertical] {
                let divider = Divider {
                    share: Some(0.9),
                    is_dragged: false,
                };
                let area = Rect::new(0, 0, size, size);
                let [first, second] = divider.split(area, direction, 40);
                assert_eq!(first.area() + second.area(), area.area());
            }
        }
    }
}
