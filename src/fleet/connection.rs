//! The connection to NATS: its address, its credentials and its state.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::kv;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::Stream;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr, jetstream};
use tokio::sync::watch;

use super::layout::{self, Layout};
use crate::base::percent;
use crate::runs::QueueName;

/// The time after which an unanswered request to JetStream is repeated.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// The maximum time for the first connection.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

/// The time between tests of an idle connection, which detect a server that no longer responds.
const TESTED_EVERY: Duration = Duration::from_secs(10);

/// The address and the credentials for NATS.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connect {
    /// The servers, separated by commas: `nats://queue:4222`.
    pub(crate) servers: String,
    /// A file of credentials in the format of `nsc`.
    pub(crate) credentials: Option<PathBuf>,
    /// A file with the seed of an NKEY.
    pub(crate) nkey: Option<PathBuf>,
    /// Certificates of trusted authorities, in place of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// The client certificate and its key.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    /// The pool of workers for the runs. The queue has one consumer per pool.
    pub(crate) pool: String,
}

/// The reason why runs can't be executed by workers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FleetError {
    /// The address is not valid.
    #[error("`{0}` is not the address of a NATS server")]
    Address(String),
    /// The name of the pool can't be a part of a subject.
    #[error("`{0}` can't name a pool: use letters, digits, `-` and `_`")]
    Pool(String),
    /// A file of the settings can't be read.
    #[error("`{}` can't be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The server can't be reached.
    #[error("no connection to NATS at {servers}: {reason}")]
    Connect {
        /// The servers, without passwords.
        servers: String,
        /// The reason.
        reason: String,
    },
    /// The server rejects the credentials.
    #[error("NATS at {servers} refuses the login: {reason}")]
    Refused {
        /// The servers, without passwords.
        servers: String,
        /// The reason.
        reason: String,
    },
    /// The TLS connection can't be made.
    #[error("no secure connection to NATS at {servers}: {reason}")]
    Tls {
        /// The servers, without passwords.
        servers: String,
        /// The reason.
        reason: String,
    },
    /// A stream, consumer or bucket can't be created or used.
    #[error("NATS at {servers} can't provide {what}: {reason}")]
    JetStream {
        /// The servers, without passwords.
        servers: String,
        /// The operation or object that was requested.
        what: String,
        /// The reason.
        reason: String,
    },
}

impl FleetError {
    /// Returns a hint how a person can solve the problem.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Address(_) => Some("write it as `nats://HOST:4222`"),
            Self::Pool(_) => None,
            Self::File { .. } => Some("`[nats]` in config.toml names the files"),
            Self::Connect { .. } => Some("is the server up, and is its address right?"),
            Self::Refused { .. } => Some(
                "give a user and password in the address (`nats://USER:PASSWORD@HOST`), or `credentials` or `nkey` of `[nats]` in config.toml",
            ),
            Self::Tls { .. } => Some(
                "`ca_file` of `[nats]` in config.toml names the authority of the server's certificate, `cert_file` and `key_file` the certificate of flowdeck",
            ),
            Self::JetStream { .. } => Some(
                "`nats-server -js` has JetStream; `flowdeck worker --check` says what the account lacks",
            ),
        }
    }
}

/// The state of the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkState {
    /// The number of times that a connection was made. Requests sent over an earlier connection
    /// must be repeated.
    pub(crate) n_connects: u64,
    /// The reason why the server can't be reached or accepts nothing; `None` while it works.
    pub(crate) trouble: Option<String>,
}

/// A connection with everything that runs need on the server. Cheap to clone; all clones share the
/// same state.
#[derive(Clone)]
pub(crate) struct Link {
    pub(super) client: Client,
    pub(super) context: jetstream::Context,
    /// The queue of runs.
    pub(super) runs: Stream,
    /// The records of runs.
    pub(super) records: Stream,
    /// Texts that are too large for a message, and texts that many runs share.
    pub(super) objects: ObjectStore,
    /// Rates of model requests.
    pub(super) rates: kv::Store,
    /// The pool of workers for the runs.
    pub(super) pool: String,
    /// The servers, without passwords.
    pub(super) servers: String,
    state: watch::Sender<LinkState>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("servers", &self.servers)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Returns a receiver of the connection's state.
    pub(crate) fn state(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// Returns the pool of workers for the runs.
    pub(crate) fn pool(&self) -> &str {
        &self.pool
    }

    /// Returns the queue's name, which batches store to record where their runs were sent.
    pub(super) fn queue_name(&self) -> QueueName {
        let begun = self.records.cached_info().created;
        QueueName {
            servers: self.servers.clone(),
            pool: self.pool.clone(),
            store: Some(begun.unix_timestamp_nanos().to_string()),
        }
    }

    /// Returns the servers, without passwords.
    pub(crate) fn servers(&self) -> &str {
        &self.servers
    }

    /// Records a problem with the server, or that there is none.
    pub(super) fn note(&self, trouble: Option<String>) {
        self.state.send_if_modified(|state| {
            let is_news = state.trouble != trouble;
            if let (true, Some(words)) = (is_news, &trouble) {
                tracing::warn!("NATS: {words}");
            }
            state.trouble = trouble;
            is_news
        });
    }
}

/// Connects, and creates the streams that don't exist yet.
///
/// # Errors
/// [`FleetError`].
pub(crate) async fn connect(connect: &Connect) -> Result<Link, FleetError> {
    if !layout::is_name(&connect.pool) {
        return Err(FleetError::Pool(connect.pool.clone()));
    }
    let (client, servers, state) = client(connect).await?;
    let context = ContextBuilder::new()
        .timeout(ANSWERS_WITHIN)
        .ack_timeout(ANSWERS_WITHIN)
        .build(client.clone());
    let Layout {
        runs,
        records,
        objects,
        rates,
    } = Layout::made(&context, &servers).await?;
    Ok(Link {
        client,
        context,
        runs,
        records,
        objects,
        rates,
        pool: connect.pool.clone(),
        servers,
        state,
    })
}

/// Returns the client, the servers without passwords, and the state of the connection.
async fn client(
    connect: &Connect,
) -> Result<(Client, String, watch::Sender<LinkState>), FleetError> {
    let mut addresses = Vec::new();
    for part in connect.servers.split(',').map(str::trim) {
        let address = part.parse::<ServerAddr>();
        addresses.push(address.map_err(|_unreadable| FleetError::Address(without_password(part)))?);
    }
    let servers: Vec<String> = addresses
        .iter()
        .map(|address| format!("{}:{}", address.host(), address.port()))
        .collect();
    let servers = servers.join(", ");
    let (state, _) = watch::channel(LinkState::default());
    let mut options = options(connect, &servers, state.clone()).await?;
    // async-nats (0.51) reads them from an address, and does not show them to the server.
    let user = addresses
        .iter()
        .find_map(|address| Some((address.username()?, address.password())));
    options = match user {
        Some((user, Some(password))) => {
            options.user_and_password(percent::decoded(user), percent::decoded(password))
        }
        Some((token, None)) => options.token(percent::decoded(token)),
        None => options,
    };
    let connected = options.connect(addresses).await;
    let client = connected.map_err(|error| {
        let (servers, reason) = (servers.clone(), in_words(&error));
        match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                FleetError::Refused { servers, reason }
            }
            ConnectErrorKind::Tls => FleetError::Tls { servers, reason },
            _ if is_about_certificates(&reason) => FleetError::Tls { servers, reason },
            _ => FleetError::Connect { servers, reason },
        }
    })?;
    Ok((client, servers, state))
}

async fn options(
    connect: &Connect,
    servers: &str,
    state: watch::Sender<LinkState>,
) -> Result<ConnectOptions, FleetError> {
    let mut options = ConnectOptions::new()
        .name("flowdeck")
        .connection_timeout(CONNECTS_WITHIN)
        .ping_interval(TESTED_EVERY);
    if let Some(path) = &connect.credentials {
        let read = options.credentials_file(path).await;
        options = read.map_err(|source| FleetError::File {
            path: path.clone(),
            source,
        })?;
    }
    if let Some(path) = &connect.nkey {
        let seed = tokio::fs::read_to_string(path).await;
        let seed = seed.map_err(|source| FleetError::File {
            path: path.clone(),
            source,
        })?;
        options = options.nkey(seed.trim().to_owned());
    }
    if let Some(path) = &connect.ca_file {
        options = options.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &connect.certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let servers: Arc<str> = Arc::from(servers);
    Ok(options.event_callback(move |event| {
        heed(&event, &servers, &state);
        std::future::ready(())
    }))
}

/// Handles an event of the connection.
fn heed(event: &Event, servers: &str, state: &watch::Sender<LinkState>) {
    let trouble = match event {
        Event::Connected => {
            state.send_modify(|state| {
                state.n_connects += 1;
                state.trouble = None;
            });
            return;
        }
        Event::Disconnected | Event::Closed => {
            format!(
                "the connection to {servers} is lost; flowdeck connects again as soon as it can"
            )
        }
        Event::ServerError(error) => trouble_in_words(&error.to_string(), servers),
        Event::ClientError(error) => trouble_in_words(&error.to_string(), servers),
        Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) => {
            tracing::warn!("NATS at {servers}: {event}");
            return;
        }
    };
    tracing::warn!("NATS: {trouble}");
    state.send_modify(|state| state.trouble = Some(trouble));
}

/// Returns the problem that the server or a failed reconnection attempt reports.
fn trouble_in_words(said: &str, servers: &str) -> String {
    const REFUSED: [&str; 4] = [
        "authorization",
        "authentication",
        "revoked",
        "signing nonce",
    ];
    let lower = said.to_lowercase();
    if REFUSED.iter().any(|word| lower.contains(word)) {
        return format!(
            "{servers} refuses the login now ({said}): it does not know the user, password, key or credentials; \
             flowdeck keeps trying"
        );
    }
    format!("{servers} can't be used: {said}")
}

fn is_about_certificates(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    ["tls", "certificate", "unknownissuer"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Returns an address without user and password.
fn without_password(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => host.to_owned(),
        None => address.to_owned(),
    }
}

/// Returns the text of an error with its causes.
pub(super) fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_words = deeper.to_string();
        if !words.contains(&deeper_words) {
            words = format!("{words}: {deeper_words}");
        }
        cause = deeper.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        assert_eq!(
            without_password("nats://me:secret@queue:4222"),
            "queue:4222"
        );
        assert_eq!(without_password("queue"), "queue");
    }
}
