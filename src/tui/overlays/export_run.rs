//! The export dialog of a run, which writes the result object, the events, or a readable report to
//! a file or the clipboard.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::export_batch::batch_stem;
use super::export_form::{Asked, Form, FormatChoice};
use crate::base::clock::Timestamp;
use crate::runs::{RunFormat, RunRecord};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::{ExportTarget, FileCommand};
use crate::tui::layer::Layer;
use crate::tui::message::Command;

/// The formats, in the order of [`FORMATS`].
const WRITTEN_AS: [RunFormat; 3] = [RunFormat::Json, RunFormat::JsonLines, RunFormat::Markdown];
const FORMATS: &[FormatChoice] = &[
    ("json", "the result, as `flowdeck run --format json` has it"),
    ("jsonl", "every event, one a line (Agent Spec Tracing)"),
    ("md", "the conversation, for reading"),
];

/// The state of the dialog, with the run as it was when the dialog was opened.
#[derive(Debug)]
pub(crate) struct State {
    run: Arc<RunRecord>,
    form: Form,
}

impl State {
    pub(super) fn new(run: Arc<RunRecord>) -> Self {
        // Numbers begin at 1 in each batch, so that the batch is in the name too.
        let batch = batch_stem(&run.terms.component.name, &run.batch);
        let stem = format!("{batch}-{}", run.index + 1);
        Self {
            run,
            form: Form::new(FORMATS, stem),
        }
    }

    fn write(&self, to: ExportTarget, now: Timestamp) -> Vec<Command> {
        let format = WRITTEN_AS.get(self.form.format()).copied();
        let write = FileCommand::ExportRun {
            run: Arc::clone(&self.run),
            now,
            format: format.unwrap_or(RunFormat::Json),
            to,
        };
        vec![Command::close(), Command::file(write)]
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Export]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match self.form.update(action, context) {
            Asked::Deliver(target) => self.write(target, context.now),
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
        let subject = look.context.runs.title(&self.run);
        Some(
            self.form
                .draw(("export run", &subject), &[], look, area, buffer),
        )
    }
}
