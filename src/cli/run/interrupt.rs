//! `ctrl-c`: once cancels the runs, twice ends the program at once.

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
        let first = CancellationToken::new();
        let mut listener = JoinSet::new();
        listener.spawn(count(keyboard, terminate, first.clone()));
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
async fn count(mut keyboard: Signal, mut terminate: Signal, first: CancellationToken) {
    loop {
        tokio::select! {
            Some(()) = keyboard.recv() => {}
            Some(()) = terminate.recv() => {}
            else => return,
        }
        if first.is_cancelled() {
            std::process::exit(Exit::Interrupted.code().into());
        }
        first.cancel();
    }
}
