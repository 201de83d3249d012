//! The log: `tracing` events to a file, never to the terminal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::arguments::GlobalArguments;
use super::context::Context;
use super::outcome::Stop;
use crate::base::text::sanitised;

/// Starts the log. Commands log if `--log` or `-v` is given, the workbench always.
///
/// # Errors
/// The file of `--log` can't be written or has another use here. A problem with the default log
/// file is ignored.
pub(super) fn start(
    arguments: &GlobalArguments,
    context: &Context,
    named: &[PathBuf],
    is_workbench: bool,
) -> Result<(), Stop> {
    let wanted = arguments.log.as_deref();
    if wanted.is_none() && arguments.verbose == 0 && !is_workbench {
        return Ok(());
    }
    // What names nothing is about the workspace.
    let workspace = [PathBuf::from(".")];
    let named = if named.is_empty() { &workspace } else { named };
    if let Some(path) = wanted
        && context.is_among(path, named)
    {
        let message = format!(
            "this command uses `{}`, so the log can't be written there",
            path.display()
        );
        return Err(Stop::usage(message).with_help("give `--log` another file"));
    }
    let path = wanted.map_or_else(|| context.paths.log_file(), Path::to_owned);
    let file = match open(&path) {
        Ok(file) => file,
        Err(error) if wanted.is_some() => {
            return Err(Stop::usage(format!(
                "can't log to `{}`: {error}",
                path.display()
            )));
        }
        Err(_no_usual_log) => return Ok(()),
    };
    let level = match arguments.verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let started = tracing_subscriber::fmt()
        // rmcp logs messages and addresses, in which there may be secrets.
        .with_env_filter(EnvFilter::new(format!("warn,rmcp=off,flowdeck={level}")))
        .with_span_events(FmtSpan::NONE)
        .with_ansi(false)
        // It would complain of a full disk on a terminal that may be taken, or gone.
        .log_internal_errors(false)
        .with_writer(Mutex::new(Printable(file)))
        .try_init();
    // Only a second start in one process fails, and then there is a log already.
    let _has_log = started;
    Ok(())
}

/// A file whose lines can't control the terminal on which they are read.
struct Printable(File);

impl Write for Printable {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0
            .write_all(sanitised(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Opens the log for appending. Other users can't read it, because it may contain private names.
fn open(path: &PathBuf) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}
