//! Traces that were written elsewhere, opened to be looked at: they become records like those of runs of this program.
//! Nothing of them is carried out here, and the history has none of them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::files::{ReadError, file_name};
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::{BatchRecord, BatchTerms, Origin, RunRecord, Summary};
use crate::spec::{Component, Format, LoadOptions, load};
use crate::trace::{
    ComponentName, Failure, FailureKind, NotATrace, Planned, ReadTrace, RunEvent, RunEventBody,
    TraceFormat, TraceReader,
};

/// How much of the beginning of a text is read to know a spec.
const SPEC_BYTES: u64 = 64 << 10;

/// Bounds on what is opened of one file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceBounds {
    /// Bytes of content that are kept.
    pub(crate) content_bytes: usize,
    /// Bytes of one line.
    pub(crate) line_bytes: usize,
}

impl Default for TraceBounds {
    fn default() -> Self {
        Self {
            content_bytes: 256 << 20,
            line_bytes: 64 << 20,
        }
    }
}

/// A trace that was opened.
#[derive(Debug)]
pub(crate) struct OpenedTrace {
    /// The format, by the program that wrote the trace.
    pub(crate) format: TraceFormat,
    /// Its runs: those that were launched together, and of pyagentspec those of one component.
    pub(crate) batches: Vec<OpenedBatch>,
    /// Remarks on what of the trace is not shown or was worked out.
    pub(crate) remarks: Vec<String>,
}

/// Runs of a trace that belong together.
#[derive(Debug)]
pub(crate) struct OpenedBatch {
    /// The batch, beside the records of its runs.
    pub(crate) batch: BatchRecord,
    /// The runs, all over.
    pub(crate) runs: Vec<Arc<RunRecord>>,
}

impl OpenedTrace {
    /// Returns how many runs there are.
    pub(crate) fn n_runs(&self) -> usize {
        self.batches.iter().map(|batch| batch.runs.len()).sum()
    }
}

/// Why a file can't be opened as a trace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenTraceError {
    /// The file can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is no trace.
    #[error("`{name}` is not a trace")]
    NotATrace {
        /// The file's name.
        name: String,
        /// The problem of the file.
        source: NotATrace,
    },
}

impl OpenTraceError {
    /// Returns what is wrong, with its causes, and what to do about it.
    pub(crate) fn in_words(&self) -> String {
        let words = Failure::from_error(FailureKind::Input, self).message;
        match self.hint() {
            Some(hint) => format!("{words}; {hint}"),
            None => words,
        }
    }

    /// Returns what to do about it.
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

/// Reads a file up to its first line, to know whether it is a trace.
///
/// # Errors
/// [`OpenTraceError`].
pub(crate) fn check_trace(path: &Path) -> Result<(), OpenTraceError> {
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

/// Opens a trace. `number` distinguishes it from others that were opened: ids of runs and batches end in it, so that they
/// are none of the history.
///
/// # Errors
/// [`OpenTraceError`].
pub(crate) fn open_trace(
    path: &Path,
    number: usize,
    bounds: TraceBounds,
) -> Result<OpenedTrace, OpenTraceError> {
    let not_a_trace = |source| not_a_trace(path, source);
    let mut records = Records::new(number);
    let mut reader = TraceReader::default();
    let mut lines = Lines::open(path, bounds.line_bytes)?;
    let mut is_whole = true;
    while let Some(line) = lines.next(path)? {
        line.read(&mut reader, |event| records.take(event))
            .map_err(not_a_trace)?;
        if records.bytes > bounds.content_bytes {
            is_whole = lines.next(path)?.is_none();
            break;
        }
    }
    let n_lines = reader.n_lines();
    let read = reader.finish(|event| records.take(event));
    let read = read.map_err(not_a_trace)?;
    let mut opened = records.opened(path, read);
    if !is_whole {
        let most_mib = bounds.content_bytes >> 20;
        let words = format!(
            "only its first {n_lines} lines are shown: more than {most_mib} MiB are not opened at once"
        );
        opened.remarks.insert(0, words);
    }
    Ok(opened)
}

/// Returns why a file is no trace; one that is a spec on several lines is reported as such.
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

/// The lines of a file, read one at a time.
struct Lines {
    file: BufReader<File>,
    text: Vec<u8>,
    most_bytes: usize,
}

/// A line, or that there is one that is too long.
enum LineOfFile<'l> {
    Text { text: &'l [u8], is_last: bool },
    TooLong { most_bytes: usize },
}

impl LineOfFile<'_> {
    fn read(self, reader: &mut TraceReader, take: impl FnMut(RunEvent)) -> Result<(), NotATrace> {
        match self {
            Self::Text { text, is_last } => reader.line(text, is_last, take),
            Self::TooLong { most_bytes } => {
                let most_mib = most_bytes >> 20;
                reader.skip_line(format!("it is longer than {most_mib} MiB, and left out"));
                Ok(())
            }
        }
    }
}

impl Lines {
    fn open(path: &Path, most_bytes: usize) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            let path = path.to_owned();
            return Err(ReadError::NotAFile { path });
        }
        Ok(Self {
            file: BufReader::with_capacity(256 << 10, file),
            text: Vec::new(),
            most_bytes,
        })
    }

    fn next(&mut self, path: &Path) -> Result<Option<LineOfFile<'_>>, ReadError> {
        self.read_next().map_err(|source| ReadError::Io {
            path: path.to_owned(),
            source,
        })
    }

    fn read_next(&mut self) -> io::Result<Option<LineOfFile<'_>>> {
        self.text.clear();
        let most = u64::try_from(self.most_bytes).unwrap_or(u64::MAX);
        let mut bounded = self.file.by_ref().take(most.saturating_add(1));
        if bounded.read_until(b'\n', &mut self.text)? == 0 {
            return Ok(None);
        }
        let is_last = self.text.last() != Some(&b'\n');
        if !is_last || self.text.len() <= self.most_bytes {
            let text = &self.text;
            return Ok(Some(LineOfFile::Text { text, is_last }));
        }
        self.text = Vec::new();
        self.file.skip_until(b'\n')?;
        let most_bytes = self.most_bytes;
        Ok(Some(LineOfFile::TooLong { most_bytes }))
    }
}

/// The records of the runs, in the order of their beginnings.
struct Records {
    number: usize,
    runs: IndexMap<RunId, RunRecord>,
    /// The batches, by what was launched together and the component.
    batches: IndexMap<(BatchId, ComponentName), BatchId>,
    /// How many runs of each there are.
    n_runs: IndexMap<BatchId, usize>,
    /// About how many bytes of content they hold.
    bytes: usize,
}

impl Records {
    fn new(number: usize) -> Self {
        Self {
            number,
            runs: IndexMap::new(),
            batches: IndexMap::new(),
            n_runs: IndexMap::new(),
            bytes: 0,
        }
    }

    fn take(&mut self, mut event: RunEvent) {
        // A piece of an answer goes into the whole of it.
        self.bytes += event.body.bytes();
        event.run = self.id(&event.run);
        if let RunEventBody::Planned(planned) = &mut event.body {
            self.place(planned);
            let record = RunRecord::from_planned(&event);
            self.runs
                .extend(record.map(|record| (event.run.clone(), record)));
        } else if let Some(record) = self.runs.get_mut(&event.run) {
            record.apply(&Arc::new(event));
        }
    }

    fn id(&self, run: &RunId) -> RunId {
        RunId::new(format!("{run}@{}", self.number))
    }

    /// Gives a run its place among those of this trace.
    fn place(&mut self, planned: &mut Planned) {
        let key = (planned.batch.clone(), planned.terms.component.clone());
        let next = self.batches.len() + 1;
        let number = self.number;
        let batch = self.batches.entry(key).or_insert_with(|| {
            let batch = &planned.batch;
            BatchId::new(format!("{batch}@{number}.{next}"))
        });
        let n_runs = self.n_runs.entry(batch.clone()).or_default();
        if planned.batch.as_str().is_empty() {
            planned.index = *n_runs;
        }
        *n_runs += 1;
        planned.batch = batch.clone();
        for earlier in planned
            .retry_of
            .iter_mut()
            .chain(planned.forked_from.as_mut().map(|from| &mut from.run))
        {
            let here = RunId::new(format!("{earlier}@{number}"));
            if self.runs.contains_key(&here) {
                *earlier = here;
            }
        }
    }

    fn opened(self, path: &Path, read: ReadTrace) -> OpenedTrace {
        let ReadTrace {
            format,
            remarks,
            roots,
        } = read;
        let name = file_name(path);
        let mut of_batches: IndexMap<BatchId, Vec<Arc<RunRecord>>> = IndexMap::new();
        for record in self.runs.into_values() {
            let runs = of_batches.entry(record.batch.clone()).or_default();
            runs.push(Arc::new(record));
        }
        let batches = of_batches.into_iter().filter_map(|(id, mut runs)| {
            runs.sort_by_key(|run| run.index);
            let written = roots.get(&runs.first()?.terms.component);
            let component = written.and_then(|written| {
                let options = LoadOptions {
                    format: Some(Format::Json),
                    partial: true,
                    ..LoadOptions::default()
                };
                load(&written.to_string(), &options).component
            });
            let batch = batch_of(id, &runs, component, &name)?;
            Some(OpenedBatch { batch, runs })
        });
        OpenedTrace {
            format,
            batches: batches.collect(),
            remarks,
        }
    }
}

fn batch_of(
    id: BatchId,
    runs: &[Arc<RunRecord>],
    component: Option<Arc<Component>>,
    file: &str,
) -> Option<BatchRecord> {
    let first = runs.first()?;
    let spec_name = first.terms.component.name.to_string();
    let records: Vec<&RunRecord> = runs.iter().map(AsRef::as_ref).collect();
    let summary = Summary::of_past(&records);
    let terms = BatchTerms {
        spec_name: spec_name.clone(),
        at_once: summary.max_at_once.max(1),
        requests_per_second: None,
        max_tokens_total: None,
        is_fail_fast: false,
        keeping: Keeping::Outline,
        stubs: IndexMap::new(),
        origin: Origin::default(),
        queue: None,
    };
    let queued = runs.iter().map(|run| run.queued_at);
    let last = runs.iter().map(|run| run.last_moment()).max();
    Some(BatchRecord {
        id,
        number: 0,
        spec_name,
        component,
        profile: first.terms.profile.name.clone(),
        bound_to: format!("trace {file} \u{b7} to look at"),
        tracing: None,
        total: runs.len(),
        at_once: terms.at_once,
        terms: Arc::new(terms),
        requests_per_second: None,
        busy_endpoints: IndexMap::new(),
        canary: None,
        budget: None,
        is_paused: false,
        notice: None,
        workers: None,
        launched_at: queued.min().unwrap_or_default(),
        ended_at: Some(last.unwrap_or_else(Timestamp::default)),
        in_flight: 0,
        max_at_once: summary.max_at_once,
        summary: Some(summary),
    })
}

#[cfg(test)]
mod tests;
