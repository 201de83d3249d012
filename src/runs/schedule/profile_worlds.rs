//! Models and tools as profiles bind them: an environment for each profile, kept from batch to
//! batch.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::llm::Models;
use crate::profile::Profile;
use crate::runs::Worlds;
use crate::runtime::{Environment, World};
use crate::tools::ToolRegistry;
use crate::trace::Failure;

/// Makes the worlds of profiles. Batches of one profile share its connections and its kept worker
/// processes.
#[derive(Debug)]
pub struct ProfileWorlds {
    models: Models,
    registry: ToolRegistry,
    token_folder: Option<PathBuf>,
    opened: Mutex<Vec<(Arc<Profile>, Arc<Environment>)>>,
}

impl ProfileWorlds {
    /// Worlds with these models, and these tools written in Rust.
    pub fn new(models: Models, registry: ToolRegistry) -> Self {
        Self {
            models,
            registry,
            token_folder: None,
            opened: Mutex::default(),
        }
    }

    /// The same, with access tokens of servers kept in that folder.
    #[must_use]
    pub fn keeping_tokens(mut self, folder: PathBuf) -> Self {
        self.token_folder = Some(folder);
        self
    }

    /// Ends the tools of all worlds, and waits until they are gone.
    pub async fn shutdown(&self) {
        let opened = std::mem::take(&mut *self.opened());
        for (_, environment) in opened {
            environment.shutdown().await;
        }
    }

    /// No user code runs under this lock, so a poisoned one is as good as any.
    fn opened(&self) -> MutexGuard<'_, Vec<(Arc<Profile>, Arc<Environment>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worlds for ProfileWorlds {
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        let mut opened = self.opened();
        if let Some((_, environment)) = opened.iter().find(|(known, _)| known == profile) {
            return Ok(Arc::clone(environment) as Arc<dyn World>);
        }
        let environment = Arc::new(Environment::with_models(
            Arc::clone(profile),
            self.registry.clone(),
            self.models.clone(),
            self.token_folder.clone(),
        ));
        opened.push((Arc::clone(profile), Arc::clone(&environment)));
        Ok(environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_profiles_share_their_tools() {
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::new());
        for profile in [Profile::offline(), Profile::offline(), Profile::spec()] {
            worlds.world(&Arc::new(profile)).unwrap();
        }
        assert_eq!(worlds.opened().len(), 2);
    }
}
