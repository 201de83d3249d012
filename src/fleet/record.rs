//! The record of a run at the server: reading it, and adding to it as the only one who does.

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

/// Names the object that holds the lines, where they are too large for the message.
const OBJECT: &str = "Flowdeck-Object";

/// The most bytes that headers and the protocol may take of a message.
const BESIDE_PAYLOAD: usize = 8 << 10;

/// How long until what was refused is tried again, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The entries of a run as they are at the server.
#[derive(Clone, Debug)]
pub(super) struct KeptRecord {
    pub(super) events: Vec<Arc<RunEvent>>,
    /// The number of the last message, which the next one has to name.
    pub(super) last: u64,
}

/// Somebody else has added to the record: the run is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another process has taken over this run")]
pub(super) struct Lost;

impl KeptRecord {
    /// Whether its run is over.
    pub(super) fn is_over(&self) -> bool {
        matches!(
            self.events.last().map(|event| &event.body),
            Some(RunEventBody::Ended { .. })
        )
    }

    /// Whether it is over only because a person or the program was gone, or because its batch had reached a limit of its own.
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

    /// Whether it waits for a person, whose answer is not there yet.
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

    /// The number that the next entry has within the run.
    pub(super) fn next_seq(&self) -> u64 {
        self.events.len() as u64
    }
}

/// Numbers entries by their order: each worker counts the pieces of answers, too, which the record is without.
fn number(events: &mut [Arc<RunEvent>]) {
    for (seq, event) in (0..).zip(events) {
        if let Some(event) = Arc::get_mut(event) {
            (event.seq, event.joined) = (seq, 0);
        }
    }
}

/// Waits that become longer.
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

/// Why lines were not added.
enum Refused {
    Lost,
    Trouble(String),
}

impl Link {
    /// The record of a run; none if there is nothing of it.
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

    /// A record that came with the message which puts its run into the queue.
    ///
    /// # Errors
    /// [`FleetError::JetStream`]: a line is no entry.
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

    /// The lines of a message of the record, which may lie among the objects.
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

    /// Reads lines of a record.
    ///
    /// # Errors
    /// [`FleetError::JetStream`]: a line is no entry.
    pub(super) fn read(
        &self,
        run: &RunId,
        lines: &[u8],
        events: &mut Vec<Arc<RunEvent>>,
    ) -> Result<(), FleetError> {
        read_entries(run, lines, "", events).map_err(|error| self.no_record(run, in_words(&error)))
    }

    /// Adds lines behind the message of the record that was the last, and gives the number of theirs. `id` is the same
    /// when the same lines are added again. While the server takes nothing, they are offered again and again.
    ///
    /// # Errors
    /// [`Lost`]: another message is the last.
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

    /// The number of the last message of a record, where that is ours: it was added, the confirmation did not reach us,
    /// and it is older than the time in which the server knows a message again by its id.
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

    /// Returns how many bytes of text a message may have.
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

    /// Puts a message into a stream; gives its number once the server has it on disk.
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

    /// Puts a message into the queue, whatever becomes of the server meanwhile. One of the same `id` within two minutes is
    /// the same message.
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
