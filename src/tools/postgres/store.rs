//! A database with its connections, and the tables that a datastore declares.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use serde_json::Value;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::address::{Settings, configuration};
use super::connect::Connector;
use super::encryption;
use super::failed::{Blame, Failed};
use super::operation::DatastoreOperation;
use super::session::Session;
use super::tables::Tables;
use crate::base::redact::Redactor;
use crate::conversation::Awaited;
use crate::net::retry::{Attempts, Outcome, RetryPolicy};
use crate::tools::executor::{ToolError, ToolErrorKind, ToolObserver};
use crate::tools::limit::seconds;
use crate::tools::retry::is_next;
use crate::tools::slot::take_slot;

/// The maximum number of connections to a database; a server accepts 100 in total by default.
const MAX_CONNECTIONS: usize = 16;
/// How often an operation is retried at a server that was reachable before, in case the server
/// restarts; the waits take 31 seconds in total.
const RESTART_ATTEMPTS: u32 = 6;
/// How long a used connection may take to show that it still works.
const RECYCLING: Duration = Duration::from_secs(5);

/// A database with its connections.
pub(super) struct Store {
    settings: Settings,
    pool: Pool,
    connector: Connector,
    /// The permits for connections, taken first so that a waiting call can report its wait.
    places: Arc<Semaphore>,
    /// The tables, after they were checked against the datastore.
    tables: OnceCell<Tables>,
    sent: Redactor,
    tasks: TaskTracker,
}

impl Store {
    /// Makes a store. No connection is opened.
    ///
    /// # Errors
    /// A `Configuration` error, if the address or a certificate is invalid.
    pub(super) async fn new(settings: Settings, tasks: TaskTracker) -> Result<Self, ToolError> {
        let config = settings.config()?;
        let (shown, mode) = (settings.shown.clone(), settings.sslmode);
        let files = settings.files.clone();
        let reading =
            tokio::task::spawn_blocking(move || encryption::connector(&shown, mode, &files));
        let tls = reading
            .await
            .map_err(|stopped| configuration(&settings.shown, &stopped.to_string()))??;
        let connector = Connector { mode, tls };
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Verified,
        };
        let manager = Manager::from_connect(config, connector.clone(), manager);
        let pool = Pool::builder(manager)
            .max_size(MAX_CONNECTIONS)
            .recycle_timeout(Some(RECYCLING))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| configuration(&settings.shown, &error.to_string()))?;
        let mut sent = Redactor::default();
        sent.add_secret(&settings.user);
        sent.add_secret(&settings.password);
        Ok(Self {
            settings,
            pool,
            connector,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            tables: OnceCell::new(),
            sent,
            tasks,
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    /// Waits until a connection is available to the call.
    pub(super) async fn place(&self, observer: &dyn ToolObserver) -> Option<OwnedSemaphorePermit> {
        take_slot(&self.places, Awaited::Session, observer).await
    }

    /// Executes an operation within a time limit. It is retried if it certainly had no effect and may succeed later.
    ///
    /// # Errors
    /// [`ToolError`], that of the last attempt.
    pub(super) async fn carry_out(
        &self,
        name: &str,
        operation: &DatastoreOperation,
        limit: Duration,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let blame = Blame {
            name,
            shown: &self.settings.shown,
            sent: &self.sent,
        };
        let usual = RetryPolicy::default();
        let patient = RetryPolicy {
            max_attempts: RESTART_ATTEMPTS,
            ..usual.clone()
        };
        let mut attempts = Attempts::new(Some(&patient));
        let deadline = Instant::now() + limit;
        loop {
            let attempt = timeout_at(deadline, self.attempt(operation, &blame)).await;
            let Failed { error, may_repeat } = match attempt {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(failed)) => failed,
                Err(_elapsed) => return Err(too_slow(name, limit)),
            };
            let was_there = self.tables.initialized();
            let outcome = if may_repeat && (was_there || attempts.n_failed() < usual.max_attempts) {
                Outcome::Transport
            } else {
                Outcome::Final
            };
            // Where there is no time for another attempt, the last one says what is wrong.
            let next = timeout_at(deadline, is_next(&mut attempts, name, &outcome, observer));
            if !next.await.unwrap_or(false) {
                return Err(error);
            }
        }
    }

    async fn attempt(
        &self,
        operation: &DatastoreOperation,
        blame: &Blame<'_>,
    ) -> Result<Value, Failed> {
        let client = self.pool.get().await;
        let client = client.map_err(|error| blame.unconnected(error))?;
        let mut session = Session::new(client, &self.connector, &self.tasks, blame);
        let done = async {
            let tables = self
                .tables
                .get_or_try_init(|| session.tables(&self.settings.collections))
                .await?;
            session.carry_out(operation, tables).await
        };
        let done = done.await;
        session.end();
        done
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn too_slow(name: &str, limit: Duration) -> ToolError {
    let message = format!(
        "the database did not finish `{name}` within {}, and its work was cancelled",
        seconds(limit)
    );
    ToolError::new(ToolErrorKind::TimedOut, message)
        .with_hint("`call_timeout` in the profile sets the limit")
}
