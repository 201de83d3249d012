//! The sessions with all servers that the runs of one profile use: opened on first use, shared, and
//! closed when unused for a long time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::Value;
use tokio::sync::{OnceCell, watch};
use tokio_util::task::TaskTracker;

use super::error::SessionError;
use super::oauth::{AuthContext, TokenStore};
use super::session::Session;
use super::target::Target;
use crate::base::lock::lock;
use crate::conversation::{AuthorizationStep, Awaited};
use crate::tools::executor::{Consent, ToolObserver};

/// The default time for which an unused session is kept. It is long because a run may wait for a
/// person, and a server may hold state for the run.
pub(in crate::tools) const DEFAULT_IDLE: Duration = Duration::from_mins(30);

/// The settings of sessions.
#[derive(Debug)]
pub(in crate::tools) struct SessionSettings {
    /// The folder for access tokens; `None` keeps them in memory.
    pub(in crate::tools) token_folder: Option<PathBuf>,
    /// How long an unused session is kept.
    pub(in crate::tools) idle: Duration,
    /// Owns the tasks that read and write pipes and that close idle sessions.
    pub(in crate::tools) tasks: TaskTracker,
}

/// The sessions, by server.
#[derive(Debug)]
pub(super) struct Sessions {
    idle: Duration,
    tasks: TaskTracker,
    /// The tokens from people's sign-ins.
    tokens: TokenStore,
    /// The open sessions; a list suffices because there are few.
    held: Arc<Mutex<Vec<Arc<SessionSlot>>>>,
}

/// A session that is opened on first use.
#[derive(Debug)]
struct SessionSlot {
    target: Target,
    cell: OnceCell<Arc<Session>>,
    /// Whether a person is being asked in order to open the session.
    asks: watch::Sender<bool>,
    /// The number of current users. Changed only while the list is locked, or downwards.
    uses: watch::Sender<usize>,
}

/// A session in use. The session is not idle until this is dropped.
pub(super) struct Lease {
    pub(super) session: Result<Arc<Session>, SessionError>,
    /// Whether the session was just opened.
    pub(super) is_new: bool,
    _use: SlotUse,
}

/// A use of a session, which ends on drop.
struct SlotUse(Arc<SessionSlot>);

impl Drop for SlotUse {
    fn drop(&mut self) {
        self.0.uses.send_modify(|uses| *uses -= 1);
    }
}

impl Sessions {
    pub(super) fn new(settings: SessionSettings) -> Self {
        Self {
            idle: settings.idle,
            tasks: settings.tasks,
            tokens: TokenStore::new(settings.token_folder),
            held: Arc::default(),
        }
    }

    /// Returns the session with a server. If a person must sign in, only the first caller asks, and
    /// the others wait.
    pub(super) async fn take(&self, target: &Target, observer: &dyn ToolObserver) -> Lease {
        loop {
            let used = self.used(target);
            let is_first = AtomicBool::new(false);
            let maker = Maker {
                observer,
                asks: &used.0.asks,
            };
            let auth = AuthContext {
                observer: &maker,
                tokens: &self.tokens,
                tasks: &self.tasks,
            };
            let making = used.0.cell.get_or_try_init(|| {
                is_first.store(true, Ordering::Relaxed);
                async {
                    // The one that it was waited for failed.
                    observer.waits(None).await;
                    Box::pin(Session::connect(target, &auth))
                        .await
                        .map(Arc::new)
                }
            });
            let made = named(making, &is_first, &used.0.asks, observer).await;
            let is_new = is_first.load(Ordering::Relaxed);
            let session = match made {
                Ok(session) if session.is_over() && !is_new => {
                    forget(&mut lock(&self.held), &used.0);
                    continue;
                }
                made => made.cloned(),
            };
            if is_new && session.is_ok() {
                self.watch(&used.0);
            }
            return Lease {
                session,
                is_new,
                _use: used,
            };
        }
    }

    /// Returns the slot for a server, marked as in use.
    fn used(&self, target: &Target) -> SlotUse {
        let mut held = lock(&self.held);
        let known = held.iter().find(|known| known.target == *target);
        let found = known.cloned().unwrap_or_else(|| {
            let new = Arc::new(SessionSlot {
                target: target.clone(),
                cell: OnceCell::new(),
                asks: watch::Sender::new(false),
                uses: watch::Sender::new(0),
            });
            held.push(Arc::clone(&new));
            new
        });
        found.uses.send_modify(|uses| *uses += 1);
        SlotUse(found)
    }

    /// Starts a task that closes the session when it is unused for a long time. The task ends with
    /// the session.
    fn watch(&self, held: &Arc<SessionSlot>) {
        let mut uses = held.uses.subscribe();
        let (list, held) = (Arc::downgrade(&self.held), Arc::downgrade(held));
        let idle = self.idle;
        self.tasks.spawn(async move {
            loop {
                if uses.wait_for(|uses| *uses == 0).await.is_err() {
                    return;
                }
                let is_over = async { uses.wait_for(|uses| *uses > 0).await.is_err() };
                tokio::select! {
                    is_over = is_over => if is_over {
                        return;
                    },
                    () = tokio::time::sleep(idle) => {
                        if let Some(session) = taken_out(&list, &held) {
                            session.close().await;
                            return;
                        }
                    }
                }
            }
        });
    }

    /// Closes all sessions: programs end, and network servers are informed.
    pub(super) async fn close(&self) {
        let held = std::mem::take(&mut *lock(&self.held));
        let closing = held
            .iter()
            .filter_map(|held| held.cell.get())
            .map(|session| session.close());
        join_all(closing).await;
    }
}

/// Awaits a session. If another step is opening it, reports what the call waits for: the session,
/// or the person who is asked.
async fn named<T>(
    making: impl Future<Output = T>,
    is_first: &AtomicBool,
    asks: &watch::Sender<bool>,
    observer: &dyn ToolObserver,
) -> T {
    let mut making = std::pin::pin!(making);
    let mut asks = asks.subscribe();
    if let Some(made) = making.as_mut().now_or_never() {
        return made;
    }
    loop {
        if !is_first.load(Ordering::Relaxed) {
            let asks_person = *asks.borrow_and_update();
            let on = if asks_person {
                Awaited::SignIn
            } else {
                Awaited::Session
            };
            observer.waits(Some(on)).await;
        }
        tokio::select! {
            biased;
            made = &mut making => {
                observer.waits(None).await;
                return made;
            }
            // Its sender is kept by the caller that waits here.
            _ = asks.changed(), if !is_first.load(Ordering::Relaxed) => {}
        }
    }
}

/// Opens a session, and informs the others while a person is asked.
struct Maker<'m> {
    observer: &'m dyn ToolObserver,
    asks: &'m watch::Sender<bool>,
}

/// An open question to a person, closed on drop.
struct Question<'m>(&'m watch::Sender<bool>);

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

impl ToolObserver for Maker<'_> {
    fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
        self.observer.chunk(content)
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        self.observer.notice(notice)
    }

    fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
        self.observer.waits(on)
    }

    fn waited(&self, waited: Duration) {
        self.observer.waited(waited);
    }

    fn held(&self, held: Duration) {
        self.observer.held(held);
    }

    fn consent<'a>(
        &'a self,
        server: &'a str,
        step: AuthorizationStep,
        settled: BoxFuture<'a, ()>,
    ) -> BoxFuture<'a, Consent> {
        Box::pin(async move {
            self.asks.send_replace(true);
            let _question = Question(self.asks);
            self.observer.consent(server, step, settled).await
        })
    }
}

/// Removes an idle session from the list; `None` if it is in use again.
fn taken_out(
    list: &Weak<Mutex<Vec<Arc<SessionSlot>>>>,
    held: &Weak<SessionSlot>,
) -> Option<Arc<Session>> {
    let (list, held) = (list.upgrade()?, held.upgrade()?);
    let mut list = lock(&list);
    if *held.uses.borrow() > 0 {
        return None;
    }
    forget(&mut list, &held);
    held.cell.get().cloned()
}

fn forget(list: &mut Vec<Arc<SessionSlot>>, held: &Arc<SessionSlot>) {
    list.retain(|known| !Arc::ptr_eq(known, held));
}
