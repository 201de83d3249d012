//! The positions of the parts of the Runs screen.

use ratatui::layout::{Constraint, Direction, Layout, Rect};

use crate::tui::widgets::divider::Divider;

/// The minimum width at which table and panes are side by side, in cells.
const MIN_WIDTH_BESIDE: u16 = 100;

/// The minimum width at which the table shows outputs, in cells.
const MIN_WIDTH_FOR_OUTPUTS: u16 = 180;

/// The minimum width at which the table shows tokens and tools and has a pane beside it, in cells.
const MIN_WIDTH_FOR_NUMBERS: u16 = 112;

/// The minimum height at which the header has a second line, in lines.
const MIN_HEIGHT_FOR_FACTS: u16 = 30;

/// The minimum height at which the table stays visible while an answer is written that needs all
/// panes, in lines.
pub(super) const MIN_HEIGHT_BESIDE_ANSWER: u16 = 16;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    /// The numbers of the batch and, if there is room, a line with its settings.
    pub(super) header: Rect,
    /// The run table with its border; empty while a pane is zoomed.
    pub(super) table: Rect,
    /// All panes together.
    pub(super) panes: Rect,
}

/// The contents of the screen beside the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Panes of several runs.
    Panes,
    /// Panes of several runs while groups of the table are unfolded. The table gets more lines
    /// then, because it shows the runs of the groups.
    Groups,
    /// Columns of runs aligned by turn; more room gives more columns.
    Columns,
    /// A single run, which gets all the room.
    OneRun,
}

/// Divides the screen: side by side if it is wide, or else with the table above.
pub(super) fn areas(area: Rect, shape: Shape, divider: Divider) -> Areas {
    let lines = if area.height >= MIN_HEIGHT_FOR_FACTS {
        2
    } else {
        1
    };
    let [header, body] =
        Layout::vertical([Constraint::Length(lines), Constraint::Fill(1)]).areas(area);
    if shape == Shape::OneRun {
        return Areas {
            header,
            table: Rect { width: 0, ..body },
            panes: body,
        };
    }
    let [table, panes] = if area.width >= MIN_WIDTH_BESIDE {
        // What is left beside one column of panes is for the outputs.
        let (percent, least) = match shape {
            // Less, so that two columns have room from the first.
            Shape::Columns => (30, 40),
            _ if area.width >= MIN_WIDTH_FOR_OUTPUTS => (64, 48),
            _ if area.width >= MIN_WIDTH_FOR_NUMBERS => (55, 48),
            _ => (46, 48),
        };
        let width = (area.width * percent / 100).clamp(least, 140);
        divider.split(body, Direction::Horizontal, width)
    } else {
        let tenths = match shape {
            Shape::Columns => 3,
            Shape::Groups => 6,
            Shape::Panes | Shape::OneRun => 4,
        };
        let height = (body.height * tenths / 10).max(5);
        divider.split(body, Direction::Vertical, height)
    };
    Areas {
        header,
        table,
        panes,
    }
}

/// Returns the area within a border.
pub(super) const fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x.saturating_add(1),
        y: frame.y.saturating_add(1),
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_useful_at_every_size() {
        for (width, height) in [(80, 22), (100, 28), (120, 34), (200, 58)] {
            let areas = areas(
                Rect::new(0, 1, width, height),
                Shape::Panes,
                Divider::default(),
            );
            assert!(areas.table.height >= 8, "{width}x{height}: {areas:?}");
            assert!(
                areas.panes.height >= 12 && areas.panes.width >= 50,
                "{areas:?}"
            );
            let parts = [areas.header, areas.table, areas.panes];
            let covered: u32 = parts.iter().map(|part| part.area()).sum();
            assert_eq!(covered, u32::from(width) * u32::from(height));
        }
    }
}
