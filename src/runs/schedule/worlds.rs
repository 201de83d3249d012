//! Where the models and tools of a batch come from.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::llm::Model;
use crate::profile::Profile;
use crate::runs::schedule::pace::{Pace, PacedModel};
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::ToolExecutor;
use crate::trace::Failure;

/// Gives the models and tools that a profile binds.
pub trait Worlds: fmt::Debug + Send + Sync {
    /// The world of a profile. Quick: connections and processes are made when they are used.
    ///
    /// # Errors
    /// The profile can't be used; every run of the batch then fails with this.
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure>;

    /// A batch has ended and holds its world no longer: one that nobody holds may be closed.
    fn released(&self) {}
}

/// A world whose model requests keep to a pace.
#[derive(Debug)]
pub(in crate::runs) struct PacedWorld {
    pub(in crate::runs) world: Arc<dyn World>,
    pub(in crate::runs) pace: Pace,
}

impl World for PacedWorld {
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(async move {
            let model: Arc<dyn Model> = Arc::new(PacedModel {
                model: self.world.model(llm_config).await?,
                pace: self.pace.clone(),
            });
            Ok(model)
        })
    }

    fn tools(&self) -> &dyn ToolExecutor {
        self.world.tools()
    }
}
