//! The detail beside the list: the whole request, the runs that made it, and the last messages.

use super::State;
use super::list::{Asked, Row as ListRow};
use crate::base::text::sanitised;
use crate::conversation::{AuthorizationStep, Role};
use crate::runs::{KeptRun, OpenRequest, RunRecord, TranscriptItem};
use crate::trace::RequestKind;
use crate::tui::app::Context;
use crate::tui::theme::Role as Colour;
use crate::tui::widgets::json_view;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The maximum number of named runs with the same request.
const MAX_NAMED: usize = 24;

/// Returns the lines of the detail for the row under the cursor, `width` cells wide.
pub(super) fn rows(state: &State, context: &Context<'_>, width: usize) -> Vec<Row> {
    let Some(row) = state.list.row() else {
        return Vec::new();
    };
    let Some((run, request)) = request(&row.first, context) else {
        return Vec::new();
    };
    let mut rows = what(request, width);
    rows.push(Row::default());
    if row.count > 1 {
        rows.extend(who(state, row, context, width));
    } else if let Some(record) = run.record() {
        rows.extend(last_words(record, width));
    }
    rows
}

/// Returns a run and its open request.
pub(super) fn request<'a>(
    asked: &Asked,
    context: &Context<'a>,
) -> Option<(&'a KeptRun, &'a OpenRequest)> {
    let run = context.runs.get(&asked.run)?;
    let mut requests = run.requests.iter();
    let request = requests.find(|request| request.id == asked.request)?;
    Some((run, request))
}

/// Returns the rows of the whole request.
fn what(request: &OpenRequest, width: usize) -> Vec<Row> {
    let warning = Tone::of(Colour::Warning).bold();
    let muted = Tone::of(Colour::Muted);
    let (question, lead, value) = match &request.kind {
        RequestKind::UserMessage { message, .. } => {
            return wrapped("it waits for your message", warning, width)
                .into_iter()
                .chain(wrapped(message, Tone::of(Colour::Text), width))
                .collect();
        }
        RequestKind::ToolResult {
            tool, arguments, ..
        } => (
            format!("{tool} wants its result"),
            "It is called with:",
            arguments,
        ),
        RequestKind::ToolConfirmation {
            tool, arguments, ..
        } => (
            format!("{tool} wants your yes"),
            "It would run with:",
            arguments,
        ),
        RequestKind::CallInDoubt {
            tool, arguments, ..
        } => (
            format!("{tool} may have been called"),
            "When flowdeck ended it was under way, with:",
            arguments,
        ),
        RequestKind::Elicitation {
            server,
            message,
            values,
            ..
        } => {
            let mut rows = wrapped(&format!("{server} asks"), warning, width);
            rows.extend(wrapped(message, Tone::of(Colour::Text), width));
            rows.extend(json_view::rows_of(values, width));
            return rows;
        }
        RequestKind::Authorization { server, step } => {
            let (what, address) = match step {
                AuthorizationStep::Register(address) => ("wants flowdeck to register", address),
                AuthorizationStep::SignIn(address) => ("wants you to sign in", address),
            };
            let mut rows = wrapped(&format!("{server} {what}"), warning, width);
            rows.extend(wrapped(address, Tone::of(Colour::Text), width));
            return rows;
        }
    };
    let mut rows = wrapped(&question, warning, width);
    rows.extend(wrapped(lead, muted, width));
    rows.extend(json_view::rows_of(value, width));
    rows
}

/// Returns rows with the runs that made the same request.
fn who(state: &State, row: &ListRow, context: &Context<'_>, width: usize) -> Vec<Row> {
    let muted = Tone::of(Colour::Muted);
    let alike = state.list.alike(context.runs);
    let names = alike.iter().take(MAX_NAMED).filter_map(|asked| {
        let run = context.runs.get(&asked.run)?;
        Some(context.runs.name(run))
    });
    let mut rows = wrapped(&format!("Asked by {} runs:", row.count), muted, width);
    for name in names {
        rows.extend(wrapped(&name, Tone::of(Colour::Text), width));
    }
    if alike.len() > MAX_NAMED {
        let more = format!("and {} more", alike.len() - MAX_NAMED);
        rows.extend(wrapped(&more, muted, width));
    }
    rows
}

/// Returns rows with the last message of the user and the last message of the agent.
fn last_words(record: &RunRecord, width: usize) -> Vec<Row> {
    let last = |role: Role| {
        record.transcript.iter().rev().find_map(|item| match item {
            TranscriptItem::Message(message) if message.role == role => Some(&message.content),
            _ => None,
        })
    };
    let mut rows = Vec::new();
    for (who, role) in [("user", Role::User), ("agent", Role::Agent)] {
        let Some(words) = last(role).filter(|words| !words.trim().is_empty()) else {
            continue;
        };
        let tone = Tone::of(Colour::Accent).bold();
        rows.extend(wrapped(who, tone, width));
        rows.extend(wrapped(words, Tone::of(Colour::Text), width));
        rows.push(Row::default());
    }
    rows
}

/// Wraps a text into lines of `width` cells.
fn wrapped(text: &str, tone: Tone, width: usize) -> Vec<Row> {
    let text = sanitised(text).replace('\t', "    ");
    let lines = text.lines();
    lines
        .flat_map(|line| wrap(&[Piece::new(line, tone)], width, &Indent::default()))
        .collect()
}

/// Returns the request in one line, for a list.
pub(super) fn line(request: &OpenRequest, cells: usize) -> String {
    let of_call = |tool: &str, arguments| {
        let tool = sanitised(tool).replace('\n', " ");
        let room = cells.saturating_sub(tool.len() + 1);
        format!("{tool} {}", json_view::brief(arguments, room))
    };
    match &request.kind {
        RequestKind::UserMessage { message, .. } => {
            format!("your message: {}", sanitised(message).replace('\n', " "))
        }
        RequestKind::ToolResult {
            tool, arguments, ..
        }
        | RequestKind::ToolConfirmation {
            tool, arguments, ..
        }
        | RequestKind::CallInDoubt {
            tool, arguments, ..
        } => of_call(tool, arguments),
        RequestKind::Authorization { server, .. } => format!("sign in to {}", sanitised(server)),
        RequestKind::Elicitation { message, .. } => sanitised(message).replace('\n', " "),
    }
}
