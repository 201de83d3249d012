//! The first line: name, tabs, profile, live counters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::{Look, State};
use crate::tui::screens::Screen;
use crate::tui::theme::Role;

/// The name of the program, with its margins.
const NAME: &str = " flowdeck ";

/// The tabs, with what a click on each does.
const TABS: [(Screen, Action, &str); 3] = [
    (Screen::Specs, Action::ShowSpecs, " 1 Specs "),
    (Screen::Runs, Action::ShowRuns, " 2 Runs "),
    (Screen::Inspect, Action::ShowInspect, " 3 Inspect "),
];

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    buffer.set_style(area, theme.surface());
    let mut left = vec![Span::styled(NAME, theme.bold(Role::Accent)), Span::raw(" ")];
    for (screen, _, title) in TABS {
        left.push(if screen == state.screen {
            Span::styled(title, theme.selection().add_modifier(Modifier::BOLD))
        } else {
            Span::styled(title, theme.style(Role::Muted))
        });
    }
    let left = Line::from(left);
    let counters = counters(look);
    let counters_width = counters.width();
    let taken = left.width() + counters_width + 3;
    let room = usize::from(area.width).saturating_sub(taken);
    let profile = ellipsis(&sanitised(&state.profile()), room);
    let profile_width = width_cells(&profile);
    let left_width = left.width();
    left.render(area, buffer);
    let right = usize::from(area.width).saturating_sub(counters_width);
    let counters_area = part(area, right, counters_width);
    counters.render(counters_area, buffer);
    let at = right.saturating_sub(profile_width + 1);
    if at > left_width {
        Line::styled(profile, theme.style(Role::Info))
            .render(part(area, at, profile_width), buffer);
    }
}

/// How many runs are alive, and how many wait for the person.
fn counters<'a>(look: &Look<'_>) -> Line<'a> {
    let theme = look.theme;
    let running = look.context.runs.count(RunState::Running);
    let needs_you = look.context.runs.count(RunState::NeedsInput);
    let mut spans = Vec::new();
    if running > 0 {
        let sign = look.glyphs.state(RunState::Running, look.context.now);
        spans.push(Span::styled(
            format!("  {sign} {running} running"),
            theme.style(Role::Accent),
        ));
    }
    if needs_you > 0 {
        let sign = look.glyphs.state(RunState::NeedsInput, look.context.now);
        let words = format!("  {sign} {needs_you} need you");
        spans.push(Span::styled(words, theme.bold(Role::Warning)));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn part(area: Rect, at: usize, width: usize) -> Rect {
    let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    Rect::new(area.x.saturating_add(cells(at)), area.y, cells(width), 1).intersection(area)
}

/// What a click in this column does.
pub(super) fn action_at(state: &State, column: u16) -> Option<Action> {
    let column = usize::from(column);
    let mut at = width_cells(NAME) + 1;
    for (_, action, title) in TABS {
        let end = at + width_cells(title);
        if (at..end).contains(&column) {
            return Some(action);
        }
        at = end;
    }
    (state.runs_model().count(RunState::NeedsInput) > 0
        && column + 14 > usize::from(state.width_cells()))
    .then_some(Action::NextNeedsYou)
}
