//! The models of a batch, which are called within the batch's limits: its rate, its token budget,
//! and the limits of their endpoints.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::llm::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind,
};
use crate::runs::schedule::budget::{Budget, Spent};
use crate::runs::schedule::endpoints::{Endpoints, RefusalObserver, UnderWay};
use crate::runs::schedule::pace::{Pace, SharedRate, admitted_by};
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::ToolExecutor;
use crate::trace::Failure;

/// The limits on the model requests of a batch. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub(in crate::runs) struct ModelBounds {
    pub(in crate::runs) pace: Pace,
    /// The rates that several processes share.
    pub(in crate::runs) rates: Arc<[Arc<dyn SharedRate>]>,
    pub(in crate::runs) budget: Budget,
    pub(in crate::runs) endpoints: Endpoints,
}

impl ModelBounds {
    /// Waits until the model at an address may be called.
    ///
    /// # Errors
    /// [`Spent`].
    async fn admit(
        &self,
        address: &str,
        observer: &dyn GenerationObserver,
    ) -> Result<UnderWay, Spent> {
        loop {
            self.budget.admit(observer).await?;
            // A spent budget first: a request that could begin in the same moment is not made.
            tokio::select! {
                biased;
                spent = self.budget.closed() => return Err(spent),
                under_way = async {
                    // Room first: a slot of the rate that waits for room would be lost.
                    let under_way = self.endpoints.admit(address, observer).await;
                    self.pace.wait(observer).await;
                    for rate in self.rates.iter() {
                        admitted_by(rate.as_ref(), under_way.endpoint(), observer).await;
                    }
                    under_way
                } => {
                    // Others may have spent it meanwhile.
                    if !self.budget.is_spent() {
                        return Ok(under_way);
                    }
                }
            }
        }
    }
}

/// A world whose models are called within limits.
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

/// A model that is called within limits.
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
            let address = self.model.describe().endpoint;
            let admitted = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(cancelled()),
                admitted = self.bounds.admit(&address, observer) => admitted,
            };
            let Ok(under_way) = admitted else {
                // The run can't continue without its model.
                cancel.cancel();
                return Err(cancelled());
            };
            let refusals = RefusalObserver {
                observer,
                under_way: &under_way,
            };
            let generation = match self.model.generate(request, &refusals, cancel).await {
                Ok(generation) => generation,
                Err(error) => {
                    if let Some(notice) = refusals.refused(error.status) {
                        observer.notice(notice).await;
                    }
                    return Err(error);
                }
            };
            under_way.answered();
            self.bounds.budget.spend(generation.usage.total_tokens);
            Ok(generation)
        })
    }
}
