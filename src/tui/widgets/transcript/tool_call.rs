//! A tool call: one line `▸ get_weather {"city":"Paris"} → 14.5   ✓  0.3s`, which unfolds to its
//! arguments and its result.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{RunRecord, ToolCallRecord};
use crate::trace::RequestKind;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::json_view;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The maximum width of a value in the folded line, in cells; the line is cut to the pane anyway.
const MAX_SUMMARY_CELLS: usize = 300;

const LABEL: Tone = Tone::of(Role::Muted);

/// The version of the lines of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    call: usize,
    is_open: bool,
    stage: Stage,
    n_chunks: usize,
}

/// The progress of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// The call was requested; its tool's implementation is not known yet.
    Asked {
        has_arguments: bool,
    },
    Running,
    Ended,
}

impl Version {
    /// Whether the arguments and the result are shown.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }
}

pub(super) fn version(record: &RunRecord, call: usize, is_open: bool) -> Version {
    let of = record.tool_calls.get(call);
    Version {
        call,
        is_open,
        stage: of.map_or(Stage::Ended, stage),
        n_chunks: of.map_or(0, |call| call.chunks.len()),
    }
}

fn stage(call: &ToolCallRecord) -> Stage {
    if call.ended_at.is_some() {
        Stage::Ended
    } else if call.binding.is_empty() {
        Stage::Asked {
            has_arguments: !call.arguments.is_null(),
        }
    } else {
        Stage::Running
    }
}

/// The lines of one tool call. The first is made when it is drawn, because it contains a time.
#[derive(Debug)]
pub(super) struct Lines {
    call: usize,
    is_open: bool,
    name: String,
    arguments: String,
    result: Option<(String, Role)>,
    body: Vec<Row>,
}

impl Lines {
    pub(super) fn new(record: &RunRecord, call: usize, is_open: bool, width: usize) -> Self {
        let Some(of) = record.tool_calls.get(call) else {
            return Self {
                call,
                is_open,
                name: String::new(),
                arguments: String::new(),
                result: None,
                body: Vec::new(),
            };
        };
        let summary = |value: &Value| ellipsis(&json_view::one_line(value), MAX_SUMMARY_CELLS);
        let result = match (&of.error, &of.output) {
            (Some(error), _) => {
                let error = ellipsis(&sanitised(error), MAX_SUMMARY_CELLS);
                Some((error, Role::Error))
            }
            (None, Some(output)) => Some((summary(output), Role::Text)),
            // What has come so far.
            (None, None) => {
                let latest = of.chunks.last();
                latest.map(|chunk| (summary(&last_line(chunk)), Role::Muted))
            }
        };
        Self {
            call,
            is_open,
            name: sanitised(&of.name).replace('\n', " "),
            arguments: match of.arguments.as_ref() {
                Value::Null => String::new(),
                Value::Object(none) if none.is_empty() => String::new(),
                arguments => summary(arguments),
            },
            result,
            body: if is_open { body(of, width) } else { Vec::new() },
        }
    }

    pub(super) const fn call(&self) -> usize {
        self.call
    }

    pub(super) fn height(&self) -> usize {
        1 + self.body.len()
    }

    /// Returns the text of one line; for the first line only the name, because the other parts are
    /// shown in full below when the call is unfolded.
    pub(super) fn text(&self, line: usize) -> String {
        match line.checked_sub(1) {
            Some(index) => self.body.get(index).map_or_else(String::new, Row::text),
            None => format!("  {}", self.name),
        }
    }

    pub(super) fn draw_line(
        &self,
        record: &RunRecord,
        line: usize,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        if line == 0 {
            if let Some(call) = record.tool_calls.get(self.call) {
                self.draw_head(record, call, look, area, buffer);
            }
        } else if let Some(row) = self.body.get(line - 1) {
            row.draw(look.theme, area, buffer);
        }
    }

    fn draw_head(
        &self,
        record: &RunRecord,
        call: &ToolCallRecord,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let (theme, glyphs) = (look.theme, look.glyphs);
        let (status, status_role) = status(record, call, look);
        let width = usize::from(area.width);
        let status_width = width_cells(&status).min(width);
        let room = width.saturating_sub(status_width + 1);
        let fold = if self.is_open {
            glyphs.open
        } else {
            glyphs.closed
        };
        let mut pieces = vec![
            Piece::new(format!("{fold} "), Tone::of(Role::Muted)),
            Piece::new(
                ellipsis(&self.name, room.saturating_sub(2)),
                Tone::of(Role::Accent),
            ),
        ];
        let used = |pieces: &[Piece]| {
            pieces
                .iter()
                .map(|piece| width_cells(&piece.text))
                .sum::<usize>()
        };
        if !self.is_open {
            let left = room.saturating_sub(used(&pieces) + 1);
            // What came out matters more than what went in, so it gets at least half.
            let wanted = self
                .result
                .as_ref()
                .map_or(0, |(result, _)| width_cells(result) + 3);
            let for_arguments = left.saturating_sub(wanted.min(left.div_ceil(2)));
            if for_arguments > 3 && !self.arguments.is_empty() {
                let arguments = ellipsis(&self.arguments, for_arguments);
                pieces.push(Piece::new(format!(" {arguments}"), Tone::of(Role::Muted)));
            }
            let left = room.saturating_sub(used(&pieces) + 3);
            if let Some((result, role)) = &self.result
                && left > 1
            {
                pieces.push(Piece::new(
                    format!(" {} ", glyphs.arrow),
                    Tone::of(Role::Muted),
                ));
                pieces.push(Piece::new(ellipsis(result, left), Tone::of(*role)));
            }
        }
        Row::of(pieces).draw(theme, area, buffer);
        let at = area.x + area.width - u16::try_from(status_width).unwrap_or(area.width);
        buffer.set_stringn(at, area.y, &status, status_width, theme.style(status_role));
    }
}

/// Returns the last line of a text with several lines.
fn last_line(chunk: &Value) -> Cow<'_, Value> {
    let line = chunk.as_str().and_then(|text| text.lines().next_back());
    line.map_or(Cow::Borrowed(chunk), |line| {
        Cow::Owned(Value::String(line.to_owned()))
    })
}

/// Returns the symbol and the time at the end of the line.
fn status(record: &RunRecord, call: &ToolCallRecord, look: &ViewContext<'_>) -> (String, Role) {
    let glyphs = look.glyphs;
    let waits_for_person = record.requests.iter().any(|request| match &request.kind {
        RequestKind::ToolResult { call_id, .. }
        | RequestKind::ToolConfirmation { call_id, .. }
        | RequestKind::CallInDoubt { call_id, .. } => call_id == call.id.as_str(),
        RequestKind::UserMessage { .. }
        | RequestKind::Authorization { .. }
        | RequestKind::Elicitation { .. } => false,
    });
    if waits_for_person {
        return ("? needs you".to_owned(), Role::Warning);
    }
    let (sign, role) = match (call.ended_at, &call.error) {
        (None, _) if record.active_since.is_none() => (glyphs.dot, Role::Muted),
        (None, _) => (glyphs.spinner(look.context.now), Role::Accent),
        (Some(_), None) => (glyphs.ok, Role::Success),
        (Some(_), Some(_)) => (glyphs.error, Role::Error),
    };
    let time = record.active_between(call.started_at, call.ended_at, look.context.now);
    let time = duration::short(time);
    (format!("{sign} {time:>5}"), role)
}

/// Returns the rows below the line of an unfolded call.
fn body(call: &ToolCallRecord, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    heading(&mut rows, "arguments", width);
    rows.extend(indented(json_view::rows_of(
        &call.arguments,
        width.saturating_sub(4),
    )));
    if let Some(error) = &call.error {
        heading(&mut rows, "error", width);
        text(&mut rows, error, Tone::of(Role::Error), width);
    } else if let Some(output) = &call.output {
        heading(&mut rows, "result", width);
        value(&mut rows, output, width);
    } else if !call.chunks.is_empty() {
        heading(&mut rows, "output so far", width);
        for chunk in &call.chunks {
            value(&mut rows, chunk, width);
        }
    }
    let mut bound = vec![Piece::new("  bound to ", LABEL)];
    if call.binding.is_empty() {
        return rows;
    }
    let binding = sanitised(&call.binding).replace('\n', " ");
    bound.push(Piece::new(binding, Tone::of(Role::Text)));
    let lane = if call.waited_ms >= 1.0 {
        let waited = duration::fine(duration::of_milliseconds(call.waited_ms));
        format!(", {}, waited {waited} for a worker", call.lane)
    } else {
        format!(", {}", call.lane)
    };
    bound.push(Piece::new(lane, LABEL));
    let indent = Indent {
        first: Vec::new(),
        hanging_cells: 4,
    };
    rows.extend(wrap(&bound, width, &indent));
    rows
}

fn heading(rows: &mut Vec<Row>, words: &str, width: usize) {
    let piece = Piece::new(format!("  {words}"), LABEL);
    rows.extend(wrap(&[piece], width, &Indent::default()));
}

/// Adds a text as its lines, and any other value as JSON.
fn value(rows: &mut Vec<Row>, value: &Value, width: usize) {
    match value {
        Value::String(words) => text(rows, words, Tone::of(Role::Text), width),
        other => rows.extend(indented(json_view::rows_of(other, width.saturating_sub(4)))),
    }
}

fn text(rows: &mut Vec<Row>, words: &str, tone: Tone, width: usize) {
    for line in sanitised(words).lines() {
        let line = line.replace('\t', "    ");
        let indent = Indent {
            first: vec![Piece::new("    ", tone)],
            hanging_cells: 4,
        };
        rows.extend(wrap(&[Piece::new(line, tone)], width, &indent));
    }
}

fn indented(rows: Vec<Row>) -> impl Iterator<Item = Row> {
    rows.into_iter().map(|row| row.indented(4))
}
