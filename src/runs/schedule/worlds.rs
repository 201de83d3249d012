//! The source of a batch's models and tools.

use std::fmt;
use std::sync::Arc;

use crate::profile::Profile;
use crate::runtime::World;
use crate::trace::Failure;

/// Provides the models and tools that a profile binds.
pub trait WorldProvider: fmt::Debug + Send + Sync {
    /// Returns the models and tools of a profile. Fast, because connections and processes are made
    /// on first use.
    ///
    /// # Errors
    /// The profile can't be used; every run of the batch then fails with this.
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure>;

    /// Called when a batch has ended and released its models and tools, which may then be closed if
    /// no other batch holds them.
    fn released(&self) {}
}
