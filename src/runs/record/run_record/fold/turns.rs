//! The beginnings of a run's turns. A turn consists of a user message, a model's answer, and the
//! results of the tools that it calls.

use std::ops::Range;

use crate::conversation::Role;
use crate::runs::record::run_record::{RunRecord, TranscriptItem};

impl RunRecord {
    /// Returns the turns, each as a range of transcript items; the last one may be incomplete.
    ///
    /// A turn begins with a user message, with the next model call, and with a node of a flow after
    /// a message or result.
    pub fn turns(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let ends = self.turn_starts.iter().copied();
        let ends = ends.chain([self.transcript.len()]);
        let starts = std::iter::once(0).chain(self.turn_starts.iter().copied());
        let turns = starts.zip(ends).map(|(start, end)| start..end);
        turns.filter(|turn| !turn.is_empty())
    }

    /// Begins a turn, unless the current one has no answer or action yet.
    pub(super) fn begin_turn(&mut self) {
        let start = self.turn_starts.last().copied().unwrap_or(0);
        let turn = self.transcript.get(start..).unwrap_or_default();
        // What comes before a model is asked belongs to its answer.
        let comes_before = |item: &TranscriptItem| match item {
            TranscriptItem::Message(message) => message.role != Role::Agent,
            TranscriptItem::Node(_) | TranscriptItem::Note(_) => true,
            TranscriptItem::Streaming { .. }
            | TranscriptItem::Reasoning(_)
            | TranscriptItem::ToolCall(_)
            | TranscriptItem::Error(_) => false,
        };
        if !turn.iter().all(comes_before) {
            self.turn_starts.push(self.transcript.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::script::{
        Script, llm_chunk, llm_request, llm_response, message, tool_request, tool_response,
    };
    use crate::trace::SpanKind;

    /// The turns of a run, each as the first letters of its items.
    fn turns(script: &Script) -> Vec<String> {
        let record = script.record();
        let letter = |item: &TranscriptItem| match item {
            TranscriptItem::Message(message) if message.role == Role::User => 'u',
            TranscriptItem::Message(_) => 'a',
            TranscriptItem::Streaming { .. } => 's',
            TranscriptItem::Reasoning(_) => 'r',
            TranscriptItem::ToolCall(_) => 't',
            TranscriptItem::Node(_) => 'n',
            TranscriptItem::Error(_) => 'e',
            TranscriptItem::Note(_) => 'o',
        };
        let turns = record.turns();
        turns
            .map(|turn| record.transcript[turn].iter().map(letter).collect())
            .collect()
    }

    #[test]
    fn a_turn_is_a_question_an_answer_and_what_tools_give() {
        let mut script = Script::new("r_1", 0);
        let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        script.traced(&span, message(Role::User, "Paris?"));
        script.traced(&span, llm_request("q0"));
        script.traced(&span, llm_response("q0", "I look."));
        for call in ["c1", "c2"] {
            script.traced(&span, tool_request(call, "look"));
            script.traced(&span, tool_response(call, "look", None));
        }
        script.traced(&span, llm_request("q1"));
        assert_eq!(turns(&script), ["uatt"], "nothing of the answer has come");
        script.traced(&span, llm_chunk("q1", "Su"));
        assert_eq!(turns(&script), ["uatt", "s"]);
        script.traced(&span, llm_response("q1", "Sun."));
        script.traced(&span, message(Role::User, "And Oslo?"));
        script.traced(&span, llm_request("q2"));
        script.traced(&span, llm_response("q2", "Rain."));
        assert_eq!(turns(&script), ["uatt", "a", "ua"]);
    }

    #[test]
    fn a_node_of_a_flow_begins_one_after_something_was_said() {
        let mut script = Script::new("r_1", 0);
        script.start(None, SpanKind::NodeExecutionSpan, "start");
        let ask = script.start(None, SpanKind::NodeExecutionSpan, "ask");
        script.traced(&ask, llm_request("q0"));
        script.traced(&ask, llm_response("q0", "Billing."));
        script.start(None, SpanKind::NodeExecutionSpan, "route");
        let refund = script.start(None, SpanKind::NodeExecutionSpan, "refund");
        script.traced(&refund, tool_request("c1", "pay"));
        assert_eq!(turns(&script), ["nna", "nnt"]);
    }
}
