//! Models and tools as profiles bind them: an environment for each profile, kept from batch to
//! batch.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

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
    /// The one that was asked for last stands last.
    opened: Mutex<Vec<(Arc<Profile>, Arc<Environment>)>>,
    /// Those that are being closed.
    closing: Mutex<JoinSet<()>>,
}

impl ProfileWorlds {
    /// Worlds with these models, and these tools written in Rust.
    pub fn new(models: Models, registry: ToolRegistry) -> Self {
        Self {
            models,
            registry,
            token_folder: None,
            opened: Mutex::default(),
            closing: Mutex::default(),
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
        let mut closing = {
            let mut closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *closing)
        };
        while closing.join_next().await.is_some() {}
    }

    /// Closes the worlds that no batch holds, but for the one that was asked for last: who changes a spec and runs it again
    /// finds its worker processes and sessions ready.
    fn close_idle(&self, opened: &mut Vec<(Arc<Profile>, Arc<Environment>)>) {
        let Some(last) = opened.pop() else {
            return;
        };
        // Whoever takes one does so under this lock.
        let is_idle =
            |(_, environment): &mut (_, Arc<Environment>)| Arc::strong_count(environment) == 1;
        let idle: Vec<_> = opened.extract_if(.., is_idle).collect();
        opened.push(last);
        let mut closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        while closing.try_join_next().is_some() {}
        for (_, environment) in idle {
            closing.spawn(async move { environment.shutdown().await });
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
        if let Some(at) = opened.iter().position(|(known, _)| known == profile) {
            let known = opened.remove(at);
            let environment = Arc::clone(&known.1);
            opened.push(known);
            return Ok(environment);
        }
        let environment = Arc::new(Environment::with_models(
            Arc::clone(profile),
            self.registry.clone(),
            self.models.clone(),
            self.token_folder.clone(),
        ));
        opened.push((Arc::clone(profile), Arc::clone(&environment)));
        self.close_idle(&mut opened);
        Ok(environment)
    }

    fn released(&self) {
        self.close_idle(&mut self.opened());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn equal_profiles_share_a_world_and_those_that_nobody_holds_are_closed() {
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::new());
        let world = |profile: Profile| worlds.world(&Arc::new(profile)).unwrap();
        let edited = |name: &str| Profile {
            name: name.to_owned(),
            ..Profile::spec()
        };
        let held = world(Profile::offline());
        drop(world(Profile::offline()));
        assert_eq!(worlds.opened().len(), 1);
        for edit in 0..20 {
            drop(world(edited(&format!("edit {edit}"))));
        }
        let names = || -> Vec<String> {
            let opened = worlds.opened();
            opened
                .iter()
                .map(|(profile, _)| profile.name.clone())
                .collect()
        };
        assert_eq!(names(), ["offline", "edit 19"]);
        drop(held);
        worlds.released();
        assert_eq!(names(), ["edit 19"]);
        worlds.shutdown().await;
        assert_eq!(names(), [""; 0]);
    }
}
