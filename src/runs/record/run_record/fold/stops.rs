//! Folds stops that were caused by the failure of a parallel part of the run.

use crate::base::clock::Timestamp;
use crate::base::ids::RequestId;
use crate::runs::record::run_record::RunRecord;
use crate::trace::{Event, RunEventBody};

impl RunRecord {
    /// Ends the call of a model or tool that was in progress at a position, and withdraws a
    /// question there.
    pub(super) fn stop(&mut self, place: &str, at: Timestamp) {
        let mut events = self.log.iter().rev().map(|event| &event.body);
        let Some(request) = events.find_map(|body| request_at(body, place)).cloned() else {
            return;
        };
        self.close_request(&request);
        if let Some(call) = self.model_call_mut(&request) {
            call.ended_at = Some(at);
        }
        self.settle_streams(|stopped| *stopped == request);
        let mut calls = self.tool_calls.iter_mut().rev();
        if let Some(call) = calls.find(|call| call.id == request && call.ended_at.is_none()) {
            call.ended_at = Some(at);
            call.error = Some("stopped: another part of the run failed".to_owned());
        }
    }
}

/// Returns the request that an event makes, if it is at a position.
fn request_at<'e>(body: &'e RunEventBody, place: &str) -> Option<&'e RequestId> {
    match body {
        RunEventBody::Traced(
            Event::LlmGenerationRequest {
                request_id,
                key: Some(key),
                ..
            }
            | Event::ToolExecutionRequest {
                request_id,
                key: Some(key),
                ..
            }
            | Event::HumanInTheLoopRequest {
                request_id,
                key: Some(key),
                ..
            },
        ) if key == place => Some(request_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::runs::record::run_record::TranscriptItem;
    use crate::runs::script::{Script, llm_chunk, llm_request, question, tool_request};
    use crate::trace::{RunState, SpanKind};

    #[test]
    fn what_was_under_way_is_over_and_nobody_is_asked_any_more() {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let span = script.start(None, SpanKind::FlowExecutionSpan, "flow");
        let requests = [
            llm_request("llm"),
            tool_request("call", "look"),
            question("ask", "pay", "other"),
        ];
        for (place, mut event) in ["f.0", "f.1", "f.2"].into_iter().zip(requests) {
            match &mut event {
                Event::LlmGenerationRequest { key, .. }
                | Event::ToolExecutionRequest { key, .. }
                | Event::HumanInTheLoopRequest { key, .. } => *key = Some(place.to_owned()),
                other => panic!("{other:?} is no request"),
            }
            script.traced(&span, event);
        }
        script.traced(&span, llm_chunk("llm", "Once"));
        for place in ["f.0", "f.1", "f.2", "f.3"] {
            let body = RunEventBody::Operated {
                key: format!("{place}/stop.0"),
                operation: RunEventBody::STOP.to_owned(),
                outcome: Box::new(Ok(json!("during"))),
            };
            script.push(Some(&span), body);
        }
        let mut record = RunRecord::from_planned(&script.events[0]).unwrap();
        for event in &script.events[1..] {
            assert!(record.apply(event));
        }
        assert_eq!(record.requests, []);
        assert!(record.model_calls[0].ended_at.is_some());
        let call = &record.tool_calls[0];
        let told = "stopped: another part of the run failed";
        assert_eq!(call.error.as_deref(), Some(told));
        assert!(call.ended_at.is_some());
        let is_said = |item: &TranscriptItem| matches!(item, TranscriptItem::Message(message) if message.content == "Once");
        assert!(record.transcript.iter().any(is_said));
    }
}
