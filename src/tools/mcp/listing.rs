//! A server's list of tools, cached.

use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::found::Catalogue;
use crate::base::lock::lock;

/// The tools of a server.
pub(super) type Listed = Arc<Catalogue>;

/// The tools of a server, requested on first use and again after the server has reported a change.
#[derive(Debug, Default)]
pub(super) struct Listing(Mutex<Arc<OnceCell<Listed>>>);

impl Listing {
    /// Returns the cell of the current list, which the first caller fills.
    pub(super) fn current(&self) -> Arc<OnceCell<Listed>> {
        Arc::clone(&lock(&self.0))
    }

    /// Drops a finished list, so that the next user requests the tools again. A list that is being
    /// requested is kept.
    pub(super) fn renew(&self) {
        let mut cell = lock(&self.0);
        if cell.initialized() {
            *cell = Arc::default();
        }
    }

    /// Drops the list because the tools have changed. A list that is being requested is still
    /// returned to those who wait for it.
    pub(super) fn forget(&self) {
        *lock(&self.0) = Arc::default();
    }
}
