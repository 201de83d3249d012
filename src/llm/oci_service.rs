//! Signed requests to services of Oracle's cloud that are not models, such as its agents.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use super::authorizer::{self, Authorizer};
use super::error::{Asked, Failed};
use super::http::{HttpClients, HttpSettings};
use super::model::ModelError;
use super::side_request::SideRequest;
use super::wire::wire_of;
use crate::base::address::shown_address;
use crate::base::clock::SharedClock;
use crate::base::redact::Redactor;
use crate::net::client::{TlsFiles, Way};
use crate::net::retry::Outcome;
use crate::profile::{Api, Credentials};

/// The header by which the service recognizes a repeated request.
const RETRY_TOKEN: HeaderName = HeaderName::from_static("opc-retry-token");

/// Sends requests with certain credentials, over its own connections.
#[derive(Debug)]
pub(crate) struct OciService {
    authorizer: Authorizer,
    clients: HttpClients,
    secrets: Redactor,
}

/// A JSON request to OCI, sent by POST.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OciRequest<'r> {
    pub(crate) url: &'r Url,
    pub(crate) body: &'r Value,
    /// The identity of the request, which stays the same when a request is repeated, so that it
    /// takes effect only once.
    pub(crate) identity: &'r str,
    /// The time limit of the whole answer.
    pub(crate) limit: Duration,
    /// The maximum size of the answer, in bytes.
    pub(crate) max_bytes: usize,
}

/// Why a request failed.
#[derive(Debug)]
pub(crate) struct OciFailure {
    pub(crate) error: Box<ModelError>,
    /// The outcome, for the retry policy.
    pub(crate) outcome: Outcome,
}

impl OciService {
    /// Makes a client. No connection is opened before the first request.
    pub(crate) fn new(credentials: &Credentials, clock: &SharedClock) -> Self {
        let mut secrets = Redactor::default();
        authorizer::add_secrets(&mut secrets, credentials);
        Self {
            authorizer: Authorizer::new(credentials, clock),
            clients: HttpClients::new(HttpSettings::default()),
            secrets,
        }
    }

    /// Sends a request once and returns the JSON of the answer.
    ///
    /// # Errors
    /// There is no usable key, no answer, or an error status.
    pub(crate) async fn post(&self, asked: OciRequest<'_>) -> Result<Value, OciFailure> {
        self.send(asked).await.map_err(|failed| OciFailure {
            error: failed.error,
            outcome: failed.outcome,
        })
    }

    async fn send(&self, asked: OciRequest<'_>) -> Result<Value, Failed> {
        let endpoint = shown_address(asked.url);
        let mut request = Request::new(Method::POST, asked.url.clone());
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(token) = HeaderValue::from_str(&retry_token(asked.identity)) {
            headers.insert(RETRY_TOKEN, token);
        }
        *request.body_mut() = Some(asked.body.to_string().into());
        let wire = wire_of(Api::OciGeneric);
        self.authorizer
            .authorize(&mut request, wire, &self.clients, &endpoint)
            .await?;
        authorizer::learn(&request, &self.secrets);
        let asking = Asked::beside(&endpoint, &self.secrets);
        let answer = SideRequest {
            request,
            asked: asking,
            way: Way::ThroughProxies,
            tls: &TlsFiles::default(),
            limit: asked.limit,
            max_bytes: asked.max_bytes,
        };
        let answer = answer.answer(&self.clients).await?;
        serde_json::from_str(&answer).map_err(|error| asking.not_json(&answer, &error))
    }
}

/// Returns the retry token of a request: a digest of its identity, because services accept at most
/// 64 characters and an identity may be longer.
fn retry_token(identity: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, identity.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_token_is_short_and_the_same_for_the_same_request() {
        let long = "r_1/flow.0/node.12/".repeat(20);
        assert_eq!(retry_token(&long).len(), 43);
        assert_eq!(retry_token(&long), retry_token(&long));
        assert_ne!(retry_token(&long), retry_token("r_1"));
    }
}
