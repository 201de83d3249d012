//! A turn of a served conversation: what a client said, and what came of it.
//!
//! ```text
//! first message ─ turn 1 ─ reply ─ turn 2 ─ reply ─ turn 3 ─ … ─ end of the run
//! ```
//!
//! A turn is read from the record of its run, so it is the same for a run that goes on and for one of the history.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role, Usage, Values};
use crate::runs::RunRecord;
use crate::trace::{Event, Failure, RequestKind, RunEvent, RunEventBody, RunState, SpanKind};

/// Where a turn stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnState {
    /// It waits for a free place.
    Waiting,
    /// The run works on it.
    Working,
    /// The agent has replied, and the conversation can go on.
    Answered,
    /// The run needs an answer before it goes on.
    Asks,
    /// The run is over, and its outputs are final.
    Finished,
    /// The run is over without outputs.
    Failed,
    /// Somebody stopped the run.
    Cancelled,
}

impl TurnState {
    /// Whether nothing further happens in the turn.
    pub(super) const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Working)
    }
}

/// A turn, as far as it has come.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Which it is of its conversation, from 1.
    pub(super) number: usize,
    /// Where it stands.
    pub(super) state: TurnState,
    /// What was said between client and run, in order.
    pub(super) messages: Vec<Arc<Message>>,
    /// What the run is saying now, as far as that is known to be meant for the client.
    pub(super) speaking: String,
    /// What the run needs to know before it goes on.
    pub(super) requests: IndexMap<RequestId, RequestKind>,
    /// The outputs of a run that has finished.
    pub(super) outputs: Values,
    /// Why the run failed.
    pub(super) error: Option<Failure>,
    /// When it began.
    pub(super) begun_at: Timestamp,
    /// When it last changed.
    pub(super) changed_at: Timestamp,
    /// Tokens of the models' answers in it.
    pub(super) usage: Usage,
}

impl Turn {
    /// A turn that has not begun.
    pub(super) fn waiting(number: usize, at: Timestamp) -> Self {
        Self {
            number,
            state: TurnState::Waiting,
            messages: Vec::new(),
            speaking: String::new(),
            requests: IndexMap::new(),
            outputs: Values::new(),
            error: None,
            begun_at: at,
            changed_at: at,
            usage: Usage::default(),
        }
    }

    /// Reads a turn from the record of its run; none if the run has not come to it.
    pub(super) fn of(record: &RunRecord, number: usize) -> Option<Self> {
        let mut turn = Self::waiting(number, record.queued_at);
        let mut current = 1;
        let mut open = IndexMap::new();
        for event in &record.log {
            if is_reply(event) {
                if current == number {
                    turn.state = asks(&open);
                    turn.requests = open;
                    return Some(turn);
                }
                current += 1;
                turn.begun_at = event.timestamp;
            }
            note_requests(event, &mut open);
            if current == number {
                turn.take(record, event);
            }
        }
        // Of a run that was stopped before it came to a turn that had begun, that turn is its last.
        if current < number && !record.is_over() {
            return None;
        }
        turn.state = match record.state {
            // Just after a reply the run says so still, and asks nothing.
            RunState::Answered | RunState::NeedsInput if open.is_empty() && !record.is_over() => {
                TurnState::Working
            }
            RunState::Answered => TurnState::Answered,
            RunState::NeedsInput => TurnState::Asks,
            RunState::Finished => TurnState::Finished,
            RunState::Failed | RunState::TimedOut => TurnState::Failed,
            RunState::Cancelled => TurnState::Cancelled,
            RunState::Queued => TurnState::Waiting,
            // One that was interrupted goes on as soon as it is carried on.
            RunState::Running | RunState::Paused | RunState::Interrupted => TurnState::Working,
        };
        turn.requests = open;
        turn.outputs.clone_from(&record.outputs);
        turn.error.clone_from(&record.error);
        turn.speaking = speaking(record);
        Some(turn)
    }

    /// The first and the last turn of the task that a turn is of: it goes on for as long as the run needs to know something, and ends
    /// when an agent has answered.
    pub(super) fn of_task(record: &RunRecord, number: usize) -> (usize, usize) {
        let (mut first, mut current) = (1, 1);
        let mut open = IndexMap::new();
        for event in &record.log {
            if is_reply(event) {
                if asks(&open) == TurnState::Answered {
                    if current >= number {
                        return (first, current);
                    }
                    first = current + 1;
                }
                current += 1;
            }
            note_requests(event, &mut open);
        }
        (first, current.max(number))
    }

    /// The number of the turn that a run is in.
    pub(super) fn latest(record: &RunRecord) -> usize {
        1 + record.log.iter().filter(|event| is_reply(event)).count()
    }

    /// The messages that the run said.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages
            .iter()
            .filter(|message| message.role == Role::Agent)
    }

    fn take(&mut self, record: &RunRecord, event: &Arc<RunEvent>) {
        // The end of a run that has answered changes nothing of the turn.
        if matches!(
            event.body,
            RunEventBody::Traced(_) | RunEventBody::StateChanged { .. }
        ) {
            self.changed_at = event.timestamp;
        }
        match &event.body {
            RunEventBody::Traced(Event::ConversationMessageAdded { message })
                if is_for_client(record, event.span.as_ref(), message) =>
            {
                self.messages.push(Arc::clone(message));
            }
            RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
                let call = record.model_calls.iter().rev();
                let call = call.into_iter().find(|call| call.id == response.request_id);
                self.usage += call.map(|call| call.usage).unwrap_or_default();
            }
            _ => {}
        }
    }
}

/// Whether it is a reply that came while the run went on.
fn is_reply(event: &RunEvent) -> bool {
    matches!(
        event.body,
        RunEventBody::Traced(Event::HumanInTheLoopResponse { prepared: None, .. })
    )
}

/// Keeps what the run has asked and not been told.
fn note_requests(event: &RunEvent, open: &mut IndexMap<RequestId, RequestKind>) {
    match &event.body {
        RunEventBody::Traced(Event::HumanInTheLoopRequest {
            request_id,
            content,
            ..
        }) => {
            open.insert(request_id.clone(), RequestKind::clone(content));
        }
        RunEventBody::Traced(Event::HumanInTheLoopResponse { request_id, .. }) => {
            open.shift_remove(request_id);
        }
        _ => {}
    }
}

fn asks(open: &IndexMap<RequestId, RequestKind>) -> TurnState {
    if open.values().all(RequestKind::may_end) {
        TurnState::Answered
    } else {
        TurnState::Asks
    }
}

/// Whether a message is between the client and what is served, and not between its parts.
fn is_for_client(record: &RunRecord, span: Option<&SpanId>, message: &Message) -> bool {
    let is_said = !message.content.is_empty() || !message.images.is_empty();
    is_said
        && !message.is_internal
        && message.tool_result.is_none()
        && message.recipient.is_none()
        && n_speakers(record, span) <= n_speakers_of_root(record)
}

/// How many agents and teams lie around a span.
fn n_speakers(record: &RunRecord, span: Option<&SpanId>) -> usize {
    let mut n_speakers = 0;
    let mut current = span.and_then(|id| record.span(id));
    while let Some(span) = current {
        n_speakers += usize::from(matches!(
            span.kind,
            SpanKind::AgentExecutionSpan
                | SpanKind::SwarmExecutionSpan
                | SpanKind::ManagerWorkersExecutionSpan
        ));
        current = span.parent.as_ref().and_then(|id| record.span(id));
    }
    n_speakers
}

/// How many of them speak to the client: of a team, the team and its member.
fn n_speakers_of_root(record: &RunRecord) -> usize {
    let is_team = record.spans.iter().take(2).any(|span| {
        matches!(
            span.kind,
            SpanKind::SwarmExecutionSpan | SpanKind::ManagerWorkersExecutionSpan
        )
    });
    if is_team { 2 } else { 1 }
}

/// What a model is saying that speaks to the client: of an agent that is served itself, as there each text is a message.
fn speaking(record: &RunRecord) -> String {
    let call = record.model_calls.last();
    let call = call.filter(|call| call.ended_at.is_none() && call.tool_calls.is_empty());
    let agent = call
        .and_then(|call| record.span(call.span.as_ref()?))
        .and_then(|span| record.span(span.parent.as_ref()?))
        .filter(|span| span.kind == SpanKind::AgentExecutionSpan && span.depth == 1);
    match (call, agent) {
        (Some(call), Some(_)) => call.content.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
