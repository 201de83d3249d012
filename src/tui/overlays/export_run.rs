//! The export dialog of a run: as the result object, as its events, or to be read; into a file or
//! the clipboard.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::export_form::{Form, FormatChoice};
use crate::base::clock::Timestamp;
use crate::runs::{Content, RunRecord, run_end, run_object, to_markdown};
use crate::trace::JsonLines;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, FileCommand, TerminalCommand};

/// What a run is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    JsonLines,
    Markdown,
}

/// The formats, in the order of [`FORMATS`].
const WRITTEN_AS: [Format; 3] = [Format::Json, Format::JsonLines, Format::Markdown];
const FORMATS: &[FormatChoice] = &[
    ("json", "the result, as `flowdeck run --format json` has it"),
    ("jsonl", "every event, one a line (Agent Spec Tracing)"),
    ("md", "the conversation, to be read"),
];

/// What is filled in. The run is as it was when the dialog was opened.
#[derive(Debug)]
pub struct State {
    run: Arc<RunRecord>,
    form: Form,
}

impl State {
    pub(super) fn new(run: Arc<RunRecord>) -> Self {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let name = run.component.name.chars();
        let name: String = name.map(|c| if is_plain(c) { c } else { '_' }).collect();
        let stem = format!("{name}-{}", run.index + 1);
        Self {
            run,
            form: Form::new(FORMATS, stem),
        }
    }

    fn text(&self, now: Timestamp) -> String {
        let run = self.run.as_ref();
        match WRITTEN_AS
            .get(self.form.format())
            .copied()
            .unwrap_or(Format::Json)
        {
            Format::Json => format!("{:#}\n", run_object(run, now, Content::Kept)),
            Format::Markdown => to_markdown(run, now),
            Format::JsonLines => {
                let mut writer = JsonLines::new(false);
                let mut text = String::new();
                for line in run.log.iter().filter_map(|event| writer.line(event)) {
                    text.push_str(&line.to_string());
                    text.push('\n');
                }
                if run.is_over() {
                    text.push_str(&run_end(run, now, Content::Kept).to_string());
                    text.push('\n');
                }
                text
            }
        }
    }

    fn write_file(&self, context: &Context<'_>) -> Vec<Command> {
        let Some(path) = self.form.file(context) else {
            return Vec::new();
        };
        let text = Arc::from(self.text(context.now));
        vec![
            Command::close(),
            Command::File(FileCommand::Export { path, text }),
        ]
    }

    fn copy(&self, now: Timestamp) -> Vec<Command> {
        let copy = TerminalCommand::Copy {
            text: self.text(now),
            what: "the run".to_owned(),
        };
        vec![Command::close(), Command::Terminal(copy)]
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Export]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => state.write_file(context),
        Action::ExportToClipboard => state.copy(context.now),
        Action::NextFormat => {
            state.form.next_format();
            Vec::new()
        }
        Action::Back => vec![Command::close()],
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    state.form.text(key);
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    state.form.paste(text);
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    state.form.mouse(event, context.area);
    Vec::new()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "overlays are drawn alike, and some take no text"
)]
pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let subject = format!("#{} {}", state.run.index + 1, state.run.label());
    Some(
        state
            .form
            .draw(("export run", &subject), &[], look, area, buffer),
    )
}
