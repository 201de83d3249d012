//! Opens a session. The protocol without a handshake is tried first, because hardly any server
//! mistakes it for another version.

use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitationCapability, ExtensionCapabilities,
    FormElicitationCapability, Implementation, ProtocolVersion, TASKS_EXTENSION_ID,
    UrlElicitationCapability,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RunningService};
use rmcp::transport::Transport;
use serde_json::Map;
use tokio_util::task::TaskTracker;

use super::ending::Ending;
use super::error::{SessionError, of_start};
use super::listing::Listing;
use super::questions::{Askable, Host};
use super::remote;
use super::sse::{SseError, SseTransport};
use super::stdio::StdioTransport;
use super::tap::Tapped;
use super::target::{Address, Target};

/// How long a server may take to show that it supports the protocol without a handshake; rmcp's
/// limit for programs is the same.
const PROBE: Duration = Duration::from_secs(10);

pub(super) type Service = RunningService<RoleClient, Host>;

/// An open connection.
pub(super) struct Opened {
    pub(super) service: Service,
    pub(super) listing: Arc<Listing>,
    pub(super) ending: Ending,
}

/// Opens a connection, with the read timeout for each attempt.
///
/// A program with the older protocol may exit at the first unknown message, or wait for the one
/// that it knows; a server may need a long time to start.
///
/// # Errors
/// The reason why the last attempt failed.
pub(super) async fn open(target: &Target, tasks: &TaskTracker) -> Result<Opened, SessionError> {
    let limit = target.read_timeout;
    let attempt = |lifecycle, limit| Attempt::new(target, lifecycle).open(tasks, limit);
    match &target.address {
        Address::Sse(_) => match attempt(handshake(), limit).await.0 {
            Err(refusal @ SessionError::Refused(_)) => {
                let modern = attempt(modern(), limit).await.0;
                modern.map_err(|_refused_too| refusal)
            }
            opened => opened,
        },
        Address::StreamableHttp(_) => {
            let first = match attempt(modern(), limit.min(PROBE)).await.0 {
                Err(error) if error != SessionError::Unauthorized => error,
                opened => return opened,
            };
            match (first, attempt(handshake(), limit).await.0) {
                (SessionError::TimedOut(_), Err(refusal @ SessionError::Refused(_))) => {
                    let slow = attempt(modern(), limit).await.0;
                    slow.map_err(|_refused_too| refusal)
                }
                (_, opened) => opened,
            }
        }
        Address::Program(_) => {
            let (opened, was_started) = attempt(either(), limit).await;
            match opened {
                Err(refusal @ SessionError::Refused(_)) => {
                    let slow = attempt(modern(), limit).await.0;
                    slow.map_err(|_refused_too| refusal)
                }
                Err(SessionError::Lost { .. }) if was_started => {
                    attempt(handshake(), limit).await.0
                }
                Err(SessionError::TimedOut(_)) if limit <= PROBE => {
                    attempt(handshake(), limit).await.0
                }
                opened => opened,
            }
        }
    }
}

const fn handshake() -> ClientLifecycleMode {
    ClientLifecycleMode::Initialize
}

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::NO_INITIALIZE],
    }
}

fn either() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::NO_INITIALIZE],
        legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
    }
}

/// An attempt to open a connection with one version of the protocol.
struct Attempt<'t> {
    target: &'t Target,
    lifecycle: ClientLifecycleMode,
    listing: Arc<Listing>,
    ending: Ending,
    askable: Askable,
}

impl<'t> Attempt<'t> {
    fn new(target: &'t Target, lifecycle: ClientLifecycleMode) -> Self {
        Self {
            target,
            lifecycle,
            listing: Arc::default(),
            ending: Ending::default(),
            askable: Askable::default(),
        }
    }

    /// Returns the connection, and whether a program was started for it but has ended.
    async fn open(
        self,
        tasks: &TaskTracker,
        limit: Duration,
    ) -> (Result<Opened, SessionError>, bool) {
        let (listing, ending) = (Arc::clone(&self.listing), self.ending.clone());
        let opened = match tokio::time::timeout(limit, self.connect(tasks)).await {
            Ok(opened) => opened,
            Err(_elapsed) => Err(SessionError::TimedOut(limit)),
        };
        let was_started = ending.why().is_some();
        let opened = opened.map(|service| Opened {
            service,
            listing,
            ending,
        });
        (opened, was_started)
    }

    async fn connect(self, tasks: &TaskTracker) -> Result<Service, SessionError> {
        let ending = self.ending.clone();
        let lost = |why| SessionError::Lost {
            why,
            was_sent: false,
        };
        match &self.target.address {
            Address::Program(program) => {
                let transport = StdioTransport::start(program, ending, tasks).map_err(lost)?;
                self.serve(transport).await
            }
            Address::Sse(remote) => {
                let client = remote::client_of(remote)
                    .await
                    .map_err(SessionError::Unusable)?;
                let opened = SseTransport::open(client, remote, ending).await;
                let transport = opened.map_err(|error| match error {
                    SseError::Unauthorized => SessionError::Unauthorized,
                    SseError::Other(why) => lost(why),
                })?;
                self.serve(transport).await
            }
            Address::StreamableHttp(remote) => {
                let client = remote::client_of(remote)
                    .await
                    .map_err(SessionError::Unusable)?;
                self.serve(remote::streamable_http(client, remote)).await
            }
        }
    }

    /// Negotiates the protocol with the server.
    async fn serve<T: Transport<RoleClient> + 'static>(
        self,
        transport: T,
    ) -> Result<Service, SessionError> {
        let us = Implementation::new("flowdeck", env!("CARGO_PKG_VERSION"));
        let config = ClientConfig::new(capabilities(), us)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let askable = self.askable.clone();
        let transport = Tapped::new(transport, self.listing, self.askable);
        let host = Host { config, askable };
        let served = host.serve_with_lifecycle(transport, self.lifecycle).await;
        served.map_err(|error| of_start(&error, self.target, &self.ending))
    }
}

/// Returns the capabilities that flowdeck offers to servers: forms and URLs for the person, and
/// tasks.
fn capabilities() -> ClientCapabilities {
    let forms = FormElicitationCapability::default();
    let mut capabilities = ClientCapabilities::default();
    let elicitation = ElicitationCapability::new()
        .with_form(forms)
        .with_url(UrlElicitationCapability::new());
    capabilities.elicitation = Some(elicitation);
    let tasks = (TASKS_EXTENSION_ID.to_owned(), Map::new());
    capabilities.extensions = Some(ExtensionCapabilities::from_iter([tasks]));
    capabilities
}
