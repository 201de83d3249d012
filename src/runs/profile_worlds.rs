//! The world that a profile describes: its models over HTTP or offline, its tools through their
//! bindings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::llm::{Model, Models};
use crate::profile::{Profile, ProfileError};
use crate::runs::Worlds;
use crate::runtime::World;
use crate::spec::Component;
use crate::tools::{ToolExecutor, ToolRegistry, Tools};
use crate::trace::{Failure, FailureKind};

/// Makes the worlds of profiles. Batches of one profile share its connections and its kept worker
/// processes.
#[derive(Debug)]
pub struct ProfileWorlds {
    models: Models,
    registry: ToolRegistry,
    opened: Mutex<Vec<Arc<ProfileWorld>>>,
}

impl ProfileWorlds {
    /// Worlds with these models, and these tools written in Rust.
    pub fn new(models: Models, registry: ToolRegistry) -> Self {
        Self {
            models,
            registry,
            opened: Mutex::default(),
        }
    }

    /// Ends the tools of all worlds, and waits until they are gone.
    pub async fn shutdown(&self) {
        let opened = std::mem::take(&mut *lock(&self.opened));
        for world in opened {
            world.tools.shutdown().await;
        }
    }
}

impl Worlds for ProfileWorlds {
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        let mut opened = lock(&self.opened);
        if let Some(world) = opened.iter().find(|world| *world.profile == **profile) {
            return Ok(Arc::clone(world) as Arc<dyn World>);
        }
        let tools = Tools::builder(Arc::clone(profile)).registry(self.registry.clone());
        let world = Arc::new(ProfileWorld {
            profile: Arc::clone(profile),
            models: self.models.clone(),
            tools: tools.build(),
            known: Mutex::default(),
        });
        opened.push(Arc::clone(&world));
        Ok(world)
    }
}

/// The world of one profile.
#[derive(Debug)]
struct ProfileWorld {
    profile: Arc<Profile>,
    models: Models,
    tools: Tools,
    /// Models by the configurations that they were made for, compared as the objects they are: a
    /// key is read, or its program run, once for all runs.
    known: Mutex<HashMap<usize, (Arc<Component>, Arc<dyn Model>)>>,
}

impl World for ProfileWorld {
    fn model(&self, llm_config: &Arc<Component>) -> Result<Arc<dyn Model>, Failure> {
        // The component is kept beside its model, so that its address is not used again.
        let address = Arc::as_ptr(llm_config).addr();
        let mut known = lock(&self.known);
        if let Some((_, model)) = known.get(&address) {
            return Ok(Arc::clone(model));
        }
        let target = self
            .profile
            .model_target(llm_config)
            .map_err(|error| failure_of(&error).in_component(llm_config.name()))?;
        let model = self.models.for_target(&target);
        known.insert(address, (Arc::clone(llm_config), Arc::clone(&model)));
        Ok(model)
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

/// No user code runs under these locks, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
