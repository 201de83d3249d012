//! The turns of a conversation, computed from the events of its run.

use std::sync::Arc;

use indexmap::IndexMap;

use super::turn::{Turn, TurnState};
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role};
use crate::runs::{RunRecord, remote_wait};
use crate::trace::{Event, RequestKind, RunEvent, RunEventBody, RunState, SpanKind};

/// The turns of a run so far. Each event is read once; afterwards a turn is found by its number.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The turns in order. Only the last one can still change.
    list: Vec<Turn>,
    /// The requests of the run that have no answer yet.
    open: IndexMap<RequestId, RequestKind>,
    /// Whether nothing has happened since the run began to wait for its client. Taking the run over
    /// from another process does not count as a change.
    is_at_rest: bool,
    /// The number of events of the record that were read.
    n_seen: usize,
}

impl Turns {
    /// Reads the new events in the record of the run.
    pub(super) fn catch_up(&mut self, record: &RunRecord) {
        // Another record took the place of the one that was read, and knows less.
        if record.log.len() < self.n_seen {
            *self = Self::default();
        }
        if self.list.is_empty() {
            let mut first = Turn::waiting(1, record.queued_at);
            first.client_message = record.plan.client_message.as_deref().cloned();
            self.list.push(first);
        }
        for event in record.log.iter().skip(self.n_seen) {
            self.take(record, event);
        }
        self.n_seen = record.log.len();
    }

    /// Returns the number of the run's latest turn.
    pub(super) fn latest(&self) -> usize {
        self.list.len()
    }

    /// Returns a turn; `None` if the run has not reached it.
    pub(super) fn turn(&self, record: &RunRecord, number: usize) -> Option<Turn> {
        let known = self.list.get(number.checked_sub(1)?);
        if let Some(turn) = known.filter(|_| number < self.list.len()) {
            return Some(turn.clone());
        }
        // Of a run that was stopped before it came to a turn that had begun, that turn is its last.
        if known.is_none() && !record.is_over() {
            return None;
        }
        let mut turn = known.cloned().unwrap_or_else(|| Turn {
            first: self.task_of(number).0,
            ..Turn::waiting(number, record.queued_at)
        });
        turn.state = match record.state {
            // Just after a reply the run says so still, and asks nothing.
            RunState::Answered | RunState::NeedsInput
                if self.open.is_empty() && !record.is_over() =>
            {
                TurnState::Working
            }
            RunState::Answered => asks(&self.open, &turn),
            RunState::NeedsInput => TurnState::Asks,
            RunState::Finished => TurnState::Finished,
            RunState::Failed | RunState::TimedOut => TurnState::Failed,
            RunState::Cancelled => TurnState::Cancelled,
            RunState::Queued => TurnState::Waiting,
            // An interrupted turn continues as soon as its run is resumed.
            RunState::Running | RunState::Paused | RunState::Interrupted => TurnState::Working,
        };
        turn.requests.clone_from(&self.open);
        turn.outputs.clone_from(&record.outputs);
        turn.error.clone_from(&record.error);
        turn.speaking = speaking(record);
        Some(turn)
    }

    /// Returns the first and the last turn of the task that a turn belongs to. A task includes
    /// further turns as long as the run asks questions, and ends when an agent has answered.
    pub(super) fn task_of(&self, number: usize) -> (usize, usize) {
        let Some(turn) = number.checked_sub(1).and_then(|index| self.list.get(index)) else {
            // It has begun, and the run has not come to it.
            let last = self.list.last();
            let goes_on = last.filter(|last| asks(&self.open, last) == TurnState::Asks);
            return (goes_on.map_or(number, |last| last.first), number);
        };
        let later = self.list.iter().skip(number);
        let later = later.take_while(|later| later.first == turn.first);
        (turn.first, number + later.count())
    }

    /// Returns the turn that began with the message of this client id.
    pub(super) fn of_client_message(&self, id: &str) -> Option<&Turn> {
        let is_it = |turn: &&Turn| {
            let message = turn.client_message.as_ref();
            message.is_some_and(|message| message.id == id)
        };
        self.list.iter().find(is_it)
    }

    fn take(&mut self, record: &RunRecord, event: &Arc<RunEvent>) {
        if let RunEventBody::Traced(Event::HumanInTheLoopResponse {
            prepared: None,
            client_message,
            content,
            ..
        }) = &event.body
            && let Some(before) = self.list.last_mut()
        {
            before.state = asks(&self.open, before);
            before.requests.clone_from(&self.open);
            let mut next = Turn::waiting(before.number + 1, event.timestamp);
            if before.state == TurnState::Asks {
                next.first = before.first;
            }
            next.seq = event.seq;
            next.client_message = client_message.as_deref().cloned();
            next.reply = Some(content.as_ref().clone());
            self.list.push(next);
        }
        match &event.body {
            RunEventBody::Traced(Event::HumanInTheLoopRequest {
                request_id,
                content,
                ..
            }) => {
                self.open
                    .insert(request_id.clone(), RequestKind::clone(content));
            }
            RunEventBody::Traced(Event::HumanInTheLoopResponse { request_id, .. }) => {
                self.open.shift_remove(request_id);
            }
            _ => {}
        }
        if let Some(turn) = self.list.last_mut() {
            // The end of a run that has answered changes nothing of the turn.
            let changes = match event.body {
                RunEventBody::Traced(_) => true,
                RunEventBody::StateChanged { .. } => !self.is_at_rest,
                RunEventBody::Ended { state, .. } => {
                    let is_final = matches!(
                        state,
                        RunState::Finished
                            | RunState::Failed
                            | RunState::Cancelled
                            | RunState::TimedOut
                    );
                    is_final && (!self.is_at_rest || asks(&self.open, turn) == TurnState::Asks)
                }
                _ => false,
            };
            if changes {
                turn.changed_at = event.timestamp;
            }
            add(turn, record, event);
        }
        match event.body {
            RunEventBody::Traced(_) => self.is_at_rest = false,
            RunEventBody::StateChanged {
                state: RunState::Answered | RunState::NeedsInput,
            } => self.is_at_rest = true,
            _ => {}
        }
    }
}

/// Adds an event to the turn in which it happened.
fn add(turn: &mut Turn, record: &RunRecord, event: &Arc<RunEvent>) {
    match &event.body {
        RunEventBody::Traced(Event::ConversationMessageAdded { message }) => {
            let is_for_client = is_for_client(record, event.span.as_ref(), message);
            if message.role == Role::Agent {
                // What a member of a team wants to know, it asks the team; an authorization is asked of a person.
                turn.remote_wait =
                    remote_wait(message).filter(|wait| is_for_client || wait.needs_authorization);
            }
            if is_for_client {
                turn.messages.push(Arc::clone(message));
            }
        }
        RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
            let call = record.model_calls.iter().rev();
            let call = call.into_iter().find(|call| call.id == response.request_id);
            turn.usage += call.map(|call| call.usage).unwrap_or_default();
        }
        _ => {}
    }
}

/// Returns the state of a turn that waits for its client. A remote agent that asks a question has
/// not answered yet.
fn asks(open: &IndexMap<RequestId, RequestKind>, turn: &Turn) -> TurnState {
    if turn.remote_wait.is_none() && open.values().all(RequestKind::may_end) {
        TurnState::Answered
    } else {
        TurnState::Asks
    }
}

/// Whether a message is exchanged between the client and the served component, and not between
/// parts of the component.
fn is_for_client(record: &RunRecord, span: Option<&SpanId>, message: &Message) -> bool {
    let is_said = !message.content.is_empty() || !message.images.is_empty();
    is_said
        && !message.is_internal
        && message.tool_result.is_none()
        && message.recipient.is_none()
        && n_speakers(record, span) <= n_speakers_of_root(record)
}

/// Returns the number of agents and teams that enclose a span.
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

/// Returns the maximum number of enclosing agents and teams at which an agent still speaks to the
/// client: for a team, the team and its member.
fn n_speakers_of_root(record: &RunRecord) -> usize {
    let is_team = record.spans.iter().take(2).any(|span| {
        matches!(
            span.kind,
            SpanKind::SwarmExecutionSpan | SpanKind::ManagerWorkersExecutionSpan
        )
    });
    if is_team { 2 } else { 1 }
}

/// Returns the text that a model is producing for the client. Only a directly served agent has such
/// text, because each of its texts is a message.
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
