//! The way of one run's events from its record to the program that has it carried out, each once
//! and in order.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{RequestId, SpanId};
use crate::base::lock::lock;
use crate::fleet::record::KeptRecord;
use crate::trace::{Event, Reply, RequestKind, RunEvent, RunEventBody, RunState};

/// How many pieces of answers wait for the entry that says what was asked; the oldest are dropped.
const MAX_PIECES: usize = 256;

/// A request that a person has not answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) kind: RequestKind,
    pub(super) span: Option<SpanId>,
    pub(super) key: Option<String>,
}

/// The news for people in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A worker has begun it.
    Began,
    /// Somebody else answered what we have answered, too.
    AnsweredByOther,
}

/// The way of one run's events.
#[derive(Debug)]
pub(super) struct Route {
    events_tx: mpsc::Sender<RunEvent>,
    state: Mutex<State>,
    over: CancellationToken,
    began: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// Messages that came before the record was read; none once it is.
    early: Option<VecDeque<(u64, Vec<Arc<RunEvent>>)>>,
    /// The number of the last message.
    last: u64,
    n_events: u64,
    asked: HashMap<RequestId, Asked>,
    /// The answers that we have given, until the record says what counts.
    expected: HashMap<RequestId, Reply>,
    /// The requests that models are answering.
    generating: HashSet<RequestId>,
    pieces: VecDeque<RunEvent>,
}

impl Route {
    pub(super) fn new(events_tx: mpsc::Sender<RunEvent>) -> Self {
        Self {
            events_tx,
            state: Mutex::new(State {
                early: Some(VecDeque::new()),
                ..State::default()
            }),
            over: CancellationToken::new(),
            began: Arc::default(),
        }
    }

    /// Cancelled once the last event is passed on.
    pub(super) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// Woken each time that a worker begins to carry the run out.
    pub(super) fn began(&self) -> Arc<Notify> {
        Arc::clone(&self.began)
    }

    /// The number of the last message of the record, and that of the next entry.
    pub(super) fn place(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.last, state.n_events)
    }

    /// A request that is open.
    pub(super) fn asked(&self, request: &RequestId) -> Option<Asked> {
        lock(&self.state).asked.get(request).cloned()
    }

    /// Whether nobody has answered a request.
    pub(super) fn is_open(&self, request: &RequestId) -> bool {
        lock(&self.state).asked.contains_key(request)
    }

    /// We answer a request with this; another answer that counts in its place is news.
    pub(super) fn expect_answer(&self, request: &RequestId, reply: &Reply) {
        let mut state = lock(&self.state);
        state.expected.insert(request.clone(), reply.clone());
    }

    /// Takes the record up to here: what is not known of it is passed on, then what came meanwhile.
    pub(super) async fn start(&self, kept: KeptRecord, known: &[Arc<RunEvent>]) {
        let mut is_known: HashMap<u64, usize> = HashMap::default();
        for event in known {
            *is_known.entry(mark(event)).or_default() += 1;
        }
        lock(&self.state).last = kept.last;
        // The worker that takes a run up says that it was interrupted: its present state is sent
        // after that.
        let is_taken_up = known.len() > 1;
        let states = kept.events.iter().rev();
        let mut states = states.filter(|it| matches!(it.body, RunEventBody::StateChanged { .. }));
        let state = states.next().filter(|_| is_taken_up && !kept.is_over());
        let state = state.cloned();
        for event in kept.events {
            let n_left = is_known.get_mut(&mark(&event)).filter(|left| **left > 0);
            let is_new = match n_left {
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => true,
            };
            self.pass_on(event, is_new).await;
        }
        if let Some(state) = state {
            self.send(Arc::unwrap_or_clone(state)).await;
        }
        loop {
            let next = {
                let mut state = lock(&self.state);
                let next = state.early.as_mut().and_then(VecDeque::pop_front);
                if next.is_none() {
                    state.early = None;
                }
                next
            };
            match next {
                Some((number, events)) if number > kept.last => {
                    self.deliver(number, events).await;
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    /// A message of the record. Gives what people should know of it.
    pub(super) async fn take(&self, number: u64, events: Vec<Arc<RunEvent>>) -> Vec<News> {
        {
            let mut state = lock(&self.state);
            if let Some(early) = &mut state.early {
                early.push_back((number, events));
                return Vec::new();
            }
            if number <= state.last {
                return Vec::new();
            }
        }
        self.deliver(number, events).await
    }

    async fn deliver(&self, number: u64, events: Vec<Arc<RunEvent>>) -> Vec<News> {
        lock(&self.state).last = number;
        let mut news = Vec::new();
        for event in events {
            news.extend(self.pass_on(event, true).await);
        }
        let ready: Vec<RunEvent> = {
            let mut state = lock(&self.state);
            let State {
                pieces, generating, ..
            } = &mut *state;
            let (ready, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(pieces)
                .into_iter()
                .partition(|piece| generating_of(piece).is_some_and(|it| generating.contains(it)));
            *pieces = waiting;
            ready.into()
        };
        for piece in ready {
            self.send(piece).await;
        }
        news
    }

    /// Takes a piece of an answer, which is in no record. It waits for the entry that says what was asked.
    pub(super) async fn take_piece(&self, piece: RunEvent) {
        {
            let mut state = lock(&self.state);
            let Some(request) = generating_of(&piece) else {
                return;
            };
            if !state.generating.contains(request) {
                if state.pieces.len() >= MAX_PIECES {
                    state.pieces.pop_front();
                }
                state.pieces.push_back(piece);
                return;
            }
        }
        self.send(piece).await;
    }

    async fn pass_on(&self, event: Arc<RunEvent>, is_new: bool) -> Option<News> {
        let (news, is_end) = lock(&self.state).note(&event);
        if news == Some(News::Began) {
            self.began.notify_one();
        }
        if is_new && !matches!(event.body, RunEventBody::Planned(_)) {
            self.send(Arc::unwrap_or_clone(event)).await;
        }
        if is_end {
            self.over.cancel();
        }
        news
    }

    /// Sends an event on; does nothing if the program that has the run carried out is gone.
    async fn send(&self, event: RunEvent) {
        let _gone = self.events_tx.send(event).await;
    }
}

impl State {
    /// Takes in an entry. Gives what people should know, and whether it is the end of the run.
    fn note(&mut self, event: &RunEvent) -> (Option<News>, bool) {
        self.n_events += 1;
        match &event.body {
            RunEventBody::StateChanged {
                state: RunState::Running,
            } => {
                self.pieces.clear();
                return (Some(News::Began), false);
            }
            RunEventBody::Ended { .. } => return (None, true),
            RunEventBody::Traced(Event::LlmGenerationRequest { request_id, .. }) => {
                self.generating.insert(request_id.clone());
            }
            RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
                self.generating.remove(&response.request_id);
            }
            RunEventBody::Traced(Event::HumanInTheLoopRequest {
                request_id,
                content,
                key,
            }) => {
                let asked = Asked {
                    kind: content.as_ref().clone(),
                    span: event.span.clone(),
                    key: key.clone(),
                };
                self.asked.insert(request_id.clone(), asked);
            }
            RunEventBody::Traced(Event::HumanInTheLoopResponse {
                request_id,
                content,
                ..
            }) => {
                self.asked.remove(request_id);
                let ours = self.expected.remove(request_id);
                if ours.is_some_and(|ours| ours != **content) {
                    return (Some(News::AnsweredByOther), false);
                }
            }
            _ => {}
        }
        (None, false)
    }
}

/// The request that a piece answers.
fn generating_of(piece: &RunEvent) -> Option<&RequestId> {
    match &piece.body {
        RunEventBody::Traced(Event::LlmGenerationChunkReceived { request_id, .. }) => {
            Some(request_id)
        }
        _ => None,
    }
}

/// Returns a mark by which an entry is known again that was numbered elsewhere.
fn mark(event: &RunEvent) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.span.hash(&mut hasher);
    // The text of a spec is in the first entry here, and not at the server.
    if !matches!(event.body, RunEventBody::Planned(_)) {
        serde_json::to_vec(&event.body)
            .unwrap_or_default()
            .hash(&mut hasher);
    }
    hasher.finish()
}
