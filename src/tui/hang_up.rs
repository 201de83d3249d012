//! Detects that the terminal is gone.
//!
//! A terminal that ends sends `SIGHUP`, but only to the processes that it controls. A process that
//! was started by another program or with `setsid` gets no signal, and crossterm then reads the end
//! of the file over and over without reporting it.

use std::future;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches standard input for its end, without reading it.
#[derive(Debug)]
pub(crate) struct HangUp {
    /// Standard input; `None` if it can't be watched, so that only signals are used.
    input: Option<AsyncFd<OwnedFd>>,
}

impl HangUp {
    /// Starts watching.
    #[expect(
        deprecated,
        reason = "its successor is unsafe, for types that may close early; an `OwnedFd` does not"
    )]
    pub(crate) fn watch() -> Self {
        let input = io::stdin().as_fd().try_clone_to_owned();
        let input = input.and_then(|fd| AsyncFd::with_interest(fd, Interest::READABLE));
        Self { input: input.ok() }
    }

    /// Completes when the terminal is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(crate) async fn noticed(&self) {
        let Some(input) = &self.input else {
            return future::pending().await;
        };
        while let Ok(mut guard) = input.readable().await {
            if guard.ready().is_read_closed() {
                return;
            }
            // Keys that wait are read elsewhere; the next one wakes this again.
            guard.clear_ready();
        }
    }
}
