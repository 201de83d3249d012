//! The reason why a connection ended.

use std::sync::{Arc, OnceLock};

/// The reason why a connection ended, for people. Shared by the transport, which knows the reason,
/// and the session, which reports it; only the first reason is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending(Arc<OnceLock<String>>);

impl Ending {
    pub(super) fn set_reason(&self, why: impl Into<String>) {
        // What ended it first is the reason.
        let _later = self.0.set(why.into());
    }

    /// Returns the reason, if one was set.
    pub(super) fn why(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
