//! The frame of every screen: the header with the tabs and the footer with the most important keys.

mod footer;
mod header;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::base::clock::Timestamp;
use crate::base::text::is_hazardous;
use crate::tui::action::Action;
use crate::tui::app::State;
use crate::tui::glyphs;
use crate::tui::overlays::Overlay;
use crate::tui::theme::Role;

/// The minimum width at which anything is drawn, in cells.
const MIN_WIDTH: u16 = 40;
const MIN_HEIGHT: u16 = 10;

/// The parts of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Areas {
    /// The first line.
    pub(crate) header: Rect,
    /// The lines between header and footer.
    pub(crate) screen: Rect,
    /// The last line.
    pub(crate) footer: Rect,
}

/// Divides the terminal into these parts.
pub(crate) fn areas(size: Rect) -> Areas {
    let [header, screen, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(size);
    Areas {
        header,
        screen,
        footer,
    }
}

/// Draws everything and returns the cursor position, if a text has the focus.
///
/// Control characters are removed from all cells, so that no drawn text can control the terminal.
pub(crate) fn draw(
    state: &State,
    now: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    buffer.set_style(area, state.theme().base());
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        too_small(state, area, buffer);
        return None;
    }
    let contexts = state.screen_contexts();
    let look = state.look(now, &contexts);
    let areas = areas(area);
    header::draw(state, &look, areas.header, buffer);
    let overlays = state.overlays.iter().map(Overlay::layer);
    let mut cursor = None;
    for layer in std::iter::once(state.shown()).chain(overlays) {
        cursor = layer.draw(&look, areas.screen, buffer);
    }
    footer::draw(state, &look, areas.footer, buffer);
    for cell in &mut buffer.content {
        if cell.symbol().chars().any(is_hazardous) {
            cell.set_symbol("\u{fffd}");
        }
        if look.glyphs == &glyphs::ASCII
            && let Some(ascii) = glyphs::in_ascii(cell.symbol())
        {
            cell.set_symbol(ascii);
        }
    }
    cursor
}

/// Returns the keys that the footer shows, with their labels.
#[cfg(test)]
pub(crate) fn hints(
    state: &State,
    look: &crate::tui::app::ViewContext<'_>,
) -> Vec<(String, &'static str)> {
    footer::hints_in_words(state, look)
}

fn too_small(state: &State, area: Rect, buffer: &mut Buffer) {
    let words = format!(
        "flowdeck needs {MIN_WIDTH}x{MIN_HEIGHT}; this is {}x{}",
        area.width, area.height
    );
    Paragraph::new(words)
        .wrap(Wrap { trim: true })
        .style(state.theme().style(Role::Warning))
        .render(area, buffer);
}

/// Returns the action of a click on the header.
pub(crate) fn clicked(state: &State, event: MouseEvent) -> Option<Action> {
    if event.kind != MouseEventKind::Down(MouseButton::Left) || event.row != 0 {
        return None;
    }
    header::action_at(state, event.column)
}
