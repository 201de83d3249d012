//! Folds events of model calls and of the conversation's messages.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role, Usage};
use crate::runs::record::run_record::{ModelCallRecord, RunRecord, TranscriptItem};
use crate::runs::record::run_summary::first_line;
use crate::trace::{Event, LlmGenerationResponse, Prompt, SpanKind, WholePrompt};

/// The number of bytes of an answer after which its first line is complete, as far as it is stored.
const LINE_BYTES: usize = 4096;

impl RunRecord {
    /// Returns the messages and tools of a model call in full, including those of earlier calls to
    /// which it refers.
    pub fn prompt_of(&self, call: &ModelCallRecord) -> WholePrompt {
        let calls = self.model_calls.iter();
        let prompts: HashMap<&RequestId, &Prompt> =
            calls.map(|call| (&call.id, call.prompt.as_ref())).collect();
        call.prompt.whole(|id| prompts.get(id).copied())
    }

    /// Folds an event of a model call; ignores other events.
    pub(super) fn trace_model(&mut self, span: Option<&SpanId>, traced: &Event, at: Timestamp) {
        if let Event::LlmGenerationRequest {
            llm_config,
            request_id,
            llm_generation_config,
            prompt,
            model_id,
            endpoint,
            key: _,
        } = traced
        {
            // Asked once more after the program died: what had come of the answer is no part of the one that comes.
            self.forget_pieces(request_id);
            if let Some(call) = self.model_call_mut(request_id)
                && call.ended_at.is_none()
            {
                call.started_at = at;
                return;
            }
            self.begin_turn();
            self.model_calls.push(ModelCallRecord {
                id: request_id.clone(),
                span: span.cloned(),
                llm_config: llm_config.clone(),
                model_id: model_id.clone(),
                endpoint: endpoint.clone(),
                parameters: Arc::clone(llm_generation_config),
                prompt: Arc::clone(prompt),
                content: String::new(),
                reasoning: String::new(),
                streamed_characters: 0,
                tool_calls: Vec::new(),
                usage: Usage::default(),
                finish_reason: None,
                time_to_first_token_ms: None,
                retries: Vec::new(),
                started_at: at,
                ended_at: None,
            });
        } else if let Event::LlmGenerationChunkReceived {
            request_id,
            content,
            reasoning,
            tool_calls,
            ..
        } = traced
        {
            let arguments = tool_calls.iter().map(|call| call.arguments.as_str());
            let texts = [content.as_str(), reasoning].into_iter().chain(arguments);
            self.count_streamed(request_id, texts.map(|text| text.chars().count()).sum());
            let activity = if reasoning.is_empty() {
                "llm"
            } else {
                "reasoning"
            };
            self.rename_activity(span, activity, at);
            self.append_reasoning(request_id, reasoning);
            if !content.is_empty() {
                if let Some(call) = self.model_call_mut(request_id) {
                    call.content.push_str(content);
                }
                self.append_text(request_id, span, content);
            }
        } else if let Event::LlmGenerationResponse(response) = traced {
            self.end_model_call(response, at);
            self.show_reasoning(&response.request_id);
            self.settle_answer(&response.request_id, span, &response.content);
        } else if let Event::LlmGenerationRetry {
            request_id,
            reason,
            wait_seconds,
            ..
        } = traced
        {
            if let Some(call) = self.model_call_mut(request_id) {
                call.retries.push((reason.clone(), *wait_seconds));
            }
            self.forget_pieces(request_id);
            let wait = duration::of_milliseconds(wait_seconds * 1e3);
            let note = if wait.is_zero() {
                format!("model: {reason}; asked again")
            } else {
                format!("model: {reason}; trying again in {}", duration::short(wait))
            };
            self.transcript.push(TranscriptItem::Note(note));
        } else if let Event::LlmGenerationNotice { notice, .. } = traced {
            let note = format!("model: {notice}");
            self.notices.push(note.clone());
            self.transcript.push(TranscriptItem::Note(note));
        }
    }

    /// Discards the pieces of an answer that was not completed.
    fn forget_pieces(&mut self, request: &RequestId) {
        if let Some(call) = self.model_call_mut(request) {
            call.content.clear();
            call.reasoning.clear();
            let counted = std::mem::take(&mut call.streamed_characters);
            let streamed = &mut self.summary.streamed_characters;
            *streamed = streamed.saturating_sub(counted);
        }
        let mut newest_first = self.transcript.iter_mut().rev();
        let streaming = newest_first.find_map(|item| match item {
            TranscriptItem::Streaming {
                request: of,
                content,
                ..
            } if of == request => Some(content),
            _ => None,
        });
        if let Some(content) = streaming {
            content.clear();
        }
    }

    fn count_streamed(&mut self, request: &RequestId, characters: usize) {
        let characters = characters as u64;
        if let Some(call) = self.model_call_mut(request) {
            call.streamed_characters += characters;
            self.summary.streamed_characters += characters;
        }
    }

    fn end_model_call(&mut self, response: &LlmGenerationResponse, at: Timestamp) {
        let LlmGenerationResponse {
            request_id,
            content,
            tool_calls,
            reasoning,
            input_tokens,
            output_tokens,
            total_tokens,
            cached_tokens,
            reasoning_tokens,
            finish_reason,
            time_to_first_token_ms,
            ..
        } = response;
        let (input_tokens, output_tokens) = (input_tokens.unwrap_or(0), output_tokens.unwrap_or(0));
        let usage = Usage {
            input_tokens,
            output_tokens,
            total_tokens: total_tokens.unwrap_or(input_tokens + output_tokens),
            cached_tokens: cached_tokens.unwrap_or(0),
            reasoning_tokens: reasoning_tokens.unwrap_or(0),
            llm_calls: 1,
        };
        self.summary.usage += usage;
        if let Some(call) = self.model_call_mut(request_id) {
            let counted = std::mem::take(&mut call.streamed_characters);
            call.content.clone_from(content);
            call.reasoning.clone_from(reasoning);
            call.tool_calls.clone_from(tool_calls);
            call.usage = usage;
            call.finish_reason.clone_from(finish_reason);
            call.time_to_first_token_ms = *time_to_first_token_ms;
            call.ended_at = Some(at);
            let streamed = &mut self.summary.streamed_characters;
            *streamed = streamed.saturating_sub(counted);
        }
    }

    /// Appends to a model's reasoning.
    fn append_reasoning(&mut self, request: &RequestId, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(call) = self.model_call_mut(request) {
            call.reasoning.push_str(text);
        }
        self.show_reasoning(request);
    }

    /// Adds a model's reasoning to the transcript, once and if there is any.
    fn show_reasoning(&mut self, request: &RequestId) {
        let call = self
            .model_calls
            .iter()
            .rposition(|call| call.id == *request);
        let thinks = |call: &usize| {
            let call = self.model_calls.get(*call);
            call.is_some_and(|call| !call.reasoning.is_empty())
        };
        let Some(call) = call.filter(thinks) else {
            return;
        };
        let is_it =
            |item: &TranscriptItem| matches!(item, TranscriptItem::Reasoning(of) if *of == call);
        if !self.transcript.iter().rev().any(is_it) {
            self.transcript.push(TranscriptItem::Reasoning(call));
        }
    }

    /// Appends to the message that a model is writing, or begins it.
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
        if let Some(content) = streaming {
            let has_line = content.len() > LINE_BYTES;
            content.push_str(text);
            if !has_line {
                self.note_words();
            }
        } else {
            let sender = self.speaker(span);
            self.transcript.push(TranscriptItem::Streaming {
                request: request.clone(),
                sender,
                content: text.to_owned(),
            });
            self.note_words();
        }
    }

    /// Stores the first line of the agent's last message.
    fn note_words(&mut self) {
        self.summary.said = first_line(self.last_words());
    }

    /// Returns the name of the agent or node that speaks in a span.
    fn speaker(&self, span: Option<&SpanId>) -> String {
        let mut current = span.and_then(|id| self.span(id));
        while let Some(span) = current {
            if matches!(
                span.kind,
                SpanKind::AgentExecutionSpan | SpanKind::NodeExecutionSpan
            ) {
                return span.component.name.to_string();
            }
            current = span.parent.as_ref().and_then(|id| self.span(id));
        }
        self.terms.component.name.to_string()
    }

    /// Replaces the streamed text by the complete answer; removes the line if the answer has no
    /// text.
    fn settle_answer(&mut self, request: &RequestId, span: Option<&SpanId>, content: &str) {
        let position = self.transcript.iter().rposition(
            |item| matches!(item, TranscriptItem::Streaming { request: of, .. } if of == request),
        );
        if content.is_empty() && position.is_none() {
            return;
        }
        let message = Message::text(request.as_str(), Role::Agent, content);
        let item = TranscriptItem::Message(Arc::new(message.from_sender(self.speaker(span))));
        let index = position.unwrap_or(self.transcript.len());
        match self.transcript.get_mut(index) {
            Some(place) => *place = item,
            None => self.transcript.push(item),
        }
        self.unclaimed_answers.push(index);
        self.note_words();
    }

    /// Adds a message of the conversation; one that a model just wrote replaces that answer.
    pub(super) fn add_message(&mut self, message: &Arc<Message>) {
        self.messages.push(Arc::clone(message));
        let is_of_user = message.role == Role::User && !message.is_internal;
        if is_of_user && message.tool_result.is_none() && self.salient().is_none() {
            self.summary.asked = first_line(&message.content);
        }
        self.take_back_calls_in_words(message);
        let says_nothing = message.content.is_empty() && message.images.is_empty();
        if says_nothing || message.tool_result.is_some() {
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
        if message.role == Role::User {
            self.begin_turn();
        }
        let item = TranscriptItem::Message(Arc::clone(message));
        match claimed.and_then(|index| self.transcript.get_mut(index)) {
            Some(place) => *place = item,
            None => self.transcript.push(item),
        }
        if message.role == Role::Agent {
            self.note_words();
        }
    }

    /// Removes the last answer if the model wrote its tool calls as text, because they are shown as
    /// calls.
    fn take_back_calls_in_words(&mut self, message: &Message) {
        let Some(index) = self.unclaimed_answers.last().copied() else {
            return;
        };
        let is_reworded = matches!(self.transcript.get(index), Some(TranscriptItem::Message(answer))
            if answer.sender == message.sender && answer.content != message.content);
        if !message.tool_calls.is_empty() && is_reworded && index + 1 == self.transcript.len() {
            self.unclaimed_answers.pop();
            self.transcript.pop();
            self.note_words();
        }
    }

    pub(super) fn model_call_mut(&mut self, id: &RequestId) -> Option<&mut ModelCallRecord> {
        self.model_calls
            .iter_mut()
            .rev()
            .find(|call| call.id == *id)
    }
}
