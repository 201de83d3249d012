//! A run that is being read: numbers its events, makes its times monotonic, and closes what was
//! left open.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Taken;
use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId, SpanId};
use crate::base::keeping::Keeping;
use crate::conversation::Values;
use crate::trace::{
    ComponentName, ExecutionStatusName, Failure, FailureKind, Limits, Planned, ProfileMark,
    RunEvent, RunEventBody, RunPlan, RunState, RunTerms, SpanKind, SpanOutcome, SpecText,
};

/// A run whose lines are being read.
#[derive(Debug)]
pub(super) struct ReadRun {
    id: RunId,
    next_seq: u64,
    now: Timestamp,
    is_over: bool,
    /// The open spans, in order of their starts.
    open: IndexMap<SpanId, SpanKind>,
}

impl ReadRun {
    pub(super) fn new(id: RunId) -> Self {
        Self {
            id,
            next_seq: 0,
            now: Timestamp::default(),
            is_over: false,
            open: IndexMap::new(),
        }
    }

    pub(super) const fn id(&self) -> &RunId {
        &self.id
    }

    /// Returns whether an event of the run was passed on.
    pub(super) const fn has_begun(&self) -> bool {
        self.next_seq > 0
    }

    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Sets the time of the next event, which never decreases.
    pub(super) fn at(&mut self, time: Option<Timestamp>) {
        self.now = self.now.max(time.unwrap_or_default());
    }

    /// Returns whether a span is open.
    pub(super) fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Returns the open spans, in order of their starts.
    pub(super) fn open(&self) -> impl DoubleEndedIterator<Item = &SpanId> {
        self.open.keys()
    }

    /// Returns the kind of an open span.
    pub(super) fn kind_of(&self, span: &str) -> Option<SpanKind> {
        self.open.get(&SpanId::new(span)).copied()
    }

    /// Begins a run without a recorded plan.
    pub(super) fn begin(&mut self, component: &ComponentName, taken: &mut Taken<'_>) {
        let planned = planned(component.clone(), Values::new());
        self.push(None, RunEventBody::Planned(Box::new(planned)), taken);
        let state = RunState::Running;
        self.push(None, RunEventBody::StateChanged { state }, taken);
    }

    /// Passes on the next event.
    pub(super) fn push(&mut self, span: Option<SpanId>, body: RunEventBody, taken: &mut Taken<'_>) {
        match (&body, &span) {
            (RunEventBody::SpanStarted { kind, .. }, Some(span)) => {
                self.open.insert(span.clone(), *kind);
            }
            (RunEventBody::SpanEnded { .. }, Some(span)) => {
                self.open.shift_remove(span);
            }
            _ => {}
        }
        taken.event(RunEvent {
            run: self.id.clone(),
            seq: self.next_seq,
            joined: 0,
            timestamp: self.now,
            span,
            body,
        });
        self.next_seq += 1;
    }

    /// Closes the open spans, innermost first.
    fn close(&mut self, taken: &mut Taken<'_>) {
        let outcome = SpanOutcome::Cancelled;
        while let Some((span, _)) = self.open.pop() {
            self.push(Some(span), RunEventBody::SpanEnded { outcome }, taken);
        }
    }

    /// Ends the run.
    pub(super) fn end(
        &mut self,
        state: RunState,
        status: Option<ExecutionStatusName>,
        outputs: Values,
        error: Option<Failure>,
        taken: &mut Taken<'_>,
    ) {
        self.close(taken);
        let ended = RunEventBody::Ended {
            state,
            status,
            outputs: Box::new(outputs),
            error: error.map(Box::new),
        };
        self.push(None, ended, taken);
        self.is_over = true;
    }

    /// Ends the run if it has no end in the trace.
    pub(super) fn break_off(&mut self, taken: &mut Taken<'_>) {
        if self.is_over || !self.has_begun() {
            return;
        }
        let words = "the trace ends before the run does";
        let failure = Failure::new(FailureKind::Cancelled, words);
        self.end(
            RunState::Interrupted,
            None,
            Values::new(),
            Some(failure),
            taken,
        );
    }
}

/// Makes the plan of a run from its component and inputs, which is all that is known.
pub(super) fn planned(component: ComponentName, inputs: Values) -> Planned {
    let terms = RunTerms {
        component,
        spec: Arc::new(SpecText::default()),
        settings: IndexMap::new(),
        profile: no_profile(),
        stubbed: Vec::new(),
        limits: Limits::default(),
        timeout: None,
        is_attended: false,
        keeping: Keeping::Outline,
    };
    Planned {
        batch: BatchId::new(""),
        index: 0,
        retry_of: None,
        forked_from: None,
        terms: Arc::new(terms),
        run: Arc::new(RunPlan {
            inputs,
            ..RunPlan::default()
        }),
    }
}

/// Returns the profile of a run for which none is known.
pub(super) fn no_profile() -> ProfileMark {
    ProfileMark {
        name: String::new(),
        fingerprint: String::new(),
    }
}
