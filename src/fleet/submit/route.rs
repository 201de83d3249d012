//! The route of one run's events from its record to the launching program, each event once and in
//! order.

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

/// The maximum number of pieces of answers that wait for the event with their request; the oldest
/// are dropped.
const MAX_PIECES: usize = 256;

/// A request that a person has not answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) kind: RequestKind,
    pub(super) span: Option<SpanId>,
    pub(super) key: Option<String>,
}

/// News in an event that is reported to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A worker has begun to execute the run.
    Began,
    /// Another process has answered a request that this process has answered too.
    AnsweredByOther,
}

/// The route of one run's events.
#[derive(Debug)]
pub(super) struct Route {
    events_tx: mpsc::Sender<RunEvent>,
    state: Mutex<State>,
    over: CancellationToken,
    began: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// Messages that arrived before the record was read; `None` afterwards.
    early: Option<VecDeque<(u64, Vec<Arc<RunEvent>>)>>,
    /// The number of the last message.
    last: u64,
    n_events: u64,
    asked: HashMap<RequestId, Asked>,
    /// The answers that this process has given, until the record says which answer counts.
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

    /// Returns a token that is cancelled after the last event was passed on.
    pub(super) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// Returns the notification for each time that a worker begins to execute the run.
    pub(super) fn began(&self) -> Arc<Notify> {
        Arc::clone(&self.began)
    }

    /// Returns the number of the record's last message and the number of the next event.
    pub(super) fn place(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.last, state.n_events)
    }

    /// Returns an open request.
    pub(super) fn asked(&self, request: &RequestId) -> Option<Asked> {
        lock(&self.state).asked.get(request).cloned()
    }

    /// Whether a request is still unanswered.
    pub(super) fn is_open(&self, request: &RequestId) -> bool {
        lock(&self.state).asked.contains_key(request)
    }

    /// Stores this process's answer to a request. If a different answer counts in the end, that is
    /// reported.
    pub(super) fn expect_answer(&self, request: &RequestId, reply: &Reply) {
        let mut state = lock(&self.state);
        state.expected.insert(request.clone(), reply.clone());
    }

    /// Starts the route with the record as read: passes on its unknown events, then the messages
    /// that arrived meanwhile.
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

    /// Handles a message of the record. Returns the news for the person.
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

    /// Handles a piece of an answer, which is not in the record. The piece waits until the event
    /// with its request was passed on.
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

    /// Passes an event on; does nothing if the receiver is gone.
    async fn send(&self, event: RunEvent) {
        let _gone = self.events_tx.send(event).await;
    }
}

impl State {
    /// Records an event. Returns the news for the person, and whether the event ends the run.
    fn note(&mut self, event: &RunEvent) -> (Option<News>, bool) {
        self.n_events += 1;
        match &event.body {
            RunEventBody::StateChanged {
                state: RunState::Running,
            } => return (Some(News::Began), false),
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

/// Returns the request that a piece answers.
fn generating_of(piece: &RunEvent) -> Option<&RequestId> {
    match &piece.body {
        RunEventBody::Traced(Event::LlmGenerationChunkReceived { request_id, .. }) => {
            Some(request_id)
        }
        _ => None,
    }
}

/// Returns a fingerprint that identifies an event even if it is numbered differently elsewhere.
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
