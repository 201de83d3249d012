//! The cursor of a list of any length. Only visible rows are ever computed.

use std::ops::Range;

use crossterm::event::MouseEventKind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane;
use crate::tui::action::Action;
use crate::tui::app::ViewContext;

/// The number of rows that one step of the mouse wheel moves.
const WHEEL_STEPS: isize = 3;

/// The selected row and the first visible row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListCursor {
    selected: usize,
    first: usize,
}

impl ListCursor {
    /// Returns the selected row, from 0; meaningless for an empty list.
    pub(crate) const fn selected(self) -> usize {
        self.selected
    }

    /// Selects a row.
    pub(crate) const fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Selects the next or the previous row for which a predicate is true; returns whether there is
    /// one.
    pub(crate) fn select_next(
        &mut self,
        len: usize,
        is_forward: bool,
        is_so: impl Fn(usize) -> bool,
    ) -> bool {
        let found = if is_forward {
            (self.selected + 1..len).find(|row| is_so(*row))
        } else {
            (0..self.selected.min(len)).rev().find(|row| is_so(*row))
        };
        if let Some(row) = found {
            self.selected = row;
        }
        found.is_some()
    }

    /// Sets the new index of the selected row, which keeps its position on the screen.
    pub(crate) const fn follow(&mut self, row: usize) {
        let above = self.selected.saturating_sub(self.first);
        self.first = row.saturating_sub(above);
        self.selected = row;
    }

    /// Moves by an action, in a list of `len` rows of which `height` are visible. Returns whether
    /// the action was a movement.
    pub(crate) fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        let page = height.max(1);
        let last = len.saturating_sub(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected + 1,
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => self.selected + page,
            Action::HalfPageUp => self.selected.saturating_sub(page.div_ceil(2)),
            Action::HalfPageDown => self.selected + page.div_ceil(2),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        }
        .min(last);
        self.first = self.in_view(len, height).start;
        true
    }

    /// Moves by an event of the mouse wheel.
    pub(crate) fn turn(&mut self, event: MouseEventKind, len: usize, height: usize) {
        match event {
            MouseEventKind::ScrollDown => self.wheel(WHEEL_STEPS, len, height),
            MouseEventKind::ScrollUp => self.wheel(-WHEEL_STEPS, len, height),
            _ => {}
        }
    }

    /// Moves by steps of the mouse wheel, down if positive.
    pub(crate) fn wheel(&mut self, steps: isize, len: usize, height: usize) {
        let last = len.saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(steps).min(last);
        self.first = self.in_view(len, height).start;
    }

    /// Returns the visible rows; the selected one is among them.
    pub(crate) fn in_view(self, len: usize, height: usize) -> Range<usize> {
        let selected = self.selected.min(len.saturating_sub(1));
        let first = self
            .first
            .min(len.saturating_sub(height))
            .min(selected)
            .max((selected + 1).saturating_sub(height));
        first..len.min(first + height)
    }

    /// Returns the visible items, each with its index and its line in `area`.
    pub(crate) fn lines<T>(
        self,
        items: &[T],
        area: Rect,
    ) -> impl Iterator<Item = (usize, &T, Rect)> {
        let in_view = self.in_view(items.len(), area.height.into());
        let shown = items.iter().enumerate().take(in_view.end);
        let shown = shown.skip(in_view.start).zip(area.y..);
        shown.map(move |((index, item), y)| (index, item, pane::line(area, y)))
    }

    /// Draws the scroll bar of a list of `len` rows on the right border.
    pub(crate) fn scroll_bar(
        self,
        len: usize,
        frame: Rect,
        look: &ViewContext<'_>,
        buffer: &mut Buffer,
    ) {
        let height = usize::from(frame.height.saturating_sub(2));
        pane::scroll_bar(frame, self.in_view(len, height).start, len, look, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_follows_the_selected_row_and_no_further() {
        let mut list = ListCursor::default();
        assert_eq!(list.in_view(100, 10), 0..10);
        for _ in 0..12 {
            list.act(Action::Down, 100, 10);
        }
        assert_eq!((list.selected(), list.in_view(100, 10)), (12, 3..13));
        for _ in 0..5 {
            list.act(Action::Up, 100, 10);
        }
        assert_eq!((list.selected(), list.in_view(100, 10)), (7, 3..13));
        list.act(Action::Last, 100, 10);
        assert_eq!((list.selected(), list.in_view(100, 10)), (99, 90..100));
        assert_eq!(list.in_view(4, 10), 0..4, "a list that became shorter");
        assert_eq!(list.in_view(0, 10), 0..0);
    }

    #[test]
    fn other_actions_are_not_its_own() {
        assert!(!ListCursor::default().act(Action::Quit, 5, 5));
    }
}
