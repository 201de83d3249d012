//! One connection to a server, and what is asked over it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotification,
    CancelledNotificationParam, ClientCapabilities, ClientConfig, ClientRequest, Implementation,
    PaginatedRequestParams, ProtocolVersion, RequestId, ServerResult,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, Peer, PeerRequestOptions, RunningService,
};
use rmcp::transport::Transport;
use rmcp::{RoleClient, ServiceError};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::ending::Ending;
use super::error::{SessionError, of_service, of_start};
use super::found::{Catalogue, MAX_TOOLS};
use super::listing::{Listed, Listing};
use super::oauth::Asking;
use super::progress::chunk;
use super::sse::{SseError, SseTransport};
use super::stdio::StdioTransport;
use super::tap::{ProgressSink, Tapped};
use super::target::{Address, Target};
use super::{MAX_CALL, remote, wire};
use crate::conversation::Values;
use crate::tools::executor::ToolObserver;

/// How many pages of a list of tools are turned.
const MAX_PAGES: usize = 1_000;
/// How long the end of a session may take.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

type Service = RunningService<RoleClient, ClientConfig>;

/// One connection to a server, shared by all runs that use an equal transport. Dropping it closes the connection in the
/// background; [`Session::close`] waits for that.
#[derive(Debug)]
pub(super) struct Session {
    target: Target,
    peer: Peer<RoleClient>,
    /// None once it is closed.
    service: Mutex<Option<Service>>,
    listing: Arc<Listing>,
    ending: Ending,
    tasks: TaskTracker,
}

impl Session {
    /// Connects, with an access token where the server wants one. A token from an earlier time that the server takes no
    /// more is replaced by a new one.
    ///
    /// # Cancel safety
    /// Dropping the future ends the program or connection that was begun.
    pub(super) async fn connect(
        target: &Target,
        asking: &Asking<'_>,
    ) -> Result<Self, SessionError> {
        let authorized = target.authorized(false, asking).await?;
        match Self::connect_authorized(&authorized, asking.tasks).await {
            Err(SessionError::Unauthorized) if target.has_grant() => {
                let authorized = target.authorized(true, asking).await?;
                Self::connect_authorized(&authorized, asking.tasks).await
            }
            connected => connected,
        }
    }

    /// Connects, within the read timeout: by the handshake that almost all servers know, or else without one, as the
    /// protocol has it since 2026-07-28.
    async fn connect_authorized(
        target: &Target,
        tasks: &TaskTracker,
    ) -> Result<Self, SessionError> {
        match Self::connect_by(ClientLifecycleMode::Initialize, target, tasks).await {
            Err(refusal @ SessionError::Refused(_)) => {
                let preferred_versions = vec![ProtocolVersion::NO_INITIALIZE];
                let modern = ClientLifecycleMode::Discover { preferred_versions };
                let connected = Self::connect_by(modern, target, tasks).await;
                connected.map_err(|_refused_too| refusal)
            }
            other => other,
        }
    }

    async fn connect_by(
        lifecycle: ClientLifecycleMode,
        target: &Target,
        tasks: &TaskTracker,
    ) -> Result<Self, SessionError> {
        let ending = Ending::default();
        let listing = Arc::<Listing>::default();
        let limit = target.read_timeout;
        let opening = Opening {
            lifecycle,
            target,
            ending: &ending,
            listing: &listing,
        };
        let service = tokio::time::timeout(limit, opening.open(tasks))
            .await
            .map_err(|_elapsed| SessionError::TimedOut(limit))??;
        Ok(Self {
            target: target.clone(),
            peer: service.peer().clone(),
            service: Mutex::new(Some(service)),
            listing,
            ending,
            tasks: tasks.clone(),
        })
    }

    /// Whether it is of no use any more.
    pub(super) fn is_over(&self) -> bool {
        self.ending.why().is_some() || self.peer.is_transport_closed()
    }

    /// The tools that the server has.
    pub(super) async fn tools(&self) -> Result<Listed, SessionError> {
        let cell = self.listing.current();
        let tools = cell.get_or_try_init(|| self.list()).await?;
        if self
            .peer
            .peer_info()
            .is_some_and(|info| !info.protocol_version.has_initialize())
        {
            // Such a server tells no news unasked; rmcp keeps the list as long as the server allows.
            self.listing.forget();
        }
        Ok(Arc::clone(tools))
    }

    async fn list(&self) -> Result<Listed, SessionError> {
        let offers_tools = |peer: &Peer<RoleClient>| {
            peer.peer_info()
                .is_none_or(|info| info.capabilities.tools.is_some())
        };
        if !offers_tools(&self.peer) {
            return Ok(Arc::default());
        }
        let limit = self.target.read_timeout;
        let mut tools = Catalogue::default();
        let mut cursors = HashSet::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = self
                .peer
                .list_tools(Some(PaginatedRequestParams::default().with_cursor(cursor)));
            let page = tokio::time::timeout(limit, page)
                .await
                .map_err(|_elapsed| SessionError::TimedOut(limit))?
                .map_err(|error| self.failed(&error))?;
            for tool in &page.tools {
                if tools.is_full() {
                    tools.cut(format!("no more than {MAX_TOOLS} tools are read"));
                    return Ok(Arc::new(tools));
                }
                tools.take(&wire::entry_of(tool));
            }
            if let Some(fault) = wire::fault_of(&page) {
                tools.cut(fault.to_owned());
            }
            cursor = page.next_cursor;
            let Some(next) = &cursor else {
                break;
            };
            if !cursors.insert(next.clone()) {
                tools.cut("its list begins anew without an end, and was read once".to_owned());
                break;
            }
            if cursors.len() >= MAX_PAGES {
                tools.cut(format!(
                    "no more than {MAX_PAGES} pages of its list are read"
                ));
                break;
            }
        }
        Ok(Arc::new(tools))
    }

    /// Calls a tool, telling its progress on the way. The time runs anew with each progress.
    ///
    /// # Cancel safety
    /// When the future is dropped, the server is told that nobody waits any more.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: Values,
        observer: &dyn ToolObserver,
    ) -> Result<CallToolResult, SessionError> {
        let (sink, mut progress) = ProgressSink::new();
        let mut request = CallToolRequest::new(
            CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments),
        );
        request.extensions.insert(sink);
        let request = ClientRequest::CallToolRequest(request);
        let handle = self
            .peer
            .send_cancellable_request(request, PeerRequestOptions::no_options())
            .await
            .map_err(|error| self.failed(&error))?;
        let mut unanswered = Unanswered {
            id: Some(handle.id),
            peer: &self.peer,
            tasks: &self.tasks,
        };
        let mut answer = handle.rx;
        let silence = tokio::time::sleep(self.target.read_timeout);
        let end = tokio::time::sleep(MAX_CALL);
        tokio::pin!(silence, end);
        let result = loop {
            tokio::select! {
                biased;
                Some(progress) = progress.recv() => {
                    silence.as_mut().reset(Instant::now() + self.target.read_timeout);
                    observer.chunk(chunk(&progress)).await;
                }
                answer = &mut answer => break answer.unwrap_or(Err(ServiceError::TransportClosed)),
                () = &mut silence => return Err(SessionError::TimedOut(self.target.read_timeout)),
                () = &mut end => return Err(SessionError::TimedOut(MAX_CALL)),
            }
        };
        unanswered.id = None;
        match result.map_err(|error| self.failed(&error))? {
            ServerResult::CallToolResult(result) => Ok(result),
            ServerResult::EmptyResult(_) => Ok(CallToolResult::default()),
            _ => Err(SessionError::Strange),
        }
    }

    /// What a failed request means; one that broke the connection ends the session.
    fn failed(&self, error: &ServiceError) -> SessionError {
        let error = of_service(error, &self.target, &self.ending);
        match &error {
            SessionError::Lost { why, .. } => self.ending.tell(why.as_str()),
            SessionError::Unauthorized => self.ending.tell("it wants another authorization"),
            SessionError::NotSignedIn { .. }
            | SessionError::Refused(_)
            | SessionError::TimedOut(_)
            | SessionError::Strange => {}
        }
        error
    }

    /// Closes the connection and waits until it is.
    pub(super) async fn close(&self) {
        let service = self
            .service
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut service) = service {
            // How it ended is of no interest any more.
            let _closed = service.close_with_timeout(CLOSE_GRACE).await;
        }
    }
}

/// What a session is opened with.
struct Opening<'o> {
    lifecycle: ClientLifecycleMode,
    target: &'o Target,
    ending: &'o Ending,
    listing: &'o Arc<Listing>,
}

impl Opening<'_> {
    async fn open(self, tasks: &TaskTracker) -> Result<Service, SessionError> {
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
                let client = remote::client_of(remote).map_err(lost)?;
                let opened = SseTransport::open(client, remote, ending).await;
                let transport = opened.map_err(|error| match error {
                    SseError::Unauthorized => SessionError::Unauthorized,
                    SseError::Other(why) => lost(why),
                })?;
                self.serve(transport).await
            }
            Address::StreamableHttp(remote) => {
                let client = remote::client_of(remote).map_err(lost)?;
                self.serve(remote::streamable_http(client, remote)).await
            }
        }
    }

    /// Shakes hands.
    async fn serve<T: Transport<RoleClient> + 'static>(
        self,
        transport: T,
    ) -> Result<Service, SessionError> {
        let us = Implementation::new("flowdeck", env!("CARGO_PKG_VERSION"));
        let config = ClientConfig::new(ClientCapabilities::default(), us)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let transport = Tapped::new(transport, Arc::clone(self.listing));
        let served = config.serve_with_lifecycle(transport, self.lifecycle).await;
        served.map_err(|error| of_start(&error, self.target, self.ending))
    }
}

/// A request that was sent. Dropped unanswered, it tells the server that nobody waits any more.
struct Unanswered<'s> {
    /// None once it is answered.
    id: Option<RequestId>,
    peer: &'s Peer<RoleClient>,
    tasks: &'s TaskTracker,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else {
            return;
        };
        let peer = self.peer.clone();
        self.tasks.spawn(async move {
            let params = CancelledNotificationParam::new(
                Some(id),
                Some("the caller does not wait any more".to_owned()),
            );
            // A server that is gone need not be told.
            let _told = tokio::time::timeout(
                Duration::from_secs(1),
                peer.send_notification(CancelledNotification::new(params).into()),
            )
            .await;
        });
    }
}
