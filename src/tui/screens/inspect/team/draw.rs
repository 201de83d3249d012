//! Drawing of the tree of a team and of the selected thread.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::TeamView;
use super::rows::{RowKind, TeamRow};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{RunRecord, Speech, ThreadState};
use crate::trace::{RunState, SpanOutcome};
use crate::tui::app::ViewContext;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::theme::Role;
use crate::tui::widgets::find::found_words;
use crate::tui::widgets::pane;

/// Draws the visible rows within a border.
pub(in crate::tui::screens::inspect) fn draw_tree(
    view: &TeamView,
    record: &RunRecord,
    has_focus: bool,
    look: &ViewContext<'_>,
    (frame, inner): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let len = view.rows.len();
    view.cursor.scroll_bar(len, frame, look, buffer);
    for (at, row, line) in view.cursor.lines(&view.rows, inner) {
        draw_row(view, row, record, look, line, buffer);
        if at == view.cursor.selected() {
            buffer.set_style(line, pane::selected(has_focus, look));
        }
    }
}

fn draw_row(
    view: &TeamView,
    row: &TeamRow,
    record: &RunRecord,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let muted = look.theme.style(Role::Muted);
    let (state, state_role) = state(view, row, record, look);
    let state_cells = width_cells(&state);
    let right = area.right().saturating_sub(cells(state_cells));
    let room = |from: u16| usize::from(right.saturating_sub(from + 1));
    let guides = guides(&row.guides, look.glyphs.caret.is_ascii());
    let (x, _) = buffer.set_stringn(area.x, area.y, guides, room(area.x), muted);
    let (sign, style) = match row.kind {
        RowKind::Root => (look.glyphs.team, look.theme.bold(Role::Accent)),
        RowKind::Member { has_user: true } => (look.glyphs.agent, look.theme.bold(Role::Text)),
        RowKind::Member { has_user: false } => (look.glyphs.agent, look.theme.style(Role::Text)),
        RowKind::Asked => (look.glyphs.arrow, look.theme.style(Role::Text)),
        RowKind::HandedTo => (look.glyphs.hand_over, look.theme.style(Role::Text)),
    };
    let (x, _) = buffer.set_stringn(x, area.y, format!("{sign} "), room(x), muted);
    let name = sanitised(&row.name).replace('\n', " ");
    let name = ellipsis(&name, room(x));
    let (x, _) = buffer.set_stringn(x, area.y, name, room(x), style);
    if room(x) > 4 && !row.facts.is_empty() {
        let facts = ellipsis(&row.facts, room(x) - 2);
        buffer.set_stringn(x + 2, area.y, facts, room(x) - 2, muted);
    }
    let style = look.theme.style(state_role);
    buffer.set_stringn(right, area.y, state, state_cells, style);
}

/// Returns the state of a row's agent or team, with its symbol.
fn state(
    view: &TeamView,
    row: &TeamRow,
    record: &RunRecord,
    look: &ViewContext<'_>,
) -> (String, Role) {
    let state = match (&row.kind, &row.speech) {
        (RowKind::Root | RowKind::Asked, Speech::Thread(thread)) => {
            view.threads.state(record, *thread)
        }
        // A member has its state where it speaks; where it rests it has none.
        (RowKind::Member { .. }, Speech::Member(team, member)) => {
            match view.threads.member_state(record, *team, member) {
                Some(state) => state,
                None => return (String::new(), Role::Muted),
            }
        }
        _ => return (String::new(), Role::Muted),
    };
    let now = look.context.now;
    let signed = |state: RunState, words: &str| {
        let sign = look.glyphs.state(state, now);
        (format!("{sign} {words}"), state_role(state))
    };
    match state {
        ThreadState::NeedsPerson if record.state == RunState::Answered => {
            signed(RunState::Answered, state_word(RunState::Answered))
        }
        ThreadState::NeedsPerson => signed(RunState::NeedsInput, state_word(RunState::NeedsInput)),
        ThreadState::WaitsFor(others) => {
            let names: Vec<String> = others.iter().map(|it| sanitised(&it.name)).collect();
            let words = format!("waits for {}", names.join(", ")).replace('\n', " ");
            (format!("{} {words}", look.glyphs.dot), Role::Muted)
        }
        // It speaks only while the run is active.
        ThreadState::Speaking if record.state == RunState::Running => {
            signed(RunState::Running, "speaking")
        }
        ThreadState::Speaking => signed(record.state, state_word(record.state)),
        ThreadState::Over(SpanOutcome::Ok) => (format!("{} done", look.glyphs.ok), Role::Success),
        ThreadState::Over(SpanOutcome::Error) => signed(RunState::Failed, "failed"),
        ThreadState::Over(SpanOutcome::Cancelled) => signed(RunState::Cancelled, "stopped"),
    }
}

/// Draws the selected thread within a border, with the matches of the search.
pub(in crate::tui::screens::inspect) fn draw_thread(
    view: &TeamView,
    record: &RunRecord,
    (has_focus, needle): (bool, &str),
    look: &ViewContext<'_>,
    (frame, inner): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let block = pane::block(
        &ellipsis(
            &title(view, look),
            usize::from(frame.width.saturating_sub(4)),
        ),
        has_focus,
        look,
    );
    let words = match view.chosen {
        Some(Speech::Member(..)) => " only this member ",
        Some(Speech::Thread(_)) | None => " only this thread ",
    };
    let numbered = view.transcript.numbered().filter(|_| !needle.is_empty());
    let (words, role) = match numbered {
        Some(numbered) => {
            let room = usize::from(frame.width.saturating_sub(4));
            (found_words(needle, numbered, room), Role::Info)
        }
        None => (words.to_owned(), Role::Muted),
    };
    let block = block.title_bottom(Span::styled(words, look.theme.style(role)));
    ratatui::widgets::Widget::render(block, frame, buffer);
    if view.transcript.height() == 0 {
        pane::remark("nothing said yet", look, inner, buffer);
        return;
    }
    view.transcript.draw(record, has_focus, look, inner, buffer);
    let first = view.transcript.in_view(usize::from(inner.height)).start;
    pane::scroll_bar(frame, first, view.transcript.height(), look, buffer);
}

/// Returns the title: `user → desk`, `reception → orders`, `bills, on all threads`.
fn title(view: &TeamView, look: &ViewContext<'_>) -> String {
    let title = match &view.chosen {
        Some(Speech::Thread(thread)) => {
            let thread = view.threads.get(*thread);
            thread.map_or_else(String::new, |thread| {
                let caller = thread.caller.as_ref().map_or("user", |caller| &caller.name);
                format!("{caller} {} {}", look.glyphs.arrow, thread.recipient.name)
            })
        }
        Some(Speech::Member(_, member)) => format!("{}, on all threads", member.name),
        None => "thread".to_owned(),
    };
    sanitised(&title).replace('\n', " ")
}

/// Returns the connecting lines of the tree before a row.
fn guides(guides: &[bool], is_ascii: bool) -> String {
    let mut lines = String::new();
    for (level, goes_on) in guides.iter().enumerate() {
        let is_own = level + 1 == guides.len();
        let (unicode, ascii) = match (is_own, goes_on) {
            (true, true) => ("├ ", "|-"),
            (true, false) => ("└ ", "`-"),
            (false, true) => ("│ ", "| "),
            (false, false) => ("  ", "  "),
        };
        lines.push_str(if is_ascii { ascii } else { unicode });
    }
    lines
}

fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
