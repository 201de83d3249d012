//! The real world: models and tools as a profile binds them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use crate::base::lock::lock;
use crate::llm::{Model, Models};
use crate::profile::{Profile, ProfileError};
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::{ToolExecutor, ToolRegistry, Tools};
use crate::trace::{Failure, FailureKind};

/// A model that is made on first use.
type ModelCell = Arc<OnceCell<Arc<dyn Model>>>;

/// The models and tools of one profile. All runs of a batch or an engine share one environment,
/// with its connections and worker processes, which are made on first use.
#[derive(Debug)]
pub struct Environment {
    profile: Arc<Profile>,
    models: Models,
    tools: Tools,
    /// The models used so far, by the identity of their configuration; those of dropped documents
    /// are removed. A list suffices because there are few.
    known: Mutex<Vec<(Weak<Component>, ModelCell)>>,
}

impl Environment {
    /// Makes the environment of a profile, with additional tools written in Rust.
    pub fn new(profile: Arc<Profile>, registry: ToolRegistry) -> Self {
        Self::with_models(profile, registry, Models::default(), None)
    }

    /// Makes the environment of a profile with custom models, such as an offline model without
    /// delays, and with the folder for access tokens, if they are to be stored.
    pub fn with_models(
        profile: Arc<Profile>,
        registry: ToolRegistry,
        models: Models,
        token_folder: Option<PathBuf>,
    ) -> Self {
        Self {
            tools: Tools::builder(Arc::clone(&profile))
                .registry(registry)
                .token_folder(token_folder)
                .build(),
            profile,
            models,
            known: Mutex::default(),
        }
    }

    /// Ends worker processes and tools that are still running. Later calls are rejected.
    pub async fn shutdown(&self) {
        self.tools.shutdown().await;
    }

    fn cell(&self, llm_config: &Arc<Component>) -> ModelCell {
        let mut known = lock(&self.known);
        known.retain(|(config, _)| config.strong_count() > 0);
        let wanted = Arc::as_ptr(llm_config);
        if let Some((_, cell)) = known.iter().find(|(config, _)| config.as_ptr() == wanted) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(OnceCell::new());
        known.push((Arc::downgrade(llm_config), Arc::clone(&cell)));
        cell
    }

    async fn make_model(&self, llm_config: &Arc<Component>) -> Result<Arc<dyn Model>, Failure> {
        let (profile, config) = (Arc::clone(&self.profile), Arc::clone(llm_config));
        // A key may come from a file or a program.
        let target = tokio::task::spawn_blocking(move || profile.model_target(&config))
            .await
            .map_err(|error| Failure::from_error(FailureKind::Internal, &error))?
            .map_err(|error| failure_of(&error))?;
        Ok(self.models.for_target(&target))
    }
}

impl World for Environment {
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(async move {
            let cell = self.cell(llm_config);
            let model = cell.get_or_try_init(|| self.make_model(llm_config)).await?;
            Ok(Arc::clone(model))
        })
    }

    fn tools(&self) -> &dyn ToolExecutor {
        &self.tools
    }
}

fn failure_of(error: &ProfileError) -> Failure {
    let failure = Failure::from_error(FailureKind::Profile, error);
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
