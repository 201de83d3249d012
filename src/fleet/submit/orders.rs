//! Orders to the worker of a run: answer, pause, end.

use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};

use super::Carried;
use crate::base::digest::hex_digest;
use crate::base::ids::RequestId;
use crate::fleet::connection::in_words;
use crate::fleet::layout::orders_of;
use crate::fleet::message::WorkerOrder;
use crate::fleet::record::Backoff;
use crate::runs::{Order, check_reply, write_entry};
use crate::trace::{Answer, Event, ExecutionStatusName, Failure, RunEvent, RunEventBody, RunState};

/// The time that the worker of a run has to confirm an order.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

impl Carried<'_> {
    pub(super) async fn handle_order(&self, order: Order) {
        match order {
            Order::Answer(request, answer) => self.answer(&request, *answer).await,
            Order::Pause(is_paused) => self.send(&WorkerOrder::Pause(is_paused)).await,
            Order::Cut => self.send(&WorkerOrder::Cut).await,
            Order::End(state, failure) => self.end(state, *failure).await,
        }
    }

    /// Sends an order to the worker of the run; has no effect if no worker has it.
    pub(super) async fn send(&self, order: &WorkerOrder) {
        let mut backoff = Backoff::new();
        while let OrderOutcome::Silence = self.say(order).await {
            backoff.wait().await;
        }
    }

    async fn say(&self, order: &WorkerOrder) -> OrderOutcome {
        let Ok(mut order) = serde_json::to_vec(order) else {
            return OrderOutcome::Nobody;
        };
        if order.len() > self.shared.link.room() {
            let name = format!("order.{}.{}", self.run, hex_digest(&order));
            self.shared.keep_object(&name, &order).await;
            order = serde_json::to_vec(&WorkerOrder::Kept(name)).unwrap_or_default();
        }
        let order = Request::new()
            .payload(order.into())
            .timeout(Some(HEARD_WITHIN));
        let client = &self.shared.link.client;
        match client.send_request(orders_of(&self.run), order).await {
            Ok(_heard) => OrderOutcome::Yes,
            Err(error) if error.kind() == RequestErrorKind::NoResponders => OrderOutcome::Nobody,
            Err(_silent) => OrderOutcome::Silence,
        }
    }

    /// Answers a request: through the worker of the run, or else by an event in its record, from
    /// which any worker can continue.
    async fn answer(&self, request: &RequestId, answer: Answer) {
        let order = WorkerOrder::answer(request, &answer);
        self.route.expect_answer(request, &answer.reply);
        let mut backoff = Backoff::new();
        loop {
            match self.say(&order).await {
                OrderOutcome::Yes => return,
                OrderOutcome::Silence => {}
                OrderOutcome::Nobody => {
                    if self.record_answer(request, &answer).await {
                        return;
                    }
                }
            }
            // A worker may be about to leave it, or the record to reach us.
            backoff.wait().await;
            if !self.route.is_open(request) {
                return;
            }
        }
    }

    /// Appends an answer to the record, and queues the run again. False if another writer appended
    /// meanwhile.
    async fn record_answer(&self, request: &RequestId, answer: &Answer) -> bool {
        let Some(asked) = self.route.asked(request) else {
            tracing::warn!(run = %self.run, "an answer to a request that is not open is dropped");
            return true;
        };
        if let Err(error) = check_reply(request, &asked.kind, &answer.reply) {
            tracing::warn!(run = %self.run, %error, "an answer was not taken");
            return true;
        }
        let (last, seq) = self.route.place();
        let event = RunEvent {
            run: self.run.clone(),
            seq,
            joined: 0,
            timestamp: self.shared.clock.now(),
            span: asked.span,
            body: RunEventBody::Traced(Event::HumanInTheLoopResponse {
                request_id: request.clone(),
                key: asked.key,
                prepared: None,
                client_message: answer.client_message.clone(),
                content: Box::new(answer.reply.clone()),
            }),
        };
        match self.append(&event, last, "answer").await {
            Some(last) => {
                self.enqueue(last, None).await;
                true
            }
            None => false,
        }
    }

    /// Ends the run by an event in its record. The next event of a worker that has the run is then
    /// refused; the worker is also informed now.
    async fn end(&self, state: RunState, failure: Failure) {
        let link = &self.shared.link;
        let mut place = self.route.place();
        loop {
            let event = RunEvent {
                run: self.run.clone(),
                seq: place.1,
                joined: 0,
                timestamp: self.shared.clock.now(),
                span: None,
                body: RunEventBody::Ended {
                    state,
                    status: Some(ExecutionStatusName::InterruptedExecutionStatus),
                    outputs: Box::default(),
                    error: Some(Box::new(failure.clone())),
                },
            };
            if self.append(&event, place.0, "end").await.is_some() {
                break;
            }
            match link.record(&self.batch, &self.run).await {
                Ok(Some(kept)) if kept.is_over() => return,
                Ok(Some(kept)) => place = (kept.last, kept.next_seq()),
                Ok(None) => return,
                Err(error) => link.note(Some(in_words(&error))),
            }
        }
        // One that does not hear it finds out with its next entry.
        let _heard = self.say(&WorkerOrder::Ended).await;
    }

    /// Appends an event of this process to the record; `None` if another writer was first.
    pub(super) async fn append(&self, event: &RunEvent, last: u64, what: &str) -> Option<u64> {
        let mut lines = Vec::new();
        write_entry(event, &mut lines).ok()?;
        let digest = hex_digest(&lines);
        let id = format!("{}.{what}.{last}.{digest}", self.run);
        let place = (self.subject.as_str(), last);
        self.shared.link.append(place, &id, &lines).await.ok()
    }
}

/// The outcome of an order.
enum OrderOutcome {
    Yes,
    /// No worker has the run.
    Nobody,
    /// A worker may have the run but doesn't answer.
    Silence,
}
