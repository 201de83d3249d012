//! The chat completions protocol of `OpenAI` and of every server that is compatible with it.
//!
//! One call: encode → send → decode, and again while the retry policy says so. Nothing is sent
//! again once a piece of an answer was delivered. Dropping the future, or cancelling, closes the
//! connection.

mod decode;
mod encode;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::decode::AnswerDecoder;
use self::encode::{Dialect, MaxTokensField};
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::model::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind, RetryNotice,
};

use super::sse::{SseDecoder, SseEvent};
use super::usage;
use crate::base::causes;
use crate::base::retry::{self, Decision, RetryPolicy};
use crate::base::secret::Secret;
use crate::profile::shown_address;

/// The largest event of a stream, in bytes.
const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;
/// The largest body that is not a stream, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// How much of the body of a refusal is read, in bytes, and for how long.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server has to end the body after `[DONE]`, so that the connection can be used again.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(100);

/// A model behind a chat completions endpoint.
#[derive(Debug)]
pub(super) struct ChatCompletions {
    pub(super) clients: Arc<HttpClients>,
    pub(super) url: url::Url,
    /// [`Self::url`] without secrets.
    pub(super) endpoint: String,
    pub(super) model_id: String,
    pub(super) api_key: Option<Secret>,
    pub(super) generation: Map<String, Value>,
    pub(super) policy: RetryPolicy,
    /// What the server was found to take. Never held across an await.
    dialect: Mutex<Dialect>,
}

/// What a [`ChatCompletions`] is made of.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: url::Url,
    pub(super) model_id: String,
    pub(super) api_key: Option<Secret>,
    pub(super) generation: Map<String, Value>,
    pub(super) is_openai: bool,
}

impl ChatCompletions {
    pub(super) fn new(clients: Arc<HttpClients>, endpoint: Endpoint, policy: RetryPolicy) -> Self {
        Self {
            clients,
            endpoint: shown_address(&endpoint.url),
            url: endpoint.url,
            model_id: endpoint.model_id,
            api_key: endpoint.api_key,
            generation: endpoint.generation,
            policy,
            dialect: Mutex::new(Dialect {
                max_tokens: if endpoint.is_openai {
                    MaxTokensField::OpenAi
                } else {
                    MaxTokensField::Usual
                },
                is_openai: endpoint.is_openai,
                ..Dialect::default()
            }),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            endpoint: &self.endpoint,
            model_id: &self.model_id,
            api_key: self.api_key.as_ref(),
        }
    }

    fn dialect(&self) -> Dialect {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
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
        loop {
            attempts += 1;
            let mut delivery = Delivery::new(observer);
            let Failed { mut error, outcome } = match self.attempt(request, &mut delivery).await {
                Ok(generation) => {
                    return Ok(Generation {
                        attempts,
                        ..generation
                    });
                }
                Err(failed) => failed,
            };
            if delivery.first.is_none() && self.adapt(&error) {
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

    /// Learns from a refusal what the server does not take. Gives whether there is something new,
    /// so that the request is worth sending again at once.
    fn adapt(&self, error: &ModelError) -> bool {
        if !matches!(error.status, Some(400 | 422)) {
            return false;
        }
        let mut dialect = self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *dialect;
        let words = error.message.to_lowercase();
        let is_unknown = [
            "unsupported",
            "not supported",
            "unknown",
            "unrecognized",
            "permitted",
        ]
        .iter()
        .any(|word| words.contains(word));
        if words.contains("stream_options") {
            dialect.lacks_stream_options = true;
        } else if words.contains("tool_choice") {
            dialect.lacks_tool_choice = true;
        } else if is_unknown
            && (words.contains("max_tokens") || words.contains("max_completion_tokens"))
        {
            dialect.max_tokens = before.max_tokens.other();
        }
        *dialect != before
    }

    async fn attempt(
        &self,
        request: &GenerationRequest,
        delivery: &mut Delivery<'_>,
    ) -> Result<Generation, Failed> {
        let response = self.send(request).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refusal(response).await);
        }
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).to_lowercase();
        let is_stream = content_type.contains("event-stream")
            || (request.is_streamed && !content_type.contains("json") && !is_page(&content_type));
        let mut decoder = AnswerDecoder::default();
        if is_stream {
            self.read_stream(response, &mut decoder, delivery).await?;
        } else {
            let body = self.read_body(response).await?;
            let deltas = decoder.whole(&body, &self.asked())?;
            delivery.deliver(deltas).await;
        }
        let id_prefix = format!("call_{}", request.messages.len());
        let (mut generation, counted) = decoder.finish(&id_prefix);
        generation.usage = counted.unwrap_or_else(|| usage::estimate(request, &generation));
        generation.time_to_first_token = delivery.first;
        Ok(generation)
    }

    async fn send(&self, request: &GenerationRequest) -> Result<reqwest::Response, Failed> {
        let client = self.clients.for_url(&self.url).map_err(|error| {
            let message = error.to_string();
            Failed::finally(ModelError::new(ModelErrorKind::Configuration, message))
        })?;
        let body = encode::body(request, &self.model_id, &self.generation, self.dialect());
        let sending = client
            .post(self.url.clone())
            .headers(self.headers(request.is_streamed)?)
            .body(body.to_string())
            .send();
        let limit = self.policy.request_timeout;
        let limit = limit.unwrap_or(self.clients.settings().answer_timeout);
        match timeout(limit, sending).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.asked().unreachable(error)),
            Err(_elapsed) => Err(Failed::transport(format!(
                "`{}` did not begin to answer within {} s",
                self.endpoint,
                limit.as_secs_f64()
            ))),
        }
    }

    fn headers(&self, is_streamed: bool) -> Result<HeaderMap, Failed> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if is_streamed {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(key) = &self.api_key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose().trim()))
                .map_err(|_holds_the_key| {
                    let message = format!(
                        "the key for `{}` has characters that no header may have",
                        self.endpoint
                    );
                    let error = ModelError::new(ModelErrorKind::Configuration, message);
                    Failed::finally(error.with_hint("check `api_key` of this model"))
                })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    async fn refusal(&self, mut response: reqwest::Response) -> Failed {
        let status = response.status().as_u16();
        let date = header(response.headers(), "date").to_owned();
        let asked = header(response.headers(), "retry-after");
        let retry_after = retry::retry_after(asked, Some(&date));
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
        mut response: reqwest::Response,
        decoder: &mut AnswerDecoder,
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
                if data.trim() == "[DONE]" {
                    delivery.deliver(decoder.flush()).await;
                    drain(&mut response).await;
                    return Ok(());
                }
                let deltas = decoder.chunk(&data, &self.asked())?;
                delivery.deliver(deltas).await;
            }
        }
        if !decoder.is_finished() || events.is_inside_event() {
            let what = if has_events {
                "in the middle of an answer"
            } else {
                "without an answer"
            };
            let message = format!("`{}` ended the stream {what}", self.endpoint);
            return Err(Failed::transport(message));
        }
        delivery.deliver(decoder.flush()).await;
        Ok(())
    }

    async fn read_body(&self, mut response: reqwest::Response) -> Result<String, Failed> {
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
    async fn next_bytes(
        &self,
        response: &mut reqwest::Response,
    ) -> Result<Option<bytes::Bytes>, Failed> {
        let limit = self.clients.settings().idle_timeout;
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
async fn drain(response: &mut reqwest::Response) {
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

impl Model for ChatCompletions {
    fn describe(&self) -> ModelDescription {
        ModelDescription {
            model_id: self.model_id.clone(),
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

    async fn deliver(&mut self, deltas: impl IntoIterator<Item = super::model::GenerationDelta>) {
        for delta in deltas {
            self.first.get_or_insert_with(|| self.began.elapsed());
            self.observer.delta(delta).await;
        }
    }
}
