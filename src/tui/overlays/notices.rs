//! The log of notices, the newest first.

use chrono::Timelike;
use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::Command;
use crate::tui::notices::NoticeLevel;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor};

/// What is in view.
#[derive(Debug, Default)]
pub struct State {
    list: ListCursor,
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Notices, KeyContext::Moving]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if matches!(action, Action::Back | Action::Close) {
        return vec![Command::close()];
    }
    let height = usize::from(outer(context.area).height.saturating_sub(2));
    state.list.act(action, context.notices.iter().len(), height);
    Vec::new()
}

pub(super) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let height = usize::from(outer(context.area).height.saturating_sub(2));
    let len = context.notices.iter().len();
    match event.kind {
        MouseEventKind::ScrollDown => state.list.wheel(3, len, height),
        MouseEventKind::ScrollUp => state.list.wheel(-3, len, height),
        _ => {}
    }
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 100, area.height.saturating_sub(4).max(8))
}

pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let inner = dialog::draw("notices", outer(area), look, buffer);
    let notices = look.context.notices;
    let in_view = state
        .list
        .in_view(notices.iter().len(), inner.height.into());
    let lines: Vec<Line<'_>> = notices
        .iter()
        .rev()
        .enumerate()
        .skip(in_view.start)
        .take(in_view.len())
        .map(|(row, (since, notice))| {
            let time = since.to_utc().with_timezone(&look.utc_offset);
            let time = format!(
                "{:02}:{:02}:{:02}  ",
                time.hour(),
                time.minute(),
                time.second()
            );
            let role = match notice.level {
                NoticeLevel::Info => Role::Text,
                NoticeLevel::Warning => Role::Warning,
                NoticeLevel::Error => Role::Error,
            };
            let line = Line::from(vec![
                Span::styled(time, look.theme.style(Role::Muted)),
                Span::styled(notice.text.replace('\n', " "), look.theme.style(role)),
            ]);
            if row == state.list.selected() {
                line.patch_style(look.theme.selection())
            } else {
                line
            }
        })
        .collect();
    if lines.is_empty() {
        Line::styled("nothing to tell yet", look.theme.style(Role::Muted)).render(inner, buffer);
    } else {
        Paragraph::new(lines).render(inner, buffer);
    }
    None
}
