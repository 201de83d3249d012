//! Every action of the screen below, with its keys.

use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor};

/// What is in view.
#[derive(Debug, Default)]
pub struct State {
    list: ListCursor,
}

/// One line: a heading, or keys and what they do.
enum Row {
    Heading(&'static str),
    Action { keys: String, title: &'static str },
}

fn rows(context: &Context<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let always = [KeyContext::Always];
    for &group in context.screen_contexts.iter().chain(&always) {
        rows.push(Row::Heading(group.title()));
        for info in Action::TABLE {
            let keys = context.keymap.keys(group, info.action);
            if keys.is_empty() {
                continue;
            }
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            rows.push(Row::Action {
                keys: keys.join(", "),
                title: info.title,
            });
        }
    }
    rows
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Help, KeyContext::Moving]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if matches!(action, Action::Back | Action::Close) {
        return vec![Command::close()];
    }
    state.list.act(action, rows(context).len(), height(context));
    Vec::new()
}

pub(super) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    match event.kind {
        MouseEventKind::ScrollDown => state.list.wheel(3, rows(context).len(), height(context)),
        MouseEventKind::ScrollUp => state.list.wheel(-3, rows(context).len(), height(context)),
        _ => {}
    }
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 72, area.height.saturating_sub(2).max(8))
}

fn height(context: &Context<'_>) -> usize {
    usize::from(outer(context.area).height.saturating_sub(2))
}

pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let inner = dialog::draw("keys", outer(area), look, buffer);
    let rows = rows(&look.context);
    let in_view = state.list.in_view(rows.len(), inner.height.into());
    let first = in_view.start;
    let lines: Vec<Line<'_>> = rows[in_view]
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let line = match row {
                Row::Heading(title) => Line::styled(*title, look.theme.bold(Role::Accent)),
                Row::Action { keys, title } => Line::from(vec![
                    Span::styled(format!("  {keys:<18} "), look.theme.style(Role::Key)),
                    Span::styled(*title, look.theme.style(Role::Text)),
                ]),
            };
            if first + at == state.list.selected() {
                line.patch_style(look.theme.selection())
            } else {
                line
            }
        })
        .collect();
    Paragraph::new(lines).render(inner, buffer);
    None
}
