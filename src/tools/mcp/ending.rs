//! Why a connection ended, as its transport knows it.

use std::sync::{Arc, OnceLock};

/// Why a connection ended, in words for people; shared by the transport, which knows it, and the session, which
/// reports it. The first word counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending(Arc<OnceLock<String>>);

impl Ending {
    pub(super) fn set_reason(&self, why: impl Into<String>) {
        // What ended it first is the reason.
        let _later = self.0.set(why.into());
    }

    /// The reason, if the connection ended and there is one.
    pub(super) fn why(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
