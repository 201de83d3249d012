//! The export dialog of a spec, which writes canonical JSON or YAML to a file or the clipboard.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::export_form::{Asked, Form, FormatChoice};
use crate::base::files::file_name;
use crate::spec::{Component, Exported, Format};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::{ExportTarget, FileCommand, TerminalCommand};
use crate::tui::event::Checked;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;

/// The formats, in the order of [`FORMATS`].
const WRITTEN_AS: [Format; 2] = [Format::Json, Format::Yaml];
const FORMATS: &[FormatChoice] = &[
    (
        "json",
        "canonical Agent Spec, as `flowdeck export --to json` writes it",
    ),
    ("yaml", "the same as YAML, without the comments of the file"),
];

/// The state of the dialog.
#[derive(Debug)]
pub(crate) struct State {
    path: PathBuf,
    /// The component to export; `None` if the text could not be read as one.
    component: Option<Arc<Component>>,
    /// The texts in all formats, or the error; `None` while they are being made.
    exported: Option<Result<Vec<Exported>, String>>,
    /// The requested destination, while the texts are not ready yet.
    awaited: Option<ExportTarget>,
    form: Form,
}

impl State {
    pub(super) fn new(path: PathBuf, checked: &Checked) -> Self {
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let stem = format!("{}.export", stem.unwrap_or_else(|| "spec".to_owned()));
        let folder = path.parent().map(|folder| folder.join(&stem));
        let stem = folder.map_or(stem, |path| path.to_string_lossy().into_owned());
        Self {
            path,
            component: checked.loaded.component.clone(),
            exported: None,
            awaited: None,
            form: Form::new(FORMATS, stem),
        }
    }

    /// Starts making the texts.
    pub(in crate::tui) fn begin(&mut self) -> Vec<Command> {
        let Some(component) = &self.component else {
            let problem = "it has problems that keep it from being read";
            self.exported = Some(Err(problem.to_owned()));
            return Vec::new();
        };
        vec![Command::file(FileCommand::ExportSpec {
            path: self.path.clone(),
            component: Arc::clone(component),
            formats: WRITTEN_AS.to_vec(),
        })]
    }

    /// Stores the texts of the spec and performs the export that was requested meanwhile.
    pub(in crate::tui) fn take(
        &mut self,
        path: &Path,
        result: Result<Vec<Exported>, String>,
    ) -> Vec<Command> {
        if *path != *self.path {
            return Vec::new();
        }
        self.exported = Some(result);
        match self.awaited.take() {
            Some(target) => self.deliver(target),
            None => Vec::new(),
        }
    }

    /// Returns the text in the chosen format; `None` while it is being made.
    fn chosen(&self) -> Option<Result<&Exported, &str>> {
        let exported = self.exported.as_ref()?.as_ref();
        Some(match exported {
            Ok(all) => Ok(all.get(self.form.format())?),
            Err(problem) => Err(problem),
        })
    }

    /// Exports the text to a destination, now or as soon as it is ready, or shows the error.
    fn deliver(&mut self, target: ExportTarget) -> Vec<Command> {
        let text = match self.chosen() {
            Some(Ok(exported)) => exported.text.clone(),
            Some(Err(problem)) => {
                let words = format!("can't export: {problem}");
                return vec![Command::notify(Notice::error(words))];
            }
            None => {
                self.awaited = Some(target);
                return Vec::new();
            }
        };
        let command = match target {
            ExportTarget::File(path) => Command::file(FileCommand::Export {
                path,
                text: Arc::from(text),
                runs: Vec::new(),
                overwrites: false,
            }),
            ExportTarget::Clipboard => Command::terminal(TerminalCommand::Copy {
                text,
                what: "the spec".to_owned(),
            }),
        };
        vec![Command::close(), command]
    }

    /// Returns remarks about the chosen format.
    fn notes(&self) -> Vec<String> {
        match self.chosen() {
            None => vec!["writing it…".to_owned()],
            Some(Ok(exported)) if exported.masked.is_empty() => Vec::new(),
            Some(Ok(exported)) => vec![format!("secrets left out: {}", exported.masked.join(", "))],
            Some(Err(problem)) => vec![format!("can't export: {problem}")],
        }
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Export]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        self.awaited = None;
        match self.form.update(action, context) {
            Asked::Deliver(target) => self.deliver(target),
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
        self.form.mouse(event, self.notes().len(), context.area);
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let notes = self.notes();
        let name = self
            .component
            .as_ref()
            .map_or("", |component| component.name());
        let subject = format!("{name} ({})", file_name(&self.path));
        Some(
            self.form
                .draw(("export", &subject), &notes, look, area, buffer),
        )
    }
}
