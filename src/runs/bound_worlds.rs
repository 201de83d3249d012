//! Models and tools as profiles bind them.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use crate::llm::{Model, Models};
use crate::profile::Profile;
use crate::runs::Worlds;
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::{ToolExecutor, ToolRegistry, Tools};
use crate::trace::{Failure, FailureKind};

/// The worlds of all profiles that are used. Batches of one profile share its worker processes and
/// connections.
#[derive(Debug)]
pub struct BoundWorlds {
    models: Models,
    registry: ToolRegistry,
    /// One for each profile; profiles that are equal are one.
    worlds: Mutex<Vec<Arc<BoundWorld>>>,
}

impl BoundWorlds {
    /// Worlds whose models share connections, with tools that are written in Rust.
    pub fn new(models: Models, registry: ToolRegistry) -> Self {
        Self {
            models,
            registry,
            worlds: Mutex::default(),
        }
    }

    /// Ends all worker processes and waits until they are gone.
    pub async fn shutdown(&self) {
        let worlds = std::mem::take(&mut *self.lock());
        for world in worlds {
            world.tools.shutdown().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<BoundWorld>>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worlds for BoundWorlds {
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        let mut worlds = self.lock();
        if let Some(known) = worlds.iter().find(|world| world.tools.profile() == profile) {
            return Ok(Arc::clone(known) as Arc<dyn World>);
        }
        let world = Arc::new(BoundWorld {
            models: self.models.clone(),
            tools: Tools::builder(Arc::clone(profile))
                .registry(self.registry.clone())
                .build(),
        });
        worlds.push(Arc::clone(&world));
        Ok(world)
    }
}

#[derive(Debug)]
struct BoundWorld {
    models: Models,
    tools: Tools,
}

impl World for BoundWorld {
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        let profile = Arc::clone(self.tools.profile());
        let component = Arc::clone(llm_config);
        // A key may come from a file or a program.
        let target = tokio::task::spawn_blocking(move || profile.model_target(&component));
        Box::pin(async move {
            let target = target.await.map_err(|ended| {
                Failure::new(FailureKind::Internal, format!("no model target: {ended}"))
            })?;
            let target = target.map_err(|error| {
                let failure = Failure::from_error(FailureKind::Profile, &error);
                match error.hint() {
                    Some(hint) => failure.with_hint(hint),
                    None => failure,
                }
            })?;
            Ok(self.models.for_target(&target))
        })
    }

    fn tools(&self) -> &dyn ToolExecutor {
        &self.tools
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::ModelSettings;

    #[test]
    fn equal_profiles_share_their_tools() {
        let worlds = BoundWorlds::new(Models::new(ModelSettings::default()), ToolRegistry::new());
        for profile in [Profile::offline(), Profile::offline(), Profile::spec()] {
            worlds.world(&Arc::new(profile)).unwrap();
        }
        assert_eq!(worlds.lock().len(), 2);
    }
}
