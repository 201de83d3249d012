//! Reads a server's response: a stream of events, a single body, or an error.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, timeout, timeout_at};

use super::incoming::Incoming;
use super::patience::Patience;
use super::{Delivery, HttpModel};
use crate::llm::answer::Answer;
use crate::llm::assemble::MAX_CALLS;
use crate::llm::error::Failed;
use crate::llm::json;
use crate::llm::server_words::is_html;
use crate::llm::wire::{SameWords, Unread};
use crate::net::retry::asked_wait;
use crate::net::sse::{SseDecoder, SseEvent};
use crate::net::{body, causes};

/// The maximum size of an event in a stream, in bytes.
pub(super) const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;
/// The maximum size of a body that is not a stream, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The maximum size, in bytes, and the time limit for reading the body of an error response.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for the end of the body after `[DONE]`, so that the connection can be reused.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(100);
/// The maximum size of an answer, in bytes of text, in case a server never stops.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The names of events that only keep the connection alive.
const HEARTBEATS: [&str; 4] = ["ping", "heartbeat", "keepalive", "keep-alive"];

/// Tracks whether the answer of a stream is complete.
#[derive(Debug, Default)]
struct End {
    /// Whether there was an event other than a heartbeat.
    has_events: bool,
    /// Until when to wait for the usage.
    grace: Option<Instant>,
    /// Whether a piece came after a finish reason: such a server sends a reason with each piece, so
    /// a reason does not mark the end.
    is_unsure: bool,
}

impl End {
    /// Updates the state after an event.
    fn note(&mut self, answer: &Answer, has_grown: bool) {
        if self.grace.is_some() && has_grown {
            self.grace = None;
            self.is_unsure = true;
        } else if self.grace.is_none() && !self.is_unsure && answer.is_finished() {
            self.grace = Some(Patience::grace(has_grown));
        }
    }
}

impl HttpModel {
    pub(super) async fn refusal(&self, mut response: Response) -> Failed {
        let status = response.status().as_u16();
        let retry_after = asked_wait(|name| header(response.headers(), name));
        let body = body::beginning(&mut response, MAX_REFUSAL_BYTES, REFUSAL_TIMEOUT).await;
        let body = String::from_utf8_lossy(&body);
        self.asked().refused(status, &body, retry_after)
    }

    /// Reads a stream until its answer is complete, and delivers its pieces, even if it fails
    /// later. Once the answer is complete, no later event or error makes it fail.
    pub(super) async fn read_stream(
        &self,
        response: Response,
        answer: &mut Answer,
        delivery: &mut Delivery<'_>,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failed> {
        let read = self.read_events(response, answer, delivery, patience).await;
        delivery.deliver(answer).await;
        read
    }

    async fn read_events(
        &self,
        response: Response,
        answer: &mut Answer,
        delivery: &mut Delivery<'_>,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failed> {
        let incoming = Incoming::read(response);
        let mut events = SseDecoder::new(MAX_EVENT_BYTES);
        let (mut bytes, mut ready) = (Vec::new(), Vec::new());
        let mut end = End::default();
        let mut same = SameWords::default();
        let mut reader = self.shared.readers.enter();
        // What a server sends that answers without events.
        let mut body = Vec::new();
        loop {
            // Pieces that arrive together are passed on together.
            match reader.holds_until() {
                Some(until) => incoming.gather(until).await,
                None if answer.has_deltas() => {
                    let handing_over = Instant::now();
                    delivery.deliver(answer).await;
                    reader.note_emitted();
                    patience.excuse(handing_over);
                }
                None => {}
            }
            if let Some(until) = end.grace {
                match timeout_at(until, incoming.next(&mut bytes)).await {
                    Ok(Ok(())) if !bytes.is_empty() => {}
                    Ok(_) | Err(_) => return Ok(()),
                }
            } else {
                let next = patience.bytes(incoming.next(&mut bytes)).await;
                match next.and_then(|next| next.map_err(|error| self.broke_off(error))) {
                    Ok(()) if bytes.is_empty() => break,
                    Ok(()) => {}
                    Err(failed) => {
                        let has_ended =
                            end.is_unsure && failed.is_impatience() && !patience.is_over();
                        return if has_ended { Ok(()) } else { Err(failed) };
                    }
                }
            }
            if !end.has_events && body.len() < MAX_EVENT_BYTES {
                body.extend_from_slice(&bytes);
            }
            if let Err(error) = events.push(&bytes, &mut ready) {
                if end.grace.is_some() {
                    return Ok(());
                }
                let failed = Failed::bad_answer(format!("`{}`: {error}", self.endpoint));
                return Err(failed.of_stream());
            }
            if self.take_events(&mut ready, answer, &mut same, &mut end, patience)? {
                // Told before the goodbye, which nobody has to wait for.
                delivery.deliver(answer).await;
                goodbye(&incoming).await;
                return Ok(());
            }
        }
        let is_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if !end.has_events && (is_json || is_html(&String::from_utf8_lossy(&body))) {
            return self.take_body(&body, answer);
        }
        if answer.is_finished() && !events.is_inside_event() {
            return Ok(());
        }
        let what = if end.has_events {
            "in the middle of an answer"
        } else {
            "without an answer"
        };
        let message = format!("`{}` ended the stream {what}", self.endpoint);
        Err(Failed::transport(message).of_stream())
    }

    /// Processes events that arrived together; returns whether the answer is complete.
    ///
    /// # Errors
    /// An event is invalid, and the answer was not complete before it.
    fn take_events(
        &self,
        events: &mut Vec<SseEvent>,
        answer: &mut Answer,
        same: &mut SameWords,
        end: &mut End,
        patience: &mut Patience<'_>,
    ) -> Result<bool, Failed> {
        for event in events.drain(..).filter(|event| !is_heartbeat(event)) {
            end.has_events = true;
            if event.data.trim_ascii() == b"[DONE]" {
                return Ok(true);
            }
            let before = answer.progress();
            match self.take_event(&event, answer, same) {
                Err(_) if end.grace.is_some() => return Ok(true),
                taken => taken.map_err(Failed::of_stream)?,
            }
            let has_grown = answer.progress() > before;
            if has_grown {
                patience.renew();
            }
            end.note(answer, has_grown);
            if answer.is_over() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take_event(
        &self,
        event: &SseEvent,
        answer: &mut Answer,
        same: &mut SameWords,
    ) -> Result<(), Failed> {
        let SseEvent { name, data } = event;
        let asked = self.asked();
        let data = str::from_utf8(data).map_err(|_not_utf8| asked.not_utf8(data))?;
        let is_error = name.eq_ignore_ascii_case("error");
        if !is_error && self.wire.read_usual(data, answer, same) {
            return self.check_bounds(answer);
        }
        let event = json::parse(data).map_err(|error| {
            Failed::bad_answer(format!(
                "`{}` sent an event that is not JSON ({error}): {}",
                self.endpoint,
                asked.quoted(data)
            ))
        })?;
        answer.expect_halves(event.has_halves);
        let read = self.wire.read_event(&event.value, answer);
        let read = if is_error {
            read.and(Err(Unread::IsError))
        } else {
            read
        };
        read.map_err(|unread| asked.unread(unread, &event.value, data))?;
        self.check_bounds(answer)
    }

    /// Checks the size of an answer.
    ///
    /// # Errors
    /// The answer is too large. It is not cut instead, because a part would be a different answer.
    fn check_bounds(&self, answer: &Answer) -> Result<(), Failed> {
        let bound = if answer.len_bytes() > MAX_ANSWER_BYTES {
            format!("{} MB", MAX_ANSWER_BYTES / (1024 * 1024))
        } else if answer.has_too_many_calls() {
            format!("{MAX_CALLS} tool calls")
        } else {
            return Ok(());
        };
        Err(Failed::bad_answer(format!(
            "`{}` sent more than {bound} for one answer",
            self.endpoint
        )))
    }

    /// Reads a complete body into an answer.
    ///
    /// # Errors
    /// The body is not an answer; marked by [`Failed::of_stream`] if a request without streaming
    /// may get one.
    pub(super) fn take_body(&self, body: &[u8], answer: &mut Answer) -> Result<(), Failed> {
        let asked = self.asked();
        let text = &*String::from_utf8_lossy(body);
        // A page is no model server's, in whatever form it is asked.
        let form = if is_html(text) {
            |failed| failed
        } else if str::from_utf8(body).is_err() {
            return Err(asked.not_utf8(body).of_stream());
        } else {
            Failed::of_stream
        };
        let body = json::parse(text).map_err(|error| form(asked.not_json(text, &error)))?;
        answer.expect_halves(body.has_halves);
        let read = self.wire.read_body(&body.value, answer);
        read.map_err(|unread| asked.unread(unread, &body.value, text).of_stream())?;
        self.check_bounds(answer).map_err(Failed::of_stream)
    }

    /// Reads a body to its end, or until it is complete JSON and the server sends nothing more for
    /// a while.
    pub(super) async fn read_body(
        &self,
        mut response: Response,
        patience: &mut Patience<'_>,
    ) -> Result<Vec<u8>, Failed> {
        let mut body = Vec::new();
        loop {
            let mut more = None;
            if body.trim_ascii_end().ends_with(b"}") {
                let waiting = timeout_at(Patience::grace(false), response.chunk()).await;
                if !matches!(waiting, Ok(Ok(_))) && is_whole(&body) {
                    break;
                }
                more = waiting.ok();
            }
            let more = match more {
                Some(more) => more,
                None => patience.bytes(response.chunk()).await?,
            };
            let Some(bytes) = more.map_err(|error| self.broke_off(error))? else {
                break;
            };
            // Some servers keep a connection alive by blanks before the body.
            if !bytes.trim_ascii().is_empty() {
                patience.renew();
            }
            body.extend_from_slice(&bytes);
            if body.len() > MAX_BODY_BYTES {
                return Err(Failed::bad_answer(format!(
                    "`{}` sent an answer of more than {} MB",
                    self.endpoint,
                    MAX_BODY_BYTES / (1024 * 1024)
                )));
            }
        }
        Ok(body)
    }

    fn broke_off(&self, error: reqwest::Error) -> Failed {
        let message = format!(
            "`{}` broke off in the middle of an answer: {}",
            self.endpoint,
            causes::innermost(&error.without_url())
        );
        Failed::transport(message).of_stream()
    }
}

/// Returns whether an event only keeps the connection alive.
fn is_heartbeat(event: &SseEvent) -> bool {
    event.data.trim_ascii().is_empty()
        || HEARTBEATS.contains(&event.name.to_ascii_lowercase().as_str())
}

fn is_whole(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Waits briefly for the end of a complete body, so that its connection can be reused.
async fn goodbye(incoming: &Incoming) {
    let mut rest = Vec::new();
    let reading = async { while incoming.next(&mut rest).await.is_ok() && !rest.is_empty() {} };
    let _ended = timeout(GOODBYE_TIMEOUT, reading).await;
}

/// Returns the value of a header; empty if it is missing.
pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}
