//! The first line: name, tabs, profile, live counters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;

use crate::base::clock::Timestamp;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::{Look, State};
use crate::tui::screens::Screen;
use crate::tui::theme::Role;

/// What is left at least of a profile's name, in cells; of less nobody makes sense.
const MIN_PROFILE: usize = 8;

/// A part of the line: it is there whole, or not at all.
struct Part<'a> {
    /// How important it is: the part with the lowest goes first where there is no room for all.
    rank: u8,
    span: Span<'a>,
    /// What a click on it does.
    action: Option<Action>,
}

impl<'a> Part<'a> {
    fn new(rank: u8, span: Span<'a>) -> Self {
        let action = None;
        Self { rank, span, action }
    }

    fn does(self, action: Action) -> Self {
        Self {
            action: Some(action),
            ..self
        }
    }
}

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, look.theme.surface());
    for (at, part) in placed(state, look, usize::from(area.width)) {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        buffer.set_span(area.x.saturating_add(at), area.y, &part.span, area.width);
    }
}

/// What a click in this column does.
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

/// The parts that have room in so many cells, each with the column where it begins.
fn placed<'a>(state: &State, look: &Look<'a>, width: usize) -> Vec<(usize, Part<'a>)> {
    let (mut left, mut right) = (left(state, look), right(look));
    while cells(&left) + cells(&right) > width {
        let ranks = |parts: &[Part<'_>]| parts.iter().map(|part| part.rank).min();
        let (of_left, of_right) = (ranks(&left), ranks(&right));
        let Some(least) = of_left.into_iter().chain(of_right).min() else {
            break;
        };
        left.retain(|part| part.rank != least);
        right.retain(|part| part.rank != least);
    }
    let room = width.saturating_sub(cells(&left) + cells(&right));
    if let Some(profile) = profile(state, look, room.saturating_sub(3)) {
        let style = look.theme.style(Role::Info);
        right.insert(0, Part::new(0, Span::styled(format!("{profile} "), style)));
    }
    let mut at = 0;
    let mut gap = width.saturating_sub(cells(&left) + cells(&right));
    let n_left = left.len();
    let mut placed = Vec::new();
    for (index, part) in left.into_iter().chain(right).enumerate() {
        if index >= n_left {
            at += std::mem::take(&mut gap);
        }
        let begin = at;
        at += part.span.width();
        placed.push((begin, part));
    }
    placed
}

fn cells(parts: &[Part<'_>]) -> usize {
    parts.iter().map(|part| part.span.width()).sum()
}

/// The name of the program, and the tabs.
fn left<'a>(state: &State, look: &Look<'_>) -> Vec<Part<'a>> {
    let theme = look.theme;
    let mut parts = vec![Part::new(
        1,
        Span::styled(" flowdeck  ", theme.bold(Role::Accent)),
    )];
    for (rank, info) in (3..).zip(Screen::TABLE) {
        let (rank, style) = if info.screen == state.screen {
            (9, theme.selection().add_modifier(Modifier::BOLD))
        } else {
            (rank, theme.style(Role::Muted))
        };
        parts.push(Part::new(rank, Span::styled(info.tab, style)).does(info.action));
    }
    parts
}

/// How many runs were interrupted, how many are alive, and how many wait for the person.
fn right<'a>(look: &Look<'_>) -> Vec<Part<'a>> {
    let theme = look.theme;
    let runs = look.context.runs;
    let counted = |state: RunState, count: usize, words: &str| {
        let sign = look.glyphs.state(state, look.context.now);
        match count {
            0 => None,
            1 if state == RunState::NeedsInput => Some(format!("  {sign} 1 needs you")),
            count => Some(format!("  {sign} {count} {words}")),
        }
    };
    let running = counted(RunState::Running, runs.count(RunState::Running), "running");
    let running = running.map(|words| Part::new(2, Span::styled(words, theme.style(Role::Accent))));
    let needs_you = counted(RunState::NeedsInput, runs.needing_person(), "need you").map(|words| {
        let span = Span::styled(words, theme.bold(Role::Warning));
        Part::new(8, span).does(Action::NextNeedsYou)
    });
    let interrupted = counted(
        RunState::Interrupted,
        look.context.history.n_interrupted(),
        "interrupted",
    );
    let interrupted = interrupted.map(|words| {
        Part::new(7, Span::styled(words, theme.bold(Role::Warning))).does(Action::ShowHistory)
    });
    let margin = Part::new(9, Span::raw(" "));
    let parts = [interrupted, running, needs_you, Some(margin)];
    parts.into_iter().flatten().collect()
}

/// What is on show is bound to, as far as there is room: first what stands behind its name goes.
fn profile(state: &State, look: &Look<'_>, room: usize) -> Option<String> {
    let words = sanitised(&state.profile(look)).replace('\n', " ");
    let name = words.split(" \u{b7} ").next().unwrap_or_default();
    let short = name.strip_prefix("profile ").unwrap_or(name);
    let short = short.strip_suffix(" model").unwrap_or(short);
    let fits = |words: &&str| width_cells(words) <= room;
    if let Some(words) = [words.as_str(), name, short].into_iter().find(fits) {
        return Some(words.to_owned());
    }
    (room >= MIN_PROFILE).then(|| ellipsis(short, room))
}
