//! The requests of a connection that wait for an answer, and the answers that do not say which of them they are for.

use std::collections::VecDeque;
use std::time::Duration;

use rmcp::model::{ErrorData, JsonRpcError, NumberOrString, RequestId};
use tokio::time::Instant;

/// How many requests are remembered that wait for an answer. Those that are given up unheard fall out at last.
const MAX_OPEN: usize = 1_024;
/// How many answers that name no request wait for theirs.
const MAX_STRAYS: usize = 64;
/// How long answers to the other requests may show which one is meant.
const GRACE: Duration = Duration::from_secs(5);

/// The requests that wait for an answer.
///
/// An answer that names none of them was given to one that was open when it came. It is that one's as soon as all others
/// are answered or show progress. It is not given to all at once, because a call that works on may have an effect that the
/// model would then ask for again; but after [`GRACE`] it is, as else its own call would wait for its whole time-out.
#[derive(Debug, Default)]
pub(super) struct OpenRequests {
    open: Vec<RequestId>,
    /// The requests whose answers nobody waits for: those that were given up, and the streams of news.
    unawaited: VecDeque<RequestId>,
    /// The highest id so far: the SDK counts them, so that those up to it were ours.
    highest: Option<i64>,
    strays: Vec<Stray>,
}

/// The kind of request that an answer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The answer belongs to a request that is known.
    Known,
    /// The answer belongs to a request that was answered before: a server that answers twice says nothing of the others.
    Again,
    /// The answer belongs to no request that was ever sent.
    Strange,
}

/// An answer that does not say which request it is for.
#[derive(Debug)]
struct Stray {
    error: ErrorData,
    /// The requests that it may be for. Never empty.
    candidates: Vec<RequestId>,
    /// Until when the others may show which.
    until: Instant,
}

impl OpenRequests {
    /// Notes that a request was sent.
    pub(super) fn sent(&mut self, id: RequestId) {
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        if let NumberOrString::Number(number) = id {
            self.highest = self.highest.max(Some(number));
        }
        self.open.push(id);
    }

    /// Notes that nobody waits for the answer to a request any more.
    pub(super) fn unawait(&mut self, id: &RequestId) {
        self.open.retain(|open| !is_same(open, id));
        if self.unawaited.len() >= MAX_OPEN {
            self.unawaited.pop_front();
        }
        self.unawaited.push_back(id.clone());
    }

    /// Takes the newest request, which waits no longer.
    pub(super) fn take_newest(&mut self) -> Option<RequestId> {
        self.open.pop()
    }

    /// An answer came that names a request. If that one waits, it waits no longer. The id becomes what it was when it was
    /// sent, as the SDK knows no other.
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

    /// Notes that a request is being worked on, so no answer was given to it before.
    pub(super) fn is_alive(&mut self, id: &RequestId) {
        for stray in &mut self.strays {
            stray.candidates.retain(|candidate| candidate != id);
        }
    }

    /// Takes an answer that names no request that waits.
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

    /// When [`OpenRequests::ended`] may have more to give though nothing came.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.strays.iter().map(|stray| stray.until).min()
    }

    /// The errors of the requests that answers without a name are now known to be for, or must be given to.
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

/// Whether two ids are one. Some servers give the number back as text.
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
