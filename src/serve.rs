//! The server of a spec: an agentic component that other programs call over Agent2Agent (A2A) and
//! over OpenAI's Responses API.
//!
//! Each conversation is an ordinary run: it is recorded, shown in the workbench that serves it, and kept in the history.
//!
//! ```text
//! HTTP ─► door (who may come in) ─► a2a | responses ─► desk ─► runs
//! ```

mod a2a;
mod asking;
mod desk;
mod door;
mod exact;
mod form;
mod reply;
mod responses;
mod turn;
mod turns;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::desk::ConversationStarter;
use self::door::Door;
use crate::base::clock::SharedClock;
use crate::base::secret::Secret;
use crate::profile::Profile;
use crate::runs::{HistoryError, HistoryFile, Origin, RunsHandle};
use crate::spec::Component;

/// The maximum size of a request body, in bytes.
const MAX_BODY_BYTES: usize = 8 << 20;

/// How long active turns may still take after the server was asked to stop.
pub(crate) const DRAINED_WITHIN: Duration = Duration::from_secs(30);

/// How long answers that are being sent may still take after all turns have ended.
const GOODBYE: Duration = Duration::from_secs(2);

/// The served component and the settings of its server.
#[derive(Debug)]
pub(crate) struct Served {
    /// The agentic component.
    pub(crate) component: Arc<Component>,
    /// The profile that assigns models and tools.
    pub(crate) profile: Arc<Profile>,
    /// The files of the spec and its parts. A conversation in the history belongs to this server if
    /// its origin is the same.
    pub(crate) origin: Origin,
    /// The maximum number of turns that run at the same time.
    pub(crate) at_once: NonZero<usize>,
    /// The maximum time that one run may be active.
    pub(crate) timeout: Option<Duration>,
    /// The history file with the conversations that this process has not opened.
    pub(crate) history: Option<HistoryFile>,
    /// The key that a client must send. `None` admits every program on this machine and no other.
    pub(crate) key: Option<Secret>,
    /// Whether A2A is served.
    pub(crate) is_a2a: bool,
    /// Whether OpenAI's Responses API is served.
    pub(crate) is_responses: bool,
}

/// The reason why a client's request is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The message that the client sent is invalid.
    #[error("{0}")]
    Invalid(String),
    /// Another message with different contents has the same id.
    #[error(
        "the message id `{0}` belongs to a message of other contents: a message that is sent again has the same contents, and another \
         one an id of its own"
    )]
    Reused(String),
    /// The previous turn is still running.
    #[error("the conversation is still working on the message before")]
    Busy,
    /// The conversation's run has ended.
    #[error("the conversation is over; begin another one")]
    Over,
    /// Too many turns are waiting, or too many conversations are open.
    #[error("the server has too many requests now; try again later")]
    TooMany,
    /// The server is shutting down.
    #[error("the server is about to stop")]
    Closing,
    /// The history can't be read, or the conversation can't be taken over from it.
    #[error("{}", .0.in_words())]
    History(HistoryError),
    /// A conversation of the history can't be continued.
    #[error("the conversation can't be continued here: {0}")]
    Lost(String),
}

/// Serves the component until `stop` is cancelled. The server then accepts nothing new and gives
/// active turns [`DRAINED_WITHIN`] to end. Turns that are still active then are interrupted, and continue
/// when the spec is served again. `ready` is signalled as soon as the conversations left by an
/// earlier process have been continued.
///
/// # Errors
/// The operating system's error about the listener.
pub(crate) async fn serve(
    listener: TcpListener,
    served: Served,
    runs: RunsHandle,
    clock: SharedClock,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let end = CancellationToken::new();
    let (desk, mut tasks) = ConversationStarter::open(served, runs, clock, &end);
    match desk.carry_all_on().await {
        Ok(0) => {}
        Ok(n_going) => tracing::info!(n_going, "conversations go on"),
        Err(error) => tracing::warn!(%error, "conversations of the history do not go on"),
    }
    // Pieces must not wait for each other in the kernel.
    let listener = listener.tap_io(|stream| {
        let _without_it_only_slower = stream.set_nodelay(true);
    });
    let ending = end.clone();
    let serving = axum::serve(listener, routes(&desk, address))
        .with_graceful_shutdown(async move { ending.cancelled().await })
        .into_future();
    tokio::pin!(serving);
    let served = tokio::select! {
        ended = &mut serving => ended,
        () = stop.cancelled() => {
            desk.close();
            let drained = async {
                tokio::select! {
                    ended = &mut serving => ended,
                    () = desk.quiet() => Ok(()),
                }
            };
            let drained = timeout(DRAINED_WITHIN, drained).await;
            end.cancel();
            match drained {
                Ok(Err(error)) => Err(error),
                _ => timeout(GOODBYE, serving).await.unwrap_or(Ok(())),
            }
        }
    };
    end.cancel();
    while tasks.join_next().await.is_some() {}
    served
}

fn routes(desk: &ConversationStarter, address: SocketAddr) -> Router {
    let served = desk.served();
    let mut routes = Router::new();
    if served.is_a2a {
        routes = routes.merge(a2a::routes(desk.clone(), address));
    }
    if served.is_responses {
        routes = routes.merge(responses::routes(desk.clone()));
    }
    Door::new(served.key.clone())
        .before(routes.layer(from_fn(form::read_whole)))
        .layer(from_fn(form::shaped))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}
