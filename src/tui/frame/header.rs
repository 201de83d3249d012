//! The first line: name, tabs, profile and live counters.
//!
//! The positions of the tabs depend only on the width of the terminal, so counters that appear or
//! disappear move nothing. Counters and profile share the remaining width; [`right`] says what is
//! shortened first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use crate::base::clock::Timestamp;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::{State, ViewContext};
use crate::tui::screens::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::count;

/// The minimum width of a profile's name, in cells; a shorter one would be unreadable.
const MIN_PROFILE: usize = 6;

/// The minimum width at which the tabs have an additional blank between them, in cells.
const MIN_WIDTH_AIRY: usize = 100;

/// The minimum width at which the tabs show their names, in cells; profile and counters still fit
/// beside them.
const MIN_WIDTH_NAMES: usize = 76;

/// A part of the line.
struct Part<'a> {
    span: Span<'a>,
    /// The action of a click on the part.
    action: Option<Action>,
}

impl Part<'_> {
    fn new(words: impl Into<String>, style: Style) -> Self {
        Self {
            span: Span::styled(words.into(), style),
            action: None,
        }
    }

    fn does(self, action: Action) -> Self {
        Self {
            action: Some(action),
            ..self
        }
    }
}

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, look.theme.surface());
    for (at, part) in placed(state, look, usize::from(area.width)) {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        buffer.set_span(area.x.saturating_add(at), area.y, &part.span, area.width);
    }
}

/// Returns the action of a click in a column.
pub(super) fn action_at(state: &State, column: u16) -> Option<Action> {
    let contexts = state.screen_contexts();
    // No sign changes its width by time.
    let look = state.look(Timestamp::default(), &contexts);
    let placed = placed(state, &look, usize::from(state.width_cells()));
    let column = usize::from(column);
    let hit = placed.into_iter().find(|(at, part)| {
        let end = at + part.span.width();
        (*at..end).contains(&column)
    });
    hit.and_then(|(_, part)| part.action)
}

/// Returns the parts, each with its first column. Where two parts overlap, the later one is drawn
/// over the earlier.
fn placed<'a>(state: &State, look: &ViewContext<'_>, width: usize) -> Vec<(usize, Part<'a>)> {
    let (mut placed, end) = left(state, look, width);
    let right = right(state, look, width.saturating_sub(end));
    let cells: usize = right.iter().map(|part| part.span.width()).sum();
    let mut at = width.saturating_sub(cells);
    for part in right {
        let begin = at;
        at += part.span.width();
        placed.push((begin, part));
    }
    placed
}

/// Returns the program's name and the tabs, and the column where they end.
fn left<'a>(
    state: &State,
    look: &ViewContext<'_>,
    width: usize,
) -> (Vec<(usize, Part<'a>)>, usize) {
    let theme = look.theme;
    let (name, overlap) = if width < MIN_WIDTH_AIRY {
        (" flowdeck ", 1)
    } else {
        (" flowdeck  ", 0)
    };
    let mut placed = vec![(0, Part::new(name, theme.bold(Role::Accent)))];
    let mut at = name.len();
    let mut shown = None;
    for (number, info) in (1..).zip(Screen::TABLE) {
        let words = if width < MIN_WIDTH_NAMES {
            format!(" {number} ")
        } else {
            info.tab.to_owned()
        };
        let end = at + width_cells(&words);
        if info.screen == state.screen {
            let style = theme.selection().add_modifier(Modifier::BOLD);
            // Where neighbours share their blanks, its ground keeps off them.
            let words = match overlap {
                0 => words,
                _ => words.trim().to_owned(),
            };
            shown = Some((at + overlap, Part::new(words, style).does(info.action)));
        } else {
            let style = theme.style(Role::Muted);
            placed.push((at, Part::new(words, style).does(info.action)));
        }
        at = end - overlap;
    }
    placed.extend(shown);
    (placed, at + overlap)
}

/// A counter in a long and a short form.
struct Counter {
    words: String,
    short: String,
    style: Style,
    action: Option<Action>,
}

impl Counter {
    /// Returns the blanks before the counter, and the counter.
    fn parts<'a>(&self, is_short: bool) -> [Part<'a>; 2] {
        let (blanks, words) = if is_short {
            (" ", &self.short)
        } else {
            ("  ", &self.words)
        };
        let part = Part::new(words.clone(), self.style);
        let part = match self.action {
            Some(action) => part.does(action),
            None => part,
        };
        [Part::new(blanks, Style::new()), part]
    }
}

/// Returns the counters of running, interrupted and waiting runs, in the order in which they are
/// shortened.
fn counters(state: &State, look: &ViewContext<'_>) -> Vec<Counter> {
    let (theme, runs, now) = (look.theme, look.context.runs, look.context.now);
    let counter = |state: RunState, number: usize, words: &str, style: Style, action| {
        let sign = look.glyphs.state(state, now);
        let words = match number {
            1 if state == RunState::NeedsInput => "needs you",
            _ => words,
        };
        (number > 0).then(|| Counter {
            words: format!("{sign} {number} {words}"),
            short: format!("{sign} {}", count::short(number as u64)),
            style,
            action,
        })
    };
    let warning = theme.bold(Role::Warning);
    let needs_you = if state.is_called(now) {
        warning.add_modifier(Modifier::REVERSED)
    } else {
        warning
    };
    let n_running = runs.count(RunState::Running);
    let (n_interrupted, n_at_workers) = look.context.history.n_left();
    let accent = theme.style(Role::Accent);
    let counters = [
        counter(RunState::Running, n_running, "running", accent, None),
        counter(
            RunState::Interrupted,
            n_interrupted,
            "interrupted",
            warning,
            Some(Action::ShowHistory),
        ),
        counter(
            RunState::Queued,
            n_at_workers,
            "at workers",
            theme.style(Role::Info),
            Some(Action::ShowHistory),
        ),
        counter(
            RunState::NeedsInput,
            runs.needing_person(),
            "need you",
            needs_you,
            Some(Action::NextNeedsYou),
        ),
    ];
    counters.into_iter().flatten().collect()
}

/// Returns profile and counters within `room` cells. When space is short, the words after the
/// profile's name are dropped first, then the words of the counters one by one; then the profile is
/// cut, then dropped, and last all counters except the one of waiting requests.
fn right<'a>(state: &State, look: &ViewContext<'_>, room: usize) -> Vec<Part<'a>> {
    let counters = counters(state, look);
    let profiles = profile(state, look);
    let info = look.theme.style(Role::Info);
    let parts = |profile: Option<String>, n_short: usize, first: usize| -> Vec<Part<'a>> {
        let profile = profile.map(|words| Part::new(format!(" {words}"), info));
        let counters = counters.iter().enumerate().skip(first);
        let counters = counters.flat_map(|(at, counter)| counter.parts(at < n_short));
        let margin = Part::new(" ", Style::new());
        let parts = profile.into_iter().chain(counters);
        parts.chain([margin]).collect()
    };
    let cells = |parts: &[Part<'_>]| -> usize { parts.iter().map(|part| part.span.width()).sum() };
    for n_short in 0..=counters.len() {
        for profile in &profiles {
            let parts = parts(Some(profile.clone()), n_short, 0);
            if cells(&parts) <= room {
                return parts;
            }
        }
    }
    let n_short = counters.len();
    let beside = room.saturating_sub(cells(&parts(None, n_short, 0)) + 1);
    if beside >= MIN_PROFILE {
        let [.., short] = &profiles;
        return parts(Some(ellipsis(short, beside)), n_short, 0);
    }
    let mut fewer = (0..n_short).map(|first| parts(None, n_short, first));
    let fitting = fewer.find(|parts| cells(parts) <= room);
    fitting.unwrap_or_default()
}

/// Returns three forms of the current profile's description: the whole one, the name only, and the
/// name without implied words.
fn profile(state: &State, look: &ViewContext<'_>) -> [String; 3] {
    let words = sanitised(&state.profile(look)).replace('\n', " ");
    let name = words
        .split(" \u{b7} ")
        .next()
        .unwrap_or_default()
        .to_owned();
    let short = name.strip_prefix("profile ").unwrap_or(&name);
    let short = short.strip_suffix(" model").unwrap_or(short).to_owned();
    [words, name, short]
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::Harness;
    use crate::tui::testing::stage::Runs;

    use crate::trace::RunState;

    /// Returns the first line with `n_runs` runs, one third of which wait for the person.
    fn header(width: u16, n_runs: usize) -> String {
        let cities = vec!["Paris"; n_runs];
        let mut runs = Runs::launch(Harness::new((width, 24), &[]), &cities);
        for run in 0..n_runs {
            runs.state(run, RunState::Running);
            if run % 3 == 0 {
                runs.ask(run);
            }
        }
        runs.bench.wait(std::time::Duration::from_mins(1));
        runs.bench.picture().lines().next().unwrap().to_owned()
    }

    #[test]
    fn tabs_stay_where_they_are_whatever_is_counted() {
        for width in [40, 60, 76, 80, 100, 120, 200] {
            let (none, few, many) = (header(width, 1), header(width, 6), header(width, 300));
            let tabs = |line: &str| line.split('5').next().map(str::to_owned);
            assert!(none.contains(" flowdeck") && none.contains(" 1 "), "{none}");
            assert_eq!(tabs(&none), tabs(&few), "{width}");
            assert_eq!(tabs(&none), tabs(&many), "{width}");
        }
    }

    #[test]
    fn words_of_counters_go_before_the_profile_does() {
        let narrow = header(80, 300);
        assert!(narrow.ends_with("200 ? 100"), "{narrow}");
        let wide = header(120, 300);
        assert!(wide.ends_with("200 running  ? 100 need you"), "{wide}");
    }
}
