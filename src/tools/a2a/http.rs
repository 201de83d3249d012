//! HTTP requests to the server of a remote agent.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use url::Url;

use super::MAX_ANSWER_BYTES;
use super::target::Target;
use super::trouble::Trouble;
use crate::a2a::{ProtocolError, RpcResponse, Version};
use crate::net::body::{self, BodyError};
use crate::net::client::client;
use crate::net::retry::{Attempts, asked_wait};
use crate::tools::executor::ToolObserver;
use crate::tools::http::CLIENTS;
use crate::tools::retry::is_next;

/// The maximum size of an error response, in bytes.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
/// The time limit for reading an error response.
const REFUSAL_LIMIT: Duration = Duration::from_secs(10);

const EVENT_STREAM: &str = "text/event-stream";

/// Sends requests to the server of one agent.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) target: Target,
    client: Client,
}

/// A request to a remote agent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    /// The protocol version for the request's header; `None` for 0.3, which has no such header.
    pub(super) version: Option<Version>,
}

/// The response to a request that may open a stream.
pub(super) enum Opened {
    /// A stream of events.
    Stream(Response),
    /// A complete answer.
    Body(Value),
}

impl Caller {
    /// Makes a caller for an agent.
    ///
    /// # Errors
    /// No client can be made, because certificates are missing or invalid.
    pub(super) async fn new(target: Target) -> Result<Self, Trouble> {
        let client = client(&target.url, &target.tls, CLIENTS).await;
        let client = client.map_err(|error| Trouble::NoClient(error.to_string()))?;
        Ok(Self { target, client })
    }

    /// Sends a request, with retries by the retry policy, and returns the JSON of the answer.
    ///
    /// # Errors
    /// [`Trouble`] of the last attempt.
    pub(super) async fn ask(
        &self,
        request: &Request,
        observer: &dyn ToolObserver,
    ) -> Result<Value, Trouble> {
        let limit = self.limit();
        let mut attempts = Attempts::new(self.target.retry_policy.as_ref());
        loop {
            let asked = tokio::time::timeout(limit, self.ask_once(request)).await;
            let trouble = match asked.unwrap_or(Err(Trouble::TimedOut(limit))) {
                Ok(body) => return Ok(body),
                Err(trouble) => trouble,
            };
            let name = &self.target.name;
            if !is_next(&mut attempts, name, &trouble.outcome(), observer).await {
                return Err(trouble);
            }
        }
    }

    /// Sends a request that may be answered by events; the time limit applies until they begin.
    ///
    /// # Errors
    /// [`Trouble`] of the last attempt.
    pub(super) async fn open(
        &self,
        request: &Request,
        observer: &dyn ToolObserver,
    ) -> Result<Opened, Trouble> {
        let limit = self.limit();
        let mut attempts = Attempts::new(self.target.retry_policy.as_ref());
        loop {
            let opened = tokio::time::timeout(limit, self.open_once(request)).await;
            let trouble = match opened.unwrap_or(Err(Trouble::TimedOut(limit))) {
                Ok(opened) => return Ok(opened),
                Err(trouble) => trouble,
            };
            let name = &self.target.name;
            if !is_next(&mut attempts, name, &trouble.outcome(), observer).await {
                return Err(trouble);
            }
        }
    }

    fn limit(&self) -> Duration {
        let policy = self.target.retry_policy.as_ref();
        let limit = policy.and_then(|policy| policy.request_timeout);
        limit.unwrap_or(self.target.request_timeout)
    }

    async fn ask_once(&self, request: &Request) -> Result<Value, Trouble> {
        let mut response = self.send(request, "application/json").await?;
        self.json(&mut response).await
    }

    async fn open_once(&self, request: &Request) -> Result<Opened, Trouble> {
        let accepted = format!("{EVENT_STREAM}, application/json");
        let mut response = self.send(request, &accepted).await?;
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.trim().to_ascii_lowercase().starts_with(EVENT_STREAM) {
            return Ok(Opened::Stream(response));
        }
        self.json(&mut response).await.map(Opened::Body)
    }

    /// Sends a request once and returns the response if its status is a success.
    async fn send(&self, request: &Request, accepted: &str) -> Result<Response, Trouble> {
        let mut builder = self
            .client
            .request(request.method.clone(), request.url.clone())
            .header(ACCEPT, accepted)
            .headers(self.target.headers.clone());
        if let Some(version) = request.version.filter(|version| *version != Version::V0_3) {
            builder = builder.header(Version::HEADER, version.name());
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await;
        let mut response = response.map_err(|error| Trouble::lost(error, self.limit()))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(&mut response).await)
    }

    async fn json(&self, response: &mut Response) -> Result<Value, Trouble> {
        let body = body::whole(response, MAX_ANSWER_BYTES).await;
        let body = body.map_err(|error| match error {
            BodyError::BrokenOff(error) => Trouble::lost(error, self.limit()),
            BodyError::TooLarge => too_large(),
        })?;
        serde_json::from_slice(&body)
            .map_err(|error| Trouble::Strange(format!("it is not JSON: {error}")))
    }
}

/// Makes the error for an answer that is too large.
pub(super) fn too_large() -> Trouble {
    let limit = MAX_ANSWER_BYTES / (1024 * 1024);
    Trouble::Strange(format!("it is larger than {limit} MB"))
}

/// Reads a response with an error status; returns the protocol's error if the response has one.
async fn refusal(response: &mut Response) -> Trouble {
    let status = response.status();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    };
    let retry_after = asked_wait(header);
    let location = header(LOCATION.as_str()).to_owned();
    let body = body::beginning(response, MAX_REFUSAL_BYTES, REFUSAL_LIMIT).await;
    let json: Option<Value> = serde_json::from_slice(&body).ok();
    let refused = json.and_then(|json| {
        if json.get("jsonrpc").is_some() {
            return RpcResponse::read(json)?.outcome.err();
        }
        ProtocolError::from_http(&json)
    });
    let is_about_the_request =
        status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 408 | 425 | 429);
    match refused {
        Some(refused) if is_about_the_request => Trouble::Refused(refused),
        refused => Trouble::Status {
            status: status.as_u16(),
            said: match refused {
                Some(refused) => refused.message,
                None if status.is_redirection() => location,
                None => String::from_utf8_lossy(&body).into_owned(),
            },
            retry_after,
            wanted: None,
        },
    }
}
