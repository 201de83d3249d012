//! Reads traces line by line: both flowdeck's format and that of pyagentspec's tracing (26.3.1)
//! become the same events.
//!
//! An invalid line does not stop the reading: it is counted and reported.

mod event;
mod line;
mod own;
mod prompts;
mod remarks;
mod run;
mod spans;
#[cfg(test)]
mod tests;
mod traced_run;
mod whole;

use indexmap::IndexMap;
use serde_json::Value;

use self::event::Attributes;
use self::line::Line;
use self::own::OwnLines;
use self::remarks::Remarks;
use self::spans::SpanLines;
use crate::trace::{ComponentName, RunEvent};

/// The format of a trace, given by the program that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceFormat {
    /// flowdeck's format: `run --format jsonl`, `history export --to jsonl`.
    Flowdeck,
    /// The format of a span processor of pyagentspec.
    PyAgentSpec,
}

impl TraceFormat {
    /// Returns the name of the format for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Flowdeck => "flowdeck",
            Self::PyAgentSpec => "pyagentspec",
        }
    }
}

/// The byte order mark with which some programs begin a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The reason why a text is not a trace. The messages continue a sentence that begins with `line 1
/// `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotATrace {
    /// The text is empty.
    #[error("the file has no lines")]
    Empty,
    /// No line could be read.
    #[error("nothing of it was read: {0}")]
    Skipped(String),
    /// The first line is not JSON.
    #[error("line {line} is not a JSON object: {cause}")]
    NoObject {
        /// The number of the line, from 1.
        line: usize,
        /// The error in the line.
        cause: String,
    },
    /// The first line is an object that is not an event.
    #[error("line {line} is not an event of a trace: {cause}")]
    NoEvent {
        /// The number of the line, from 1.
        line: usize,
        /// What the line lacks.
        cause: &'static str,
    },
    /// The text is a spec.
    #[error("it is a spec, not a trace of its runs")]
    Spec,
}

/// Reads a trace line by line.
#[derive(Debug, Default)]
pub(crate) struct TraceReader {
    lines: Option<Lines>,
    n_lines: usize,
    remarks: Remarks,
    said: Vec<String>,
    roots: IndexMap<ComponentName, Value>,
}

#[derive(Debug)]
enum Lines {
    Own(OwnLines),
    Spans(SpanLines),
}

/// A trace that was read completely.
#[derive(Debug)]
pub(crate) struct ReadTrace {
    /// The format of the trace.
    pub(crate) format: TraceFormat,
    /// Remarks about parts of the trace that are not shown or were inferred.
    pub(crate) remarks: Vec<String>,
    /// The root components as written in the trace, if it contains them in full.
    pub(crate) roots: IndexMap<ComponentName, Value>,
}

/// The results of reading a line.
pub(super) struct Taken<'t> {
    line: usize,
    take: &'t mut dyn FnMut(RunEvent),
    remarks: &'t mut Remarks,
    said: &'t mut Vec<String>,
    roots: &'t mut IndexMap<ComponentName, Value>,
}

impl Taken<'_> {
    fn event(&mut self, event: RunEvent) {
        (self.take)(event);
    }

    /// Adds a remark about the line.
    fn remark(&mut self, words: impl Into<String>) {
        self.remarks.add(self.line, words);
    }

    /// Adds a remark about the whole trace.
    fn say(&mut self, words: String) {
        self.said.push(words);
    }

    /// Stores a root component, if it is written in full.
    fn root(&mut self, written: &Value) {
        let is_whole = written.as_object().is_some_and(|fields| fields.len() > 3);
        if is_whole {
            let name = event::component_name(written);
            self.roots.entry(name).or_insert_with(|| written.clone());
        }
    }
}

impl TraceReader {
    /// Reads the next line and passes on its events. `is_last` says that no line break follows, so
    /// that the line may be truncated.
    ///
    /// # Errors
    /// [`NotATrace`], if the first line with content is invalid.
    pub(crate) fn line(
        &mut self,
        text: &[u8],
        is_last: bool,
        mut take: impl FnMut(RunEvent),
    ) -> Result<(), NotATrace> {
        self.n_lines += 1;
        let text = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if self.n_lines == 1 => rest,
            _ => text,
        };
        let text = text.trim_ascii();
        if text.is_empty() {
            return Ok(());
        }
        let number = self.n_lines;
        let object: Attributes = match serde_json::from_slice(text) {
            Ok(object) => object,
            Err(error) if self.lines.is_none() => {
                return Err(NotATrace::NoObject {
                    line: number,
                    cause: without_place(&error),
                });
            }
            Err(error) if is_last && error.is_eof() => {
                let words = "it is cut off, and left out".to_owned();
                self.remarks.add(number, words);
                return Ok(());
            }
            Err(error) => {
                let words = format!("it is not a JSON object: {}", without_place(&error));
                self.remarks.add(number, words);
                return Ok(());
            }
        };
        if self.lines.is_none() {
            self.lines = Some(lines_like(number, &object)?);
        }
        let mut taken = Taken {
            line: number,
            take: &mut take,
            remarks: &mut self.remarks,
            said: &mut self.said,
            roots: &mut self.roots,
        };
        let read = match &mut self.lines {
            Some(Lines::Own(lines)) => lines.read(object, &mut taken),
            Some(Lines::Spans(lines)) => match Line::read(number, object) {
                Some(line) => lines.read(line, &mut taken),
                None => Err("it is neither a span nor an event".to_owned()),
            },
            None => Ok(()),
        };
        if let Err(words) = read {
            self.remarks.add(number, words);
        }
        Ok(())
    }

    /// Returns whether the format is known.
    pub(crate) const fn has_begun(&self) -> bool {
        self.lines.is_some()
    }

    /// Returns the number of lines read.
    pub(crate) const fn n_lines(&self) -> usize {
        self.n_lines
    }

    /// Adds a remark about the next line, which is skipped.
    pub(crate) fn skip_line(&mut self, words: impl Into<String>) {
        self.n_lines += 1;
        self.remarks.add(self.n_lines, words);
    }

    /// Ends the runs that have no end in the trace.
    ///
    /// # Errors
    /// [`NotATrace::Empty`] and [`NotATrace::Skipped`].
    pub(crate) fn finish(self, mut take: impl FnMut(RunEvent)) -> Result<ReadTrace, NotATrace> {
        let Self {
            lines,
            n_lines,
            mut remarks,
            mut said,
            mut roots,
        } = self;
        let mut taken = Taken {
            line: n_lines,
            take: &mut take,
            remarks: &mut remarks,
            said: &mut said,
            roots: &mut roots,
        };
        let format = match lines {
            None => {
                let skipped = taken.remarks.in_words().into_iter().next();
                return Err(skipped.map_or(NotATrace::Empty, NotATrace::Skipped));
            }
            Some(Lines::Own(lines)) => {
                lines.finish(&mut taken);
                TraceFormat::Flowdeck
            }
            Some(Lines::Spans(lines)) => {
                lines.finish(&mut taken);
                TraceFormat::PyAgentSpec
            }
        };
        said.extend(remarks.in_words());
        Ok(ReadTrace {
            format,
            remarks: said,
            roots,
        })
    }
}

/// Detects the format from a line.
fn lines_like(number: usize, object: &Attributes) -> Result<Lines, NotATrace> {
    if OwnLines::is_one(object) {
        return Ok(Lines::Own(OwnLines::default()));
    }
    if Line::read(number, object.clone()).is_some() {
        return Ok(Lines::Spans(SpanLines::default()));
    }
    let is_spec = ["component_type", "$referenced_components"]
        .iter()
        .any(|name| object.contains_key(*name));
    if is_spec {
        return Err(NotATrace::Spec);
    }
    Err(NotATrace::NoEvent {
        line: number,
        cause: if object.contains_key("type") {
            "it has no time (`timestamp`, `start_time`)"
        } else {
            "it has no `type`"
        },
    })
}

/// Returns the message of a JSON error without the line number, which is relative to the line.
fn without_place(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it does not end on its line".to_owned();
    }
    let words = error.to_string();
    match words.rsplit_once(" at line 1 column ") {
        Some((words, "0")) => words.to_owned(),
        Some((words, column)) => format!("{words} at column {column}"),
        None => words,
    }
}
