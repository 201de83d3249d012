//! Follows open spans: their messages, and their requests to a person.

use super::Threads;
use crate::conversation::{Message, Role};
use crate::runs::RunRecord;
use crate::trace::{Event, RunEvent, RunEventBody, SpanOutcome};

impl Threads {
    /// Processes the new events of open spans.
    pub(super) fn listen(&mut self, record: &RunRecord) {
        let mut open = std::mem::take(&mut self.open);
        open.retain_mut(|(index, seen)| {
            let Some(span) = record.spans.get(*index) else {
                return false;
            };
            for event in span.events.iter().skip(*seen) {
                self.handle(*index, event);
            }
            *seen = span.events.len();
            let is_over = span.ended_at.is_some();
            if is_over {
                self.end(record, *index);
            }
            !is_over
        });
        self.open = open;
    }

    fn handle(&mut self, span: usize, event: &RunEvent) {
        let RunEventBody::Traced(event) = &event.body else {
            return;
        };
        match event {
            Event::ConversationMessageAdded { message } => {
                self.by_said.insert(message.id.clone(), span);
                self.count(span, message);
            }
            Event::LlmGenerationRequest { request_id, .. } => {
                self.by_said.insert(request_id.as_str().to_owned(), span);
            }
            Event::HumanInTheLoopRequest { request_id, .. } => {
                self.by_request.insert(request_id.clone(), span);
            }
            _ => {}
        }
    }

    fn count(&mut self, span: usize, message: &Message) {
        let thread = self.spans.get(span).and_then(|place| place.thread);
        let Some(thread) = thread.and_then(|thread| self.all.get_mut(thread)) else {
            return;
        };
        let is_of_runtime = message.is_internal || message.tool_result.is_some();
        let says_nothing = message.content.is_empty() && message.images.is_empty();
        match message.role {
            _ if is_of_runtime || says_nothing => {}
            Role::User => thread.asked += 1,
            Role::Agent => thread.said += 1,
            Role::System => {}
        }
    }

    /// Ends a span; if it belongs to a recipient, that recipient has answered or stopped.
    fn end(&mut self, record: &RunRecord, index: usize) {
        let place = self.spans.get(index).copied().unwrap_or_default();
        let span = record
            .spans
            .get(index)
            .filter(|_| place.agent == Some(index));
        let thread = place.thread.and_then(|thread| self.all.get_mut(thread));
        if let (Some(span), Some(thread)) = (span, thread)
            && span.component.id == thread.recipient.id
        {
            thread.n_open = thread.n_open.saturating_sub(1);
            thread.answered += usize::from(span.outcome == Some(SpanOutcome::Ok));
        }
    }
}
