//! The models of a batch, which are asked within its bounds: its rate and its budget of tokens.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::llm::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind,
};
use crate::runs::schedule::budget::{Budget, Spent};
use crate::runs::schedule::pace::Pace;
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::ToolExecutor;
use crate::trace::Failure;

/// What bounds the model requests of a batch. Cheap to clone; a clone is the same.
#[derive(Clone, Debug)]
pub(in crate::runs) struct ModelBounds {
    pub(in crate::runs) pace: Pace,
    pub(in crate::runs) budget: Budget,
}

impl ModelBounds {
    /// Waits until a model may be asked.
    ///
    /// # Errors
    /// [`Spent`].
    async fn admit(&self, observer: &dyn GenerationObserver) -> Result<(), Spent> {
        loop {
            self.budget.admit(observer).await?;
            tokio::select! {
                biased;
                spent = self.budget.closed() => return Err(spent),
                () = self.pace.wait(observer) => {}
            }
            // Others may have spent it meanwhile.
            if !self.budget.is_spent() {
                return Ok(());
            }
        }
    }
}

/// A world whose models are asked within bounds.
#[derive(Debug)]
pub(in crate::runs) struct SteeredWorld {
    pub(in crate::runs) world: Arc<dyn World>,
    pub(in crate::runs) bounds: ModelBounds,
}

impl World for SteeredWorld {
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(async move {
            let model: Arc<dyn Model> = Arc::new(SteeredModel {
                model: self.world.model(llm_config).await?,
                bounds: self.bounds.clone(),
            });
            Ok(model)
        })
    }

    fn tools(&self) -> &dyn ToolExecutor {
        self.world.tools()
    }
}

/// A model that is asked within bounds.
struct SteeredModel {
    model: Arc<dyn Model>,
    bounds: ModelBounds,
}

impl fmt::Debug for SteeredModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SteeredModel").field(&self.model).finish()
    }
}

impl Model for SteeredModel {
    fn describe(&self) -> ModelDescription {
        self.model.describe()
    }

    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        Box::pin(async move {
            let cancelled = || ModelError::new(ModelErrorKind::Cancelled, "cancelled");
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(cancelled()),
                admitted = self.bounds.admit(observer) => if let Err(Spent) = admitted {
                    // The run can't go on without its model.
                    cancel.cancel();
                    return Err(cancelled());
                },
            }
            let generation = self.model.generate(request, observer, cancel).await?;
            self.bounds.budget.spend(generation.usage.total_tokens);
            Ok(generation)
        })
    }
}
