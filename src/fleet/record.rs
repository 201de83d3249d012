//! The record of a run on the server: reading it, and appending to it as its only writer.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::Bytes;

use super::connection::{FleetError, Link, in_words};
use super::layout::{RECORDS, record_of};
use super::message::ShortRecord;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{open_again, read_entries};
use crate::trace::{Event, FailureKind, RunEvent, RunEventBody, RunState};

/// The header with the name of the object that holds the lines, if they are too large for the
/// message.
const OBJECT: &str = "Flowdeck-Object";

/// The maximum number of bytes of a message that headers and protocol need.
const BESIDE_PAYLOAD: usize = 8 << 10;

/// The time until a refused message is sent again: the first wait and the longest one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The events of a run as stored on the server.
#[derive(Clone, Debug)]
pub(super) struct KeptRecord {
    pub(super) events: Vec<Arc<RunEvent>>,
    /// The number of the last message, which the next message must name.
    pub(super) last: u64,
}

/// The error that another writer has appended to the record, so that the run belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another process has taken over this run")]
pub(super) struct Lost;

impl KeptRecord {
    /// Whether the run has ended.
    pub(super) fn is_over(&self) -> bool {
        matches!(
            self.events.last().map(|event| &event.body),
            Some(RunEventBody::Ended { .. })
        )
    }

    /// Whether the run has ended only because a person or the program was missing, or because of a
    /// limit of its batch.
    pub(super) fn can_go_on(&self) -> bool {
        match self.events.last().map(|event| &event.body) {
            Some(RunEventBody::Ended { state, error, .. }) => match state {
                RunState::NeedsInput | RunState::Interrupted => true,
                RunState::Cancelled => {
                    let error = error.as_deref();
                    error.is_some_and(|error| error.kind == FailureKind::Limit)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether the run waits for a person's answer.
    pub(super) fn waits(&self) -> bool {
        let last = self
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                RunEventBody::StateChanged { state } => {
                    Some(matches!(state, RunState::NeedsInput | RunState::Answered))
                }
                RunEventBody::Traced(Event::HumanInTheLoopResponse { .. }) => Some(false),
                _ => None,
            });
        last.unwrap_or(false)
    }

    /// Returns the number of the run's next event.
    pub(super) fn next_seq(&self) -> u64 {
        self.events.len() as u64
    }
}

/// Numbers events in order. Workers also count the pieces of answers, which the record doesn't
/// contain.
fn number(events: &mut [Arc<RunEvent>]) {
    for (seq, event) in (0..).zip(events) {
        if let Some(event) = Arc::get_mut(event) {
            (event.seq, event.joined) = (seq, 0);
        }
    }
}

/// Waiting times that increase with each attempt.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(FIRST_WAIT)
    }

    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_WAIT);
    }
}

/// The reason why lines were not appended.
enum Refused {
    Lost,
    Trouble(String),
}

impl Link {
    /// Returns the record of a run; `None` if the server has nothing of it.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn record(
        &self,
        batch: &BatchId,
        run: &RunId,
    ) -> Result<Option<KeptRecord>, FleetError> {
        let subject = record_of(batch, run);
        let mut kept = KeptRecord {
            events: Vec::new(),
            last: 0,
        };
        let mut backoff = Backoff::new();
        let mut n_failed = 0;
        loop {
            let next = self
                .records
                .direct_get_next_for_subject(subject.as_str(), Some(kept.last + 1))
                .await;
            match next {
                Ok(message) => {
                    let lines = self.lines(&message.payload, Some(&message.headers)).await?;
                    // What comes after an end takes it back.
                    if kept.is_over() {
                        open_again(&mut kept.events);
                    }
                    self.read(run, &lines, &mut kept.events)?;
                    number(&mut kept.events);
                    kept.last = message.sequence;
                    n_failed = 0;
                }
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => {
                    return Ok((kept.last > 0).then_some(kept));
                }
                Err(error) => {
                    n_failed += 1;
                    if n_failed > 5 {
                        return Err(self.no_record(run, in_words(&error)));
                    }
                    backoff.wait().await;
                }
            }
        }
    }

    /// Reads a record that is part of the message that queued its run.
    ///
    /// # Errors
    /// [`FleetError::JetStream`]: a line is not an event.
    pub(super) fn short_record(
        &self,
        run: &RunId,
        record: &ShortRecord,
    ) -> Result<KeptRecord, FleetError> {
        let mut events = Vec::new();
        self.read(run, record.lines.as_bytes(), &mut events)?;
        number(&mut events);
        Ok(KeptRecord {
            events,
            last: record.last,
        })
    }

    /// Returns the lines of a message of the record, which may be stored as an object.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn lines(
        &self,
        payload: &Bytes,
        headers: Option<&HeaderMap>,
    ) -> Result<Bytes, FleetError> {
        match headers.and_then(|headers| headers.get(OBJECT)) {
            Some(name) => self.object(name.as_str()).await.map(Bytes::from),
            None => Ok(payload.clone()),
        }
    }

    /// Parses lines of a record.
    ///
    /// # Errors
    /// [`FleetError::JetStream`]: a line is not an event.
    pub(super) fn read(
        &self,
        run: &RunId,
        lines: &[u8],
        events: &mut Vec<Arc<RunEvent>>,
    ) -> Result<(), FleetError> {
        read_entries(run, lines, "", events).map_err(|error| self.no_record(run, in_words(&error)))
    }

    /// Appends lines after the given last message of the record, and returns the number of the new
    /// message. `id` is the same when the same lines are appended again. The lines are sent
    /// repeatedly until the server accepts them.
    ///
    /// # Errors
    /// [`Lost`]: another message is the last one.
    pub(super) async fn append(
        &self,
        (subject, last): (&str, u64),
        id: &str,
        lines: &[u8],
    ) -> Result<u64, Lost> {
        let mut backoff = Backoff::new();
        loop {
            match self.try_append((subject, last), id, lines).await {
                Ok(sequence) => {
                    if self.state().borrow().trouble.is_some() {
                        self.note(None);
                    }
                    return Ok(sequence);
                }
                Err(Refused::Lost) => match self.is_last((subject, last), id).await {
                    Ok(Some(sequence)) => return Ok(sequence),
                    Ok(None) => return Err(Lost),
                    Err(words) => {
                        self.note(Some(words));
                        backoff.wait().await;
                    }
                },
                Err(Refused::Trouble(words)) => {
                    self.note(Some(words));
                    backoff.wait().await;
                }
            }
        }
    }

    /// Returns the number of a record's last message if this process has written it. This finds a
    /// message whose confirmation was lost and which is too old for the server to recognize by its
    /// id.
    async fn is_last(&self, (subject, last): (&str, u64), id: &str) -> Result<Option<u64>, String> {
        let next = self
            .records
            .direct_get_next_for_subject(subject, Some(last + 1))
            .await;
        match next {
            Ok(message) => {
                let named = message.headers.get(NATS_MESSAGE_ID);
                let is_ours = named.is_some_and(|named| named.as_str() == id);
                Ok(is_ours.then_some(message.sequence))
            }
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(in_words(&error)),
        }
    }

    /// Returns the maximum number of bytes of text in a message.
    pub(super) fn room(&self) -> usize {
        self.client.max_payload().saturating_sub(BESIDE_PAYLOAD)
    }

    async fn try_append(
        &self,
        (subject, last): (&str, u64),
        id: &str,
        lines: &[u8],
    ) -> Result<u64, Refused> {
        let message = PublishMessage::build()
            .message_id(id)
            .expected_last_subject_sequence(last);
        let message = if lines.len() > self.room() {
            let kept = self.keep_object(id, lines).await;
            kept.map_err(|error| Refused::Trouble(in_words(&error)))?;
            message.header(OBJECT, id)
        } else {
            message.payload(Bytes::copy_from_slice(lines))
        };
        self.published(subject, message).await
    }

    /// Publishes a message to a stream; returns its number when the server has it on disk.
    async fn published(&self, subject: &str, message: PublishMessage) -> Result<u64, Refused> {
        let acknowledged = async {
            let sent = self
                .context
                .send_publish(subject.to_owned(), message)
                .await?;
            sent.await
        };
        match acknowledged.await {
            Ok(kept) => Ok(kept.sequence),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Err(Refused::Lost),
            Err(error) => Err(Refused::Trouble(format!(
                "{} accepts nothing now: {}",
                self.servers,
                in_words(&error)
            ))),
        }
    }

    /// Puts a message into the queue, repeating until the server accepts it. A second message with
    /// the same `id` within two minutes is dropped as a duplicate.
    pub(super) async fn enqueue(&self, subject: &str, id: &str, text: &[u8]) {
        let mut backoff = Backoff::new();
        loop {
            let message = PublishMessage::build()
                .message_id(id)
                .payload(Bytes::copy_from_slice(text));
            match self.published(subject, message).await {
                Ok(_) => {
                    if self.state().borrow().trouble.is_some() {
                        self.note(None);
                    }
                    return;
                }
                Err(Refused::Lost) => return,
                Err(Refused::Trouble(words)) => {
                    self.note(Some(words));
                    backoff.wait().await;
                }
            }
        }
    }

    fn no_record(&self, run: &RunId, reason: String) -> FleetError {
        FleetError::JetStream {
            servers: self.servers.clone(),
            what: format!("the record of `{run}` in `{RECORDS}`"),
            reason,
        }
    }
}
