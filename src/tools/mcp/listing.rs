//! The list of a server's tools, as it said last.

use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::found::Catalogue;
use crate::base::lock::lock;

/// The tools of a server.
pub(super) type Listed = Arc<Catalogue>;

/// The tools of a server, asked for when they are first needed and again after it said that they changed.
#[derive(Debug, Default)]
pub(super) struct Listing(Mutex<Arc<OnceCell<Listed>>>);

impl Listing {
    /// Returns the list that was asked for, or will be by the first caller.
    pub(super) fn current(&self) -> Arc<OnceCell<Listed>> {
        Arc::clone(&lock(&self.0))
    }

    /// Drops a finished list, so that the next user asks for the tools again. A list that is under way is new enough.
    pub(super) fn renew(&self) {
        let mut cell = lock(&self.0);
        if cell.initialized() {
            *cell = Arc::default();
        }
    }

    /// Forgets the tools, as they changed. A list that is under way still serves those who wait for it.
    pub(super) fn forget(&self) {
        *lock(&self.0) = Arc::default();
    }
}
