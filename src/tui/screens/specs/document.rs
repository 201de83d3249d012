//! An open file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::spec::{Component, Severity};
use crate::tui::check::OutlineRow;
use crate::tui::effect::FileCommand;
use crate::tui::event::Checked;
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::editor::{Editor, Mark};
use crate::tui::widgets::graph::Drawings;

/// The time without typing after which the text is checked.
const CHECK_AFTER: Duration = Duration::from_millis(150);

/// The difference between the disk and the text on which unsaved edits are based.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// The file contains another text.
    Changed,
    /// The file no longer exists.
    Gone,
}

/// An open file: its edited text, the text on disk, and the result of the last check.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) editor: Editor,
    /// The text of the file when it was last read or written.
    pub(super) disk: Arc<str>,
    /// The result of the last check; it belongs to an older text while a newer one is being
    /// checked.
    pub(super) checked: Option<Arc<Checked>>,
    /// The last check that found a component, for the outline while the text is too broken for one.
    good: Option<Arc<Checked>>,
    /// The version of the checked text.
    checked_version: u64,
    /// The graph, which belongs to an older text while a newer one is being drawn; `None` if there
    /// is none.
    pub(super) graph: Option<Arc<Drawings>>,
    /// The version of the text whose drawing was requested, and whether the drawing has arrived.
    drawn: Option<(u64, bool)>,
    /// The conflict between the text on disk and the one on which the edits are based.
    pub(super) conflict: Option<Conflict>,
    /// The text on disk in spite of which the person kept the edits, so that the question is not
    /// repeated.
    pub(super) kept_against: Option<Arc<str>>,
}

impl Document {
    pub(super) fn new(editor: Editor) -> Self {
        Self {
            disk: Arc::clone(editor.text()),
            editor,
            checked: None,
            good: None,
            checked_version: 0,
            graph: None,
            drawn: None,
            conflict: None,
            kept_against: None,
        }
    }

    /// Whether the text differs from the file, or the file was deleted.
    pub(super) fn is_modified(&self) -> bool {
        self.has_edits() || self.conflict == Some(Conflict::Gone)
    }

    /// Whether the text differs from the file as it was last read or written.
    pub(super) fn has_edits(&self) -> bool {
        *self.disk != **self.editor.text()
    }

    /// Returns the result of the check of exactly this text.
    pub(super) fn checked_now(&self) -> Option<&Arc<Checked>> {
        let is_current = self.checked_version == self.editor.version();
        self.checked.as_ref().filter(|_| is_current)
    }

    /// Returns the command that checks the text after a change.
    pub(super) fn check_soon(&self, path: &Path) -> Command {
        self.check(path, CHECK_AFTER)
    }

    /// Returns the command that checks the text after the file was opened.
    pub(super) fn check_now(&self, path: &Path) -> Command {
        self.check(path, Duration::ZERO)
    }

    fn check(&self, path: &Path, delay: Duration) -> Command {
        Command::file(FileCommand::Check {
            path: path.to_owned(),
            version: self.editor.version(),
            text: Arc::clone(self.editor.text()),
            delay,
        })
    }

    /// Returns the component that must be drawn and the version of its checked text, once per
    /// version. A text that is too broken to contain a component keeps the earlier drawing.
    pub(super) fn take_undrawn(&mut self) -> Option<(u64, Arc<Component>)> {
        let version = self.checked_version;
        let component = self.checked.as_ref()?.loaded.component.clone()?;
        if self.drawn.is_some_and(|(drawn, _)| drawn == version) {
            return None;
        }
        self.drawn = Some((version, false));
        Some((version, component))
    }

    /// Stores a drawing, unless another one was requested since.
    pub(super) fn take_drawing(&mut self, version: u64, drawings: Option<Arc<Drawings>>) {
        if self.drawn.is_some_and(|(drawn, _)| drawn == version) {
            self.graph = drawings;
            self.drawn = Some((version, true));
        }
    }

    /// Whether the last checked text could not be loaded, so that the graph belongs to an earlier
    /// text.
    pub(super) fn is_unreadable(&self) -> bool {
        let checked = self.checked.as_ref();
        checked.is_some_and(|checked| checked.loaded.component.is_none())
    }

    /// Returns the outline, and whether it belongs to an earlier text because this one is too
    /// broken.
    pub(super) fn outline(&self) -> (&[OutlineRow], bool) {
        let Some(checked) = &self.checked else {
            return (&[], false);
        };
        match &self.good {
            Some(good) if self.is_unreadable() => (&good.outline, true),
            _ => (&checked.outline, false),
        }
    }

    /// Whether a missing graph is missing because there is none, not because it is still being
    /// drawn.
    pub(super) fn is_drawn(&self) -> bool {
        self.drawn.is_some_and(|(_, has_come)| has_come)
    }

    /// Stores the result of a check, unless the text has changed since.
    pub(super) fn take_check(&mut self, version: u64, checked: Arc<Checked>) {
        if version != self.editor.version() {
            return;
        }
        self.editor.set_marks(marks(&checked, self.editor.lines()));
        if checked.loaded.component.is_some() {
            self.good = Some(Arc::clone(&checked));
        }
        self.checked = Some(checked);
        self.checked_version = version;
    }
}

/// Returns the remarks that are drawn between the lines.
fn marks(checked: &Checked, lines: &[String]) -> Vec<Mark> {
    let of_text = checked
        .problems
        .iter()
        .filter(|problem| problem.is_of_text());
    of_text
        .filter_map(|problem| {
            let place = problem.place?;
            let line = place
                .line
                .saturating_sub(1)
                .min(lines.len().saturating_sub(1));
            let end = if place.end_line == place.line {
                place.end_column.saturating_sub(1)
            } else {
                lines.get(line).map_or(0, |line| line.chars().count())
            };
            let mut text = problem.message.clone();
            if let Some(help) = &problem.help {
                text.push_str("; ");
                text.push_str(help);
            }
            Some(Mark {
                line,
                start: place.column.saturating_sub(1),
                end,
                text: text.replace('\n', " "),
                role: match problem.severity {
                    Severity::Error => Role::Error,
                    Severity::Warning => Role::Warning,
                },
            })
        })
        .collect()
}
