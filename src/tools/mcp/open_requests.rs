//! The open requests of a connection, and the assignment of responses that do not name their
//! request.

use std::collections::VecDeque;
use std::time::Duration;

use rmcp::model::{ErrorData, JsonRpcError, NumberOrString, RequestId};
use tokio::time::Instant;

/// The maximum number of open requests that are remembered; beyond it, the oldest are dropped, such
/// as cancelled ones without a response.
const MAX_OPEN: usize = 1_024;
/// The maximum number of unassigned responses.
const MAX_STRAYS: usize = 64;
/// How long to wait until responses to other requests show to which request an unassigned response
/// belongs.
const GRACE: Duration = Duration::from_secs(5);

/// The open requests.
///
/// A response without an id belongs to one of the requests that were open when it arrived. It is
/// assigned to that request as soon as all others were answered or have shown progress. It is not
/// given to all of them at once, because a call that continues may have an effect, which the model
/// would then request again. After [`GRACE`] it is given to all candidates, since otherwise its own
/// call would wait for the full timeout.
#[derive(Debug, Default)]
pub(super) struct OpenRequests {
    open: Vec<RequestId>,
    /// The requests whose responses are not awaited: cancelled ones, and the streams of
    /// notifications.
    unawaited: VecDeque<RequestId>,
    /// The highest id so far. The SDK numbers requests, so that all ids up to this one were sent.
    highest: Option<i64>,
    strays: Vec<Stray>,
}

/// The kind of request that a response names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// An open request.
    Known,
    /// A request that was already answered: a duplicate response says nothing about the others.
    Again,
    /// A request that was never sent.
    Strange,
}

/// A response that does not name its request.
#[derive(Debug)]
struct Stray {
    error: ErrorData,
    /// The requests to which the response may belong; never empty.
    candidates: Vec<RequestId>,
    /// Until when to wait for an unambiguous assignment.
    until: Instant,
}

impl OpenRequests {
    /// Records that a request was sent.
    pub(super) fn sent(&mut self, id: RequestId) {
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        if let NumberOrString::Number(number) = id {
            self.highest = self.highest.max(Some(number));
        }
        self.open.push(id);
    }

    /// Records that the response to a request is no longer awaited.
    pub(super) fn unawait(&mut self, id: &RequestId) {
        self.open.retain(|open| !is_same(open, id));
        if self.unawaited.len() >= MAX_OPEN {
            self.unawaited.pop_front();
        }
        self.unawaited.push_back(id.clone());
    }

    /// Removes and returns the newest open request.
    pub(super) fn take_newest(&mut self) -> Option<RequestId> {
        self.open.pop()
    }

    /// Records the response to a named request, which is then no longer open. The id is converted
    /// to the form in which it was sent, as the SDK requires.
    pub(super) fn answered(&mut self, id: &mut RequestId) -> Named {
        if let Some(index) = self.open.iter().position(|open| is_same(open, id)) {
            *id = self.open.remove(index);
            return Named::Known;
        }
        if self.unawaited.iter().any(|known| is_same(known, id)) {
            return Named::Known;
        }
        let number = id.to_string().parse::<i64>().ok();
        let was_sent = number.is_some_and(|number| number >= 0 && Some(number) <= self.highest);
        if was_sent {
            Named::Again
        } else {
            Named::Strange
        }
    }

    /// Records that a request is in progress, so that no earlier response belongs to it.
    pub(super) fn is_alive(&mut self, id: &RequestId) {
        for stray in &mut self.strays {
            stray.candidates.retain(|candidate| candidate != id);
        }
    }

    /// Adds a response that does not name an open request.
    pub(super) fn stray(&mut self, error: ErrorData, now: Instant) {
        if self.open.is_empty() || self.strays.len() >= MAX_STRAYS {
            let code = error.code.0;
            tracing::warn!(
                code,
                "an answer of an MCP server names no request that waits"
            );
            return;
        }
        self.strays.push(Stray {
            error,
            candidates: self.open.clone(),
            until: now + GRACE,
        });
    }

    /// Returns when [`OpenRequests::ended`] must be called again even if no message arrives.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.strays.iter().map(|stray| stray.until).min()
    }

    /// Returns the errors for requests whose unassigned response is now known, or must be assigned.
    pub(super) fn ended(&mut self, now: Instant) -> Vec<JsonRpcError> {
        let mut ended = Vec::new();
        loop {
            for stray in &mut self.strays {
                let open = &self.open;
                stray.candidates.retain(|id| open.contains(id));
            }
            self.strays.retain(|stray| !stray.candidates.is_empty());
            let is_due = |stray: &Stray| {
                let within = |other: &&Stray| {
                    let mut candidates = other.candidates.iter();
                    candidates.all(|id| stray.candidates.contains(id))
                };
                let n_answers = self.strays.iter().filter(within).count();
                n_answers >= stray.candidates.len() || stray.until <= now
            };
            let Some(due) = self.strays.iter().position(is_due) else {
                return ended;
            };
            let Stray {
                error, candidates, ..
            } = self.strays.remove(due);
            for id in candidates {
                self.unawait(&id);
                ended.push(JsonRpcError::new(Some(id), error.clone()));
            }
        }
    }
}

/// Returns whether two ids are the same. Some servers return a numeric id as text.
fn is_same(one: &RequestId, other: &RequestId) -> bool {
    one.to_string() == other.to_string()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rmcp::model::ErrorCode;

    use super::*;

    const fn id(number: i64) -> RequestId {
        RequestId::Number(number)
    }

    fn with_open(numbers: &[i64]) -> OpenRequests {
        let mut requests = OpenRequests::default();
        for number in numbers {
            requests.sent(id(*number));
        }
        requests
    }

    fn error(words: &str) -> ErrorData {
        ErrorData::new(ErrorCode::INVALID_REQUEST, words.to_owned(), None)
    }

    fn ended(requests: &mut OpenRequests, now: Instant) -> Vec<String> {
        let ended = requests.ended(now).into_iter();
        let words = ended.map(|error| format!("{} {}", error.id.unwrap(), error.error.message));
        words.collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_a_name_is_that_of_the_only_request() {
        let now = Instant::now();
        let mut requests = with_open(&[1]);
        requests.stray(error("no"), now);
        assert_eq!(ended(&mut requests, now), ["1 no"]);
        // What comes later for it is nothing new.
        assert_eq!(requests.answered(&mut id(1)), Named::Known);
        assert_eq!(requests.answered(&mut id(7)), Named::Strange);
        requests.stray(error("nobody's"), now);
        assert_eq!(requests.next_end(), None);
    }

    #[test]
    fn a_second_answer_is_told_from_one_to_nothing_that_was_sent() {
        let mut requests = with_open(&[0, 1, 2]);
        for (named, expected) in [
            (id(1), Named::Known),
            (id(1), Named::Again),
            (RequestId::String("1".into()), Named::Again),
            (id(3), Named::Strange),
            (id(-1), Named::Strange),
            (RequestId::String("x".into()), Named::Strange),
            (id(0), Named::Known),
            (id(2), Named::Known),
        ] {
            assert_eq!(requests.answered(&mut named.clone()), expected, "{named}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_answers_to_the_others_show_which_request_is_meant() {
        let now = Instant::now();
        let mut requests = with_open(&[1, 2, 3]);
        requests.stray(error("no"), now);
        assert_eq!(ended(&mut requests, now), [""; 0]);
        // It was sent after the answer.
        requests.sent(id(4));
        let mut as_text = RequestId::String("1".into());
        assert_eq!(requests.answered(&mut as_text), Named::Known);
        assert_eq!(as_text, id(1));
        requests.is_alive(&id(3));
        assert_eq!(ended(&mut requests, now), ["2 no"]);
        assert_eq!(requests.next_end(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_answers_as_requests_end_all() {
        let now = Instant::now();
        let mut requests = with_open(&[1, 2]);
        requests.stray(error("no"), now);
        assert_eq!(ended(&mut requests, now), [""; 0]);
        requests.stray(error("nor this"), now);
        assert_eq!(ended(&mut requests, now), ["1 no", "2 no"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nothing_shows_ends_all_that_it_may_be_for_after_a_while() {
        let now = Instant::now();
        let mut requests = with_open(&[1, 2]);
        requests.stray(error("no"), now);
        requests.sent(id(3));
        let end = requests.next_end().unwrap();
        assert_eq!(end, now + GRACE);
        assert_eq!(ended(&mut requests, end), ["1 no", "2 no"]);
        assert_eq!(requests.next_end(), None);
    }
}
