//! The HTTP clients that all models share.

use std::sync::OnceLock;
use std::time::Duration;

use crate::base::causes::innermost;

/// How models are reached over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a server may take until its answer begins.
    pub answer_timeout: Duration,
    /// How long a server may be silent inside an answer.
    pub idle_timeout: Duration,
    /// Whether the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`, …) are used.
    pub uses_proxies: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_mins(5),
            idle_timeout: Duration::from_mins(2),
            uses_proxies: true,
        }
    }
}

/// A client could not be made: no certificates on this machine, as a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't set up HTTP: {reason}")]
pub(super) struct ClientError {
    reason: String,
}

/// One pooled client for `https` and one for `http`, each made when it is first needed.
///
/// They are apart because a client that checks certificates can't be made on a machine that has
/// none, where `http` to a local server must still work.
#[derive(Debug, Default)]
pub(super) struct HttpClients {
    settings: HttpSettings,
    encrypted: OnceLock<Result<reqwest::Client, ClientError>>,
    plain: OnceLock<Result<reqwest::Client, ClientError>>,
}

impl HttpClients {
    pub(super) fn new(settings: HttpSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    pub(super) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// The client for an address.
    ///
    /// # Errors
    /// [`ClientError`] when none can be made on this machine.
    pub(super) fn for_url(&self, url: &url::Url) -> Result<&reqwest::Client, ClientError> {
        let slot = if url.scheme() == "https" {
            self.encrypted.get_or_init(|| self.build(true))
        } else {
            self.plain.get_or_init(|| self.build(false))
        };
        slot.as_ref().map_err(Clone::clone)
    }

    fn build(&self, is_encrypted: bool) -> Result<reqwest::Client, ClientError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(self.settings.connect_timeout)
            .user_agent(concat!("flowdeck/", env!("CARGO_PKG_VERSION")))
            // One HTTP/2 connection for each server would queue streams past the server's limit
            // (often 100). HTTP/1.1 opens as many connections as there are streams.
            .http1_only()
            // A redirect turns the POST into a GET without a body: better to tell the status.
            .redirect(reqwest::redirect::Policy::none())
            // A compressed stream is buffered by some servers and proxies until it ends.
            .no_gzip();
        if !is_encrypted {
            builder = builder.tls_certs_only([]);
        }
        if !self.settings.uses_proxies {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| ClientError {
            reason: innermost(&error),
        })
    }
}
