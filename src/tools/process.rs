//! Child processes: starting them, and reading their output within limits.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use crate::base::lock::lock;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::base::process_group::ProcessGroup;

/// The maximum output of a tool, in bytes.
pub(super) const MAX_OUTPUT_BYTES: usize = 4 * 1024 * 1024;
/// The number of bytes that are kept from the end of standard error.
const TAIL_BYTES: usize = 8 * 1024;
/// The maximum number of these lines in an error message.
const TAIL_LINES: usize = 5;
/// The number of bytes that are read at a time.
const READ_BYTES: usize = 16 * 1024;

/// Returns the path of a program; a relative path starts at `folder`, whatever the current folder
/// is.
pub(super) fn program_path(program: &str, folder: &Path) -> PathBuf {
    let path = Path::new(program);
    if path.is_relative() && program.contains('/') {
        let folder = std::path::absolute(folder).unwrap_or_else(|_gone| folder.to_owned());
        folder.join(path)
    } else {
        path.to_owned()
    }
}

/// Describes why a program that should run in `folder` could not be started.
pub(super) fn why_not_started(error: &io::Error, folder: &Path) -> String {
    match error.kind() {
        io::ErrorKind::NotFound if !folder.is_dir() => {
            format!("there is no folder `{}`", folder.display())
        }
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
        _ => error.to_string(),
    }
}

/// Starts a program in a monitored process group, with pipes for standard input, output and error.
pub(super) fn start(command: &mut Command) -> io::Result<(Child, ProcessGroup)> {
    let group = ProcessGroup::watched()?;
    let child = command
        .process_group(group.id())
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    Ok((child, group))
}

/// The end of a process's standard error, shared with the task that reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    /// Reads to the end but keeps only the last bytes, so that the process is never blocked.
    pub(super) async fn read_from(&self, source: impl AsyncRead + Unpin) {
        let keep = |bytes: &[u8]| {
            self.keep(bytes);
            Ok(())
        };
        // A read error is the end of what can be had.
        let _ = read_pieces(source, keep).await;
    }

    /// Adds bytes.
    pub(super) fn keep(&self, bytes: &[u8]) {
        let mut kept = lock(&self.0);
        kept.extend(bytes);
        let excess = kept.len().saturating_sub(TAIL_BYTES);
        kept.drain(..excess);
    }

    /// Returns the last lines, joined by ` / `; empty if nothing was written.
    pub(super) fn last_lines(&self) -> String {
        let mut kept = lock(&self.0);
        let text = String::from_utf8_lossy(kept.make_contiguous()).into_owned();
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let first = lines.len().saturating_sub(TAIL_LINES);
        lines.get(first..).unwrap_or_default().join(" / ")
    }
}

/// The reason why reading the output of a process failed.
#[derive(Debug)]
pub(super) enum OutputError {
    /// The output is larger than [`MAX_OUTPUT_BYTES`].
    TooLarge,
    /// The pipe broke.
    Io(io::Error),
}

/// Reads to the end and passes each piece on immediately.
///
/// # Errors
/// The error of `take`, which stops the reading, or a broken pipe.
pub(super) async fn read_pieces(
    mut source: impl AsyncRead + Unpin,
    mut take: impl FnMut(&[u8]) -> Result<(), OutputError>,
) -> Result<(), OutputError> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = source.read(&mut buffer).await.map_err(OutputError::Io)?;
        if count == 0 {
            return Ok(());
        }
        take(buffer.get(..count).unwrap_or_default())?;
    }
}

/// Describes how a process ended: `exit code 3`, `signal 9`.
pub(super) fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// Lines of limited length from a process.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// The number of buffered bytes that are known to have no line break.
    searched: usize,
    max_bytes: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(source: R, max_bytes: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            searched: 0,
            max_bytes,
        }
    }

    /// Returns the next line without its line break; `None` at the end. Text after the last line
    /// break is not a line.
    ///
    /// # Cancel safety
    /// No data is lost: what was read stays in the buffer.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, OutputError> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(offset) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = self.searched + offset;
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.truncate(end);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > self.max_bytes {
                return Err(OutputError::TooLarge);
            }
            self.buffer.reserve(READ_BYTES);
            let count = self
                .source
                .read_buf(&mut self.buffer)
                .await
                .map_err(OutputError::Io)?;
            if count == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_end_of_standard_error_is_kept() {
        let tail = Tail::default();
        let text: String = (0..10_000).map(|n| n.to_string() + " lines\n").collect();
        tail.read_from(text.as_bytes()).await;
        assert_eq!(
            tail.last_lines(),
            "9995 lines / 9996 lines / 9997 lines / 9998 lines / 9999 lines"
        );
    }

    #[tokio::test]
    async fn lines_are_told_apart_and_bounded() {
        let mut lines = Lines::new(&b"one\n\ntwo\nrest"[..], 8);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(String::from_utf8(line).unwrap());
        }
        assert_eq!(found, ["one", "", "two"]);
        let mut endless = Lines::new(tokio::io::repeat(b'x'), 1024);
        assert!(matches!(endless.next().await, Err(OutputError::TooLarge)));
    }
}
