//! A model on a server, independent of the protocol.
//!
//! A call encodes, sends and reads, and repeats this while the retry policy and the time limit
//! allow. Nothing is sent again after a piece of an answer was delivered. Dropping the future or
//! cancelling closes the connection.

#[cfg(test)]
mod end_tests;
mod incoming;
#[cfg(test)]
mod lesson_tests;
mod lessons;
mod pace;
mod patience;
mod reading;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, Request};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::lessons::Lessons;
use self::pace::Readers;
use self::patience::{Bounds, Patience};
use self::reading::header;
use super::answer::Answer;
use super::authorizer::{self, Authorizer};
use super::dialect::{Dialect, Dialects, Feature};
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::model::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind, RetryNotice,
};
use super::usage;
use super::wire::{Ask, Wire, wire_of};
use crate::base::address::shown_address;
use crate::base::clock::SharedClock;
use crate::base::redact::Redactor;
use crate::conversation::Awaited;
use crate::net::causes;
use crate::net::client::Way;
use crate::net::retry::{Attempts, Decision, RetryPolicy};
use crate::profile::ModelEndpoint;

/// A model on a server.
#[derive(Debug)]
pub(super) struct HttpModel {
    shared: Shared,
    wire: &'static dyn Wire,
    target: ModelEndpoint,
    authorizer: Authorizer,
    /// The address, without secrets.
    endpoint: String,
    /// The secrets of the request, which must stay hidden even if the server repeats them.
    sent: Redactor,
    policy: RetryPolicy,
}

/// The state that all models share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) clients: Arc<HttpClients>,
    pub(super) dialects: Arc<Dialects>,
    pub(super) readers: Arc<Readers>,
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

    /// Makes a sentence about the model from a notice.
    fn of_model(&self, notice: &str) -> String {
        format!("`{}` at `{}` {notice}", self.target.model_id, self.endpoint)
    }

    async fn generate_with_retries(
        &self,
        request: &GenerationRequest,
        observer: &dyn GenerationObserver,
    ) -> Result<Generation, ModelError> {
        let settings = self.shared.clients.settings();
        let bounds = Bounds::new(settings, &self.policy, self.target.call_limits);
        let mut patience = Patience::new(bounds, &self.endpoint);
        let mut random = request
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let mut failures = Attempts::new(Some(&self.policy));
        let mut attempts = 0;
        let mut broken_stream = None;
        let mut lessons = Lessons::new(self, request);
        self.report_answer_count(request, observer).await;
        loop {
            attempts += 1;
            let mut delivery = Delivery::new(observer);
            let dialect = lessons.dialect();
            let is_streamed =
                request.is_streamed && broken_stream.is_none() && !dialect.lacks(Feature::Stream);
            let mut request = Cow::Borrowed(request);
            if request.is_streamed != is_streamed {
                request.to_mut().is_streamed = is_streamed;
            }
            patience.begin();
            let attempt = self.attempt(request, dialect, &mut delivery, &mut patience);
            let Failed {
                mut error,
                outcome,
                refusal,
                breaks_stream,
            } = match attempt.await {
                Ok(generation) => {
                    lessons.keep(observer).await;
                    return Ok(Generation {
                        attempts,
                        ..generation
                    });
                }
                Err(failed) => failed,
            };
            let is_untouched = delivery.first.is_none();
            if is_untouched
                && let Some(refusal) = refusal.filter(|refusal| refusal.may_teach())
                && patience.is_enough_after(Duration::ZERO)
                && lessons.teach(*refusal, dialect, observer).await
            {
                continue;
            }
            let mut decision = failures.after(&outcome, random.f64());
            if !is_untouched {
                decision = Decision::GiveUp;
            }
            // A server whose streams break may still give whole answers: it is asked for one, whatever the policy says.
            let asks_whole = is_untouched
                && is_streamed
                && breaks_stream
                && error.kind != ModelErrorKind::Authentication;
            if asks_whole && decision == Decision::GiveUp {
                decision = Decision::RetryAfter(Duration::ZERO);
            }
            match decision {
                Decision::RetryAfter(wait) if patience.is_enough_after(wait) => {
                    let mut reason = error.message;
                    if asks_whole {
                        broken_stream = Some(reason.clone());
                        reason.push_str("; flowdeck asks again without streaming");
                    }
                    let notice = RetryNotice {
                        attempt: failures.n_failed(),
                        reason,
                        wait,
                    };
                    observer.retry(notice).await;
                    if !wait.is_zero() {
                        let status = outcome.status();
                        observer.waits(Some(Awaited::Retry { wait, status })).await;
                        sleep(wait).await;
                        observer.waits(None).await;
                    }
                }
                Decision::GiveUp | Decision::RetryAfter(_) => {
                    let failures = failures.n_failed();
                    if failures > 1 {
                        error.message = format!("{} (after {failures} attempts)", error.message);
                    }
                    if let Some(before) = broken_stream {
                        error.message = format!("{}; as a stream: {before}", error.message);
                    }
                    return Err(*error);
                }
            }
        }
    }

    async fn attempt(
        &self,
        mut request: Cow<'_, GenerationRequest>,
        dialect: Dialect,
        delivery: &mut Delivery<'_>,
        patience: &mut Patience<'_>,
    ) -> Result<Generation, Failed> {
        let asks_for_json = request.response_format.is_some();
        if dialect.lacks(Feature::ResponseFormat) {
            request = Cow::Owned(request.with_format_in_prompt());
        }
        let (url, tls) = (&self.target.url, &self.target.tls);
        let queued = Instant::now();
        let clients = &self.shared.clients;
        let place = clients.place(Way::ThroughProxies, url, tls, Some(delivery.observer));
        let place = place.await.map_err(Failed::finally)?;
        patience.excuse(queued);
        let sending = async {
            let request = self.http_request(&place.client, &request, dialect).await?;
            let sent = place.client.execute(request).await;
            sent.map_err(|error| self.asked().unreachable(error))
        };
        let response = patience.beginning(Box::pin(sending)).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refusal(response).await);
        }
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).to_lowercase();
        let is_stream = content_type.contains("event-stream")
            || (request.is_streamed && !content_type.contains("json") && !is_page(&content_type));
        let mut answer = if asks_for_json {
            Answer::of_json()
        } else {
            Answer::default()
        };
        if is_stream {
            self.read_stream(response, &mut answer, delivery, patience)
                .await?;
        } else {
            let body = self.read_body(response, patience).await?;
            self.take_body(&body, &mut answer)?;
        }
        answer.flush();
        delivery.deliver(&mut answer).await;
        if answer.has_lost_halves() {
            let notice =
                "sent half of a surrogate pair, which is not a character: `\u{fffd}` stands for it";
            delivery.observer.notice(self.of_model(notice)).await;
        }
        if answer.is_text_replaced() {
            let notice =
                "streamed one text and sent another one at the end: the second one is used";
            delivery.observer.notice(self.of_model(notice)).await;
        }
        let id_prefix = format!("call_{}", request.messages.len());
        let (mut generation, counted) = answer.finish(&id_prefix);
        generation.usage = counted.unwrap_or_else(|| usage::estimate(&request, &generation));
        generation.time_to_first_token = delivery.first;
        Ok(generation)
    }

    /// Builds the HTTP request, including authentication.
    async fn http_request(
        &self,
        client: &Client,
        request: &GenerationRequest,
        dialect: Dialect,
    ) -> Result<Request, Failed> {
        let target = &self.target;
        let ask = Ask {
            request,
            model_id: &target.model_id,
            parameters: &self.parameters(request),
            dialect,
            is_openai: target.is_openai,
        };
        let body = self.wire.body(&ask, &target.fields);
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
        let mut built = building.body(body).build().map_err(|error| {
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

    /// Returns the model's own parameters, overridden by the request's; a null removes a parameter.
    fn parameters(&self, request: &GenerationRequest) -> Map<String, Value> {
        let mut merged = self.target.generation.clone();
        merged.extend(request.parameters.clone());
        merged.retain(|_, value| !value.is_null());
        merged
    }
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

/// Delivers pieces to the observer, and records when the first one was delivered.
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

    /// Delivers the new pieces of an answer.
    async fn deliver(&mut self, answer: &mut Answer) {
        for delta in answer.take_deltas() {
            self.first.get_or_insert_with(|| self.began.elapsed());
            self.observer.delta(delta).await;
        }
    }
}
