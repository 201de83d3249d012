//! The palette: type a few letters of an action.

use std::cmp::Reverse;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::tui::action::{Action, ActionInfo, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, UiCommand};
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor, text_field::TextField};

/// What is typed and what is selected.
#[derive(Debug, Default)]
pub struct State {
    field: TextField,
    list: ListCursor,
}

impl State {
    /// The actions that fit what is typed, the best first; all, in the order of the table, while
    /// nothing is.
    fn found(&self) -> Vec<&'static ActionInfo> {
        let offered = Action::TABLE.iter().filter(|info| info.is_in_palette());
        let pattern = Pattern::parse(
            self.field.text(),
            CaseMatching::Ignore,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut found: Vec<_> = offered
            .filter_map(|info| {
                let title = Utf32Str::new(info.title, &mut letters);
                Some((pattern.score(title, &mut matcher)?, info))
            })
            .collect();
        found.sort_by_key(|(score, _)| Reverse(*score));
        found.into_iter().map(|(_, info)| info).collect()
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Palette]
}

pub(super) fn update(state: &mut State, action: Action, _context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Back => vec![Command::close()],
        Action::Accept => match state.found().get(state.list.selected()) {
            Some(info) => vec![Command::close(), Command::Ui(UiCommand::Do(info.action))],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    let height = usize::from(outer(context.area).height.saturating_sub(4));
    let len = state.found().len();
    match key.code {
        KeyCode::Up => {
            state.list.act(Action::Up, len, height);
        }
        KeyCode::Down | KeyCode::Tab => {
            state.list.act(Action::Down, len, height);
        }
        _ => {
            if state.field.input(key) {
                state.list = ListCursor::default();
            }
        }
    }
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    state.field.insert(text);
    state.list = ListCursor::default();
    Vec::new()
}

pub(super) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 72, 18)
}

#[expect(clippy::unnecessary_wraps, reason = "all overlays draw alike")]
pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let inner = dialog::draw("palette", outer(area), look, buffer);
    let line = Rect { height: 1, ..inner };
    let cursor = state.field.draw(line, look.theme.style(Role::Text), buffer);
    let rows = Rect {
        y: inner.y + 2,
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let found = state.found();
    let in_view = state.list.in_view(found.len(), rows.height.into());
    let first = in_view.start;
    let lines: Vec<Line<'_>> = found[in_view]
        .iter()
        .enumerate()
        .map(|(at, info)| {
            let key = look
                .context
                .keymap
                .key_in(look.context.screen_contexts, info.action);
            let key = key.map(|key| key.to_string()).unwrap_or_default();
            let line = Line::from(vec![
                Span::styled(format!("{:<54} ", info.title), look.theme.style(Role::Text)),
                Span::styled(key, look.theme.style(Role::Muted)),
            ]);
            if first + at == state.list.selected() {
                line.patch_style(look.theme.selection())
            } else {
                line
            }
        })
        .collect();
    Paragraph::new(lines).render(rows, buffer);
    Some(cursor)
}
