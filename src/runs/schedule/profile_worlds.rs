//! The models and tools of profiles: one environment for each profile, shared by its batches.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::base::lock::lock;
use crate::llm::Models;
use crate::profile::Profile;
use crate::runs::WorldProvider;
use crate::runtime::{Environment, World};
use crate::tools::ToolRegistry;
use crate::trace::Failure;

/// How long the last requested environment is kept without a batch, so that a user who edits a spec
/// and runs it again finds worker processes and sessions ready.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// Makes the environments of profiles. Batches with the same profile share connections and worker
/// processes.
#[derive(Debug)]
pub struct ProfileWorlds {
    models: Models,
    registry: ToolRegistry,
    token_folder: Option<PathBuf>,
    opened: Arc<Mutex<Opened>>,
    /// The timer that closes the last environment when it is idle. It is in a set that ends with
    /// it, because an aborted task stays in a set until it is joined, and a worker starts a timer
    /// for each of its runs.
    keeping: Mutex<JoinSet<()>>,
}

#[derive(Debug, Default)]
struct Opened {
    /// The environments, the last requested one at the end.
    worlds: Vec<(Arc<Profile>, Arc<Environment>)>,
    /// The environments that are being closed.
    closing: JoinSet<()>,
}

impl ProfileWorlds {
    /// Makes the provider with these models and these tools written in Rust.
    pub fn new(models: Models, registry: ToolRegistry) -> Self {
        Self {
            models,
            registry,
            token_folder: None,
            opened: Arc::default(),
            keeping: Mutex::default(),
        }
    }

    /// Stores access tokens in a folder.
    #[must_use]
    pub fn keeping_tokens(mut self, folder: PathBuf) -> Self {
        self.token_folder = Some(folder);
        self
    }

    /// Ends the tools of all environments, and waits for them.
    pub async fn shutdown(&self) {
        self.stop_waiting();
        let Opened {
            worlds,
            mut closing,
        } = std::mem::take(&mut *lock(&self.opened));
        for (_, environment) in worlds {
            environment.shutdown().await;
        }
        while closing.join_next().await.is_some() {}
    }

    /// Stops the timer, if there is one.
    fn stop_waiting(&self) {
        *lock(&self.keeping) = JoinSet::new();
    }
}

impl Opened {
    /// Closes the environments that no batch holds, except for the last requested ones.
    fn close_idle(&mut self, n_kept: usize) {
        let n_looked_at = self.worlds.len().saturating_sub(n_kept);
        // Other users take one only under the lock that this is behind.
        let is_idle =
            |(_, environment): &mut (_, Arc<Environment>)| Arc::strong_count(environment) == 1;
        while self.closing.try_join_next().is_some() {}
        for (_, environment) in self.worlds.extract_if(..n_looked_at, is_idle) {
            self.closing
                .spawn(async move { environment.shutdown().await });
        }
    }
}

impl WorldProvider for ProfileWorlds {
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        self.stop_waiting();
        let mut opened = lock(&self.opened);
        if let Some(at) = opened.worlds.iter().position(|(known, _)| known == profile) {
            let known = opened.worlds.remove(at);
            let environment = Arc::clone(&known.1);
            opened.worlds.push(known);
            return Ok(environment);
        }
        let environment = Arc::new(Environment::with_models(
            Arc::clone(profile),
            self.registry.clone(),
            self.models.clone(),
            self.token_folder.clone(),
        ));
        let kept = (Arc::clone(profile), Arc::clone(&environment));
        opened.worlds.push(kept);
        opened.close_idle(1);
        Ok(environment)
    }

    fn released(&self) {
        lock(&self.opened).close_idle(1);
        let opened = Arc::downgrade(&self.opened);
        self.stop_waiting();
        lock(&self.keeping).spawn(async move {
            tokio::time::sleep(KEPT_FOR).await;
            if let Some(opened) = opened.upgrade() {
                lock(&opened).close_idle(0);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn equal_profiles_share_a_world_and_those_that_nobody_holds_are_closed() {
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::new());
        let world = |profile: Profile| worlds.world(&Arc::new(profile)).unwrap();
        let edited = |name: &str| Profile {
            name: name.to_owned(),
            ..Profile::spec()
        };
        let held = world(Profile::offline());
        drop(world(Profile::offline()));
        assert_eq!(lock(&worlds.opened).worlds.len(), 1);
        for edit in 0..20 {
            drop(world(edited(&format!("edit {edit}"))));
        }
        let names = || -> Vec<String> {
            let opened = lock(&worlds.opened);
            let opened = opened.worlds.iter();
            opened.map(|(profile, _)| profile.name.clone()).collect()
        };
        assert_eq!(names(), ["offline", "edit 19"]);
        drop(held);
        worlds.released();
        assert_eq!(names(), ["edit 19"]);
        worlds.shutdown().await;
        assert_eq!(names(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn batches_that_come_one_after_the_other_leave_one_wait() {
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::new());
        for _ in 0..100 {
            drop(worlds.world(&Arc::new(Profile::offline())).unwrap());
            worlds.released();
        }
        assert_eq!(lock(&worlds.keeping).len(), 1);
        worlds.shutdown().await;
        assert_eq!(lock(&worlds.keeping).len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_world_is_closed_once_nobody_has_wanted_it_for_a_while() {
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::new());
        let world = || worlds.world(&Arc::new(Profile::offline())).unwrap();
        let n_opened = || lock(&worlds.opened).worlds.len();
        let pass = |part| tokio::time::sleep(KEPT_FOR.mul_f64(part));
        drop(world());
        worlds.released();
        pass(0.9).await;
        let held = world();
        pass(0.9).await;
        assert_eq!(n_opened(), 1, "it is in use");
        drop(held);
        worlds.released();
        pass(0.9).await;
        assert_eq!(n_opened(), 1, "its time is not over");
        pass(0.2).await;
        assert_eq!(n_opened(), 0);
        worlds.shutdown().await;
    }
}
