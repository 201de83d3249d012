//! Reading traces that were written elsewhere, a line at a time: those of flowdeck and those of pyagentspec's tracing
//! (26.3.1) become the same events.
//!
//! A line that can't be read ends nothing: it is counted, and reported.

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

/// The writer of a trace, and so its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceFormat {
    /// flowdeck: `run --format jsonl`, `history export --to jsonl`.
    Flowdeck,
    /// A span processor of pyagentspec.
    PyAgentSpec,
}

impl TraceFormat {
    /// Returns what people call the format.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Flowdeck => "flowdeck",
            Self::PyAgentSpec => "pyagentspec",
        }
    }
}

/// The mark that some programs write at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a text is no trace. The words go on from `line 1 `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotATrace {
    /// Nothing is in it.
    #[error("the file has no lines")]
    Empty,
    /// No line of it was read.
    #[error("nothing of it was read: {0}")]
    Skipped(String),
    /// Its first line is not JSON.
    #[error("line {line} is not a JSON object: {cause}")]
    NoObject {
        /// The line, from 1.
        line: usize,
        /// The fault of the line.
        cause: String,
    },
    /// Its first line is an object of something else.
    #[error("line {line} is not an event of a trace: {cause}")]
    NoEvent {
        /// The line, from 1.
        line: usize,
        /// The part that the line lacks.
        cause: &'static str,
    },
    /// The text is a spec.
    #[error("it is a spec, not a trace of its runs")]
    Spec,
}

/// Reads a trace.
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

/// A trace that was read to its end.
#[derive(Debug)]
pub(crate) struct ReadTrace {
    /// The format, by the program that wrote the trace.
    pub(crate) format: TraceFormat,
    /// Remarks on what of the trace is not shown or was worked out.
    pub(crate) remarks: Vec<String>,
    /// The components that ran, as they are written in it, where they are written whole.
    pub(crate) roots: IndexMap<ComponentName, Value>,
}

/// The parts that are taken of a line.
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

    /// Notes something of the line.
    fn remark(&mut self, words: impl Into<String>) {
        self.remarks.add(self.line, words);
    }

    /// Notes something of all of it.
    fn say(&mut self, words: String) {
        self.said.push(words);
    }

    /// Keeps a component that runs, where it is written whole.
    fn root(&mut self, written: &Value) {
        let is_whole = written.as_object().is_some_and(|fields| fields.len() > 3);
        if is_whole {
            let name = event::component_name(written);
            self.roots.entry(name).or_insert_with(|| written.clone());
        }
    }
}

impl TraceReader {
    /// Reads the next line, and gives the events in it. `is_last` says that no line break follows it, so that it may be
    /// cut off.
    ///
    /// # Errors
    /// [`NotATrace`], by the first line that has something in it.
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

    /// Whether it is known who wrote it.
    pub(crate) const fn has_begun(&self) -> bool {
        self.lines.is_some()
    }

    /// Returns how many lines were read.
    pub(crate) const fn n_lines(&self) -> usize {
        self.n_lines
    }

    /// Notes something of the line that comes next, which is not read.
    pub(crate) fn skip_line(&mut self, words: impl Into<String>) {
        self.n_lines += 1;
        self.remarks.add(self.n_lines, words);
    }

    /// Ends the runs whose end is missing.
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

/// Finds which format has lines like this one.
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

/// Returns what is wrong with JSON, without the line that serde counts within a line.
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
