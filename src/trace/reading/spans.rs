//! Lines of pyagentspec's tracing: each trace is a run, and what pyagentspec has no event for is worked out.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Taken;
use super::line::{Line, LineContent};
use super::traced_run::TracedRun;
use super::whole;

/// The traces of which lines were read.
#[derive(Debug, Default)]
pub(super) struct SpanLines {
    runs: IndexMap<String, TracedRun>,
    /// The trace of each span, for lines that name none.
    trace_of: HashMap<String, String>,
    /// Spans that were written whole, when they had ended.
    whole: Vec<Line>,
}

impl SpanLines {
    /// Reads a line.
    ///
    /// # Errors
    /// Why the line has no event, in words.
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

    /// The trace of a line: as it says, else that of its span or of the span around it, else one that begins with it.
    fn trace(&self, line: &Line) -> Option<String> {
        let mut known = [&line.span, &line.parent].into_iter().flatten();
        let known = known.find_map(|span| self.trace_of.get(span));
        let named = line.trace.as_ref().or(known).or(line.span.as_ref());
        named.cloned()
    }

    /// Reads the spans that were written whole, and ends the runs whose end is missing.
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
