//! A block of a transcript: its lines for a width, and the version of their source.

use std::collections::BTreeSet;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Fit, Fold, message, nodes, reasoning, tool_call};
use crate::base::clock::Timestamp;
use crate::base::text::sanitised;
use crate::conversation::Role as Speaker;
use crate::runs::{RunRecord, TranscriptItem};
use crate::trace::{Failure, FailureKind, RunState};
use crate::tui::app::ViewContext;
use crate::tui::glyphs::{Glyphs, state_role};
use crate::tui::theme::Role;
use crate::tui::widgets::failure;
use crate::tui::widgets::find::Hay;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The common settings of all cells of a transcript.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    pub(super) record: &'a RunRecord,
    /// The items of the layout.
    pub(super) items: &'a [TranscriptItem],
    pub(super) fit: Fit,
    pub(super) glyphs: &'static Glyphs,
    pub(super) now: Timestamp,
    pub(super) opened: &'a BTreeSet<Fold>,
}

/// The version of a cell's contents; a cell is laid out again only when it has changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Version {
    /// A message, which can only grow or be replaced by another one.
    Message {
        is_streaming: bool,
        speaker: Speaker,
        is_internal: bool,
        sender: Option<String>,
        bytes: usize,
    },
    Reasoning(reasoning::Version),
    ToolCall(tool_call::Version),
    /// Nodes, which change constantly while one of them is active.
    Nodes {
        count: usize,
        is_settled: bool,
    },
    Error,
    Note,
}

/// The kind of a cell, which determines the blank lines between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Work,
    Remark,
}

/// A block of a transcript.
#[derive(Debug)]
pub(super) struct Cell {
    version: Version,
    body: Body,
    /// Whether there is a blank line before the cell.
    pub(super) has_gap: bool,
}

#[derive(Debug)]
enum Body {
    Message(message::Lines),
    Reasoning(reasoning::Lines),
    ToolCall(tool_call::Lines),
    Rows(Vec<Row>),
}

impl Layout<'_> {
    /// Makes the cell for some items.
    pub(super) fn make(&self, items: Range<usize>) -> Cell {
        let version = self.version(&items);
        Cell {
            body: self.body(&items),
            version,
            has_gap: false,
        }
    }

    /// Updates a cell from the present state of its items.
    pub(super) fn update(&self, cell: &mut Cell, items: Range<usize>) {
        let version = self.version(&items);
        if version == cell.version
            && !matches!(
                version,
                Version::Nodes {
                    is_settled: false,
                    ..
                }
            )
        {
            return;
        }
        if grows(&cell.version, &version)
            && let Body::Message(lines) = &mut cell.body
            && let Some(TranscriptItem::Streaming { content, .. }) = self.items.get(items.start)
        {
            lines.extend(content, self.fit, self.glyphs);
        } else {
            cell.body = self.body(&items);
        }
        cell.version = version;
    }

    fn version(&self, items: &Range<usize>) -> Version {
        match self.items.get(items.start) {
            Some(TranscriptItem::Message(message)) => Version::Message {
                is_streaming: false,
                speaker: message.role,
                is_internal: message.is_internal,
                sender: message.sender.clone(),
                bytes: message.content.len(),
            },
            Some(TranscriptItem::Streaming {
                sender, content, ..
            }) => Version::Message {
                is_streaming: true,
                speaker: Speaker::Agent,
                is_internal: false,
                sender: Some(sender.clone()),
                bytes: content.len(),
            },
            Some(TranscriptItem::Reasoning(call)) => Version::Reasoning(reasoning::version(
                self.record,
                *call,
                self.opened.contains(&Fold::Reasoning(*call)),
            )),
            Some(TranscriptItem::ToolCall(call)) => Version::ToolCall(tool_call::version(
                self.record,
                *call,
                self.opened.contains(&Fold::ToolCall(*call)),
            )),
            Some(TranscriptItem::Node(_)) => Version::Nodes {
                count: items.len(),
                is_settled: nodes::are_settled(self, items),
            },
            Some(TranscriptItem::Error(_)) => Version::Error,
            Some(TranscriptItem::Note(_)) | None => Version::Note,
        }
    }

    fn body(&self, items: &Range<usize>) -> Body {
        let width = usize::from(self.fit.width);
        match self.items.get(items.start) {
            Some(TranscriptItem::Message(message)) => Body::Message(message::Lines::of_message(
                message,
                &self.record.terms.component.name,
                self.fit,
                self.glyphs,
            )),
            Some(TranscriptItem::Streaming {
                sender, content, ..
            }) => {
                let root = &self.record.terms.component.name;
                let mut lines = message::Lines::streaming(sender, root);
                lines.extend(content, self.fit, self.glyphs);
                Body::Message(lines)
            }
            Some(TranscriptItem::Reasoning(call)) => Body::Reasoning(reasoning::Lines::new(
                self.record,
                *call,
                self.opened.contains(&Fold::Reasoning(*call)),
                width,
            )),
            Some(TranscriptItem::ToolCall(call)) => Body::ToolCall(tool_call::Lines::new(
                self.record,
                *call,
                self.opened.contains(&Fold::ToolCall(*call)),
                width,
            )),
            Some(TranscriptItem::Node(_)) => Body::Rows(nodes::rows(self, items)),
            Some(TranscriptItem::Error(failure)) => {
                Body::Rows(error_rows(self.record, failure, width, self.glyphs))
            }
            Some(TranscriptItem::Note(note)) => Body::Rows(note_rows(note, width, self.glyphs)),
            None => Body::Rows(Vec::new()),
        }
    }
}

/// Whether the new version is the old one with more text at its end.
fn grows(old: &Version, new: &Version) -> bool {
    match (old, new) {
        (
            Version::Message {
                is_streaming: true,
                sender: before,
                bytes: fewer,
                ..
            },
            Version::Message {
                is_streaming: true,
                sender: after,
                bytes: more,
                ..
            },
        ) => before == after && fewer <= more,
        _ => false,
    }
}

impl Cell {
    /// Returns the number of lines, including the blank one before the cell.
    pub(super) fn height(&self) -> usize {
        let lines = match &self.body {
            Body::Message(lines) => lines.height(),
            Body::Reasoning(lines) => lines.height(),
            Body::ToolCall(lines) => lines.height(),
            Body::Rows(rows) => rows.len(),
        };
        lines + usize::from(self.has_gap)
    }

    pub(super) const fn kind(&self) -> Kind {
        match self.version {
            Version::Message { .. } => Kind::Message,
            Version::Reasoning(_) | Version::ToolCall(_) | Version::Nodes { .. } => Kind::Work,
            Version::Error | Version::Note => Kind::Remark,
        }
    }

    /// Whether there is a blank line between a cell of the given kind and this one.
    pub(super) fn parts_from(&self, before: Kind) -> bool {
        self.kind() == Kind::Message || self.kind() != before
    }

    /// Returns the cell's fold.
    pub(super) fn fold(&self) -> Option<Fold> {
        match &self.body {
            Body::Reasoning(lines) => Some(Fold::Reasoning(lines.call())),
            Body::ToolCall(lines) => Some(Fold::ToolCall(lines.call())),
            Body::Message(_) | Body::Rows(_) => None,
        }
    }

    /// Returns the lines for a search, including the blank one before the cell.
    pub(super) fn hay(&self) -> impl Iterator<Item = Hay> {
        let gap = usize::from(self.has_gap);
        (0..self.height()).map(move |line| Hay {
            text: line
                .checked_sub(gap)
                .map_or_else(String::new, |line| self.text(line)),
            continues: line > gap,
        })
    }

    fn text(&self, line: usize) -> String {
        match &self.body {
            Body::Message(lines) => lines.text(line),
            Body::Reasoning(lines) => lines.text(line),
            Body::ToolCall(lines) => lines.text(line),
            Body::Rows(rows) => rows.get(line).map_or_else(String::new, Row::text),
        }
    }

    /// Returns the lines that a closed fold hides, for a search; `None` if nothing is hidden.
    pub(super) fn hidden(&self, record: &RunRecord, width: usize) -> Option<Vec<Hay>> {
        let opened = match (self.fold()?, &self.version) {
            (Fold::Reasoning(call), Version::Reasoning(version)) if !version.is_open() => {
                Body::Reasoning(reasoning::Lines::new(record, call, true, width))
            }
            (Fold::ToolCall(call), Version::ToolCall(version)) if !version.is_open() => {
                Body::ToolCall(tool_call::Lines::new(record, call, true, width))
            }
            _ => return None,
        };
        let opened = Self {
            version: self.version.clone(),
            body: opened,
            has_gap: false,
        };
        Some(opened.hay().collect())
    }

    /// Draws one of the cell's lines, counted from the blank one before the cell.
    pub(super) fn draw_line(
        &self,
        record: &RunRecord,
        line: usize,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let Some(line) = line.checked_sub(usize::from(self.has_gap)) else {
            return;
        };
        match &self.body {
            Body::Message(lines) => {
                lines.draw_line(line, look, area, buffer);
            }
            Body::Reasoning(lines) => lines.draw_line(line, look, area, buffer),
            Body::ToolCall(lines) => lines.draw_line(record, line, look, area, buffer),
            Body::Rows(rows) => {
                if let Some(row) = rows.get(line) {
                    row.draw(look.theme, area, buffer);
                }
            }
        }
    }
}

/// Returns the rows of a failure: the error, its location and a suggestion.
fn error_rows(run: &RunRecord, failure: &Failure, width: usize, glyphs: &Glyphs) -> Vec<Row> {
    // A run that a person stops, or whose time has run out, shows no error in its steps.
    let is_stopped = matches!(run.state, RunState::Cancelled | RunState::TimedOut)
        && matches!(failure.kind, FailureKind::Cancelled | FailureKind::Limit);
    let (sign, role) = if is_stopped {
        let sign = glyphs.state(run.state, Timestamp::default());
        (sign, state_role(run.state))
    } else {
        (glyphs.error, Role::Error)
    };
    let mut rows = marked(sign, &failure.message, Tone::of(role), width);
    if let Some(hint) = failure::hint(run, failure) {
        rows.extend(marked(glyphs.arrow, hint, Tone::of(Role::Text), width));
    }
    rows
}

fn note_rows(note: &str, width: usize, glyphs: &Glyphs) -> Vec<Row> {
    marked(glyphs.dot, note, Tone::of(Role::Muted), width)
}

/// Returns the lines of a text with a symbol before the first.
fn marked(sign: &str, text: &str, tone: Tone, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in sanitised(text).lines() {
        let sign = if rows.is_empty() { sign } else { " " };
        let indent = Indent {
            first: vec![Piece::new(format!("{sign} "), tone)],
            hanging_cells: 2,
        };
        rows.extend(wrap(&[Piece::new(line, tone)], width, &indent));
    }
    rows
}
