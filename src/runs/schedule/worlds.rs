//! Where the models and tools of a batch come from.

use std::fmt;
use std::sync::Arc;

use crate::profile::Profile;
use crate::runtime::World;
use crate::trace::Failure;

/// Gives the models and tools that a profile binds.
pub trait WorldProvider: fmt::Debug + Send + Sync {
    /// The world of a profile. Quick: connections and processes are made when they are used.
    ///
    /// # Errors
    /// The profile can't be used; every run of the batch then fails with this.
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure>;

    /// Called when a batch has ended and holds its world no longer: one that nobody holds may be closed.
    fn released(&self) {}
}
