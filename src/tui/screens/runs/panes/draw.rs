//! Drawing of a pane: the run's name and activity in the border, its transcript inside, and its
//! request at the end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::{Panes, by_turn, request_height, text_area};
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{KeptRun, OpenRequest, RunSummary};
use crate::trace::{RequestKind, RunState};
use crate::tui::action::Action;
use crate::tui::app::ViewContext;
use crate::tui::runs_model::Tally;
use crate::tui::screens::runs::layout::inside;
use crate::tui::screens::runs::words::doing_in;
use crate::tui::theme::Role;
use crate::tui::widgets::{graph, pane};

/// The minimum width of a pane's title, in cells, if the pane is wide enough.
const MIN_TITLE: usize = 14;

/// The minimum width of the title in a narrow pane, in cells: enough for the short name, because
/// the activity is more important than the inputs.
const MIN_SHORT_TITLE: usize = 7;

/// Draws the pane of a run, whose last lines may be covered by a question.
pub(in crate::tui::screens::runs) fn draw(
    panes: &Panes,
    run: &KeptRun,
    (place, tile, covered): (usize, Rect, u16),
    has_focus: bool,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    frame(run, tile, has_focus, look, buffer);
    let whole = text_area(tile, run);
    let end = tile.bottom().saturating_sub(covered);
    let area = Rect {
        height: whole.height.min(end.saturating_sub(whole.y)),
        ..whole
    };
    let Some(record) = run.record() else {
        pane::let_go(look).render(area, buffer);
        return;
    };
    let Some(transcript) = panes.transcript(&run.run) else {
        return;
    };
    if let Some(columns) = panes.columns().filter(|_| transcript.height() > 0) {
        let height = panes.column_height(&look.context);
        let area = Rect { height, ..area };
        by_turn::draw(columns, place, (record, transcript), look, area, buffer);
        by_turn::scroll_bar(columns, tile, height, look, buffer);
    } else if let Some(drawings) = panes.graph(run, &look.context)
        && let Some(visits) = panes.visits(&run.run)
    {
        let scroll = (panes.scroll(&run.run), None);
        let run = (&**record, visits);
        graph::draw_run(run, drawings, scroll, look, (tile, area), buffer);
    } else if transcript.height() == 0 {
        let style = look.theme.style(Role::Muted);
        let words = if run.state == RunState::Queued {
            match run.doing.as_str() {
                "" => waits_for(run, look),
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
        transcript.draw(record, has_focus, look, area, buffer);
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
        let line = pane::line(whole, whole.bottom());
        let (words, style) = asked(request, look);
        Line::styled(ellipsis(&words, usize::from(line.width)), style).render(line, buffer);
    }
}

/// Returns the reason why a queued run waits. Paused runs keep their slots.
fn waits_for(run: &RunSummary, look: &ViewContext<'_>) -> String {
    let runs = look.context.runs;
    let Some(batch) = runs.batch(&run.batch) else {
        return "waits for a free slot".to_owned();
    };
    if batch.is_paused {
        return "its batch is paused".to_owned();
    }
    if batch.canary.is_some() {
        return "waits for the canary: g continues".to_owned();
    }
    let tally = runs.tally(&run.batch);
    match tally.map_or(0, Tally::paused_in_slot) {
        0 => "waits for a free slot".to_owned(),
        1 if batch.at_once == 1 => "waits behind 1 paused run".to_owned(),
        1 => "waits for a free slot: 1 paused run keeps one".to_owned(),
        paused if paused >= batch.at_once => format!("waits behind {paused} paused runs"),
        paused => format!("waits for a free slot: {paused} paused runs keep one each"),
    }
}

/// Draws the border: name and inputs on the left, state and activity on the right.
fn frame(run: &KeptRun, tile: Rect, has_focus: bool, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let theme = look.theme;
    let style = if has_focus {
        theme.border(true)
    } else if run.needs_person() {
        theme.style(Role::Warning)
    } else {
        theme.border(false)
    };
    let name = look.context.runs.title(run);
    let width = usize::from(tile.width).saturating_sub(7);
    let least = (width / 3).clamp(MIN_SHORT_TITLE, MIN_TITLE);
    let right = status(
        run,
        width.saturating_sub(width_cells(&name).min(least)),
        look,
    );
    let room = width.saturating_sub(width_cells(&right));
    let left = ellipsis(&name, room);
    let title_style = if has_focus {
        theme.bold(Role::Accent)
    } else {
        theme.style(Role::Text)
    };
    let (_, role) = look.context.runs.state_words(run);
    let state_style = theme.style(role);
    pane::framed(has_focus, look)
        .border_style(style)
        .title(Line::from(Span::styled(format!(" {left} "), title_style)))
        .title(Line::from(Span::styled(format!(" {right} "), state_style)).right_aligned())
        .render(tile, buffer);
}

/// Returns the run's activity or outcome, followed by its time. The activity is cut if there is not
/// enough room.
fn status(run: &KeptRun, room: usize, look: &ViewContext<'_>) -> String {
    let now = look.context.now;
    let sign = look.glyphs.state(run.state, now);
    let pending = look.context.runs.pending(run);
    let (word, _) = look.context.runs.state_words(run);
    match run.state {
        _ if pending.is_some() => {
            let time = duration::short(run.duration(now));
            format!("{sign} {word} {time}")
        }
        RunState::Running | RunState::Queued if !run.doing.is_empty() => {
            let time = duration::short(run.duration(now));
            let time = format!(" {} {time}", look.glyphs.dot);
            let asks = if run.needs_person() {
                format!("{word} {} ", look.glyphs.dot)
            } else {
                String::new()
            };
            let room = room.saturating_sub(width_cells(&asks) + width_cells(&time) + 2);
            format!("{sign} {asks}{}{time}", doing_in(run, now, room))
        }
        RunState::Queued => format!("{sign} {word}"),
        RunState::Running
        | RunState::Paused
        | RunState::NeedsInput
        | RunState::Answered
        | RunState::Finished
        | RunState::Failed
        | RunState::Cancelled
        | RunState::TimedOut
        | RunState::Interrupted => {
            let time = duration::short(run.duration(now));
            format!("{sign} {word} {time}")
        }
    }
}

/// Returns the question to the person, with the key that answers it.
fn asked(request: &OpenRequest, look: &ViewContext<'_>) -> (String, Style) {
    let theme = look.theme;
    let key = look
        .context
        .keymap
        .key_in(look.context.screen_contexts, Action::AnswerRun);
    let key = key.map_or_else(String::new, |key| format!("[{key}] "));
    let words = match &request.kind {
        RequestKind::UserMessage { may_end: true, .. } => {
            return (format!("{key}write to it"), theme.style(Role::Muted));
        }
        RequestKind::UserMessage { .. } => "it waits for your message".to_owned(),
        RequestKind::ToolResult { tool, .. } => format!("give the result of {}", sanitised(tool)),
        RequestKind::ToolConfirmation { tool, .. } => format!("{} wants your yes", sanitised(tool)),
        RequestKind::CallInDoubt { tool, .. } => {
            format!("{} may have been called: again, or not?", sanitised(tool))
        }
        RequestKind::Authorization { server, .. } => {
            format!("{} wants you to sign in", sanitised(server))
        }
        RequestKind::Elicitation { message, .. } => sanitised(message).replace('\n', " "),
    };
    (format!("? {key}{words}"), theme.bold(Role::Warning))
}
