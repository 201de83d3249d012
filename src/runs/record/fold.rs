//! The fold itself: one event at a time into a record.
//!
//! A text chunk, by far the most frequent event, appends to two strings and copies nothing else.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{
    Activity, ModelCallRecord, OpenRequest, RunRecord, SpanRecord, ToolCallRecord, TranscriptItem,
};
use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role, Usage, Values};
use crate::trace::{
    ComponentName, Event, Failure, RequestKind, RunEvent, RunEventBody, RunState, SpanKind,
    SpanOutcome,
};

impl RunRecord {
    /// The record of a run of which only its first event is known; none if the event is not
    /// [`RunEventBody::Queued`].
    pub fn from_queued(event: &RunEvent) -> Option<Self> {
        let RunEventBody::Queued {
            batch,
            index,
            component,
            inputs,
            seed,
            retry_of,
        } = &event.body
        else {
            return None;
        };
        Some(Self {
            run: event.run.clone(),
            batch: batch.clone(),
            index: *index,
            component: component.clone(),
            inputs: inputs.clone(),
            seed: *seed,
            retry_of: retry_of.clone(),
            state: RunState::Queued,
            status: None,
            outputs: Values::new(),
            error: None,
            queued_at: event.timestamp,
            started_at: None,
            ended_at: None,
            active: Duration::ZERO,
            active_since: None,
            doing: String::new(),
            doing_since: None,
            usage: Usage::default(),
            transcript: Vec::new(),
            messages: Vec::new(),
            tool_calls: Vec::new(),
            model_calls: Vec::new(),
            spans: Vec::new(),
            requests: Vec::new(),
            unanswered: None,
            events: 1,
            is_ended: false,
            activities: Vec::new(),
            open_spans: Vec::new(),
            unclaimed_answers: Vec::new(),
        })
    }

    /// Folds one more event in. Returns false, and changes nothing, if it is not the next one of
    /// this run: it is folded in already (a snapshot may be ahead of its subscription), or an
    /// earlier one is missing.
    pub fn apply(&mut self, event: &Arc<RunEvent>) -> bool {
        if event.seq != self.events || event.run != self.run || self.is_ended {
            return false;
        }
        self.events += 1;
        let at = event.timestamp;
        match &event.body {
            // Only ever the first event, which `from_queued` took.
            RunEventBody::Queued { .. } => {}
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
                self.error.clone_from(error);
                if let Some(failure) = error {
                    self.add_failure(failure);
                }
                self.end(*state, at);
            }
        }
        true
    }

    /// Spans that are open, innermost first.
    pub(in crate::runs) fn open_spans(&self) -> impl Iterator<Item = &SpanId> {
        self.open_spans
            .iter()
            .rev()
            .filter_map(|index| Some(&self.spans.get(*index)?.id))
    }

    fn enter(&mut self, state: RunState, at: Timestamp) {
        if let Some(since) = self.active_since.take() {
            self.active += at.since(since);
        }
        self.state = state;
        self.ended_at = (state == RunState::Answered).then_some(at);
        if state == RunState::Running {
            self.started_at.get_or_insert(at);
            self.active_since = Some(at);
        }
    }

    fn end(&mut self, state: RunState, at: Timestamp) {
        let answered_at = self.ended_at;
        self.enter(state, at);
        self.ended_at = Some(answered_at.unwrap_or(at));
        self.is_ended = true;
        let asked = std::mem::take(&mut self.requests);
        if matches!(state, RunState::NeedsInput | RunState::Answered) {
            self.unanswered = asked.into_iter().next().map(|request| request.kind);
        }
        self.activities.clear();
        self.tell_activity();
        self.settle_streams();
    }

    /// What a model was still writing when the run ended stays as it is.
    fn settle_streams(&mut self) {
        for item in &mut self.transcript {
            if let TranscriptItem::Streaming {
                request,
                sender,
                content,
            } = item
            {
                let message = Message::text(request.as_str(), Role::Agent, std::mem::take(content));
                *item = TranscriptItem::Message(message.from_sender(std::mem::take(sender)));
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
            inputs: Value::Null,
            outputs: Value::Null,
            branch: None,
            events: Vec::new(),
        });
        self.open_spans.push(index);
        match kind {
            SpanKind::LlmGenerationSpan => self.start_activity(id, "llm".to_owned(), at),
            SpanKind::ToolExecutionSpan => {
                self.start_activity(id, format!("tool {}", component.name), at);
            }
            SpanKind::NodeExecutionSpan => {
                self.start_activity(id, format!("node {}", component.name), at);
                self.transcript.push(TranscriptItem::Node(index));
            }
            SpanKind::RootSpan | SpanKind::AgentExecutionSpan | SpanKind::FlowExecutionSpan => {}
        }
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
        self.activities.retain(|activity| activity.span != *id);
        self.tell_activity();
    }

    fn start_activity(&mut self, span: &SpanId, text: String, since: Timestamp) {
        self.activities.push(Activity {
            span: span.clone(),
            text,
            since,
        });
        self.tell_activity();
    }

    /// Renames what a span does: a model call that waits for its retry, and goes on.
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
            self.tell_activity();
        }
    }

    fn tell_activity(&mut self) {
        match self.activities.last() {
            Some(activity) => {
                self.doing.clone_from(&activity.text);
                self.doing_since = Some(activity.since);
            }
            None => {
                self.doing.clear();
                self.doing_since = None;
            }
        }
    }

    fn trace(&mut self, event: &Arc<RunEvent>, traced: &Event) {
        let at = event.timestamp;
        let is_chunk = matches!(traced, Event::LlmGenerationChunkReceived { .. });
        if !is_chunk && let Some(span) = event.span.as_ref().and_then(|id| self.span_mut(id)) {
            span.events.push(Arc::clone(event));
        }
        match traced {
            Event::LlmGenerationRequest { .. }
            | Event::LlmGenerationChunkReceived { .. }
            | Event::LlmGenerationResponse { .. }
            | Event::LlmGenerationRetry { .. } => self.trace_model(event.span.as_ref(), traced, at),
            Event::ToolExecutionRequest { .. }
            | Event::ToolExecutionStreamingChunkReceived { .. }
            | Event::ToolExecutionResponse { .. }
            | Event::ToolConfirmationRequest { .. }
            | Event::ToolConfirmationResponse { .. } => {
                self.trace_tool(event.span.as_ref(), traced, at);
            }
            Event::AgentExecutionStart { inputs, .. }
            | Event::FlowExecutionStart { inputs, .. }
            | Event::NodeExecutionStart { inputs, .. } => {
                if let Some(span) = event.span.as_ref().and_then(|id| self.span_mut(id)) {
                    span.inputs = inputs.clone();
                }
            }
            Event::AgentExecutionEnd { outputs, .. } => {
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
            Event::ConversationMessageAdded { message } => self.add_message(message),
            Event::ExceptionRaised { failure, .. } => {
                // A tool's failure stands on its call.
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
            } => self.open_request(request_id, content, at),
            Event::HumanInTheLoopResponse { request_id, .. } => {
                self.requests.retain(|request| request.id != *request_id);
            }
        }
    }

    fn set_outputs(&mut self, span: Option<&SpanId>, outputs: &Value, branch: Option<&String>) {
        if let Some(span) = span.and_then(|id| self.span_mut(id)) {
            span.outputs = outputs.clone();
            span.branch = branch.cloned();
        }
    }

    fn trace_model(&mut self, span: Option<&SpanId>, traced: &Event, at: Timestamp) {
        match traced {
            Event::LlmGenerationRequest {
                llm_config,
                request_id,
                llm_generation_config,
                prompt,
                tools,
                model_id,
                endpoint,
            } => self.model_calls.push(ModelCallRecord {
                id: request_id.clone(),
                span: span.cloned(),
                llm_config: llm_config.clone(),
                model_id: model_id.clone(),
                endpoint: endpoint.clone(),
                parameters: llm_generation_config.clone(),
                prompt: Arc::clone(prompt),
                tools: Arc::clone(tools),
                content: String::new(),
                reasoning: String::new(),
                tool_calls: Vec::new(),
                usage: Usage::default(),
                finish_reason: None,
                time_to_first_token_ms: None,
                retries: Vec::new(),
                started_at: at,
                ended_at: None,
            }),
            Event::LlmGenerationChunkReceived {
                request_id,
                content,
                ..
            } => {
                self.rename_activity(span, "llm", at);
                if content.is_empty() {
                    return;
                }
                if let Some(call) = self.model_call_mut(request_id) {
                    call.content.push_str(content);
                }
                self.append_text(request_id, span, content);
            }
            Event::LlmGenerationResponse { request_id, .. } => {
                self.end_model_call(request_id, traced, at);
                self.settle_answer(request_id, span, traced);
            }
            Event::LlmGenerationRetry {
                request_id,
                reason,
                wait_seconds,
                ..
            } => {
                if let Some(call) = self.model_call_mut(request_id) {
                    call.retries.push((reason.clone(), *wait_seconds));
                }
                self.rename_activity(span, &format!("retry in {wait_seconds:.0} s"), at);
                self.transcript.push(TranscriptItem::Note(format!(
                    "model: {reason}; trying again in {wait_seconds:.1} s"
                )));
            }
            _ => {}
        }
    }

    fn end_model_call(&mut self, request: &RequestId, response: &Event, at: Timestamp) {
        let Event::LlmGenerationResponse {
            content,
            tool_calls,
            reasoning,
            input_tokens,
            output_tokens,
            finish_reason,
            time_to_first_token_ms,
            ..
        } = response
        else {
            return;
        };
        let (input_tokens, output_tokens) = (input_tokens.unwrap_or(0), output_tokens.unwrap_or(0));
        let usage = Usage {
            input_tokens,
            output_tokens,
            total_tokens: input_tokens + output_tokens,
            llm_calls: 1,
        };
        self.usage += usage;
        if let Some(call) = self.model_call_mut(request) {
            call.content.clone_from(content);
            call.reasoning.clone_from(reasoning);
            call.tool_calls.clone_from(tool_calls);
            call.usage = usage;
            call.finish_reason.clone_from(finish_reason);
            call.time_to_first_token_ms = *time_to_first_token_ms;
            call.ended_at = Some(at);
        }
    }

    /// Appends to the message that the model is writing, or begins it.
    fn append_text(&mut self, request: &RequestId, span: Option<&SpanId>, text: &str) {
        let streaming = self
            .transcript
            .iter_mut()
            .rev()
            .find_map(|item| match item {
                TranscriptItem::Streaming {
                    request: of,
                    content,
                    ..
                } if of == request => Some(content),
                _ => None,
            });
        match streaming {
            Some(content) => content.push_str(text),
            None => {
                let sender = self.speaker(span);
                self.transcript.push(TranscriptItem::Streaming {
                    request: request.clone(),
                    sender,
                    content: text.to_owned(),
                });
            }
        }
    }

    /// Name of the agent or node that speaks in a span.
    fn speaker(&self, span: Option<&SpanId>) -> String {
        let mut current = span.and_then(|id| self.span(id));
        while let Some(span) = current {
            if matches!(
                span.kind,
                SpanKind::AgentExecutionSpan | SpanKind::NodeExecutionSpan
            ) {
                return span.component.name.clone();
            }
            current = span.parent.as_ref().and_then(|id| self.span(id));
        }
        self.component.name.clone()
    }

    /// The whole answer stands where it was streamed; an answer without text leaves no line.
    fn settle_answer(&mut self, request: &RequestId, span: Option<&SpanId>, response: &Event) {
        let Event::LlmGenerationResponse { content, .. } = response else {
            return;
        };
        let position = self.transcript.iter().rposition(
            |item| matches!(item, TranscriptItem::Streaming { request: of, .. } if of == request),
        );
        if content.is_empty() && position.is_none() {
            return;
        }
        let sender = self.speaker(span);
        let message = Message::text(request.as_str(), Role::Agent, content.as_str());
        let item = TranscriptItem::Message(message.from_sender(sender));
        let index = match position.and_then(|index| Some((index, self.transcript.get_mut(index)?)))
        {
            Some((index, place)) => {
                *place = item;
                index
            }
            None => {
                self.transcript.push(item);
                self.transcript.len() - 1
            }
        };
        self.unclaimed_answers.push(index);
    }

    /// A message of the conversation; one that a model just wrote takes the place of that answer.
    fn add_message(&mut self, message: &Message) {
        self.messages.push(message.clone());
        if message.content.is_empty() || message.tool_result.is_some() {
            return;
        }
        let claimed = (message.role == Role::Agent)
            .then(|| {
                self.unclaimed_answers.iter().rposition(|index| {
                    matches!(self.transcript.get(*index), Some(TranscriptItem::Message(answer))
                        if answer.content == message.content)
                })
            })
            .flatten()
            .map(|position| self.unclaimed_answers.remove(position));
        let item = TranscriptItem::Message(message.clone());
        match claimed.and_then(|index| self.transcript.get_mut(index)) {
            Some(place) => *place = item,
            None => self.transcript.push(item),
        }
    }

    fn trace_tool(&mut self, span: Option<&SpanId>, traced: &Event, at: Timestamp) {
        match traced {
            Event::ToolExecutionRequest {
                tool,
                request_id,
                inputs,
                binding,
                lane,
            } => {
                let call = self.open_tool_call(request_id, &tool.name, at);
                call.span = span.cloned();
                call.arguments = inputs.clone();
                call.binding.clone_from(binding);
                call.lane.clone_from(lane);
                // Waiting for a yes is not the tool's time.
                call.started_at = at;
            }
            Event::ToolExecutionStreamingChunkReceived {
                tool,
                request_id,
                content,
            } => self
                .open_tool_call(request_id, &tool.name, at)
                .chunks
                .push(content.clone()),
            Event::ToolExecutionResponse {
                tool,
                request_id,
                outputs,
                error,
                waited_ms,
            } => {
                let call = self.open_tool_call(request_id, &tool.name, at);
                call.output = error.is_none().then(|| outputs.clone());
                call.error.clone_from(error);
                call.waited_ms = *waited_ms;
                call.ended_at = Some(at);
            }
            Event::ToolConfirmationRequest {
                tool,
                tool_execution_request_id,
                ..
            } => {
                self.open_tool_call(tool_execution_request_id, &tool.name, at);
            }
            Event::ToolConfirmationResponse {
                tool,
                tool_execution_request_id,
                execution_confirmed,
                reason,
                ..
            } => {
                let call = self.open_tool_call(tool_execution_request_id, &tool.name, at);
                call.is_confirmed = Some(*execution_confirmed);
                if !execution_confirmed {
                    call.error = Some(match reason {
                        Some(reason) => format!("refused: {reason}"),
                        None => "refused".to_owned(),
                    });
                    call.ended_at = Some(at);
                }
            }
            _ => {}
        }
    }

    /// The call of that id that has not ended, or a new one with its line in the transcript.
    /// Providers repeat ids, so one that has ended is another call.
    fn open_tool_call(&mut self, id: &RequestId, name: &str, at: Timestamp) -> &mut ToolCallRecord {
        let index = self
            .tool_calls
            .iter()
            .rposition(|call| call.id == *id && call.ended_at.is_none())
            .unwrap_or_else(|| {
                let index = self.tool_calls.len();
                self.transcript.push(TranscriptItem::ToolCall(index));
                self.tool_calls.push(ToolCallRecord {
                    id: id.clone(),
                    name: name.to_owned(),
                    span: None,
                    arguments: Value::Null,
                    binding: String::new(),
                    lane: String::new(),
                    output: None,
                    error: None,
                    chunks: Vec::new(),
                    is_confirmed: None,
                    started_at: at,
                    ended_at: None,
                    waited_ms: 0.0,
                });
                index
            });
        &mut self.tool_calls[index]
    }

    fn open_request(&mut self, id: &RequestId, kind: &RequestKind, at: Timestamp) {
        if let RequestKind::ToolConfirmation {
            tool,
            call_id,
            arguments,
        }
        | RequestKind::ToolResult {
            tool,
            call_id,
            arguments,
            ..
        } = kind
        {
            let call = self.open_tool_call(&RequestId::new(call_id.as_str()), tool, at);
            call.arguments = arguments.clone();
        }
        self.requests.push(OpenRequest {
            id: id.clone(),
            kind: kind.clone(),
            since: at,
        });
    }

    /// A failure is told once, however many spans it passes on its way up.
    fn add_failure(&mut self, failure: &Failure) {
        let is_told = self.transcript.iter().any(
            |item| matches!(item, TranscriptItem::Error(told) if told.message == failure.message),
        );
        if !is_told {
            self.transcript.push(TranscriptItem::Error(failure.clone()));
        }
    }

    fn span_mut(&mut self, id: &SpanId) -> Option<&mut SpanRecord> {
        self.spans.iter_mut().rev().find(|span| span.id == *id)
    }

    fn model_call_mut(&mut self, id: &RequestId) -> Option<&mut ModelCallRecord> {
        self.model_calls
            .iter_mut()
            .rev()
            .find(|call| call.id == *id)
    }
}
