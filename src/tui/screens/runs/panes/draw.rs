//! Drawing of a pane: who runs and what it does in the frame, what it says inside, and at the end
//! what it wants of a person.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::{Panes, request_height, text_area};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{OpenRequest, RunRecord};
use crate::trace::{RequestKind, RunState};
use crate::tui::action::Action;
use crate::tui::app::Look;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::screens::runs::layout::inside;
use crate::tui::screens::runs::words::doing_in;
use crate::tui::theme::Role;
use crate::tui::widgets::{duration, graph, pane};

/// How many cells of its title a pane keeps for itself, if it has so many.
const MIN_TITLE: usize = 14;

/// Draws the pane of a run.
pub(in crate::tui::screens::runs) fn draw(
    panes: &Panes,
    run: &RunRecord,
    tile: Rect,
    has_focus: bool,
    look: &Look<'_>,
    buffer: &mut Buffer,
) {
    frame(run, tile, has_focus, look, buffer);
    let Some(transcript) = panes.transcript(&run.run) else {
        return;
    };
    let area = text_area(tile, run);
    if let Some(drawings) = panes.graph(run, &look.context) {
        let scroll = panes.scroll(&run.run);
        graph::draw_run(run, drawings, scroll, look, (tile, area), buffer);
    } else if transcript.height() == 0 {
        let style = look.theme.style(Role::Muted);
        let words = if run.state == RunState::Queued {
            match run.doing.as_str() {
                "" if is_held(run, look) => "its batch is paused".to_owned(),
                "" => "waits for a free slot".to_owned(),
                other => format!("waits for what another run holds: {}", sanitised(other)),
            }
        } else {
            "nothing said yet".to_owned()
        };
        Paragraph::new(words)
            .style(style)
            .wrap(Wrap { trim: true })
            .render(area, buffer);
    } else {
        transcript.draw(run, has_focus, look, area, buffer);
        let first = transcript.in_view(usize::from(area.height)).start;
        let around = Rect {
            height: area.height + 2,
            ..tile
        };
        pane::scroll_bar(around, first, transcript.height(), look, buffer);
    }
    if let Some(request) = run.requests.first()
        && request_height(inside(tile), run) > 0
    {
        let line = Rect {
            y: area.bottom(),
            height: 1,
            ..area
        };
        let (words, style) = asked(request, look);
        Line::styled(ellipsis(&words, usize::from(line.width)), style).render(line, buffer);
    }
}

fn is_held(run: &RunRecord, look: &Look<'_>) -> bool {
    let batch = look.context.runs.batch(&run.batch);
    batch.is_some_and(|batch| batch.is_paused)
}

/// The frame: name and inputs on the left, state and what it does on the right.
fn frame(run: &RunRecord, tile: Rect, has_focus: bool, look: &Look<'_>, buffer: &mut Buffer) {
    let theme = look.theme;
    let style = if has_focus {
        theme.border(true)
    } else if run.state == RunState::NeedsInput {
        theme.style(Role::Warning)
    } else {
        theme.border(false)
    };
    let name = look.context.runs.title(run);
    let width = usize::from(tile.width).saturating_sub(7);
    let right = status(
        run,
        width.saturating_sub(width_cells(&name).min(MIN_TITLE)),
        look,
    );
    let room = width.saturating_sub(width_cells(&right));
    let left = ellipsis(&name, room);
    let title_style = if has_focus {
        theme.bold(Role::Accent)
    } else {
        theme.style(Role::Text)
    };
    let state_style = theme.style(state_role(run.state));
    pane::framed(has_focus, look)
        .border_style(style)
        .title(Line::from(Span::styled(format!(" {left} "), title_style)))
        .title(Line::from(Span::styled(format!(" {right} "), state_style)).right_aligned())
        .render(tile, buffer);
}

/// What the run does now, or how it ended, and at the end its time as everywhere. Where there is no
/// room for all of it, what it does is cut.
fn status(run: &RunRecord, room: usize, look: &Look<'_>) -> String {
    let now = look.context.now;
    let sign = look.glyphs.state(run.state, now);
    match run.state {
        RunState::Running | RunState::Queued if !run.doing.is_empty() => {
            let time = duration::short(run.duration(now));
            let time = format!(" {} {time}", look.glyphs.dot);
            let room = room.saturating_sub(width_cells(&time) + 2);
            format!("{sign} {}{time}", doing_in(run, now, room))
        }
        RunState::Queued => format!("{sign} {}", state_word(run.state)),
        RunState::Running
        | RunState::Paused
        | RunState::NeedsInput
        | RunState::Answered
        | RunState::Finished
        | RunState::Failed
        | RunState::Cancelled
        | RunState::TimedOut
        | RunState::Interrupted => {
            format!(
                "{sign} {} {}",
                state_word(run.state),
                duration::short(run.duration(now))
            )
        }
    }
}

/// What a person is asked, with the key that answers.
fn asked(request: &OpenRequest, look: &Look<'_>) -> (String, Style) {
    let theme = look.theme;
    let key = look
        .context
        .keymap
        .key_in(look.context.screen_contexts, Action::AnswerRun);
    let key = key.map_or_else(String::new, |key| format!("[{key}] "));
    match &request.kind {
        RequestKind::UserMessage { may_end: true, .. } => {
            (format!("{key}write to it"), theme.style(Role::Muted))
        }
        RequestKind::UserMessage { .. } => (
            format!("? {key}it waits for your message"),
            theme.bold(Role::Warning),
        ),
        RequestKind::ToolResult { tool, .. } => {
            let tool = sanitised(tool);
            (
                format!("? {key}give the result of {tool}"),
                theme.bold(Role::Warning),
            )
        }
        RequestKind::ToolConfirmation { tool, .. } => {
            let tool = sanitised(tool);
            (
                format!("? {key}{tool} wants your yes"),
                theme.bold(Role::Warning),
            )
        }
        RequestKind::Authorization { server, .. } => {
            let server = sanitised(server);
            (
                format!("? {key}{server} wants you to sign in"),
                theme.bold(Role::Warning),
            )
        }
        RequestKind::Elicitation { message, .. } => {
            let message = sanitised(message).replace('\n', " ");
            (format!("? {key}{message}"), theme.bold(Role::Warning))
        }
    }
}
