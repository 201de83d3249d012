//! Sends a request, with retries by the retry policy, and reads the complete answer.

use std::borrow::Cow;
use std::time::Duration;

use encoding_rs::{Encoding, UTF_8};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use url::Url;

use super::outputs;
use super::request::HttpRequest;
use crate::base::address::shown_address;
use crate::base::bounded::truncated;
use crate::base::redact::Redactor;
use crate::base::written::Written;
use crate::net::body::{self, BodyError};
use crate::net::causes::{innermost, is_about_tls};
use crate::net::retry::{Attempts, Outcome, RetryPolicy, asked_wait};
use crate::spec::property::Property;
use crate::tools::executor::{ToolError, ToolErrorKind, ToolObserver};
use crate::tools::limit::{DEFAULT_HTTP_LIMIT, seconds};
use crate::tools::output::Given;
use crate::tools::process::MAX_OUTPUT_BYTES;
use crate::tools::retry::is_next;

/// The maximum number of bytes of a body in an error message.
const EXCERPT_BYTES: usize = 300;

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    /// The URL without its secret parts.
    address: String,
    /// The secrets of the request, which must stay hidden even if the server repeats them.
    sent: Redactor,
}

/// A failed attempt.
struct Failed {
    error: ToolError,
    outcome: Outcome,
}

/// Sends a request until there is an answer that the policy does not retry; without a policy, once.
/// The last answer is returned whatever its status.
///
/// # Errors
/// [`ToolError`], if the last attempt had no complete answer.
pub(super) async fn exchange(
    name: &str,
    client: &Client,
    request: &HttpRequest,
    policy: Option<&RetryPolicy>,
    observer: &dyn ToolObserver,
) -> Result<Answer, ToolError> {
    let mut attempts = Attempts::new(policy);
    let limit = policy
        .and_then(|policy| policy.request_timeout)
        .unwrap_or(DEFAULT_HTTP_LIMIT);
    loop {
        let ended = send(name, client, request, limit).await;
        let outcome = match &ended {
            Ok(answer) if answer.status.is_client_error() || answer.status.is_server_error() => {
                answer.outcome()
            }
            Ok(_) => return ended.map_err(|failed| failed.error),
            Err(failed) => failed.outcome.clone(),
        };
        if !is_next(&mut attempts, name, &outcome, observer).await {
            return ended.map_err(|failed| failed.error);
        }
    }
}

/// Makes one attempt, whose complete answer must arrive within `limit`.
async fn send(
    name: &str,
    client: &Client,
    request: &HttpRequest,
    limit: Duration,
) -> Result<Answer, Failed> {
    let address = shown_address(&request.url);
    let lost = |error: reqwest::Error| lost(name, &address, limit, error);
    let mut builder = client
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone())
        .timeout(limit);
    if !request.body.is_empty() {
        builder = builder.body(request.body.clone());
    }
    let mut response = builder.send().await.map_err(lost)?;
    let body = body::whole(&mut response, MAX_OUTPUT_BYTES).await;
    let body = body.map_err(|error| match error {
        BodyError::BrokenOff(error) => lost(error),
        BodyError::TooLarge => {
            let limit = MAX_OUTPUT_BYTES / (1024 * 1024);
            let message =
                format!("the answer of `{name}` from {address} is larger than {limit} MB");
            Failed {
                error: ToolError::new(ToolErrorKind::BadOutput, message),
                outcome: Outcome::Final,
            }
        }
    })?;
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
        address,
        sent: request.sent.clone(),
    })
}

fn lost(name: &str, address: &str, limit: Duration, error: reqwest::Error) -> Failed {
    let error = error.without_url();
    let (kind, why) = if error.is_timeout() && !error.is_connect() {
        (
            ToolErrorKind::TimedOut,
            format!("no whole answer within {}", seconds(limit)),
        )
    } else {
        (ToolErrorKind::Unreachable, innermost(&error))
    };
    let outcome = if is_about_tls(&error) {
        Outcome::Final
    } else {
        Outcome::Transport
    };
    let message = format!("`{name}` can't get an answer from {address}: {why}");
    Failed {
        error: ToolError::new(kind, message).with_source(error),
        outcome,
    }
}

impl Answer {
    /// Returns whether the status redirects to another URL; false for 304 and similar ones.
    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308)
    }

    /// Returns the target of a redirect, if there is one.
    pub(super) fn redirect_target(&self, from: &Url) -> Option<Url> {
        self.header(&LOCATION)
            .and_then(|target| from.join(target).ok())
    }

    /// The status, for messages.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the result: JSON as a value, anything else as text.
    ///
    /// # Errors
    /// [`ToolError`], if the status is not a success, the body is not text, or the body is not JSON
    /// although its content type says so.
    pub(super) fn into_result(self, name: &str) -> Result<Given, ToolError> {
        self.must_succeed(name)?;
        let text = self.must_be_text(name)?;
        if !self.is_json() {
            return Ok(Given::Value(Value::String(text.into_owned())));
        }
        if self.body.is_empty() {
            return Ok(Given::Value(Value::Null));
        }
        match Written::read(&text) {
            Ok(_json) => Ok(Given::Text(text.into_owned())),
            Err(error) => {
                let message = format!(
                    "the answer of `{name}` from {} says that it is JSON, and is not",
                    self.address
                );
                Err(ToolError::new(ToolErrorKind::BadOutput, message).with_source(error))
            }
        }
    }

    /// Returns a value for each declared output: a single value, or an object for several.
    ///
    /// # Errors
    /// [`ToolError`], if the status is not a success, the body is not text, or an output is
    /// missing.
    pub(super) fn into_outputs(
        self,
        name: &str,
        declared: &[Property],
    ) -> Result<Given, ToolError> {
        self.must_succeed(name)?;
        let text = self.must_be_text(name)?;
        let taken = outputs::values(declared, self.status.as_u16(), &text);
        let mut values = taken.map_err(|violations| {
            let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
            let from = &self.address;
            let message = format!("the answer of `{name}` from {from}: {}", told.join("; "));
            ToolError::new(ToolErrorKind::BadOutput, message)
        })?;
        Ok(Given::Value(match declared {
            [only] => values.shift_remove(only.title()).unwrap_or_default(),
            _ => Value::Object(values),
        }))
    }

    fn must_succeed(&self, name: &str) -> Result<(), ToolError> {
        if self.status.is_success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&self.body);
        let said = match text.trim() {
            "" => String::new(),
            said => format!(": {}", truncated(&self.sent.clean(said), EXCERPT_BYTES)),
        };
        Err(ToolError::new(
            ToolErrorKind::Failed,
            format!("`{name}` got {} from {}{said}", self.status, self.address),
        ))
    }

    fn must_be_text(&self, name: &str) -> Result<Cow<'_, str>, ToolError> {
        self.text().ok_or_else(|| {
            let message = format!("the answer of `{name}` from {} is not text", self.address);
            ToolError::new(ToolErrorKind::BadOutput, message).with_hint(
                "the server must send UTF-8, or name the `charset` in its `content-type`",
            )
        })
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Decodes the body with its declared character encoding, else as UTF-8; `None` if it is
    /// invalid.
    fn text(&self) -> Option<Cow<'_, str>> {
        let parameters = self.header(&CONTENT_TYPE).unwrap_or_default().split(';');
        let label = parameters.skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            is_charset.then(|| value.trim().trim_matches('"'))
        });
        let encoding = label.and_then(|label| Encoding::for_label(label.as_bytes()));
        encoding
            .unwrap_or(UTF_8)
            .decode_without_bom_handling_and_without_replacement(&self.body)
    }

    fn is_json(&self) -> bool {
        self.header(&CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
        })
    }

    fn outcome(&self) -> Outcome {
        let body: Option<Value> = serde_json::from_slice(&self.body).ok();
        let code = body.as_ref().and_then(|body| {
            let error = body.get("error").unwrap_or(body);
            error.get("code").and_then(Value::as_str)
        });
        Outcome::Status {
            status: self.status.as_u16(),
            code: code.map(str::to_owned),
            retry_after: asked_wait(|name| {
                let value = self.headers.get(name);
                value.and_then(|value| value.to_str().ok()).unwrap_or("")
            }),
        }
    }
}
