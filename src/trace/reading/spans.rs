//! Reads lines of pyagentspec's tracing. Each trace is a run; events that pyagentspec lacks are
//! inferred.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Taken;
use super::line::{Line, LineContent};
use super::traced_run::TracedRun;
use super::whole;

/// The traces whose lines are being read.
#[derive(Debug, Default)]
pub(super) struct SpanLines {
    runs: IndexMap<String, TracedRun>,
    /// The trace of each span, for lines that have only the span's id.
    trace_of: HashMap<String, String>,
    /// Spans that were written completely at their end.
    whole: Vec<Line>,
}

impl SpanLines {
    /// Reads a line.
    ///
    /// # Errors
    /// The reason why the line has no event, in words.
    pub(super) fn read(&mut self, line: Line, taken: &mut Taken<'_>) -> Result<(), String> {
        if matches!(line.content, LineContent::Whole(_)) {
            self.whole.push(line);
            return Ok(());
        }
        let trace = self
            .trace(&line)
            .ok_or("it names neither a trace nor a span")?;
        if let Some(span) = &line.span {
            self.trace_of.insert(span.clone(), trace.clone());
        }
        let run = self.runs.entry(trace.clone());
        let run = run.or_insert_with(|| TracedRun::new(&trace));
        run.read(line, taken)
    }

    /// Returns the trace of a line: the one it names, else that of its span or parent span, else a
    /// new one.
    fn trace(&self, line: &Line) -> Option<String> {
        let mut known = [&line.span, &line.parent].into_iter().flatten();
        let known = known.find_map(|span| self.trace_of.get(span));
        let named = line.trace.as_ref().or(known).or(line.span.as_ref());
        named.cloned()
    }

    /// Reads the spans that were written completely, and ends the runs that have no end in the
    /// trace.
    pub(super) fn finish(mut self, taken: &mut Taken<'_>) {
        let whole = std::mem::take(&mut self.whole);
        for line in whole::in_time(whole, taken) {
            taken.line = line.number;
            if let Err(words) = self.read(line, taken) {
                taken.remark(words);
            }
        }
        for run in self.runs.into_values() {
            run.finish(taken);
        }
    }
}
