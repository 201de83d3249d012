//! Joins waiting text chunks, so that a model that streams faster than events are read costs no
//! more.

use crate::base::hash::HashMap;
use crate::base::ids::RunId;
use crate::trace::RunEvent;

/// Returns the events in order, with each chunk appended to a directly preceding chunk of the same
/// request in its run. Other events are unchanged.
pub(super) fn merged(events: impl IntoIterator<Item = RunEvent>) -> Vec<RunEvent> {
    let mut kept: Vec<RunEvent> = Vec::new();
    // The runs whose last event so far is a chunk, and its position.
    let mut last_chunks: HashMap<RunId, usize> = HashMap::default();
    for event in events {
        let is_chunk = event.body.is_piece();
        if !last_chunks.is_empty() && !is_chunk {
            last_chunks.remove(&event.run);
        } else if is_chunk {
            let last = last_chunks.get(&event.run);
            let last = last.and_then(|index| kept.get_mut(*index));
            if last.is_some_and(|last| last.join(&event)) {
                continue;
            }
            last_chunks.insert(event.run.clone(), kept.len());
        }
        kept.push(event);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;
    use crate::base::ids::SpanId;
    use crate::runs::script::{llm_chunk, llm_response};
    use crate::trace::{Event, RunEventBody};

    fn event(run: &str, traced: Event) -> RunEvent {
        RunEvent {
            run: RunId::new(run),
            seq: 0,
            joined: 0,
            timestamp: Timestamp::from_ns(0),
            span: Some(SpanId::new("s1")),
            body: RunEventBody::Traced(traced),
        }
    }

    #[test]
    fn chunks_join_within_a_request_and_across_other_runs() {
        let events = [
            event("r_1", llm_chunk("q1", "a")),
            event("r_2", llm_chunk("q1", "x")),
            event("r_1", llm_chunk("q1", "b")),
            event("r_1", llm_chunk("q2", "c")),
            event("r_1", llm_response("q2", "c")),
            event("r_1", llm_chunk("q2", "d")),
        ];
        let expected = [
            event("r_1", llm_chunk("q1", "ab")),
            event("r_2", llm_chunk("q1", "x")),
            event("r_1", llm_chunk("q2", "c")),
            event("r_1", llm_response("q2", "c")),
            event("r_1", llm_chunk("q2", "d")),
        ];
        assert_eq!(merged(events), expected);
    }
}
