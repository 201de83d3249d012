//! The address and the connection settings of a spec's `A2AAgent`.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::base::address::{shown_address, shown_text};
use crate::base::redact::Redactor;
use crate::base::secret::{is_secret_name, looks_like_secret};
use crate::net::client::TlsFiles;
use crate::net::retry::RetryPolicy;
use crate::profile::quantity::TIME;
use crate::spec::language::{A2AAgent, A2AConnectionConfig};
use crate::tools::executor::{ToolError, ToolErrorKind};

/// The address and the connection settings of a remote agent.
#[derive(Clone)]
pub(super) struct Target {
    /// The name of the agent in the spec.
    pub(super) name: String,
    /// The address in the spec: of the server, the endpoint, or the card.
    pub(super) url: Url,
    /// The headers of each request; secret ones are marked as sensitive.
    pub(super) headers: HeaderMap,
    pub(super) tls: TlsFiles,
    /// The time limit of a request.
    pub(super) request_timeout: Duration,
    /// The policy for repeating failed requests.
    pub(super) retry_policy: Option<RetryPolicy>,
    /// The maximum time without any data from the agent while its answer is awaited.
    pub(super) patience: Duration,
    /// The interval between two polls of a task.
    pub(super) poll_interval: Duration,
    /// The maximum number of consecutive failed polls.
    pub(super) max_retries: u64,
    /// The secrets that are sent to the agent, for masking.
    pub(super) redactor: Redactor,
}

impl Target {
    /// Reads the settings of a spec's agent; relative paths start at `folder`.
    ///
    /// # Errors
    /// [`ToolErrorKind::Configuration`], if a setting is invalid.
    pub(super) fn of(agent: &A2AAgent, folder: &Path) -> Result<Self, ToolError> {
        let name = agent.component().name();
        let unusable = |why: String| {
            ToolError::new(
                ToolErrorKind::Configuration,
                format!("`{name}` can't be used: {why}"),
            )
        };
        let connection = A2AConnectionConfig::of(agent.connection_config())
            .ok_or_else(|| unusable("its `connection_config` has errors".to_owned()))?;
        let written = agent.agent_url().trim();
        let url: Url = written.parse().map_err(|error| {
            unusable(format!(
                "`{}` is not an address: {error}",
                shown_text(written)
            ))
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            let shown = shown_address(&url);
            return Err(unusable(format!("`{shown}` is neither `http` nor `https`")));
        }
        if url.scheme() == "https" && !connection.verify() {
            return Err(unusable(
                "`verify` is false, but flowdeck always checks certificates".to_owned(),
            )
            .with_hint("name the certificate of its authority in `ssl_ca_cert`"));
        }
        if connection.key_file().is_some() != connection.cert_file().is_some() {
            return Err(unusable(
                "`key_file` and `cert_file` must be given together".to_owned(),
            ));
        }
        let mut redactor = Redactor::default();
        redactor.add_address(&url);
        let mut headers = HeaderMap::new();
        for (header, value) in connection.headers().into_iter().flatten() {
            let wrong = || unusable(format!("the header `{header}` can't be sent"));
            let text = value.as_str().ok_or_else(wrong)?;
            let key = HeaderName::try_from(header).map_err(|_invalid| wrong())?;
            let mut value = HeaderValue::from_str(text).map_err(|_invalid| wrong())?;
            if is_secret_name(header) || looks_like_secret(text) {
                value.set_sensitive(true);
                redactor.add_header(text);
            }
            headers.insert(key, value);
        }
        let session = agent.session_parameters();
        let path = |file: Option<&str>| file.map(|file| folder.join(file));
        Ok(Self {
            name: name.to_owned(),
            headers,
            tls: TlsFiles {
                key: path(connection.key_file()),
                certificate: path(connection.cert_file()),
                authorities: path(connection.ssl_ca_cert()),
            },
            request_timeout: time(connection.timeout(), Duration::from_mins(10)),
            retry_policy: connection.retry_policy().map(RetryPolicy::from_json),
            patience: time(number(session.get("timeout")), Duration::from_mins(1)),
            poll_interval: time(number(session.get("poll_interval")), Duration::from_secs(2)),
            max_retries: session
                .get("max_retries")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            redactor,
            url,
        })
    }

    /// Returns the address, for people.
    pub(super) fn shown(&self) -> String {
        shown_address(&self.url)
    }
}

fn number(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_f64).unwrap_or_default()
}

/// Converts seconds to a duration: the default if the number is invalid, and at most what the clock
/// can represent.
fn time(seconds: f64, usual: Duration) -> Duration {
    let time = Duration::try_from_secs_f64(seconds).ok();
    time.filter(|time| !time.is_zero())
        .map_or(usual, |time| time.min(*TIME.end()))
}
