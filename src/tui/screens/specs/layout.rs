//! The positions of the panes, used for drawing, scrolling and the mouse.

use ratatui::layout::{Constraint, Direction, Layout, Rect, Size};

use super::problem_lines;
use super::state::{Focus, State};
use crate::tui::glyphs;

/// The minimum width at which two panes are shown, in cells; below it only the focused pane is
/// shown.
const MIN_TWO_PANES: u16 = 64;
/// The minimum width at which the outline has its own pane, in cells.
const MIN_THREE_PANES: u16 = 112;

/// The panes with their borders; `None` for hidden ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) tree: Option<Rect>,
    pub(super) problems: Option<Rect>,
    pub(super) editor: Option<Rect>,
    pub(super) find: Option<Rect>,
    pub(super) outline: Option<Rect>,
}

/// Divides the screen.
pub(super) fn areas(state: &State, area: Rect) -> Areas {
    let mut areas = Areas::default();
    let is_outline = state.focus == Focus::Outline;
    if area.width < MIN_TWO_PANES {
        match state.focus {
            Focus::Tree | Focus::Problems => left(state, area, &mut areas),
            Focus::Editor | Focus::Find => middle(state, area, &mut areas),
            Focus::Outline => areas.outline = Some(area),
        }
        return areas;
    }
    if area.width < MIN_THREE_PANES && is_outline && state.has_graph {
        // A graph needs more room than an outline: it takes that of the text.
        let [side, graph] =
            Layout::horizontal([Constraint::Length(28), Constraint::Fill(1)]).areas(area);
        left(state, side, &mut areas);
        areas.outline = Some(graph);
        return areas;
    }
    if area.width < MIN_THREE_PANES {
        // The outline takes the place of the tree while it has the focus.
        let width = (area.width * 2 / 5).clamp(28, 34);
        let [side, text] = state.divider.split(area, Direction::Horizontal, width);
        if is_outline {
            areas.outline = Some(side);
        } else {
            left(state, side, &mut areas);
        }
        middle(state, text, &mut areas);
        return areas;
    }
    let outline = if state.has_graph {
        area.width * 2 / 5
    } else {
        (area.width * 6 / 25).clamp(26, 38)
    };
    let [rest, outline] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(outline)]).areas(area);
    let width = (area.width * 7 / 25).clamp(30, 40);
    let [tree, text] = state.divider.split(rest, Direction::Horizontal, width);
    left(state, tree, &mut areas);
    middle(state, text, &mut areas);
    areas.outline = Some(outline);
    areas
}

/// Places the tree, and below it the problems if there are any.
fn left(state: &State, area: Rect, areas: &mut Areas) {
    if state.problems().is_empty() {
        areas.tree = Some(area);
        return;
    }
    // While they are gone through they may take more.
    let tenths = if state.focus == Focus::Problems { 6 } else { 4 };
    let most = (area.height * tenths / 10).max(4);
    let width = area.width.saturating_sub(2);
    // All signs are one cell wide.
    let lines = problem_lines::n_lines(state.problems(), &glyphs::UNICODE, width, most.into());
    let wanted = u16::try_from(lines).unwrap_or(most).saturating_add(2);
    let height = wanted.clamp(4, most);
    let [tree, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    areas.tree = Some(tree);
    areas.problems = Some(below);
}

/// Places the editor, and in its last lines the find bar if it is open.
fn middle(state: &State, area: Rect, areas: &mut Areas) {
    areas.editor = Some(area);
    if state.find.is_some() {
        let inner = inside(area);
        areas.find = Some(Rect {
            y: inner.bottom().saturating_sub(2).max(inner.y),
            height: 2.min(inner.height),
            ..inner
        });
    }
}

/// Returns the area within a pane's border.
pub(super) const fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(1),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    }
}

impl Areas {
    /// Returns the area to the left of the editor.
    pub(super) fn side(&self) -> Option<Rect> {
        let editor = self.editor?;
        let panes = [self.tree, self.problems, self.outline];
        let left = panes.into_iter().flatten().filter(|pane| pane.x < editor.x);
        left.reduce(Rect::union)
    }

    /// Returns the area of the editor's text.
    pub(super) fn text(&self) -> Rect {
        let inner = inside(self.editor.unwrap_or_default());
        Rect {
            height: inner
                .height
                .saturating_sub(self.find.map_or(0, |find| find.height)),
            ..inner
        }
    }

    /// Returns the size of the editor's text; a default if it is hidden.
    pub(super) fn text_size(&self) -> Size {
        let text = self.text();
        if text.is_empty() {
            Size::new(80, 20)
        } else {
            Size::new(text.width, text.height)
        }
    }

    /// Returns the number of rows in a pane.
    pub(super) fn rows(pane: Option<Rect>) -> usize {
        usize::from(inside(pane.unwrap_or_default()).height)
    }
}
