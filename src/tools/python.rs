//! Tools that are Python functions, in persistent worker processes.
//!
//! Plain functions run in a [`pool`] of processes that execute one call at a time and are killed on
//! cancellation. Async functions share one process with one [`event_loop`], where a call is
//! cancelled by a message. Both run the same program, `worker.py`, whose first lines describe its
//! protocol.
//!
//! The kind of a function is guessed from the text of its file. If the worker finds that the guess
//! is wrong, it says so, and the call is sent to the other kind of worker.

mod event_loop;
mod pool;
mod worker;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::event_loop::EventLoop;
use self::pool::Pool;
use self::worker::{Answer, Launcher};
use super::executor::{CallIdentity, Lane, ToolError, ToolErrorKind, ToolObserver};
use crate::base::files::read_text;
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::profile::PythonSettings;

/// The default time for which a worker may send no heartbeat during a call.
pub(super) const DEFAULT_SILENCE: Duration = Duration::from_secs(5);

/// Whether a function is plain or `async def`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Async,
}

/// A call of a Python function.
pub(super) struct PythonCall<'c> {
    /// The name of the tool.
    pub(super) name: &'c str,
    /// The Python file.
    pub(super) file: &'c Path,
    /// The name of the function, possibly dotted.
    pub(super) function: &'c str,
    /// The arguments, passed by keyword.
    pub(super) arguments: &'c Values,
    /// The identity by which the function can recognize a repeated call.
    pub(super) identity: &'c CallIdentity,
    /// The time limit, counted from when a worker accepts the call.
    pub(super) limit: Duration,
}

/// All Python workers of one profile.
#[derive(Debug)]
pub(super) struct PythonTools {
    pool: Pool,
    event_loop: EventLoop,
    kinds: Mutex<HashMap<(PathBuf, String), Kind>>,
}

impl PythonTools {
    /// Makes the workers for `settings` without starting any; `owner` tracks their tasks and
    /// signals when to end.
    pub(super) fn new(
        settings: &PythonSettings,
        folder: &Path,
        silence: Duration,
        owner: (TaskTracker, CancellationToken),
    ) -> Self {
        let (tasks, stopping) = owner;
        let launcher = Launcher {
            command: settings.command.clone(),
            folder: folder.to_owned(),
            silence,
            tasks,
            stopping,
        };
        Self {
            pool: Pool::new(launcher.clone(), settings.workers),
            event_loop: EventLoop::new(launcher),
            kinds: Mutex::default(),
        }
    }

    /// Returns the lane in which a function will run.
    pub(super) fn lane(&self, file: &Path, function: &str) -> Lane {
        match self.kind(file, function) {
            Kind::Plain => Lane::PythonWorker,
            Kind::Async => Lane::PythonLoop,
        }
    }

    /// Calls a function.
    pub(super) async fn call(
        &self,
        call: &PythonCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        // Twice: a wrong guess is put right by the first worker.
        for _ in 0..2 {
            let answer = match self.kind(call.file, call.function) {
                Kind::Plain => self.pool.call(call, observer).await?,
                Kind::Async => self.event_loop.call(call, observer).await?,
            };
            let kind = match answer {
                Answer::Result(result) => return Ok(result),
                Answer::IsAsync(true) => Kind::Async,
                Answer::IsAsync(false) => Kind::Plain,
            };
            self.kinds()
                .insert((call.file.to_owned(), call.function.to_owned()), kind);
        }
        Err(ToolError::new(
            ToolErrorKind::Failed,
            format!(
                "`{}` changed while it was being called; try again",
                call.name
            ),
        ))
    }

    /// Ends the idle workers; busy ones end after their calls.
    pub(super) fn end(&self) {
        self.pool.end();
    }

    fn kind(&self, file: &Path, function: &str) -> Kind {
        let key = (file.to_owned(), function.to_owned());
        *self
            .kinds()
            .entry(key)
            .or_insert_with(|| guessed_kind(file, function))
    }

    fn kinds(&self) -> std::sync::MutexGuard<'_, HashMap<(PathBuf, String), Kind>> {
        lock(&self.kinds)
    }
}

/// Guesses the kind of a function from its file: async if a line begins with `async def NAME(`.
fn guessed_kind(file: &Path, function: &str) -> Kind {
    let text = read_text(file).unwrap_or_default();
    let is_async = text.lines().any(|line| {
        line.trim_start()
            .strip_prefix("async def ")
            .and_then(|rest| rest.trim_start().strip_prefix(function))
            .is_some_and(|rest| rest.trim_start().starts_with('('))
    });
    if is_async { Kind::Async } else { Kind::Plain }
}
