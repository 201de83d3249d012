//! A model behind a server, whatever protocol it speaks.
//!
//! One call: encode → send → read, and again while the retry policy says so. Nothing is sent again
//! once a piece of an answer was delivered. Dropping the future, or cancelling, closes the
//! connection.

#[cfg(test)]
mod lesson_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Request, Response};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::assemble::MAX_CALLS;
use super::authorizer::{self, Authorizer};
use super::dialect::{Dialect, Dialects, Feature, Features, MaxTokensField, Speaker};
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::json;
use super::model::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind, RetryNotice, ToolChoice,
};
use super::usage;
use super::wire::{ANSWER_COUNTS, Ask, Wire, wire_of};
use crate::base::address::shown_address;
use crate::base::causes;
use crate::base::clock::SharedClock;
use crate::base::redact::Redactor;
use crate::base::retry::{self, Decision, RetryPolicy, asked_wait};
use crate::base::sse::{SseDecoder, SseEvent};
use crate::profile::ModelEndpoint;

/// The largest event of a stream, in bytes.
const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;
/// The largest body that is not a stream, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// How much of the body of a refusal is read, in bytes, and for how long.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server has to end the body after `[DONE]`, so that the connection can be used again.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(100);

/// The longest answer that is taken, in bytes of text: a server that never stops is cut there.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A model behind a server.
#[derive(Debug)]
pub(super) struct HttpModel {
    shared: Shared,
    wire: &'static dyn Wire,
    target: ModelEndpoint,
    authorizer: Authorizer,
    /// The address without secrets.
    endpoint: String,
    /// What the server may repeat and nobody may see.
    sent: Redactor,
    policy: RetryPolicy,
}

/// What all models share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) clients: Arc<HttpClients>,
    pub(super) dialects: Arc<Dialects>,
    pub(super) clock: SharedClock,
}

impl HttpModel {
    pub(super) fn new(shared: Shared, target: ModelEndpoint, policy: RetryPolicy) -> Self {
        Self {
            authorizer: Authorizer::new(&target.credentials, &shared.clock),
            shared,
            wire: wire_of(target.api),
            endpoint: shown_address(&target.url),
            sent: authorizer::secrets_of(&target),
            target,
            policy,
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            endpoint: &self.endpoint,
            model_id: &self.target.model_id,
            has_key: self.target.credentials.key().is_some(),
            sent: &self.sent,
        }
    }

    fn speaker(&self) -> Speaker<'_> {
        let max_tokens = if self.target.is_openai {
            MaxTokensField::OpenAi
        } else {
            MaxTokensField::Usual
        };
        Speaker {
            endpoint: &self.endpoint,
            model_id: &self.target.model_id,
            first: Dialect::with_max_tokens(max_tokens),
        }
    }

    /// What a request holds of the things that a server may not take.
    fn held(&self, request: &GenerationRequest) -> Features {
        let parameters = self.parameters(request);
        let bounds = ["max_tokens", "max_completion_tokens"];
        [
            (Feature::Stream, request.is_streamed),
            (Feature::StreamOptions, request.is_streamed),
            (
                Feature::ToolChoice,
                matches!(request.tool_choice, ToolChoice::Tool(_)),
            ),
            (Feature::ResponseFormat, request.response_format.is_some()),
            (
                Feature::MaxTokens,
                bounds.iter().any(|name| parameters.contains_key(*name)),
            ),
        ]
        .into_iter()
        .filter_map(|(feature, is_held)| is_held.then_some(feature))
        .collect()
    }

    /// Tells once that no more than one answer is asked for, where the parameters want more.
    async fn tell_of_answer_count(
        &self,
        request: &GenerationRequest,
        observer: &dyn GenerationObserver,
    ) {
        let parameters = self.parameters(request);
        let is_more = |name: &&&str| {
            let count = parameters.get(**name);
            count.is_some_and(|count| count.as_f64() != Some(1.0))
        };
        let Some(name) = ANSWER_COUNTS.iter().find(is_more) else {
            return;
        };
        let dialects = &self.shared.dialects;
        if dialects.leave_out(self.speaker(), Feature::Answers) {
            let told = format!("is asked for one answer: `{name}` is left out");
            observer.notice(self.of_model(&told)).await;
        }
    }

    /// A sentence about the model.
    fn of_model(&self, told: &str) -> String {
        format!("`{}` at `{}` {told}", self.target.model_id, self.endpoint)
    }

    async fn generate_with_retries(
        &self,
        request: &GenerationRequest,
        observer: &dyn GenerationObserver,
    ) -> Result<Generation, ModelError> {
        let began = Instant::now();
        let mut random = request
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let mut failures = 0;
        let mut attempts = 0;
        let held = self.held(request);
        self.tell_of_answer_count(request, observer).await;
        loop {
            attempts += 1;
            let mut delivery = Delivery::new(observer);
            let dialect = self.shared.dialects.of(self.speaker());
            let attempt = self.attempt(request, dialect, &mut delivery).await;
            let Failed {
                mut error,
                outcome,
                refusal,
            } = match attempt {
                Ok(generation) => {
                    return Ok(Generation {
                        attempts,
                        ..generation
                    });
                }
                Err(failed) => failed,
            };
            if delivery.first.is_none()
                && let Some(refusal) = refusal
                && let Some((_, lesson)) = dialect.learn(&refusal, held)
            {
                let dialects = &self.shared.dialects;
                if dialects.learn(self.speaker(), &refusal, held) {
                    observer.notice(self.of_model(lesson)).await;
                }
                continue;
            }
            failures += 1;
            let decision = if delivery.first.is_some() {
                Decision::GiveUp
            } else {
                let elapsed = began.elapsed();
                retry::decide(&outcome, failures, &self.policy, elapsed, random.f64())
            };
            match decision {
                Decision::GiveUp => {
                    if failures > 1 {
                        error.message = format!("{} (after {failures} attempts)", error.message);
                    }
                    return Err(*error);
                }
                Decision::RetryAfter(wait) => {
                    let notice = RetryNotice {
                        attempt: failures,
                        reason: error.message,
                        wait,
                    };
                    observer.retry(notice).await;
                    sleep(wait).await;
                }
            }
        }
    }

    async fn attempt(
        &self,
        request: &GenerationRequest,
        dialect: Dialect,
        delivery: &mut Delivery<'_>,
    ) -> Result<Generation, Failed> {
        let mut request = Cow::Borrowed(request);
        if dialect.lacks(Feature::ResponseFormat) {
            request = Cow::Owned(request.with_format_in_prompt());
        }
        if dialect.lacks(Feature::Stream) {
            request.to_mut().is_streamed = false;
        }
        let tls = &self.target.tls;
        let place = self.shared.clients.place(&self.target.url, tls).await;
        let place = place.map_err(|error| {
            let message = error.to_string();
            Failed::finally(ModelError::new(ModelErrorKind::Configuration, message))
        })?;
        let response = self.send(&place.client, &request, dialect).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refusal(response).await);
        }
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).to_lowercase();
        let is_stream = content_type.contains("event-stream")
            || (request.is_streamed && !content_type.contains("json") && !is_page(&content_type));
        let mut answer = Answer::default();
        if is_stream {
            self.read_stream(response, &mut answer, delivery).await?;
        } else {
            let body = self.read_body(response).await?;
            self.take_body(&body, &mut answer)?;
        }
        answer.flush();
        delivery.deliver(&mut answer).await;
        let id_prefix = format!("call_{}", request.messages.len());
        let (mut generation, counted) = answer.finish(&id_prefix);
        generation.usage = counted.unwrap_or_else(|| usage::estimate(&request, &generation));
        generation.time_to_first_token = delivery.first;
        Ok(generation)
    }

    async fn send(
        &self,
        client: &Client,
        request: &GenerationRequest,
        dialect: Dialect,
    ) -> Result<Response, Failed> {
        let limit = self.policy.request_timeout;
        let limit = limit.unwrap_or(self.shared.clients.settings().answer_timeout);
        let sending = async {
            let request = self.http_request(client, request, dialect).await?;
            let sent = client.execute(request).await;
            sent.map_err(|error| self.asked().unreachable(error))
        };
        timeout(limit, sending).await.unwrap_or_else(|_elapsed| {
            Err(Failed::transport(format!(
                "`{}` did not begin to answer within {} s",
                self.endpoint,
                limit.as_secs_f64()
            )))
        })
    }

    /// The request as it goes out, with what shows who asks.
    async fn http_request(
        &self,
        client: &Client,
        request: &GenerationRequest,
        dialect: Dialect,
    ) -> Result<Request, Failed> {
        let target = &self.target;
        let mut body = self.wire.encode(&Ask {
            request,
            model_id: &target.model_id,
            parameters: &self.parameters(request),
            dialect,
            is_openai: target.is_openai,
        });
        for (name, value) in &target.fields {
            body[name] = value.clone();
        }
        let url = self
            .wire
            .address(&target.url, &target.model_id, request.is_streamed);
        let mut building = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "*/*");
        if request.is_streamed {
            building = building.header(ACCEPT_ENCODING, "identity");
        }
        for (name, value) in self.wire.headers() {
            building = building.header(*name, *value);
        }
        for (name, value) in &target.headers {
            building = building.header(*name, value);
        }
        let mut built = building.body(body.to_string()).build().map_err(|error| {
            let message = format!(
                "can't make a request to `{}`: {}",
                self.endpoint,
                causes::innermost(&error.without_url())
            );
            Failed::finally(ModelError::new(ModelErrorKind::Configuration, message))
        })?;
        self.authorizer
            .authorize(&mut built, self.wire, &self.shared.clients, &self.endpoint)
            .await?;
        authorizer::learn(&built, &self.sent);
        Ok(built)
    }

    /// The model's own parameters, each replaced by the request's of the same name; null is none.
    fn parameters(&self, request: &GenerationRequest) -> Map<String, Value> {
        let mut merged = self.target.generation.clone();
        merged.extend(request.parameters.clone());
        merged.retain(|_, value| !value.is_null());
        merged
    }

    async fn refusal(&self, mut response: Response) -> Failed {
        let status = response.status().as_u16();
        let retry_after = asked_wait(|name| header(response.headers(), name));
        let mut body = Vec::new();
        let reading = async {
            while let Ok(Some(bytes)) = response.chunk().await {
                body.extend_from_slice(&bytes);
                if body.len() > MAX_REFUSAL_BYTES {
                    break;
                }
            }
        };
        // A body that never ends must not hide the status: what came until now is told.
        let _ended = timeout(REFUSAL_TIMEOUT, reading).await;
        let body = String::from_utf8_lossy(&body);
        self.asked().refused(status, &body, retry_after)
    }

    async fn read_stream(
        &self,
        mut response: Response,
        answer: &mut Answer,
        delivery: &mut Delivery<'_>,
    ) -> Result<(), Failed> {
        let mut events = SseDecoder::new(MAX_EVENT_BYTES);
        let mut ready = Vec::new();
        let mut has_events = false;
        while let Some(bytes) = self.next_bytes(&mut response).await? {
            events
                .push(&bytes, &mut ready)
                .map_err(|error| Failed::bad_answer(format!("`{}`: {error}", self.endpoint)))?;
            for SseEvent { name: _, data } in ready.drain(..) {
                has_events = true;
                let is_done = data.trim() == "[DONE]";
                if !is_done {
                    self.take_event(&data, answer)?;
                    delivery.deliver(answer).await;
                }
                if is_done || answer.is_over() {
                    drain(&mut response).await;
                    return Ok(());
                }
            }
        }
        if !answer.is_finished() || events.is_inside_event() {
            let what = if has_events {
                "in the middle of an answer"
            } else {
                "without an answer"
            };
            let message = format!("`{}` ended the stream {what}", self.endpoint);
            return Err(Failed::transport(message));
        }
        Ok(())
    }

    fn take_event(&self, data: &str, answer: &mut Answer) -> Result<(), Failed> {
        let asked = self.asked();
        let event = json::parse(data).map_err(|error| {
            Failed::bad_answer(format!(
                "`{}` sent an event that is not JSON ({error}): {}",
                self.endpoint,
                asked.quoted(data)
            ))
        })?;
        answer.expect_halves(event.has_halves);
        let read = self.wire.read_event(&event.value, answer);
        read.map_err(|unread| asked.unread(unread, &event.value, data))?;
        self.check_bounds(answer)
    }

    /// # Errors
    /// The answer is larger than any that is meant. A part of it would be another answer.
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

    fn take_body(&self, text: &str, answer: &mut Answer) -> Result<(), Failed> {
        let asked = self.asked();
        let body = json::parse(text).map_err(|error| asked.not_json(text, &error))?;
        answer.expect_halves(body.has_halves);
        let read = self.wire.read_body(&body.value, answer);
        read.map_err(|unread| asked.unread(unread, &body.value, text))?;
        self.check_bounds(answer)
    }

    async fn read_body(&self, mut response: Response) -> Result<String, Failed> {
        let mut body = Vec::new();
        while let Some(bytes) = self.next_bytes(&mut response).await? {
            body.extend_from_slice(&bytes);
            if body.len() > MAX_BODY_BYTES {
                return Err(Failed::bad_answer(format!(
                    "`{}` sent an answer of more than {} MB",
                    self.endpoint,
                    MAX_BODY_BYTES / (1024 * 1024)
                )));
            }
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The next bytes of an answer; none at its end.
    async fn next_bytes(&self, response: &mut Response) -> Result<Option<bytes::Bytes>, Failed> {
        let limit = self.shared.clients.settings().idle_timeout;
        let limit = self
            .policy
            .request_timeout
            .map_or(limit, |own| own.min(limit));
        match timeout(limit, response.chunk()).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(Failed::transport(format!(
                "`{}` broke off in the middle of an answer: {}",
                self.endpoint,
                causes::innermost(&error.without_url())
            ))),
            Err(_elapsed) => Err(Failed::transport(format!(
                "`{}` was silent for {} s in the middle of an answer",
                self.endpoint,
                limit.as_secs_f64()
            ))),
        }
    }
}

/// Reads what is left of a body that has said all, so that its connection goes back to the pool.
async fn drain(response: &mut Response) {
    let reading = async { while let Ok(Some(_rest)) = response.chunk().await {} };
    let _ended = timeout(GOODBYE_TIMEOUT, reading).await;
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}

fn is_page(content_type: &str) -> bool {
    content_type.contains("html")
}

impl Model for HttpModel {
    fn describe(&self) -> ModelDescription {
        ModelDescription {
            model_id: self.target.model_id.clone(),
            endpoint: self.endpoint.clone(),
        }
    }

    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    Err(ModelError::new(ModelErrorKind::Cancelled, "the model call was cancelled"))
                }
                generated = self.generate_with_retries(request, observer) => generated,
            }
        })
    }
}

/// Hands pieces to the observer and knows when the first one went out.
struct Delivery<'o> {
    observer: &'o dyn GenerationObserver,
    began: Instant,
    first: Option<Duration>,
}

impl<'o> Delivery<'o> {
    fn new(observer: &'o dyn GenerationObserver) -> Self {
        Self {
            observer,
            began: Instant::now(),
            first: None,
        }
    }

    /// Hands over what is new in an answer.
    async fn deliver(&mut self, answer: &mut Answer) {
        for delta in answer.take_deltas() {
            self.first.get_or_insert_with(|| self.began.elapsed());
            self.observer.delta(delta).await;
        }
    }
}
