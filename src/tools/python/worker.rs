//! A worker process: starting it, sending calls, and receiving messages.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::PythonCall;
use crate::base::process_group::ProcessGroup;
use crate::base::written::mark_within;
use crate::tools::executor::{ToolError, ToolErrorKind};
use crate::tools::limit::{HELD_UP, seconds};
use crate::tools::process::{self, Lines, MAX_OUTPUT_BYTES, OutputError, Tail, ending};

/// The program that every worker runs.
const PROGRAM: &str = include_str!("worker.py");
/// The time limit for starting the interpreter.
const START_LIMIT: Duration = Duration::from_secs(30);
/// The number of heartbeats within the time after which a worker counts as silent.
const BEATS_PER_SILENCE: f64 = 5.0;
/// The maximum length of a line: the largest result with every character escaped, plus the message
/// around it.
const MAX_LINE_BYTES: usize = 6 * MAX_OUTPUT_BYTES;

/// The settings for starting workers.
#[derive(Clone, Debug)]
pub(super) struct Launcher {
    /// The interpreter.
    pub(super) command: String,
    /// The working folder.
    pub(super) folder: PathBuf,
    /// How long a worker may send no heartbeat during a call.
    pub(super) silence: Duration,
    /// Owns the tasks that read standard error, and the task of the event loop.
    pub(super) tasks: TaskTracker,
    /// Cancelled when all workers should end.
    pub(super) stopping: CancellationToken,
}

/// The kind of functions that a worker runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    Calls,
    Loop,
}

/// A message from a worker.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WorkerMessage {
    Result {
        id: u64,
        /// The result, with marked numbers; see [`mark_within`].
        result: Value,
    },
    Failed {
        id: u64,
        error: String,
        kind: FailureKind,
        /// The class of the exception, if the user's function raised one.
        exception: Option<String>,
    },
    OtherKind {
        id: u64,
        is_async: bool,
    },
    Chunk {
        id: u64,
        chunk: Value,
    },
    Blocked {
        blocked: u64,
    },
    Held {
        held: u64,
        seconds: f64,
    },
    Beat {
        #[serde(rename = "beat")]
        _beat: bool,
    },
    Ready {
        #[serde(rename = "ready")]
        _ready: bool,
    },
}

/// The kind of failure that a worker reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailureKind {
    Failed,
    Configuration,
    BadOutput,
}

/// The answer to a call that did not fail.
#[derive(Debug)]
pub(super) enum Answer {
    /// The result, with marked numbers; see [`mark_within`].
    Result(Value),
    /// The function is of the other kind: async (true) or plain (false).
    IsAsync(bool),
}

/// A running worker. Dropping it kills the worker and its child processes.
#[derive(Debug)]
pub(super) struct Worker {
    group: ProcessGroup,
    child: Child,
    stdin: ChildStdin,
    lines: Lines<ChildStdout>,
    tail: Tail,
    /// Cancelled once standard error was read to the end.
    stderr_read: CancellationToken,
}

impl Launcher {
    /// Starts a worker and waits until it is ready.
    pub(super) async fn start(&self, mode: Mode) -> Result<Worker, ToolError> {
        let mode = match mode {
            Mode::Calls => "calls",
            Mode::Loop => "loop",
        };
        let settings = json!({
            "mode": mode,
            "beat_s": self.silence.as_secs_f64() / BEATS_PER_SILENCE,
            "max_bytes": MAX_OUTPUT_BYTES,
            "held_s": HELD_UP.as_secs_f64(),
        });
        let cannot_start =
            |error: std::io::Error| self.not_started(&error.to_string()).with_source(error);
        let mut command = Command::new(&self.command);
        command
            .args(["-u", "-X", "utf8", "-c", PROGRAM, &settings.to_string()])
            .current_dir(&self.folder);
        let (mut child, group) = process::start(&mut command).map_err(cannot_start)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(self.not_started("it has no pipes"));
        };
        let tail = Tail::default();
        let (stopping, kept) = (self.stopping.clone(), tail.clone());
        let stderr_read = CancellationToken::new();
        let end = stderr_read.clone().drop_guard();
        self.tasks.spawn(async move {
            let _end = end;
            // Something that a tool left behind may hold the pipe open forever.
            stopping.run_until_cancelled(kept.read_from(stderr)).await;
        });
        let mut worker = Worker {
            group,
            child,
            stdin,
            lines: Lines::new(stdout, MAX_LINE_BYTES),
            tail,
            stderr_read,
        };
        match tokio::time::timeout(START_LIMIT, worker.listen()).await {
            Ok(Ok(WorkerMessage::Ready { .. })) => Ok(worker),
            Ok(Ok(_)) => Err(self.not_started("it does not follow the protocol of workers")),
            Ok(Err(ended)) => Err(self.not_started(&ended)),
            Err(_elapsed) => Err(self.not_started("it did not get ready")),
        }
    }

    fn not_started(&self, why: &str) -> ToolError {
        ToolError::new(
            ToolErrorKind::Unreachable,
            format!("can't start Python as `{}`: {why}", self.command),
        )
        .with_hint("set `command` in `[python]` to an interpreter, such as \"python3\" or \".venv/bin/python\"")
    }
}

impl Worker {
    /// Writes a message.
    pub(super) async fn send(&mut self, line: &str) -> std::io::Result<()> {
        self.stdin.write_all(line.as_bytes()).await
    }

    /// Receives the next message, or the reason why there are no more.
    ///
    /// # Cancel safety
    /// No message is lost.
    pub(super) async fn listen(&mut self) -> Result<WorkerMessage, String> {
        match self.lines.next().await {
            Ok(Some(line)) => {
                let line = String::from_utf8_lossy(&line);
                serde_json::from_str(&mark_within(&line, &["result"]))
                    .map_err(|error| format!("its output can't be read: {error}"))
            }
            Ok(None) => Err(self.ending().await),
            Err(OutputError::TooLarge) => Err("it wrote too much at once".to_owned()),
            Err(OutputError::Io(error)) => Err(error.to_string()),
        }
    }

    /// Returns whether the process is still running.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the worker to end and describes how, with the last lines of its standard error.
    async fn ending(&mut self) -> String {
        /// How long to wait for the end of a worker whose pipes are already closed.
        const SOON: Duration = Duration::from_millis(500);
        let how = match tokio::time::timeout(SOON, self.child.wait()).await {
            Ok(Ok(status)) => {
                // With what it left behind.
                self.group.kill();
                format!("its process ended with {}", ending(status))
            }
            _ => "its process closed its output".to_owned(),
        };
        // Its last words may still be in the pipe; what it left behind may hold that open.
        let _late = tokio::time::timeout(SOON, self.stderr_read.cancelled()).await;
        match self.tail.last_lines() {
            said if said.is_empty() => how,
            said => format!("{how}: {said}"),
        }
    }
}

/// Returns the line that requests a call.
pub(super) fn call_line(id: u64, call: &PythonCall<'_>) -> String {
    let file = std::path::absolute(call.file).unwrap_or_else(|_gone| call.file.to_owned());
    let message = json!({
        "id": id,
        "file": file,
        "function": call.function,
        "arguments": call.arguments,
        "context": {
            "run": call.identity.run,
            "tool": call.name,
            "idempotency_key": call.identity.idempotency_key(),
        },
    });
    format!("{message}\n")
}

/// Converts a reported failure to the error of the call.
pub(super) fn failure(
    name: &str,
    error: String,
    kind: FailureKind,
    exception: Option<String>,
) -> ToolError {
    match kind {
        FailureKind::Failed => ToolError {
            exception,
            ..ToolError::new(ToolErrorKind::Failed, error)
        },
        FailureKind::BadOutput => {
            ToolError::new(ToolErrorKind::BadOutput, format!("`{name}` {error}"))
        }
        FailureKind::Configuration => ToolError::new(ToolErrorKind::Configuration, error)
            .with_hint(format!("see `python` in `[tools.{name}]`")),
    }
}

/// Makes the error of a call whose worker has ended.
pub(super) fn gone(name: &str, how: &str) -> ToolError {
    ToolError::new(
        ToolErrorKind::Failed,
        format!("the Python worker of `{name}` is gone: {how}"),
    )
}

/// Makes the error of a call whose worker sends no heartbeat.
pub(super) fn silent(name: &str, file: &Path, silence: Duration) -> ToolError {
    ToolError::new(
        ToolErrorKind::Failed,
        format!(
            "`{name}` was stopped: its Python worker gave no sign of life for {}",
            seconds(silence)
        ),
    )
    .with_hint(format!(
        "something in `{}` blocks: in an `async def` nothing may wait without `await`; a plain \
         function must not hold the interpreter's lock",
        file.display()
    ))
}
