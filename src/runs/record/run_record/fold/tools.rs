//! Folds events of tool calls and of requests to a person.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, SpanId};
use crate::runs::record::run_record::{OpenRequest, RunRecord, ToolCallRecord, TranscriptItem};
use crate::trace::{Event, Failure, RequestKind};

impl RunRecord {
    /// Folds an event of a tool call; ignores other events.
    pub(super) fn trace_tool(&mut self, span: Option<&SpanId>, traced: &Event, at: Timestamp) {
        if let Event::ToolExecutionRequest {
            tool,
            request_id,
            inputs,
            binding,
            lane,
            key: _,
        } = traced
        {
            let index = self.open_tool_call(request_id, &tool.name, at);
            self.summary.path.set_arguments(index, inputs);
            let call = &mut self.tool_calls[index];
            call.span = span.cloned();
            call.arguments = Arc::clone(inputs);
            call.binding.clone_from(binding);
            call.lane.clone_from(lane);
            // Waiting for a yes is not the tool's time.
            call.started_at = at;
            // Made once more after the program died.
            call.chunks.clear();
        } else if let Event::ToolExecutionStreamingChunkReceived {
            tool,
            request_id,
            content,
        } = traced
        {
            let call = self.tool_call_mut(request_id, &tool.name, at);
            call.chunks.push(content.clone());
        } else if let Event::ToolExecutionNotice {
            tool,
            request_id,
            notice,
        } = traced
        {
            let call = self.tool_call_mut(request_id, &tool.name, at);
            call.notices.push(notice.clone());
            let note = format!("tool: {notice}");
            self.transcript.push(TranscriptItem::Note(note));
        } else if let Event::ToolExecutionResponse {
            tool,
            request_id,
            outputs,
            error,
            waited_ms,
            held_ms,
            key: _,
        } = traced
        {
            let call = self.tool_call_mut(request_id, &tool.name, at);
            call.output = error.is_none().then(|| Arc::clone(outputs));
            call.error = error.as_deref().map(Failure::in_words);
            call.waited_ms = *waited_ms;
            call.held_ms = *held_ms;
            call.ended_at = Some(at);
        } else if let Event::ToolConfirmationRequest {
            tool,
            tool_execution_request_id,
            ..
        } = traced
        {
            self.open_tool_call(tool_execution_request_id, &tool.name, at);
        } else if let Event::ToolConfirmationResponse {
            tool,
            tool_execution_request_id,
            execution_confirmed,
            reason,
            ..
        } = traced
        {
            let call = self.tool_call_mut(tool_execution_request_id, &tool.name, at);
            call.is_confirmed = Some(*execution_confirmed);
            if !execution_confirmed {
                // The response that follows has the words that the model gets.
                call.error = Some(match reason {
                    Some(reason) => format!("refused: {reason}"),
                    None => "refused".to_owned(),
                });
            }
        }
    }

    /// Returns the index of the unfinished call with this id, or of a new one with its line in the
    /// transcript. Providers repeat ids, so a finished call is a different one.
    fn open_tool_call(&mut self, id: &RequestId, name: &str, at: Timestamp) -> usize {
        self.tool_calls
            .iter()
            // In this order: nearly all of a long run's have ended, and ids take time to compare.
            .rposition(|call| call.ended_at.is_none() && call.id == *id)
            .unwrap_or_else(|| {
                let index = self.tool_calls.len();
                self.transcript.push(TranscriptItem::ToolCall(index));
                self.summary.n_tool_calls += 1;
                let tools = &mut self.summary.tools;
                let known = tools.iter().position(|known| known == name);
                let tool = known.unwrap_or_else(|| {
                    tools.push(name.to_owned());
                    tools.len() - 1
                });
                self.summary.path.push(tool);
                self.tool_calls.push(ToolCallRecord {
                    id: id.clone(),
                    name: name.to_owned(),
                    span: None,
                    arguments: Arc::default(),
                    binding: String::new(),
                    lane: String::new(),
                    output: None,
                    error: None,
                    chunks: Vec::new(),
                    notices: Vec::new(),
                    is_confirmed: None,
                    started_at: at,
                    ended_at: None,
                    waited_ms: 0.0,
                    held_ms: None,
                });
                index
            })
    }

    /// Returns the call with this id, for changes.
    fn tool_call_mut(&mut self, id: &RequestId, name: &str, at: Timestamp) -> &mut ToolCallRecord {
        let index = self.open_tool_call(id, name, at);
        &mut self.tool_calls[index]
    }

    pub(super) fn open_request(&mut self, id: &RequestId, kind: &RequestKind, at: Timestamp) {
        if self.is_asked(id) {
            return;
        }
        if let RequestKind::ToolConfirmation {
            tool,
            call_id,
            arguments,
            ..
        }
        | RequestKind::ToolResult {
            tool,
            call_id,
            arguments,
            ..
        } = kind
        {
            let index = self.open_tool_call(&RequestId::new(call_id.as_str()), tool, at);
            self.summary.path.set_arguments(index, arguments);
            self.tool_calls[index].arguments = Arc::new(arguments.clone());
        }
        self.summary.requests.push(OpenRequest {
            id: id.clone(),
            kind: kind.clone(),
            since: at,
        });
    }
}
