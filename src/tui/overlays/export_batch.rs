//! The export dialog of a batch, which writes one row per run, the events, or a readable report to
//! a file or the clipboard.

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::export_form::{Asked, Form, FormatChoice};
use crate::base::ids::BatchId;
use crate::runs::BatchFormat;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::ExportTarget;
use crate::tui::history::{BatchExport, ExportedRuns, HistoryCommand, HistoryQuery};
use crate::tui::layer::Layer;
use crate::tui::message::Command;

/// The formats, in the order of [`FORMATS`].
const WRITTEN_AS: [BatchFormat; 3] = [
    BatchFormat::Csv,
    BatchFormat::JsonLines,
    BatchFormat::Markdown,
];
const FORMATS: &[FormatChoice] = &[
    (
        "csv",
        "a row for each run: inputs, outputs, state, times, tokens",
    ),
    ("jsonl", "every event, one a line (Agent Spec Tracing)"),
    ("md", "a summary, and each conversation"),
];

/// The number of characters of a batch's id in a file name.
const BATCH_CHARS: usize = 6;

/// The state of the dialog.
#[derive(Debug)]
pub(crate) struct State {
    /// The description of the exported runs: `A desk, 500 runs`.
    subject: String,
    runs: ExportedRuns,
    form: Form,
}

impl State {
    /// Makes the dialog for runs; `stem` is the suggested file name.
    pub(super) fn new(subject: String, runs: ExportedRuns, stem: String) -> Self {
        Self {
            subject,
            runs,
            form: Form::new(FORMATS, stem),
        }
    }

    fn write(&self, to: ExportTarget) -> Vec<Command> {
        let format = WRITTEN_AS.get(self.form.format()).copied();
        let export = BatchExport {
            runs: self.runs.clone(),
            format: format.unwrap_or(BatchFormat::Csv),
            to,
        };
        let query = HistoryQuery::ExportBatch(Box::new(export));
        vec![
            Command::close(),
            Command::history(HistoryCommand::Read(query)),
        ]
    }
}

/// Returns the file name without extension for a batch of a spec: `desk-384e21`.
pub(crate) fn batch_stem(spec: &str, batch: &BatchId) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let name = spec.chars();
    let name: String = name.map(|c| if is_plain(c) { c } else { '_' }).collect();
    let batch = batch.as_str();
    let batch = batch.strip_prefix("b_").unwrap_or(batch).chars();
    let batch: String = batch.filter(|c| is_plain(*c)).take(BATCH_CHARS).collect();
    format!("{name}-{batch}")
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Export]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match self.form.update(action, context) {
            Asked::Deliver(target) => self.write(target),
            Asked::Close => vec![Command::close()],
            Asked::Nothing => Vec::new(),
        }
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        self.form.text(key);
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.form.paste(text)
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        self.form.mouse(event, 0, context.area);
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let title = ("export batch", self.subject.as_str());
        Some(self.form.draw(title, &[], look, area, buffer))
    }
}
