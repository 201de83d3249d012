//! Sources of secrets: a literal text or, preferably, the environment, a file or a program.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use super::tool_table::resolved;
use serde::{Serialize, Serializer};

use crate::base::command_line::shown_shell_line;
use crate::base::files::{ReadError, read_text};
use crate::base::lock::lock;
use crate::base::process_group::{LEFTOVER_GRACE, ProcessGroup};
use crate::base::secret::Secret;
use crate::base::toml_table::{Entry, TomlProblems};

/// The maximum run time of a program that prints a key; it may need to ask the user for a
/// passphrase in a separate window.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);
/// The maximum length of a key, in bytes.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// The source of a secret. Its `Debug` output shows the source, never the secret.
///
/// In TOML, a string is the secret itself; `{ env = "NAME" }`, `{ file = "PATH" }` and `{ command =
/// "pass show …" }` name a source.
#[derive(Clone, PartialEq)]
pub enum SecretSource {
    /// The secret itself.
    Literal(Secret),
    /// An environment variable.
    Env(String),
    /// The text of a file, trimmed of white space.
    File(PathBuf),
    /// The output of a program, trimmed of white space.
    Command(SecretCommand),
}

/// A program that prints a secret; executed at most once per process, on first use.
#[derive(Clone)]
pub struct SecretCommand {
    /// The command line for the shell.
    line: String,
    folder: PathBuf,
    printed: Arc<OnceLock<Secret>>,
}

impl PartialEq for SecretCommand {
    fn eq(&self, other: &Self) -> bool {
        self.line == other.line && self.folder == other.folder
    }
}

impl Serialize for SecretSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(secret) => write!(f, "{secret:?}"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(command) => write!(f, "command {:?}", command.shown()),
        }
    }
}

/// The reason why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is unset or empty.
    #[error("the environment variable `{name}` is not set")]
    NoVariable {
        /// The name of the variable.
        name: String,
    },
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// The file is empty, or the program printed nothing.
    #[error("{source_text} is empty")]
    Empty {
        /// A description of the source.
        source_text: String,
    },
    /// The program could not be started.
    #[error("can't start `{line}`")]
    Start {
        /// The command line without its secret parts.
        line: String,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// The program failed. Its output is not shown, because it may contain the secret.
    #[error("`{line}` failed: {outcome}")]
    Failed {
        /// The command line without its secret parts.
        line: String,
        /// The exit code, or the reason why the program was stopped.
        outcome: String,
    },
}

impl SecretError {
    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoVariable { name } => Some(format!("export {name}=… before starting")),
            Self::File(_) | Self::Empty { .. } | Self::Start { .. } => None,
            Self::Failed { .. } => {
                Some("run the command in a shell to see what it says".to_owned())
            }
        }
    }
}

impl SecretSource {
    /// Reads a source from TOML; relative paths start at `folder`.
    pub(super) fn read(
        entry: &Entry<'_>,
        folder: &Path,
        problems: &mut TomlProblems<'_>,
    ) -> Option<Self> {
        if let Some(text) = entry.value().as_str() {
            return Some(Self::Literal(Secret::new(text)));
        }
        let Some(_) = entry.value().as_table() else {
            problems.add(
                entry.span(),
                format!(
                    "`{}` must be a string, or one of {{ env = … }}, {{ file = … }}, {{ command = … }}",
                    entry.name
                ),
            );
            return None;
        };
        let mut table = entry.table(problems)?;
        let mut sources = Vec::new();
        if let Some(name) = table.get("env") {
            sources.push(name.string(problems).map(|name| Self::Env(name.to_owned())));
        }
        if let Some(path) = table.get("file") {
            let path = path.string(problems);
            sources.push(path.map(|path| Self::File(resolved(folder, path))));
        }
        if let Some(line) = table.get("command") {
            sources.push(line.string(problems).map(|line| {
                Self::Command(SecretCommand {
                    line: line.to_owned(),
                    folder: folder.to_owned(),
                    printed: Arc::default(),
                })
            }));
        }
        table.finish(problems);
        if sources.len() != 1 {
            problems.add(
                entry.span(),
                format!(
                    "`{}` must have one of `env`, `file` and `command`",
                    entry.name
                ),
            );
            return None;
        }
        sources.pop().flatten()
    }

    /// Returns the secret. Reads a file or runs a program (once; it may take up to a minute), so
    /// this must not be called on the screen's thread.
    ///
    /// # Errors
    /// [`SecretError`] if the secret can't be read.
    pub fn resolve(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Literal(secret) => Ok(secret.clone()),
            Self::Env(name) => environment_variable(name)
                .ok_or_else(|| SecretError::NoVariable { name: name.clone() }),
            Self::File(path) => trimmed(&read_text(path)?, || format!("`{}`", path.display())),
            Self::Command(command) => {
                if let Some(secret) = command.printed.get() {
                    return Ok(secret.clone());
                }
                let secret = command.run()?;
                Ok(command.printed.get_or_init(|| secret).clone())
            }
        }
    }
}

/// Returns an environment variable as a secret; `None` if it is unset, empty or not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "keys are the one thing of the environment that profiles read"
)]
pub(super) fn environment_variable(name: &str) -> Option<Secret> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
        .map(|value| Secret::new(value.trim()))
}

fn trimmed(text: &str, source: impl FnOnce() -> String) -> Result<Secret, SecretError> {
    match text.trim() {
        "" => Err(SecretError::Empty {
            source_text: source(),
        }),
        secret => Ok(Secret::new(secret)),
    }
}

impl SecretCommand {
    /// Returns the command line without its secret parts.
    pub fn shown(&self) -> String {
        shown_shell_line(&self.line)
    }

    fn run(&self) -> Result<Secret, SecretError> {
        let failed = |outcome: String| SecretError::Failed {
            line: self.shown(),
            outcome,
        };
        let cannot_start = |source| SecretError::Start {
            line: self.shown(),
            source,
        };
        let mut group = ProcessGroup::watched().map_err(cannot_start)?;
        let mut child = Command::new("sh")
            .args(["-c", &self.line])
            .current_dir(&self.folder)
            .process_group(group.id())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(cannot_start)?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        let (event_tx, event_rx) = mpsc::sync_channel(2);
        let (stdout, shared, read_tx) =
            (child.stdout.take(), Arc::clone(&printed), event_tx.clone());
        // Threads read and wait, because neither has a time limit of its own. Where an event is not received any
        // more, nobody wants it.
        std::thread::spawn(move || {
            let read = stdout.map_or(Ok(()), |stdout| read_to_end(stdout, &shared));
            let _ = read_tx.send(Event::Read(read));
        });
        std::thread::spawn(move || {
            let _ = event_tx.send(Event::Ended(child.wait()));
        });
        let (mut read, mut ended, mut limit) = (None, None, COMMAND_LIMIT);
        while read.is_none() || ended.is_none() {
            match event_rx.recv_timeout(limit) {
                Ok(Event::Read(result)) => read = Some(result),
                Ok(Event::Ended(result)) => {
                    ended = Some(result);
                    // A daemon that it started, such as a key agent, may hold its output open.
                    limit = LEFTOVER_GRACE;
                }
                Err(_elapsed) => break,
            }
        }
        group.kill();
        let Some(ended) = ended else {
            return Err(failed(format!(
                "it did not end within {} s",
                COMMAND_LIMIT.as_secs()
            )));
        };
        let status = ended.map_err(|error| failed(error.to_string()))?;
        read.unwrap_or(Ok(()))
            .map_err(|error| failed(error.to_string()))?;
        let bytes = std::mem::take(&mut *lock(&printed));
        if bytes.len() as u64 > MAX_SECRET_BYTES {
            let kilobytes = MAX_SECRET_BYTES / 1024;
            return Err(failed(format!("it printed more than {kilobytes} KB")));
        }
        let text =
            String::from_utf8(bytes).map_err(|_bytes| failed("it printed no text".to_owned()))?;
        if !status.success() {
            return Err(failed(status.to_string()));
        }
        trimmed(&text, || format!("the output of `{}`", self.shown()))
    }
}

/// An event of a running program that prints a secret.
enum Event {
    Read(io::Result<()>),
    Ended(io::Result<ExitStatus>),
}

/// Reads to the end, but at most one byte more than a secret may have; the bytes read so far are
/// visible to other threads in `read`.
fn read_to_end(source: impl Read, read: &Mutex<Vec<u8>>) -> io::Result<()> {
    let mut source = source.take(MAX_SECRET_BYTES + 1);
    let mut buffer = [0; 4096];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let mut read = lock(read);
        read.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> SecretSource {
        SecretSource::Command(SecretCommand {
            line: line.to_owned(),
            folder: PathBuf::from("."),
            printed: Arc::default(),
        })
    }

    #[test]
    fn a_secret_comes_from_a_file_or_a_program_without_the_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "sk-1\n").unwrap();
        assert_eq!(SecretSource::File(path).resolve().unwrap().expose(), "sk-1");
        assert_eq!(command("echo sk-2").resolve().unwrap().expose(), "sk-2");
    }

    #[test]
    fn a_program_runs_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        let source = command(&format!("echo x >> {0}; wc -l < {0}", path.display()));
        assert_eq!(source.resolve().unwrap().expose(), "1");
        assert_eq!(source.clone().resolve().unwrap().expose(), "1");
    }

    #[test]
    fn a_program_that_leaves_a_daemon_behind_is_not_waited_for() {
        let line = "setsid sleep 1000 & echo $!; echo sk-4";
        let secret = command(line).resolve().unwrap();
        let (daemon, key) = secret.expose().split_once('\n').unwrap();
        assert_eq!(key, "sk-4");
        let ended = Command::new("kill").arg(daemon).status().unwrap();
        assert!(
            ended.success(),
            "a daemon with a session of its own lives on"
        );
    }

    #[test]
    fn what_is_missing_is_named_and_no_secret_is_printed() {
        let cases = [
            (
                SecretSource::Env("FLOWDECK_TEST_UNSET".to_owned()),
                "the environment variable `FLOWDECK_TEST_UNSET` is not set",
            ),
            (
                command("echo sk-4; echo sk-5 >&2; exit 3"),
                "`echo …` failed: exit status: 3",
            ),
            (command("true"), "the output of `true` is empty"),
            (command("yes"), "`yes` failed: it printed more than 64 KB"),
        ];
        for (source, expected) in cases {
            assert_eq!(source.resolve().unwrap_err().to_string(), expected);
        }
        let literal = SecretSource::Literal(Secret::new("sk-3"));
        assert_eq!(format!("{literal:?}"), "••••••");
    }
}
