//! What tools a server has, as it said last.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::found::Catalogue;

/// The tools of a server.
pub(super) type Listed = Arc<Catalogue>;

/// The tools of a server, asked for when they are first needed and again after it said that they changed.
#[derive(Debug, Default)]
pub(super) struct Listing(Mutex<Arc<OnceCell<Listed>>>);

impl Listing {
    /// What was asked, or will be by whoever comes first.
    pub(super) fn current(&self) -> Arc<OnceCell<Listed>> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// They may have changed. A list that is under way is new enough.
    pub(super) fn renew(&self) {
        let mut cell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cell.initialized() {
            *cell = Arc::default();
        }
    }

    /// They changed. A list that is under way still serves those who wait for it.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}
