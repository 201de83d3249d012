//! Tools that are programs: JSON arguments on standard input, JSON or text on standard output.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::ioctl_fionread;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

use super::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use super::live_output::LiveOutput;
use super::process::{
    self, MAX_OUTPUT_BYTES, OutputError, Tail, ending, program_path, read_pieces, why_not_started,
};
use crate::base::process_group::{LEFTOVER_GRACE, ProcessGroup};
use crate::base::redact::Redactor;

/// Runs a program once and returns its output, which is also reported while it runs. Dropping the
/// future kills the program and all its child processes.
///
/// # Errors
/// [`ToolError`], if the program can't be started, exits with a code other than 0, or prints too
/// much.
pub(super) async fn run(
    invocation: &ToolInvocation,
    argv: &[String],
    folder: &Path,
    observer: &dyn ToolObserver,
) -> Result<String, ToolError> {
    let (output, complaints) = (LiveOutput::default(), LiveOutput::default());
    // A shell repeats the line that it fails at. What is printed as a result is the tool's own affair.
    let (nothing, mut given) = (Redactor::default(), Redactor::default());
    given.add_arguments(argv);
    tokio::select! {
        biased;
        ended = run_to_end(invocation, argv, folder, (&output, &complaints)) => {
            ended.map_err(|mut error| {
                error.message = given.clean(&error.message);
                error
            })
        }
        never = output.show(observer, &nothing) => match never {},
        never = complaints.show(observer, &given) => match never {},
    }
}

async fn run_to_end(
    invocation: &ToolInvocation,
    argv: &[String],
    folder: &Path,
    (printed, complaints): (&LiveOutput, &LiveOutput),
) -> Result<String, ToolError> {
    let (name, arguments) = (invocation.tool.name(), &invocation.arguments);
    let (mut child, mut group) = start(invocation, argv, folder)?;
    let tail = Tail::default();
    let input = serde_json::to_vec(arguments).map_err(|error| broken(name, error))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(broken(name, io::Error::other("no pipes")));
    };
    // To ask how much of its output waits when it ends.
    let pipe = stdout.as_fd().try_clone_to_owned();
    let pipe = pipe.map_err(|error| broken(name, error))?;
    let n_read = AtomicUsize::new(0);
    let mut output = Vec::new();
    let read = async {
        read_pieces(stdout, |bytes| {
            output.extend_from_slice(bytes);
            n_read.store(output.len(), Ordering::Relaxed);
            if output.len() > MAX_OUTPUT_BYTES {
                return Err(OutputError::TooLarge);
            }
            printed.push(bytes);
            Ok(())
        })
        .await
    };
    let complain = async {
        // What it complains of is no reason to lose its result.
        let _ = read_pieces(stderr, |bytes| {
            tail.keep(bytes);
            complaints.push(bytes);
            Ok(())
        })
        .await;
        Ok(())
    };
    let feed = async {
        feed(stdin, &input).await;
        Ok(())
    };
    let talk = async { tokio::try_join!(feed, read, complain).map(drop) };
    let mut whole = None;
    let at_end = || {
        let waiting = ioctl_fionread(&pipe).unwrap_or_default();
        let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        whole = Some(n_read.load(Ordering::Relaxed).saturating_add(waiting));
    };
    let status = until_ended(&mut child, &mut group, talk, at_end)
        .await
        .map_err(|error| unread(name, error))?;
    if !status.success() {
        return Err(failed(name, &ending(status), &tail));
    }
    // What others write into its pipe after it has ended is not its result.
    output.truncate(whole.unwrap_or(usize::MAX));
    String::from_utf8(output).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("the output of `{name}` is not UTF-8 from byte {at} on");
        ToolError::new(ToolErrorKind::BadOutput, message)
            .with_hint("let it print UTF-8, or pipe it through `iconv -t UTF-8`")
    })
}

/// Waits until a program has ended and its pipes are closed. Child processes that keep the pipes
/// open are killed after a short time, except for daemons with a session of their own, which are
/// not awaited either. `at_end` is called as soon as the program has ended, if its pipes are still
/// open then.
async fn until_ended(
    child: &mut Child,
    group: &mut ProcessGroup,
    talk: impl Future<Output = Result<(), OutputError>>,
    at_end: impl FnOnce(),
) -> Result<ExitStatus, OutputError> {
    tokio::pin!(talk);
    let status = tokio::select! {
        talked = &mut talk => {
            talked?;
            let status = child.wait().await;
            group.kill();
            return status.map_err(OutputError::Io);
        }
        status = child.wait() => status.map_err(OutputError::Io)?,
    };
    at_end();
    let talked = match tokio::time::timeout(LEFTOVER_GRACE, &mut talk).await {
        Ok(talked) => Ok(talked),
        Err(_elapsed) => {
            group.kill();
            tokio::time::timeout(LEFTOVER_GRACE, &mut talk).await
        }
    };
    group.kill();
    talked.unwrap_or(Ok(()))?;
    Ok(status)
}

fn start(
    invocation: &ToolInvocation,
    argv: &[String],
    folder: &Path,
) -> Result<(Child, ProcessGroup), ToolError> {
    let name = invocation.tool.name();
    let Some((program, rest)) = argv.split_first() else {
        return Err(ToolError::new(
            ToolErrorKind::Configuration,
            format!("the command of `{name}` names no program"),
        ));
    };
    let mut command = Command::new(program_path(program, folder));
    let identity = &invocation.identity;
    command
        .env("FLOWDECK_RUN", &identity.run)
        .env("FLOWDECK_TOOL", name.replace('\0', ""))
        .env("FLOWDECK_IDEMPOTENCY_KEY", identity.idempotency_key());
    process::start(command.args(rest).current_dir(folder)).map_err(|error| {
        let why = why_not_started(&error, folder);
        ToolError::new(
            ToolErrorKind::Unreachable,
            format!("`{name}` can't start `{program}`: {why}"),
        )
        .with_hint(format!(
            "see `command` in `[tools.{name}]`; the program is started in `{}`",
            folder.display()
        ))
        .with_source(error)
    })
}

async fn feed(mut stdin: ChildStdin, input: &[u8]) {
    // A program that does not read its arguments is in its right; the pipe breaks then.
    let _ = stdin.write_all(input).await;
}

fn unread(name: &str, error: OutputError) -> ToolError {
    match error {
        OutputError::TooLarge => ToolError::new(
            ToolErrorKind::BadOutput,
            format!(
                "`{name}` printed more than {} MB and was stopped",
                MAX_OUTPUT_BYTES / (1024 * 1024)
            ),
        )
        .with_hint(
            "standard output is for the result alone; write anything else to standard error",
        ),
        OutputError::Io(error) => broken(name, error),
    }
}

fn broken(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> ToolError {
    ToolError::new(
        ToolErrorKind::Failed,
        format!("lost the connection to the program of `{name}`"),
    )
    .with_source(error)
}

fn failed(name: &str, how: &str, tail: &Tail) -> ToolError {
    let said = tail.last_lines();
    let said = if said.is_empty() {
        "it wrote nothing to standard error".to_owned()
    } else {
        said
    };
    ToolError::new(
        ToolErrorKind::Failed,
        format!("`{name}` ended with {how}: {said}"),
    )
}
