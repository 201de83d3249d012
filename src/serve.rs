//! A served spec: an agentic component that other programs talk to, over Agent2Agent (A2A) and over OpenAI's Responses.
//!
//! Each conversation is a run like any other: in the records, on the screen of a workbench that serves, in the history.
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

/// The most that a request may hold.
const MAX_BODY_BYTES: usize = 8 << 20;

/// How long turns may go on after the server was told to stop.
const DRAINED_WITHIN: Duration = Duration::from_secs(30);

/// How long answers in flight may take once all turns are over.
const GOODBYE: Duration = Duration::from_secs(2);

/// The component that is served, and how.
#[derive(Debug)]
pub(crate) struct Served {
    /// The agentic component.
    pub(crate) component: Arc<Component>,
    /// The profile that binds models and tools.
    pub(crate) profile: Arc<Profile>,
    /// Where its parts lie; by it conversations of the history are known to be of this spec, and served.
    pub(crate) origin: Origin,
    /// How many turns are worked on at the same time.
    pub(crate) at_once: NonZero<usize>,
    /// How long one run may be active.
    pub(crate) timeout: Option<Duration>,
    /// Where conversations are that this process does not have open.
    pub(crate) history: Option<HistoryFile>,
    /// The key that a client has to send; none lets all programs of this machine in.
    pub(crate) key: Option<Secret>,
    /// Whether A2A is spoken.
    pub(crate) is_a2a: bool,
    /// Whether OpenAI's Responses are.
    pub(crate) is_responses: bool,
}

/// Why a client's wish is not met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The message that it sent can't be taken.
    #[error("{0}")]
    Invalid(String),
    /// A message has the id of another one.
    #[error(
        "the message id `{0}` belongs to a message of other contents: a message that is sent again has the same contents, and another \
         one an id of its own"
    )]
    Reused(String),
    /// The turn before is not over.
    #[error("the conversation is still working on the message before")]
    Busy,
    /// The conversation's run is over.
    #[error("the conversation is over; begin another one")]
    Over,
    /// Too many turns wait, or too many conversations are open.
    #[error("the server has too many requests now; try again later")]
    TooMany,
    /// The server ends.
    #[error("the server is about to stop")]
    Closing,
    /// The history can't be read or taken over.
    #[error("{}", .0.in_words())]
    History(HistoryError),
    /// A conversation of the history can't go on.
    #[error("the conversation can't be continued here: {0}")]
    Lost(String),
}

/// Serves until `stop` is cancelled; then takes nothing new and lets turns end for 30 seconds. What is left is interrupted,
/// and goes on when the spec is served again. `ready` is signalled once conversations of a process before go on.
///
/// # Errors
/// What the operating system says about the listener.
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
