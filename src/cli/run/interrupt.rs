//! Handling of `ctrl-c`, of termination signals and of the loss of the terminal: the first cancels
//! the runs, the second ends the program immediately.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::outcome::Exit;

/// Listens for interrupts until it is dropped.
#[derive(Debug)]
pub(super) struct Interrupts {
    first: CancellationToken,
    _listener: JoinSet<()>,
}

impl Interrupts {
    /// Starts listening.
    ///
    /// # Errors
    /// The system's signals can't be used.
    pub(super) fn listen() -> io::Result<Self> {
        let keyboard = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let hang_up = if is_hang_up_ignored() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        let first = CancellationToken::new();
        let mut listener = JoinSet::new();
        listener.spawn(count(keyboard, terminate, hang_up, first.clone()));
        Ok(Self {
            first,
            _listener: listener,
        })
    }

    /// Completes at the first interrupt.
    pub(super) async fn first(&self) {
        self.first.cancelled().await;
    }

    /// Whether there was an interrupt.
    pub(super) fn happened(&self) -> bool {
        self.first.is_cancelled()
    }
}

/// Reports the first interrupt; the second one ends the program in any case.
async fn count(
    mut keyboard: Signal,
    mut terminate: Signal,
    mut hang_up: Option<Signal>,
    first: CancellationToken,
) {
    loop {
        tokio::select! {
            Some(()) = keyboard.recv() => {}
            Some(()) = terminate.recv() => {}
            Some(()) = next(hang_up.as_mut()) => {}
            else => return,
        }
        if first.is_cancelled() {
            std::process::exit(Exit::Interrupted.code().into());
        }
        first.cancel();
    }
}

async fn next(signal: Option<&mut Signal>) -> Option<()> {
    signal?.recv().await
}

/// Whether the program was started to outlive the terminal, as by `nohup`. Only Linux provides this
/// information.
fn is_hang_up_ignored() -> bool {
    /// The first bit of the mask, for signal 1, `SIGHUP`.
    const HANG_UP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut ignored = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored
        .next()
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & HANG_UP != 0)
}
