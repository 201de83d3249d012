//! Drawing of a replay: a line with its time and speed, and below it the Runs screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::{State, inside};
use crate::base::duration;
use crate::base::text::{ellipsis, width_cells};
use crate::trace::RunState;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::ViewContext;
use crate::tui::layer::Layer;
use crate::tui::theme::Role;

/// The maximum width of the text before the bar, in cells: ` ▸ replay  max  1:00:12 / 10:00:00 `.
const WORDS_CELLS: u16 = 36;

/// The width of the text behind the bar, in cells: ` nothing for 1:12:56, w skips it `.
const BESIDE_CELLS: u16 = 33;

/// Returns the area of the bar that shows the time and sets it by clicks.
pub(super) const fn bar_area(area: Rect) -> Rect {
    let width = area.width.saturating_sub(WORDS_CELLS + BESIDE_CELLS);
    Rect {
        x: area.x + WORDS_CELLS,
        y: area.y,
        width,
        height: 1,
    }
}

/// Returns the area of the Runs screen.
pub(super) const fn screen_area(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

pub(super) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    Clear.render(area, buffer);
    buffer.set_style(area, look.theme.base());
    head(state, look, area, buffer);
    let look = ViewContext {
        context: inside(&state.player, &state.clock, &look.context),
        ..*look
    };
    state.screen.draw(&look, screen_area(area), buffer)
}

fn head(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let (clock, wall) = (&state.clock, look.context.now);
    let line = Rect { height: 1, ..area };
    buffer.set_style(line, theme.surface());
    let sign = if clock.is_going(wall) {
        look.glyphs.closed
    } else {
        look.glyphs.state(RunState::Paused, wall)
    };
    let words = format!(
        "  {}  {} / {}",
        clock.speed().name(),
        duration::short(clock.passed(wall)),
        duration::short(clock.whole())
    );
    Line::from(vec![
        Span::styled(format!(" {sign} replay"), theme.bold(Role::Warning)),
        Span::styled(words, theme.style(Role::Text)),
    ])
    .render(line, buffer);
    let bar = bar_area(area);
    let done = clock.part(bar.width.saturating_sub(1), wall);
    for column in 0..bar.width {
        let (sign, role) = match column {
            column if column < done => (look.glyphs.border.horizontal_top, Role::Accent),
            column if column == done => (look.glyphs.unsaved, Role::Accent),
            _ => (look.glyphs.border.horizontal_top, Role::Muted),
        };
        buffer.set_string(bar.x + column, bar.y, sign, theme.style(role));
    }
    let right = usize::from(area.right().saturating_sub(bar.right() + 1));
    let beside = ellipsis(&beside(state, look), right);
    let at = area
        .right()
        .saturating_sub(u16::try_from(width_cells(&beside)).unwrap_or(0) + 1);
    buffer.set_string(at, area.y, &beside, theme.style(Role::Muted));
}

/// Returns further remarks: a pause that can be skipped, runs that are left out.
fn beside(state: &State, look: &ViewContext<'_>) -> String {
    if state.is_behind {
        return "reading on\u{2026}".to_owned();
    }
    if let Some(wait) = state.wait(look.context.now) {
        let keymap = look.context.keymap;
        let key = keymap.key_in(&[KeyContext::Replay], Action::SkipWait);
        let key = key.map_or_else(String::new, |key| format!(", {key} skips it"));
        return format!("nothing for {}{key}", duration::short(wait));
    }
    let batch = &state.player.recording().batch.id;
    match state.player.recording().left_out {
        0 => format!("{batch}"),
        left_out => {
            let played = state.player.recording().batch.total;
            format!("{played} of {} runs", played + left_out)
        }
    }
}
