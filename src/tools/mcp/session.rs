//! A connection to a server, and the requests on it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmcp::model::{PaginatedRequestParams, SubscriptionFilter};
use rmcp::service::Peer;
use rmcp::{RoleClient, ServiceError};
use tokio_util::task::TaskTracker;

use super::ending::Ending;
use super::error::{SessionError, of_service};
use super::found::{Catalogue, MAX_TOOLS};
use super::listing::{Listed, Listing};
use super::oauth::AuthContext;
use super::opening::{self, Service};
use super::target::Target;
use super::wire;
use crate::base::lock::lock;

/// The maximum number of pages of a list of tools.
const MAX_PAGES: usize = 1_000;
/// The maximum number of consecutive pages without a tool.
const MAX_EMPTY_PAGES: usize = 10;
/// The time limit for closing a session.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// A connection to a server, shared by all runs that use an equal transport. Dropping it closes the connection in the
/// background; [`Session::close`] waits for that.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) target: Target,
    pub(super) peer: Peer<RoleClient>,
    /// The open connection; `None` after closing.
    service: Mutex<Option<Service>>,
    listing: Arc<Listing>,
    change_stream: Arc<ChangeStream>,
    ending: Ending,
    pub(super) tasks: TaskTracker,
}

impl Session {
    /// Opens the connection, with an access token if the server requires one. A stored token that
    /// the server rejects is replaced by a new one.
    ///
    /// # Cancel safety
    /// Dropping the future ends the program or connection.
    pub(super) async fn connect(
        target: &Target,
        auth: &AuthContext<'_>,
    ) -> Result<Self, SessionError> {
        let authorized = target.authorized(false, auth).await?;
        match Self::connect_authorized(&authorized, auth.tasks).await {
            Err(SessionError::Unauthorized) if target.has_grant() => {
                let authorized = target.authorized(true, auth).await?;
                Self::connect_authorized(&authorized, auth.tasks).await
            }
            connected => connected,
        }
    }

    async fn connect_authorized(
        target: &Target,
        tasks: &TaskTracker,
    ) -> Result<Self, SessionError> {
        let opened = opening::open(target, tasks).await?;
        Ok(Self {
            target: target.clone(),
            peer: opened.service.peer().clone(),
            service: Mutex::new(Some(opened.service)),
            listing: opened.listing,
            change_stream: Arc::default(),
            ending: opened.ending,
            tasks: tasks.clone(),
        })
    }

    /// Returns whether the session is closed.
    pub(super) fn is_over(&self) -> bool {
        self.ending.why().is_some() || self.peer.is_transport_closed()
    }

    /// Returns whether the session uses the protocol without a handshake, which exists since
    /// 2026-07-28.
    pub(super) fn is_modern(&self) -> bool {
        let info = self.peer.peer_info();
        info.is_some_and(|info| !info.protocol_version.has_initialize())
    }

    /// Returns the server's current tools. They are requested again if the server would not have
    /// reported a change.
    pub(super) async fn tools_now(&self) -> Result<Listed, SessionError> {
        if !self.receives_changes() {
            self.listing.renew();
        }
        self.tools().await
    }

    /// Returns the server's tools as last known. They are requested again if a tool with this name
    /// is missing and may be new.
    pub(super) async fn tools_with(&self, name: &str) -> Result<Listed, SessionError> {
        let tools = self.tools().await?;
        if tools.tools.iter().any(|tool| tool.name == name) || self.receives_changes() {
            return Ok(tools);
        }
        self.tools_now().await
    }

    async fn tools(&self) -> Result<Listed, SessionError> {
        let cell = self.listing.current();
        let tools = cell.get_or_try_init(|| self.list()).await?;
        Ok(Arc::clone(tools))
    }

    /// Returns whether the server reports changes of its tools. A server without a handshake is
    /// asked to do so on a stream; if that stream has ended, it is asked again.
    fn receives_changes(&self) -> bool {
        let info = self.peer.peer_info();
        let tools = info.and_then(|info| info.capabilities.tools.clone());
        if tools.and_then(|tools| tools.list_changed) != Some(true) {
            return false;
        }
        if !self.is_modern() {
            return true;
        }
        if self.change_stream.begin() {
            let (peer, listing) = (self.peer.clone(), Arc::clone(&self.listing));
            let change_stream = Arc::clone(&self.change_stream);
            self.tasks.spawn(async move {
                follow_changes(&peer, &listing, &change_stream).await;
            });
        }
        self.change_stream.is_live()
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
        let mut n_empty = 0;
        // All pages have the time of one answer together: a turn waits for them.
        let end = tokio::time::Instant::now() + limit;
        loop {
            let is_later = cursor.is_some();
            let page = self
                .peer
                .list_tools(Some(PaginatedRequestParams::default().with_cursor(cursor)));
            let page = match tokio::time::timeout_at(end, page).await {
                Ok(page) => page.map_err(|error| self.failed(&error)),
                Err(_elapsed) => Err(SessionError::TimedOut(limit)),
            };
            let page = match page {
                Ok(page) => page,
                Err(SessionError::Refused(words)) if is_later => {
                    tools.cut(format!("the rest of its list is missing: {words}"));
                    break;
                }
                Err(SessionError::TimedOut(limit)) if is_later => {
                    let seconds = limit.as_secs_f64();
                    tools.cut(format!(
                        "the rest of its list did not come within {seconds} s"
                    ));
                    break;
                }
                Err(error) => return Err(error),
            };
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
                tools.cut("its list starts again without an end, and was read once".to_owned());
                break;
            }
            n_empty = if page.tools.is_empty() {
                n_empty + 1
            } else {
                0
            };
            if n_empty >= MAX_EMPTY_PAGES {
                tools.cut(format!(
                    "its list continues, but {MAX_EMPTY_PAGES} pages have no tool: no more are read"
                ));
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

    /// Converts the error of a request; an error that broke the connection ends the session.
    pub(super) fn failed(&self, error: &ServiceError) -> SessionError {
        let error = of_service(error, &self.target, &self.ending);
        match &error {
            SessionError::Lost { why, .. } => self.ending.set_reason(why.as_str()),
            SessionError::Unauthorized => self.ending.set_reason("it wants a valid authorization"),
            SessionError::NotSignedIn { .. }
            | SessionError::Unusable(_)
            | SessionError::Refused(_)
            | SessionError::TimedOut(_)
            | SessionError::NobodyToAsk
            | SessionError::AsksFor(_)
            | SessionError::AsksForEver
            | SessionError::Strange => {}
        }
        error
    }

    /// Closes the connection and waits for it.
    pub(super) async fn close(&self) {
        let service = lock(&self.service).take();
        if let Some(mut service) = service {
            // How it ended is of no interest any more.
            let _closed = service.close_with_timeout(CLOSE_GRACE).await;
        }
    }
}

/// Whether a server sends notifications on a requested stream.
#[derive(Debug, Default)]
struct ChangeStream {
    /// Whether the stream was requested; also set if the server refuses it.
    is_asked: AtomicBool,
    is_live: AtomicBool,
}

impl ChangeStream {
    /// Returns whether to request the stream now.
    fn begin(&self) -> bool {
        !self.is_asked.swap(true, Ordering::AcqRel)
    }

    fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Acquire)
    }
}

/// Listens for changes of the tools until the stream ends.
async fn follow_changes(peer: &Peer<RoleClient>, listing: &Listing, change_stream: &ChangeStream) {
    let news = SubscriptionFilter::builder().tools_list_changed().build();
    let Ok(mut subscription) = peer.listen(news).await else {
        tracing::debug!("an MCP server does not say when its tools change");
        return;
    };
    if subscription.acknowledged().tools_list_changed != Some(true) {
        return;
    }
    // What changed before is not told.
    listing.renew();
    change_stream.is_live.store(true, Ordering::Release);
    while let Ok(Some(_news)) = subscription.next().await {
        listing.forget();
    }
    change_stream.is_live.store(false, Ordering::Release);
    change_stream.is_asked.store(false, Ordering::Release);
}
