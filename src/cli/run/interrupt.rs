//! `ctrl-c`, a request to end and the loss of the terminal: one cancels the runs, two end the program at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::outcome::Exit;

/// Listens for interrupts as long as it lives.
#[derive(Debug)]
pub(super) struct Interrupts {
    first: CancellationToken,
    _listener: JoinSet<()>,
}

impl Interrupts {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system has no signals to give.
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

    /// Ready at the first interrupt.
    pub(super) async fn first(&self) {
        self.first.cancelled().await;
    }

    /// Whether there was one.
    pub(super) fn happened(&self) -> bool {
        self.first.is_cancelled()
    }
}

/// Tells the first interrupt; the second ends the program, whatever it is doing.
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

/// Whether we were started so that we outlive the terminal, as `nohup` does it. Only Linux tells.
fn is_hang_up_ignored() -> bool {
    /// The first bit of the mask is signal 1, `SIGHUP`.
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
