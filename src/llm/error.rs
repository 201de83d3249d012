//! Conversion of a server's responses to errors with useful messages.

use std::time::Duration;

use serde_json::Value;

use super::dialect::Refusal;
use super::model::{ModelError, ModelErrorKind};
use super::server_words::{ServerWords, html_summary, is_html};
use super::wire::Unread;
use crate::base::bounded::truncated;
use crate::base::redact::Redactor;
use crate::base::text::sanitised;
use crate::net::causes;
use crate::net::retry::Outcome;

/// The maximum number of bytes that are shown of a server's text.
const MAX_WORDS_BYTES: usize = 500;

/// A failed attempt: the error to report, and the facts for the retry policy.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Box<ModelError>,
    pub(super) outcome: Outcome,
    /// The server's error response, if it rejected the request.
    pub(super) refusal: Option<Box<Refusal>>,
    /// Whether the server accepted the request but sent an invalid answer; the request may succeed
    /// without streaming.
    pub(super) breaks_stream: bool,
}

impl Failed {
    fn new(error: ModelError, outcome: Outcome) -> Self {
        Self {
            error: Box::new(error),
            outcome,
            refusal: None,
            breaks_stream: false,
        }
    }

    /// Makes a failure that a retry can't fix.
    pub(super) fn finally(error: ModelError) -> Self {
        Self::new(error, Outcome::Final)
    }

    /// Makes a network failure: no connection, a broken one, or a timeout.
    pub(super) fn transport(message: impl Into<String>) -> Self {
        let error = ModelError::new(ModelErrorKind::Network, message);
        Self::new(error, Outcome::Transport)
    }

    /// Marks the failure as one that happened after the server had accepted the request.
    pub(super) fn of_stream(mut self) -> Self {
        self.breaks_stream = true;
        self
    }

    /// Returns whether the failure is a timeout.
    pub(super) fn is_impatience(&self) -> bool {
        self.outcome == Outcome::Transport && !self.breaks_stream
    }

    /// Makes a failure for an invalid answer.
    pub(super) fn bad_answer(message: impl Into<String>) -> Self {
        Self::finally(ModelError::new(ModelErrorKind::BadAnswer, message))
    }
}

/// The endpoint of a request, which every error names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The address, without secrets.
    pub(super) endpoint: &'a str,
    /// The id of the requested model.
    pub(super) model_id: &'a str,
    /// Whether the request contained a key.
    pub(super) has_key: bool,
    /// The secrets in the request, which must not leak if a server repeats them.
    pub(super) sent: &'a Redactor,
}

impl<'a> Asked<'a> {
    /// Makes the description of a server that is not a model's.
    pub(super) const fn beside(endpoint: &'a str, sent: &'a Redactor) -> Self {
        Self {
            endpoint,
            model_id: "",
            has_key: false,
            sent,
        }
    }

    /// Makes the failure for an HTTP error status and its body.
    pub(super) fn refused(&self, status: u16, body: &str, retry_after: Option<Duration>) -> Failed {
        let words = ServerWords::of(body);
        let reason = http_reason(status);
        let detail = match &words.message {
            Some(message) => format!(": {}", self.quoted(message)),
            None => String::new(),
        };
        let mut error = ModelError::new(
            kind_of(status),
            format!("`{}` answered {status}{reason}{detail}", self.endpoint),
        );
        error.status = Some(status);
        error.retry_after = retry_after;
        self.refusal(error, status, words)
    }

    fn refusal(&self, mut error: ModelError, status: u16, words: ServerWords) -> Failed {
        let refusal = Refusal { status, words };
        error.hint = self.hint(&refusal);
        let outcome = Outcome::Status {
            status,
            code: refusal.words.code.clone(),
            retry_after: error.retry_after,
        };
        Failed {
            refusal: Some(Box::new(refusal)),
            ..Failed::new(error, outcome)
        }
    }

    /// Makes the failure for an error object inside a stream, or in a body with status 200.
    pub(super) fn error_object(&self, value: &Value) -> Failed {
        let words = ServerWords::of_value(value);
        let message = words.message.as_deref().unwrap_or("no reason given");
        // The status that the server would have answered with, had it known in time.
        let status = words
            .status
            .or_else(|| status_of_code(words.code.as_deref()?))
            .filter(|status| (400..600).contains(status))
            .unwrap_or(500);
        let error = ModelError::new(
            kind_of(status),
            format!(
                "`{}` broke off with an error: {}",
                self.endpoint,
                self.quoted(message)
            ),
        );
        self.refusal(error, status, words)
    }

    /// Makes the failure for JSON that is not a valid piece of an answer.
    pub(super) fn unread(&self, unread: Unread, value: &Value, text: &str) -> Failed {
        match unread {
            Unread::IsError => self.error_object(value),
            Unread::Lacks(field) => Failed::bad_answer(format!(
                "`{}` sent an answer without `{field}`: {}",
                self.endpoint,
                self.quoted(text)
            )),
        }
    }

    /// Makes the failure for an answer that is not UTF-8.
    pub(super) fn not_utf8(&self, bytes: &[u8]) -> Failed {
        Failed::bad_answer(format!(
            "`{}` sent an answer that is not UTF-8: {}",
            self.endpoint,
            self.quoted(&String::from_utf8_lossy(bytes))
        ))
    }

    /// Makes the failure for a body that is not JSON.
    pub(super) fn not_json(&self, body: &str, error: &serde_json::Error) -> Failed {
        let what = if is_html(body) {
            self.quoted(&html_summary(body))
        } else {
            format!("a body that is not JSON ({error}): {}", self.quoted(body))
        };
        let message = format!("`{}` sent {what}", self.endpoint);
        let error = ModelError::new(ModelErrorKind::BadAnswer, message);
        let hint = "check `url`: it may not be the address of a model server";
        Failed::finally(error.with_hint(hint))
    }

    /// Makes the failure for a request without a response.
    pub(super) fn unreachable(&self, error: reqwest::Error) -> Failed {
        let error = error.without_url();
        let cause = causes::innermost(&error);
        if causes::is_about_tls(&error) {
            let message = format!("no safe connection to `{}`: {cause}", self.endpoint);
            let hint = if causes::is_without_tls(&error) {
                "check whether `url` should begin with `http://`"
            } else {
                "check the certificate of the server; `ca_file` of the model or `SSL_CERT_FILE` names the authorities that are trusted"
            };
            let error = ModelError::new(ModelErrorKind::Network, message).with_hint(hint);
            return Failed::finally(error);
        }
        let mut failed = if error.is_connect() {
            Failed::transport(format!("can't connect to `{}`: {cause}", self.endpoint))
        } else {
            Failed::transport(format!("no answer from `{}`: {cause}", self.endpoint))
        };
        let hint = if causes::is_of_proxy(&error) {
            "check the proxy of the environment (`HTTPS_PROXY`, `ALL_PROXY`), or name the host in `NO_PROXY`"
        } else if !error.is_connect() && self.endpoint.starts_with("http://") {
            "check that the server runs, that `url` is right, and whether it should begin with `https://`"
        } else {
            "check that the server runs and that `url` is right"
        };
        failed.error.hint = Some(hint.to_owned());
        failed
    }

    /// Prepares a server's text for display: without secrets and control characters, and limited in
    /// length.
    pub(super) fn quoted(&self, text: &str) -> String {
        let text = sanitised(&self.sent.clean(text.trim()));
        truncated(&text, MAX_WORDS_BYTES)
    }

    fn hint(&self, refusal: &Refusal) -> Option<String> {
        let Refusal { status, words } = refusal;
        let message = words.message.as_deref().unwrap_or("").to_lowercase();
        let code = words.code.as_deref().unwrap_or("");
        let is_about_model = code == "model_not_found"
            || (message.contains("model")
                && [
                    "not found",
                    "does not exist",
                    "not exist",
                    "unknown",
                    "no such",
                ]
                .iter()
                .any(|phrase| message.contains(phrase)));
        match *status {
            401 | 403 if !self.has_key => Some(
                "no key was sent: set `api_key` for this model in a profile of `flowdeck.toml`"
                    .to_owned(),
            ),
            401 | 403 => {
                Some("the server does not take this key: check `api_key` of this model".to_owned())
            }
            404 | 400 if is_about_model => Some(format!(
                "the server has no model `{}`: check `model_id`, or load the model there",
                self.model_id
            )),
            404 | 405 => Some(
                "check `url`: give the base address of the API, which often ends in `/v1`"
                    .to_owned(),
            ),
            300..=399 => Some("check `url`: the server redirects elsewhere".to_owned()),
            413 => Some("the prompt is too large for this server".to_owned()),
            429 => Some("launch fewer at once, or set `rate_limit` in the profile".to_owned()),
            400 | 422 if refusal.is_about_formats() => Some(
                "this server does not support structured output: use a model that does".to_owned(),
            ),
            400 | 422 if message.contains("response_format") => Some(
                "the server takes JSON Schemas, but not this one: declare simpler outputs"
                    .to_owned(),
            ),
            400 | 422 if message.contains("tool") => {
                Some("this server or model may not take tools".to_owned())
            }
            _ => None,
        }
    }
}

/// Returns the HTTP status that providers use for an error code in words.
fn status_of_code(code: &str) -> Option<u16> {
    match code {
        "invalid_request_error" => Some(400),
        "authentication_error" | "invalid_api_key" => Some(401),
        "permission_error" => Some(403),
        "not_found_error" => Some(404),
        "rate_limit_error" | "rate_limit_exceeded" => Some(429),
        "overloaded_error" => Some(529),
        _ => None,
    }
}

fn kind_of(status: u16) -> ModelErrorKind {
    match status {
        401 | 403 => ModelErrorKind::Authentication,
        429 => ModelErrorKind::RateLimit,
        500..=599 => ModelErrorKind::Server,
        300..=399 | 404 | 405 => ModelErrorKind::Configuration,
        _ => ModelErrorKind::Refused,
    }
}

/// Returns the reason phrase of a status with a leading blank, such as ` Not Found` for 404; empty
/// for an unknown status.
fn http_reason(status: u16) -> String {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn asked(sent: &Redactor) -> Asked<'_> {
        Asked {
            endpoint: "http://h/v1/chat/completions",
            model_id: "m",
            has_key: false,
            sent,
        }
    }

    #[test]
    fn errors_say_who_was_asked_what_came_and_what_to_do() {
        let cases = [
            (
                404,
                "<html><title>404</title>",
                ModelErrorKind::Configuration,
                "`http://h/v1/chat/completions` answered 404 Not Found: a web page (“404”)",
                "check `url`",
            ),
            (
                404,
                r#"{"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}"#,
                ModelErrorKind::Configuration,
                "`http://h/v1/chat/completions` answered 404 Not Found: The model `m` does not exist",
                "the server has no model `m`",
            ),
            (
                401,
                "",
                ModelErrorKind::Authentication,
                "`http://h/v1/chat/completions` answered 401 Unauthorized",
                "no key was sent",
            ),
            (
                429,
                "",
                ModelErrorKind::RateLimit,
                "`http://h/v1/chat/completions` answered 429 Too Many Requests",
                "launch fewer at once",
            ),
        ];
        for (status, body, kind, message, hint) in cases {
            let error = asked(&Redactor::default())
                .refused(status, body, None)
                .error;
            assert_eq!(error.kind, kind, "{status}");
            assert_eq!(error.message, message);
            assert!(error.hint.unwrap().starts_with(hint), "{status}");
        }
    }

    #[test]
    fn an_error_inside_an_answer_has_the_status_that_it_would_have_had() {
        for (error, kind, is_retried) in [
            (
                r#"{"code": 429, "status": "RESOURCE_EXHAUSTED"}"#,
                ModelErrorKind::RateLimit,
                true,
            ),
            (
                r#"{"type": "BadRequestError", "code": 400}"#,
                ModelErrorKind::Refused,
                false,
            ),
            (
                r#"{"type": "overloaded_error"}"#,
                ModelErrorKind::Server,
                true,
            ),
            (
                r#"{"code": "rate_limit_exceeded"}"#,
                ModelErrorKind::RateLimit,
                true,
            ),
            (
                r#"{"type": "server_error", "code": null}"#,
                ModelErrorKind::Server,
                true,
            ),
        ] {
            let error = format!(r#"{{"error": {error}}}"#);
            let failed =
                asked(&Redactor::default()).error_object(&serde_json::from_str(&error).unwrap());
            assert_eq!(failed.error.kind, kind, "{error}");
            let policy = crate::net::retry::RetryPolicy::default();
            let decided =
                crate::net::retry::decide(&failed.outcome, 1, &policy, Duration::ZERO, 0.5);
            let again = decided != crate::net::retry::Decision::GiveUp;
            assert_eq!(again, is_retried, "{error}");
        }
    }

    #[test]
    fn a_key_that_the_server_repeats_is_not_told() {
        let mut sent = Redactor::default();
        sent.add("sk-secret");
        let body = r#"{"error": {"message": "Incorrect API key provided: sk-secret."}}"#;
        let error = asked(&sent).refused(401, body, None).error;
        assert!(error.message.ends_with("provided: ••••••."), "{error}");
    }
}
