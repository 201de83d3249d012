//! Drops what no result needs while a run is active.

use crate::base::ids::SpanId;
use crate::runs::record::run_record::{RunRecord, TranscriptItem};
use crate::trace::{Event, RunEvent, RunEventBody};

/// The number of transcript lines that are kept: for the last message of a run, and for answers
/// whose messages have not come yet.
const MAX_LINES: usize = 1_024;

impl RunRecord {
    /// Drops what neither the result nor the folding of later events needs, after an event was
    /// folded.
    pub(crate) fn keep_for_result(&mut self, event: &RunEvent) {
        let is_asked = |last: &RunEvent| is_request(&last.body);
        if self.log.last().is_some_and(|last| !is_asked(last)) {
            self.log.pop();
        }
        while self.transcript.last().is_some_and(is_of_detail) {
            self.transcript.pop();
        }
        if self.transcript.len() > MAX_LINES {
            self.forget_old_lines();
        }
        let Some(id) = &event.span else { return };
        if matches!(event.body, RunEventBody::SpanEnded { .. }) {
            self.forget_span(id);
        } else if let Some(span) = self.spans.iter_mut().rev().find(|span| span.id == *id) {
            span.events = Vec::new();
        }
    }

    fn forget_span(&mut self, id: &SpanId) {
        let is_over = |index: &usize| !self.open_spans.contains(index);
        if let Some(index) = self.spans.iter().rposition(|span| span.id == *id)
            && is_over(&index)
        {
            self.spans.remove(index);
            for open in &mut self.open_spans {
                *open -= usize::from(*open > index);
            }
        }
        self.model_calls
            .retain(|call| call.span.as_ref() != Some(id));
        self.log.retain(|event| event.span.as_ref() != Some(id));
    }

    /// Drops the older half of the transcript, except for messages that models are writing.
    fn forget_old_lines(&mut self) {
        let half = self.transcript.len() / 2;
        let mut places = Vec::with_capacity(self.transcript.len());
        let mut kept = Vec::with_capacity(half);
        for (at, item) in std::mem::take(&mut self.transcript).into_iter().enumerate() {
            let is_kept = at >= half || matches!(item, TranscriptItem::Streaming { .. });
            places.push(is_kept.then_some(kept.len()));
            if is_kept {
                kept.push(item);
            }
        }
        self.transcript = kept;
        let place = |at: usize| places.get(at).copied().flatten();
        self.unclaimed_answers = std::mem::take(&mut self.unclaimed_answers)
            .into_iter()
            .filter_map(place)
            .collect();
    }
}

/// Returns whether an event makes a request, which may be withdrawn (see `stop`).
fn is_request(body: &RunEventBody) -> bool {
    matches!(
        body,
        RunEventBody::Traced(
            Event::LlmGenerationRequest { .. }
                | Event::ToolExecutionRequest { .. }
                | Event::HumanInTheLoopRequest { .. }
        )
    )
}

/// Returns whether a line of the transcript only refers to a detail.
fn is_of_detail(item: &TranscriptItem) -> bool {
    match item {
        TranscriptItem::Node(_) | TranscriptItem::ToolCall(_) | TranscriptItem::Reasoning(_) => {
            true
        }
        TranscriptItem::Message(_)
        | TranscriptItem::Streaming { .. }
        | TranscriptItem::Error(_)
        | TranscriptItem::Note(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::conversation::Role;
    use crate::runs::record::result::{Content, run_object};
    use crate::runs::script::{
        Script, llm_chunk, llm_request, llm_response, message, question, tool_request,
        tool_response,
    };
    use crate::trace::{Failure, FailureKind, RunState, SpanKind, SpanOutcome};

    /// Folds a run whole and for its result alone, which is to be the same after each event; gives the latter.
    fn folded(script: &Script) -> RunRecord {
        let mut whole = RunRecord::from_planned(&script.events[0]).unwrap();
        let mut lean = whole.clone();
        lean.keep_for_result(&script.events[0]);
        for event in &script.events[1..] {
            assert!(whole.apply(event) && lean.apply(event));
            lean.keep_for_result(event);
            assert_eq!(*lean, *whole, "{event:?}");
            assert_eq!(lean.last_words(), whole.last_words(), "{event:?}");
            let object =
                |record| serde_json::json!(run_object(record, event.timestamp, Content::Kept));
            assert_eq!(object(&lean), object(&whole), "{event:?}");
            let open = |record: &RunRecord| record.open_spans().cloned().collect::<Vec<_>>();
            assert_eq!(open(&lean), open(&whole), "{event:?}");
        }
        lean
    }

    /// The next thing that a part of a run may do.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Ask,
        Piece,
        Call,
        End,
        Fail,
        Say,
        Question,
    }

    fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
        let step = proptest::sample::select(vec![
            Step::Ask,
            Step::Piece,
            Step::Call,
            Step::End,
            Step::Fail,
            Step::Say,
            Step::Question,
        ]);
        proptest::collection::vec((0_usize..3, step), 0..60)
    }

    /// A run with three parts that take turns.
    fn run_of(steps: &[(usize, Step)]) -> Script {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let root = script.start(None, SpanKind::RootSpan, "root");
        let parts =
            [(); 3].map(|()| script.start(Some(&root), SpanKind::NodeExecutionSpan, "part"));
        // What each does: a span, the request, and whether a model is asked.
        let mut inner: [Option<(SpanId, String, bool)>; 3] = [const { None }; 3];
        for (number, (part, step)) in steps.iter().enumerate() {
            let place = &parts[*part];
            match (step, inner[*part].take()) {
                (Step::Ask | Step::Call, None) => {
                    let (is_model, id) = (matches!(step, Step::Ask), format!("id{number}"));
                    let (kind, request) = if is_model {
                        (SpanKind::LlmGenerationSpan, llm_request(&id))
                    } else {
                        (SpanKind::ToolExecutionSpan, tool_request(&id, "tool"))
                    };
                    let span = script.start(Some(place), kind, "inner");
                    script.traced(&span, request);
                    inner[*part] = Some((span, id, is_model));
                }
                (Step::End | Step::Fail, Some((span, id, is_model))) => {
                    let error = matches!(step, Step::Fail).then_some("broken");
                    if !is_model {
                        script.traced(&span, tool_response(&id, "tool", error));
                    } else if error.is_none() {
                        script.traced(&span, llm_response(&id, &format!("said {number}")));
                    }
                    script.end(&span, SpanOutcome::Ok);
                }
                (Step::Piece, Some((span, id, true))) => {
                    script.traced(&span, llm_chunk(&id, &format!("{number} ")));
                    inner[*part] = Some((span, id, true));
                }
                (Step::Say, open) => {
                    let words = format!("said {}", number.saturating_sub(2));
                    script.traced(place, message(Role::Agent, &words));
                    inner[*part] = open;
                }
                (Step::Question, open) => {
                    let (id, call) = (format!("q{number}"), format!("c{number}"));
                    script.traced(place, question(&id, "tool", &call));
                    inner[*part] = open;
                }
                (Step::Ask | Step::Call | Step::Piece | Step::End | Step::Fail, open) => {
                    inner[*part] = open;
                }
            }
        }
        script.ended(
            RunState::Failed,
            Some(Failure::new(FailureKind::Limit, "over")),
        );
        script
    }

    proptest! {
        #[test]
        fn the_result_is_the_same_whatever_parts_do_at_once(steps in steps()) {
            folded(&run_of(&steps));
        }
    }

    #[test]
    fn a_run_of_many_parts_keeps_none_that_is_over() {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let root = script.start(None, SpanKind::RootSpan, "root");
        for part in 0..1_500 {
            let node = script.start(Some(&root), SpanKind::NodeExecutionSpan, "part");
            let llm = script.start(Some(&node), SpanKind::LlmGenerationSpan, "llm");
            script.traced(&llm, llm_request("q"));
            script.traced(&llm, llm_response("q", &format!("said {part}")));
            script.end(&llm, SpanOutcome::Ok);
            script.end(&node, SpanOutcome::Ok);
        }
        script.end(&root, SpanOutcome::Ok);
        script.ended(RunState::Finished, None);
        let lean = folded(&script);
        assert_eq!(
            (lean.spans.len(), lean.model_calls.len(), lean.log.len()),
            (0, 0, 0)
        );
        assert!(lean.transcript.len() <= MAX_LINES);
        assert_eq!(lean.last_words(), "said 1499");
    }
}
