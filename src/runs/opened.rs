//! Traces from other programs or machines, opened for display: they become records like those of
//! this program's runs, but they do not run in this process and are not in the history.

mod lines;
mod records;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use self::lines::Lines;
use self::records::Records;
use crate::base::files::{ReadError, file_name};
use crate::runs::{BatchRecord, RunRecord};
use crate::trace::{Failure, FailureKind, NotATrace, TraceFormat, TraceReader};

/// The number of bytes that are read to recognize a spec.
const SPEC_BYTES: u64 = 64 << 10;

/// Limits for opening a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceBounds {
    /// The approximate maximum memory for the records, in bytes.
    pub(crate) memory_bytes: usize,
    /// The maximum length of a line, in bytes.
    pub(crate) line_bytes: usize,
}

impl Default for TraceBounds {
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            line_bytes: 64 << 20,
        }
    }
}

/// The number of bytes between two progress reports.
const PROGRESS_BYTES: u64 = 1 << 20;

/// The progress of reading a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BytesRead {
    /// The number of bytes read.
    pub(crate) read: u64,
    /// The size of the file in bytes when it was opened; 0 if unknown, as for a pipe.
    pub(crate) of: u64,
}

impl BytesRead {
    fn add(&mut self, n_bytes: usize) {
        let n_bytes = u64::try_from(n_bytes).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(n_bytes);
    }
}

/// Formats as `12 of 300 MiB`.
impl fmt::Display for BytesRead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.read >> 20;
        if self.of < self.read {
            return write!(formatter, "{read} MiB");
        }
        write!(formatter, "{read} of {} MiB", self.of.div_ceil(1 << 20))
    }
}

/// An opened trace.
#[derive(Debug)]
pub(crate) struct OpenedTrace {
    /// The format of the trace.
    pub(crate) format: TraceFormat,
    /// The batches: runs that were launched together or, for pyagentspec, runs of the same
    /// component.
    pub(crate) batches: Vec<OpenedBatch>,
    /// Remarks about parts of the trace that are not shown or were inferred.
    pub(crate) remarks: Vec<String>,
}

/// A batch of a trace.
#[derive(Debug)]
pub(crate) struct OpenedBatch {
    /// The batch, without the records of its runs.
    pub(crate) batch: BatchRecord,
    /// The runs, all of which have ended.
    pub(crate) runs: Vec<Arc<RunRecord>>,
}

impl OpenedTrace {
    /// Returns the number of runs.
    pub(crate) fn n_runs(&self) -> usize {
        self.batches.iter().map(|batch| batch.runs.len()).sum()
    }
}

/// The reason why a file can't be opened as a trace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenTraceError {
    /// The file can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is not a trace.
    #[error("`{name}` is not a trace")]
    NotATrace {
        /// The name of the file.
        name: String,
        /// The problem of the file.
        source: NotATrace,
    },
}

impl OpenTraceError {
    /// Returns the problem with its causes, and a hint on how to fix it.
    pub(crate) fn in_words(&self) -> String {
        let words = Failure::from_error(FailureKind::Input, self).message;
        match self.hint() {
            Some(hint) => format!("{words}; {hint}"),
            None => words,
        }
    }

    /// Returns a hint on how to fix the problem.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotATrace {
                source: NotATrace::Spec,
                ..
            } => Some("`flowdeck FILE` opens it"),
            Self::NotATrace { .. } => Some(
                "`flowdeck run --format jsonl` and a span processor of pyagentspec write traces, an object a line",
            ),
            Self::Read(_) => None,
        }
    }
}

/// Checks whether a file is a trace by reading up to its first line. A pipe is not read, because
/// its data would be lost.
///
/// # Errors
/// [`OpenTraceError`].
pub(crate) fn check_trace(path: &Path) -> Result<(), OpenTraceError> {
    if path
        .metadata()
        .is_ok_and(|about| !about.is_file() && !about.is_dir())
    {
        return Ok(());
    }
    let mut reader = TraceReader::default();
    let mut lines = Lines::open(path, TraceBounds::default().line_bytes)?;
    let not_a_trace = |source| not_a_trace(path, source);
    while !reader.has_begun() {
        match lines.next(path)? {
            None => return reader.finish(drop).map(drop).map_err(not_a_trace),
            Some(line) => line.read(&mut reader, drop).map_err(not_a_trace)?,
        }
    }
    Ok(())
}

/// Opens a trace. `number` distinguishes it from other opened traces: it is appended to the ids of
/// runs and batches, so that they differ from those in the history. `progress` is called for each
/// mebibyte.
///
/// # Errors
/// [`OpenTraceError`].
pub(crate) fn open_trace(
    path: &Path,
    number: usize,
    bounds: TraceBounds,
    progress: impl FnMut(BytesRead),
) -> Result<OpenedTrace, OpenTraceError> {
    let lines = Lines::open(path, bounds.line_bytes)?;
    read_trace((path, lines), number, bounds, progress)
}

/// Opens a trace that comes in a stream, which `name` stands for in messages. Otherwise like [`open_trace`].
///
/// # Errors
/// [`OpenTraceError`].
pub(crate) fn open_trace_from(
    stream: impl Read + 'static,
    name: &Path,
    number: usize,
    bounds: TraceBounds,
) -> Result<OpenedTrace, OpenTraceError> {
    let lines = Lines::of(Box::new(stream), 0, bounds.line_bytes);
    read_trace((name, lines), number, bounds, |_| {})
}

fn read_trace(
    (path, mut lines): (&Path, Lines),
    number: usize,
    bounds: TraceBounds,
    mut progress: impl FnMut(BytesRead),
) -> Result<OpenedTrace, OpenTraceError> {
    let not_a_trace = |source| not_a_trace(path, source);
    let mut records = Records::new(number);
    let mut reader = TraceReader::default();
    let (mut is_whole, mut told) = (true, 0);
    while let Some(line) = lines.next(path)? {
        line.read(&mut reader, |event| records.take(event))
            .map_err(not_a_trace)?;
        let so_far = lines.bytes_read();
        if so_far.read - told >= PROGRESS_BYTES {
            told = so_far.read;
            progress(so_far);
        }
        if records.bytes > bounds.memory_bytes {
            is_whole = lines.next(path)?.is_none();
            break;
        }
    }
    let n_lines = reader.n_lines();
    let read = reader.finish(|event| records.take(event));
    let read = read.map_err(not_a_trace)?;
    let mut opened = records.opened(path, read);
    if !is_whole {
        let most_mib = bounds.memory_bytes >> 20;
        let words = format!(
            "only its first {n_lines} lines are shown: what is opened of one file takes at most about {most_mib} MiB of memory"
        );
        opened.remarks.insert(0, words);
    }
    Ok(opened)
}

/// Makes the error for a file that is not a trace; recognizes a spec on several lines.
fn not_a_trace(path: &Path, source: NotATrace) -> OpenTraceError {
    let is_spec = || {
        let mut begin = Vec::new();
        let file = File::open(path).ok()?;
        file.take(SPEC_BYTES).read_to_end(&mut begin).ok()?;
        let begin = String::from_utf8_lossy(&begin);
        begin.contains("component_type").then_some(())
    };
    let is_of_lines = matches!(source, NotATrace::NoObject { .. });
    OpenTraceError::NotATrace {
        name: file_name(path),
        source: if is_of_lines && is_spec().is_some() {
            NotATrace::Spec
        } else {
            source
        },
    }
}

#[cfg(test)]
mod tests;
