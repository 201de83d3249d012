//! A dialog with a list, and below it the text of the chosen item: layout, border and movement.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

use crate::base::text::ellipsis;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::rows::Row;
use crate::tui::widgets::{dialog, pane, problem};

/// The areas of the dialog's parts.
pub(super) struct Areas {
    /// The dialog with its border.
    pub(super) outer: Rect,
    /// The list.
    pub(super) list: Rect,
    /// The text of the chosen item.
    pub(super) text: Rect,
    /// The line about the effect of the text, or the lines of a problem.
    pub(super) below: Rect,
}

impl Areas {
    /// Returns the areas of a dialog whose list has `list_rows` rows.
    pub(super) fn new(outer: Rect, list_rows: u16, problem: Option<&str>) -> Self {
        let inner = dialog::inside(outer);
        let list = Rect {
            height: list_rows,
            ..inner
        };
        let problem_lines = problem_rows(problem, inner.width).len().max(1);
        let problem_lines = u16::try_from(problem_lines).unwrap_or(1);
        let below = Rect {
            y: inner.bottom().saturating_sub(problem_lines),
            height: problem_lines,
            ..inner
        };
        let y = (list.bottom() + 1).min(below.y);
        let text = Rect {
            y,
            height: below.y.saturating_sub(y + 1),
            ..inner
        };
        Self {
            outer,
            list,
            text,
            below,
        }
    }

    /// Draws the border with the title, the scroll bar of a list that doesn't fit, and the line
    /// below the list.
    pub(super) fn draw_frame(
        &self,
        title: &str,
        (chosen, n_items): (&ListCursor, usize),
        look: &ViewContext<'_>,
        buffer: &mut Buffer,
    ) {
        let room = usize::from(self.outer.width.saturating_sub(6));
        dialog::draw(&ellipsis(title, room), self.outer, look, buffer);
        let height = usize::from(self.list.height);
        if height < n_items {
            let frame = Rect {
                y: self.list.y - 1,
                height: self.list.height + 2,
                ..self.outer
            };
            let first = chosen.in_view(n_items, height).start;
            pane::scroll_bar(frame, first, n_items, look, buffer);
        }
        let rule = look.glyphs.border.horizontal_top;
        let rule = rule.repeat(usize::from(self.text.width));
        let y = self.text.y.saturating_sub(1);
        buffer.set_string(self.text.x, y, rule, look.theme.style(Role::Muted));
    }

    /// Draws the problem, or the line about the effect of the text.
    pub(super) fn draw_below(
        &self,
        problem: Option<&str>,
        words: &str,
        look: &ViewContext<'_>,
        buffer: &mut Buffer,
    ) {
        let problem = problem_rows(problem, self.below.width);
        for (y, row) in (self.below.y..self.below.bottom()).zip(&problem) {
            row.draw(look.theme, pane::line(self.below, y), buffer);
        }
        if problem.is_empty() {
            let words = ellipsis(words, usize::from(self.below.width));
            Line::styled(words, look.theme.style(Role::Muted)).render(self.below, buffer);
        }
    }
}

/// Selects the next or the previous item, wrapping around.
pub(super) fn step(chosen: &mut ListCursor, n_items: usize, is_forward: bool) {
    let len = n_items.max(1);
    let step = if is_forward { 1 } else { len - 1 };
    chosen.select((chosen.selected() + step) % len);
}

/// Returns whether a key leaves the text of the chosen item, and if so, whether forward: `tab`, or
/// the cursor keys at the text's edges.
pub(super) fn leaves(text: Option<&TextArea<'_>>, key: KeyEvent) -> Option<bool> {
    let is_back = key.modifiers.contains(KeyModifiers::SHIFT);
    let (is_first, is_last) = text.map_or((true, true), |text| {
        let row = text.cursor().0;
        (row == 0, row + 1 >= text.lines().len())
    });
    match key.code {
        KeyCode::BackTab => Some(false),
        KeyCode::Tab => Some(!is_back),
        KeyCode::Up if is_first && !is_back => Some(false),
        KeyCode::Down if is_last && !is_back => Some(true),
        _ => None,
    }
}

/// Handles the mouse wheel, which changes the item, and a click on an item. Returns whether the
/// event had an effect.
pub(super) fn mouse(
    event: MouseEvent,
    list: Rect,
    (chosen, n_items): (&mut ListCursor, usize),
) -> bool {
    match event.kind {
        MouseEventKind::ScrollDown => step(chosen, n_items, true),
        MouseEventKind::ScrollUp => step(chosen, n_items, false),
        MouseEventKind::Down(MouseButton::Left)
            if list.contains(Position::new(event.column, event.row)) =>
        {
            let in_view = chosen.in_view(n_items, usize::from(list.height));
            let row = in_view.start + usize::from(event.row - list.y);
            if !in_view.contains(&row) {
                return false;
            }
            chosen.select(row);
        }
        _ => return false,
    }
    true
}

fn problem_rows(problem: Option<&str>, width: u16) -> Vec<Row> {
    problem.map_or_else(Vec::new, |words| problem::rows(words, usize::from(width)))
}
