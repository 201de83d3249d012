//! A server that runs as a local program, with one JSON message per line on its standard input and
//! output.

use std::io;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::ending::Ending;
use super::target::Program;
use super::{MAX_MESSAGE_BYTES, too_large, wire};
use crate::base::environment::for_foreign_programs;
use crate::base::process_group::{LEFTOVER_GRACE, ProcessGroup};
use crate::tools::process::{
    self, Lines, OutputError, Tail, ending, program_path, why_not_started,
};

/// The maximum number of messages that wait to be written; beyond it, requests wait.
const MAX_OUTGOING: usize = 64;
/// How long a program may take to exit after its standard input was closed.
const EXIT_GRACE: Duration = Duration::from_millis(500);
/// How long to wait for the last output of a program that has exited.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The connection to a program that flowdeck started. Dropping it kills the program and its child
/// processes.
pub(super) struct StdioTransport {
    lines: Lines<ChildStdout>,
    /// The channel for lines to the program; `None` after closing.
    outgoing: Option<mpsc::Sender<Vec<u8>>>,
    child: Child,
    group: ProcessGroup,
    tail: Tail,
    /// Completes when all of standard error was read.
    tail_read: JoinHandle<()>,
    ending: Ending,
}

impl StdioTransport {
    /// Starts the program. `tasks` owns the tasks that read and write its pipes.
    ///
    /// # Errors
    /// The reason why the program can't be started.
    pub(super) fn start(
        program: &Program,
        ending: Ending,
        tasks: &TaskTracker,
    ) -> Result<Self, String> {
        let Some((command, args)) = program.argv.split_first() else {
            return Err("its command is empty".to_owned());
        };
        let cannot_start = |error: io::Error| why_not_started(&error, &program.folder);
        let mut command = Command::new(program_path(command, &program.folder));
        command
            .args(args)
            .env_clear()
            .envs(for_foreign_programs())
            .envs(&program.env)
            .current_dir(&program.folder);
        let (mut child, group) = process::start(&mut command).map_err(cannot_start)?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("it has no pipes".to_owned());
        };
        let tail = Tail::default();
        let kept = tail.clone();
        let tail_read = tasks.spawn(async move { kept.read_from(stderr).await });
        let (outgoing, messages) = mpsc::channel(MAX_OUTGOING);
        tasks.spawn(write(stdin, messages));
        Ok(Self {
            lines: Lines::new(stdout, MAX_MESSAGE_BYTES),
            outgoing: Some(outgoing),
            child,
            group,
            tail,
            tail_read,
            ending,
        })
    }

    /// Closes the program's standard input, waits briefly for its exit, and kills what remains.
    async fn end(&mut self) -> Option<std::process::ExitStatus> {
        self.outgoing = None;
        let status = match tokio::time::timeout(EXIT_GRACE, self.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_elapsed) => None,
        };
        // Also what it started and left behind.
        self.group.kill();
        if status.is_none() {
            // Killed, so it ends at once.
            let _killed = self.child.wait().await;
        }
        status
    }

    async fn note_end(&mut self) {
        let how = match self.end().await {
            Some(status) => format!("it ended with {}", ending(status)),
            None => "it closed its standard output".to_owned(),
        };
        let _all_or_enough = tokio::time::timeout(LAST_WORDS, &mut self.tail_read).await;
        let stderr_tail = self.tail.last_lines();
        self.ending.set_reason(if stderr_tail.is_empty() {
            how
        } else {
            format!("{how}: {stderr_tail}")
        });
    }
}

/// The reason why a message was not sent to a program.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The program has exited, so it certainly did not get the message.
    #[error("the program has ended")]
    Ended,
    /// The message can't be serialized.
    #[error(transparent)]
    Unwritable(#[from] serde_json::Error),
}

impl Transport<RoleClient> for StdioTransport {
    type Error = SendError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), SendError>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let outgoing = outgoing.ok_or(SendError::Ended)?;
            let sent = outgoing.send(line).await;
            sent.map_err(|_closed| SendError::Ended)
        }
    }

    /// # Cancel safety
    /// Nothing is lost.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            // Lines first: the last words of a program that has ended are read before its end counts.
            let next = tokio::select! {
                biased;
                next = self.lines.next() => next,
                // A daemon that it left behind may hold its output open forever.
                _ended = self.child.wait() => {
                    let last = tokio::time::timeout(LEFTOVER_GRACE, self.lines.next()).await;
                    last.unwrap_or(Ok(None))
                }
            };
            match next {
                Ok(Some(line)) => {
                    if let Some(read) = wire::read(&line) {
                        return Some(read.message);
                    }
                    // Servers print other things there too, against the protocol.
                    tracing::debug!("a line of an MCP server is not a message");
                }
                Ok(None) | Err(OutputError::Io(_)) => {
                    self.note_end().await;
                    return None;
                }
                Err(OutputError::TooLarge) => {
                    self.ending.set_reason(too_large());
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), SendError> {
        self.end().await;
        Ok(())
    }
}

/// Writes messages until the channel is closed or the program no longer reads them.
async fn write(mut stdin: ChildStdin, mut messages: mpsc::Receiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if stdin.write_all(&message).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ClientJsonRpcMessage, ClientNotification, InitializedNotification};

    use super::*;

    #[tokio::test]
    async fn what_is_sent_to_a_program_that_has_ended_is_known_not_to_have_reached_it() {
        let program = Program {
            argv: ["sh", "-c", "exit 3"].map(str::to_owned).to_vec(),
            env: std::collections::BTreeMap::new(),
            folder: std::env::temp_dir(),
        };
        let (ending, tasks) = (Ending::default(), TaskTracker::new());
        let mut transport = StdioTransport::start(&program, ending.clone(), &tasks).unwrap();
        assert!(transport.receive().await.is_none());
        assert_eq!(ending.why(), Some("it ended with exit code 3"));
        let told = ClientNotification::InitializedNotification(InitializedNotification::default());
        let sent = transport
            .send(ClientJsonRpcMessage::notification(told))
            .await;
        assert!(matches!(sent, Err(SendError::Ended)), "{sent:?}");
    }
}
