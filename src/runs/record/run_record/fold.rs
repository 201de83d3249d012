//! The fold itself, which applies one event at a time to a record.
//!
//! A text chunk, by far the most frequent event, appends to two strings and copies nothing else.

mod models;
mod stops;
mod tools;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Activity, Rest, RunRecord, SpanRecord, TranscriptItem};
use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role, Usage, Values};
use crate::runs::RunSummary;
use crate::runs::record::call_path::CallPath;
use crate::runs::record::outcome::{digest_of_failure, digest_of_outputs, digest_of_text};
use crate::runs::record::run_summary::{first_line, words_of_outputs, words_of_request};
use crate::trace::{
    ComponentName, Event, Failure, RunEvent, RunEventBody, RunState, SpanKind, SpanOutcome,
};

impl RunRecord {
    /// Makes the record of a run from its first event; `None` if the event is not
    /// [`RunEventBody::Planned`].
    pub fn from_planned(event: &RunEvent) -> Option<Self> {
        let RunEventBody::Planned(planned) = &event.body else {
            return None;
        };
        let summary = RunSummary {
            run: event.run.clone(),
            batch: planned.batch.clone(),
            index: planned.index,
            terms: Arc::clone(&planned.terms),
            plan: Arc::clone(&planned.run),
            state: RunState::Queued,
            started_at: None,
            ended_at: None,
            active: Duration::ZERO,
            active_since: None,
            doing: String::new(),
            doing_since: None,
            doing_until: None,
            usage: Usage::default(),
            streamed_characters: 0,
            requests: Vec::new(),
            worker: None,
            n_tool_calls: 0,
            tools: Vec::new(),
            events: 1,
            is_ended: false,
            asked: String::new(),
            said: String::new(),
            result: String::new(),
            failure: None,
            outcome_words: 0,
            path: CallPath::default(),
        };
        Some(Self {
            summary,
            retry_of: planned.retry_of.clone(),
            forked_from: planned.forked_from.clone(),
            status: None,
            outputs: Values::new(),
            error: None,
            queued_at: event.timestamp,
            transcript: Vec::new(),
            messages: Vec::new(),
            notices: Vec::new(),
            tool_calls: Vec::new(),
            model_calls: Vec::new(),
            spans: Vec::new(),
            unanswered: None,
            log: vec![Arc::new(event.clone())],
            workers: Vec::new(),
            rests: Vec::new(),
            last_rest: None,
            activities: Vec::new(),
            cut_off: None,
            open_spans: Vec::new(),
            last_event_at: event.timestamp,
            unclaimed_answers: Vec::new(),
            turn_starts: Vec::new(),
        })
    }

    /// Folds the next event. Returns false without any change if the event is not the next one of
    /// this run, because it was already folded or an earlier one is missing.
    pub fn apply(&mut self, event: &Arc<RunEvent>) -> bool {
        if event.seq != self.events || event.run != self.run || self.is_ended {
            return false;
        }
        self.summary.events += 1 + event.joined;
        if !event.body.is_piece() {
            self.log.push(Arc::clone(event));
        }
        let at = event.timestamp;
        let before = std::mem::replace(&mut self.last_event_at, at);
        if !self.repeats(&event.body) {
            self.last_rest = None;
        }
        if !matches!(
            event.body,
            RunEventBody::SpanEnded {
                outcome: SpanOutcome::Cancelled
            } | RunEventBody::Ended { .. }
        ) {
            self.cut_off = None;
        }
        match &event.body {
            // Only ever the first event, which `from_planned` took; what a run reads is not shown.
            RunEventBody::Planned(_) => {}
            RunEventBody::Operated { .. } => {
                if let Some((place, _)) = event.body.stopped() {
                    self.stop(place, at);
                } else if let Some(worker) = event.body.worker() {
                    if self.state == RunState::Running {
                        // The one that had it is gone since nothing was heard of it.
                        self.enter(RunState::Queued, before);
                    }
                    let worker: Arc<str> = Arc::from(worker);
                    self.workers.push((at, Arc::clone(&worker)));
                    self.summary.worker = Some(worker);
                }
            }
            RunEventBody::StateChanged { state } => self.enter(*state, at),
            RunEventBody::SpanStarted {
                parent,
                kind,
                component,
            } => {
                if let Some(span) = &event.span {
                    self.start_span(span, parent.as_ref(), *kind, component, at);
                }
            }
            RunEventBody::SpanEnded { outcome } => {
                if let Some(span) = &event.span {
                    self.end_span(span, *outcome, at);
                }
            }
            RunEventBody::Traced(traced) => self.trace(event, traced),
            RunEventBody::Ended {
                state,
                status,
                outputs,
                error,
            } => {
                self.status = *status;
                self.outputs.clone_from(outputs);
                self.error = error.as_deref().cloned();
                if let Some(failure) = error {
                    self.add_failure(failure);
                }
                self.end(*state, at);
            }
        }
        true
    }

    /// Returns whether an event is not an action of the run: a new state, or an open question that
    /// is asked again because another process resumed the run.
    fn repeats(&self, body: &RunEventBody) -> bool {
        match body {
            RunEventBody::StateChanged { .. } => true,
            RunEventBody::Traced(Event::HumanInTheLoopRequest { request_id, .. }) => {
                self.is_asked(request_id)
            }
            _ => false,
        }
    }

    pub(super) fn is_asked(&self, id: &RequestId) -> bool {
        self.requests.iter().any(|request| request.id == *id)
    }

    /// Returns the open spans, innermost first.
    pub(in crate::runs) fn open_spans(&self) -> impl Iterator<Item = &SpanId> {
        self.open_spans
            .iter()
            .rev()
            .filter_map(|index| Some(&self.spans.get(*index)?.id))
    }

    fn enter(&mut self, state: RunState, at: Timestamp) {
        if let Some(rest) = self.last_rest.filter(|rest| rest.state == state) {
            self.rest_again(rest);
            return;
        }
        if matches!(state, RunState::Answered | RunState::NeedsInput) {
            self.last_rest = Some(Rest {
                state,
                since: at,
                active: self.duration(at),
            });
        }
        if let Some((_, end @ None)) = self.rests.last_mut()
            && state == RunState::Running
        {
            *end = Some(at);
        } else if self.state == RunState::Running && state != RunState::Running {
            self.rests.push((at, None));
        }
        let run = &mut self.summary;
        if let Some(since) = run.active_since.take() {
            run.active += at.since(since);
        }
        run.state = state;
        run.ended_at = (state == RunState::Answered).then_some(at);
        if state == RunState::Running {
            run.started_at.get_or_insert(at);
            run.active_since = Some(at);
        }
        if state == RunState::Answered {
            self.summary.outcome_words = digest_of_text(self.last_words());
        }
    }

    /// Restores the earlier rest: the run was only paused or resumed meanwhile without doing
    /// anything, which does not count as active time.
    fn rest_again(&mut self, rest: Rest) {
        let before = self.rests.partition_point(|(since, _)| *since < rest.since);
        self.rests.truncate(before);
        self.rests.push((rest.since, None));
        let run = &mut self.summary;
        (run.state, run.active, run.active_since) = (rest.state, rest.active, None);
        run.ended_at = (rest.state == RunState::Answered).then_some(rest.since);
    }

    fn end(&mut self, state: RunState, at: Timestamp) {
        let answered_at = self.ended_at;
        self.enter(state, at);
        self.summary.ended_at = Some(answered_at.unwrap_or(at));
        self.summary.is_ended = true;
        let asked = std::mem::take(&mut self.summary.requests);
        if matches!(state, RunState::NeedsInput | RunState::Answered) {
            self.unanswered = asked.into_iter().next().map(|request| request.kind);
        }
        let unanswered = self.unanswered.as_ref().and_then(words_of_request);
        self.summary.result = match &self.error {
            Some(error) => first_line(&error.message),
            None => unanswered.unwrap_or_else(|| words_of_outputs(&self.outputs)),
        };
        self.summary.failure = self.error.as_ref().map(|error| error.kind);
        self.summary.outcome_words = match &self.error {
            Some(error) => digest_of_failure(error),
            None if state == RunState::NeedsInput => digest_of_text(&self.summary.result),
            None if self.outputs.is_empty() => digest_of_text(self.last_words()),
            None => digest_of_outputs(&self.outputs),
        };
        self.activities.clear();
        self.show_activity();
        self.settle_streams(|_| true);
    }

    /// Ends the streaming of the requests that `is_stopped` selects, and keeps the text so far.
    fn settle_streams(&mut self, is_stopped: impl Fn(&RequestId) -> bool) {
        for item in &mut self.transcript {
            if let TranscriptItem::Streaming {
                request,
                sender,
                content,
            } = item
                && is_stopped(request)
            {
                let message = Message::text(request.as_str(), Role::Agent, std::mem::take(content));
                let message = message.from_sender(std::mem::take(sender));
                *item = TranscriptItem::Message(Arc::new(message));
            }
        }
    }

    fn start_span(
        &mut self,
        id: &SpanId,
        parent: Option<&SpanId>,
        kind: SpanKind,
        component: &ComponentName,
        at: Timestamp,
    ) {
        let depth = parent
            .and_then(|parent| self.span(parent))
            .map_or(0, |parent| parent.depth + 1);
        let index = self.spans.len();
        self.spans.push(SpanRecord {
            id: id.clone(),
            parent: parent.cloned(),
            depth,
            kind,
            component: component.clone(),
            started_at: at,
            ended_at: None,
            outcome: None,
            inputs: Arc::default(),
            outputs: Arc::default(),
            branch: None,
            events: Vec::new(),
        });
        self.open_spans.push(index);
        if let Some(text) = activity_of(kind, component) {
            self.start_activity(id, text, at);
        }
        if kind == SpanKind::NodeExecutionSpan {
            self.begin_turn();
            self.transcript.push(TranscriptItem::Node(index));
        }
    }

    /// Shows that a span waits for something, with the end of the wait if known; or that the wait
    /// has ended.
    fn wait_for(&mut self, id: &SpanId, on: Option<&str>, until: Option<Timestamp>, at: Timestamp) {
        let own = self
            .span(id)
            .and_then(|span| activity_of(span.kind, &span.component));
        match (on.map(str::to_owned).or_else(|| own.clone()), own) {
            (Some(text), Some(_)) => self.rename_activity(Some(id), &text, at),
            // The span of an agent, whose tools are asked for.
            (Some(text), None) => {
                self.activities.retain(|activity| activity.span != *id);
                self.start_activity(id, text, at);
            }
            (None, _) => self.activities.retain(|activity| activity.span != *id),
        }
        let mut activities = self.activities.iter_mut();
        if let Some(activity) = activities.find(|activity| activity.span == *id) {
            activity.until = until;
        }
        self.show_activity();
    }

    fn end_span(&mut self, id: &SpanId, outcome: SpanOutcome, at: Timestamp) {
        let Some(position) = self
            .open_spans
            .iter()
            .rposition(|index| self.spans.get(*index).is_some_and(|span| span.id == *id))
        else {
            return;
        };
        let index = self.open_spans.remove(position);
        if let Some(span) = self.spans.get_mut(index) {
            span.ended_at = Some(at);
            span.outcome = Some(outcome);
        }
        if outcome == SpanOutcome::Cancelled && self.cut_off.is_none() {
            // The innermost span ends first.
            self.cut_off = Some((at, self.waits_for().to_owned()));
        }
        self.activities.retain(|activity| activity.span != *id);
        self.show_activity();
    }

    fn start_activity(&mut self, span: &SpanId, text: String, since: Timestamp) {
        self.activities.push(Activity {
            span: span.clone(),
            text,
            since,
            until: None,
        });
        self.show_activity();
    }

    /// Moves the activity of a span. One that waits for a person is shown only if there is no
    /// other.
    fn put_activity(&mut self, span: Option<&SpanId>, place: Place) {
        let mut activities = self.activities.iter();
        let Some(at) = activities.position(|activity| Some(&activity.span) == span) else {
            return;
        };
        let activity = self.activities.remove(at);
        match place {
            Place::First => self.activities.insert(0, activity),
            Place::Last => self.activities.push(activity),
        }
        self.show_activity();
    }

    /// Renames the activity of a span, as for a model that first thinks and then writes.
    fn rename_activity(&mut self, span: Option<&SpanId>, text: &str, since: Timestamp) {
        let activity = self
            .activities
            .iter_mut()
            .find(|activity| Some(&activity.span) == span);
        if let Some(activity) = activity
            && activity.text != text
        {
            text.clone_into(&mut activity.text);
            activity.since = since;
            activity.until = None;
            self.show_activity();
        }
    }

    fn show_activity(&mut self) {
        let (run, last) = (&mut self.summary, self.activities.last());
        run.doing.clear();
        if let Some(activity) = last {
            run.doing.push_str(&activity.text);
        }
        run.doing_since = last.map(|activity| activity.since);
        run.doing_until = last.and_then(|activity| activity.until);
    }

    fn trace(&mut self, event: &Arc<RunEvent>, traced: &Event) {
        let at = event.timestamp;
        if !event.body.is_piece()
            && let Some(span) = event.span.as_ref().and_then(|id| self.span_mut(id))
        {
            span.events.push(Arc::clone(event));
        }
        match traced {
            Event::LlmGenerationRequest { .. }
            | Event::LlmGenerationChunkReceived { .. }
            | Event::LlmGenerationResponse { .. }
            | Event::LlmGenerationRetry { .. }
            | Event::LlmGenerationNotice { .. } => {
                self.trace_model(event.span.as_ref(), traced, at);
            }
            Event::ToolExecutionRequest { .. }
            | Event::ToolExecutionStreamingChunkReceived { .. }
            | Event::ToolExecutionNotice { .. }
            | Event::ToolExecutionResponse { .. }
            | Event::ToolConfirmationRequest { .. }
            | Event::ToolConfirmationResponse { .. } => {
                self.trace_tool(event.span.as_ref(), traced, at);
            }
            Event::AgentExecutionStart { inputs, .. }
            | Event::SwarmExecutionStart { inputs, .. }
            | Event::ManagerWorkersExecutionStart { inputs, .. }
            | Event::FlowExecutionStart { inputs, .. }
            | Event::NodeExecutionStart { inputs, .. } => {
                if let Some(span) = event.span.as_ref().and_then(|id| self.span_mut(id)) {
                    span.inputs = Arc::clone(inputs);
                }
            }
            Event::AgentExecutionEnd { outputs, .. }
            | Event::SwarmExecutionEnd { outputs, .. }
            | Event::ManagerWorkersExecutionEnd { outputs, .. } => {
                self.set_outputs(event.span.as_ref(), outputs, None);
            }
            Event::FlowExecutionEnd {
                outputs,
                branch_selected,
                ..
            }
            | Event::NodeExecutionEnd {
                outputs,
                branch_selected,
                ..
            } => self.set_outputs(event.span.as_ref(), outputs, branch_selected.as_ref()),
            Event::ToolSourceNotice { source, notice } => {
                let note = format!("`{}`: {notice}", source.name);
                self.notices.push(note.clone());
                self.transcript.push(TranscriptItem::Note(note));
            }
            Event::ConversationMessageAdded { message } => self.add_message(message),
            Event::ExceptionRaised { failure, .. } => {
                // A tool's failure is kept on its call.
                let is_of_tool = event
                    .span
                    .as_ref()
                    .and_then(|id| self.span(id))
                    .is_some_and(|span| span.kind == SpanKind::ToolExecutionSpan);
                if !is_of_tool {
                    self.add_failure(failure);
                }
            }
            Event::HumanInTheLoopRequest {
                request_id,
                content,
                key: _,
            } => {
                self.open_request(request_id, content, at);
                self.put_activity(event.span.as_ref(), Place::First);
            }
            Event::HumanInTheLoopResponse { request_id, .. } => {
                self.put_activity(event.span.as_ref(), Place::Last);
                self.close_request(request_id);
            }
            Event::ExecutionWait { on, wait_seconds } => {
                if let Some(span) = &event.span {
                    let wait = wait_seconds.and_then(|wait| Duration::try_from_secs_f64(wait).ok());
                    let until = wait.map(|wait| at.plus(wait));
                    self.wait_for(span, on.as_deref(), until, at);
                }
            }
        }
    }

    /// Marks a request as answered.
    pub(crate) fn close_request(&mut self, id: &RequestId) {
        self.summary.requests.retain(|request| request.id != *id);
    }

    fn set_outputs(
        &mut self,
        span: Option<&SpanId>,
        outputs: &Arc<Value>,
        branch: Option<&String>,
    ) {
        if let Some(span) = span.and_then(|id| self.span_mut(id)) {
            span.outputs = Arc::clone(outputs);
            span.branch = branch.cloned();
        }
    }

    /// Adds a failure only once, although every enclosing span reports it.
    fn add_failure(&mut self, failure: &Failure) {
        let is_known = self.transcript.iter().any(
            |item| matches!(item, TranscriptItem::Error(known) if known.message == failure.message),
        );
        if !is_known {
            self.transcript.push(TranscriptItem::Error(failure.clone()));
        }
    }

    fn span_mut(&mut self, id: &SpanId) -> Option<&mut SpanRecord> {
        let is_it = |index: &&usize| self.spans.get(**index).is_some_and(|span| span.id == *id);
        match self.open_spans.iter().rev().find(is_it) {
            Some(open) => self.spans.get_mut(*open),
            None => self.spans.iter_mut().rev().find(|span| span.id == *id),
        }
    }
}

/// The position of an activity among the others.
#[derive(Clone, Copy, Debug)]
enum Place {
    First,
    Last,
}

/// Returns the description of a span's activity, if it is shown: `llm`, `tool get_weather`, `node
/// ask`.
fn activity_of(kind: SpanKind, component: &ComponentName) -> Option<String> {
    match kind {
        SpanKind::LlmGenerationSpan => Some("llm".to_owned()),
        SpanKind::ToolExecutionSpan => Some(format!("tool {}", component.name)),
        SpanKind::NodeExecutionSpan => Some(format!("node {}", component.name)),
        SpanKind::RootSpan
        | SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan => None,
    }
}
