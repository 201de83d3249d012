//! Tools that are Python functions, in worker processes that are kept alive between calls.
//!
//! Plain functions run in a [`pool`] of processes that take one call at a time and are killed on
//! cancel; async functions share one process with one [`event_loop`], where a call is cancelled by
//! message. Both run the same program, `worker.py`, whose first lines say how it is spoken to.
//!
//! Which of the two a function is, is guessed from the text of its file; a worker that finds it to
//! be the other says so, and the call goes there.

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

/// How long a worker may give no sign of life during a call.
pub(super) const DEFAULT_SILENCE: Duration = Duration::from_secs(5);

/// Whether a function is plain or `async def`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Async,
}

/// A call of a Python function.
pub(super) struct PythonCall<'c> {
    /// The tool's name.
    pub(super) name: &'c str,
    /// The file.
    pub(super) file: &'c Path,
    /// The function's name, perhaps dotted.
    pub(super) function: &'c str,
    /// The arguments, given by name.
    pub(super) arguments: &'c Values,
    /// By what the function may know the call again.
    pub(super) identity: &'c CallIdentity,
    /// The time limit, counted from when a worker takes the call.
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
    /// The workers of `settings`, none of them started; `owner` tracks their tasks and says when
    /// to end.
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

    /// Returns where a function will run.
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

    /// Ends the idle workers; those at work end with their calls.
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

/// Returns what the text of the file says: whether it has a line that begins `async def NAME(`.
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
