//! Waits for what others hold: named in the run, and no time of it.

use std::sync::Mutex;

use super::activity::{Activities, WaitsFor};
use super::{RunContext, lock};
use crate::conversation::Awaited;
use crate::trace::Event;

/// What one activity of a run waits for now.
#[derive(Debug, Default)]
pub(super) struct CurrentWait(Mutex<Option<Awaited>>);

impl CurrentWait {
    /// Waits for something else from now on, or goes on. Emits the change, and counts the activity as what it is: one that
    /// waits for a person whom another run asked gives the place back, one that waits for a thing keeps it.
    pub(super) async fn change(&self, context: &RunContext, on: Option<Awaited>) {
        let before = std::mem::replace(&mut *lock(&self.0), on);
        if before == on {
            return;
        }
        let shared = &context.shared;
        // If nobody reads events, or the run is cancelled, its next step finds out and ends it.
        let _ = match before {
            None => Ok(()),
            Some(Awaited::SignIn) => shared.end_wait(WaitsFor::Elsewhere).await,
            Some(Awaited::Worker | Awaited::Session | Awaited::RateLimit) => {
                shared.change(Activities::unblock).await;
                Ok(())
            }
        };
        let name = on.map(|on| on.name().to_owned());
        let _ = context.trace(Event::ExecutionWait { on: name }).await;
        match on {
            None => {}
            Some(Awaited::SignIn) => shared.begin_wait(WaitsFor::Elsewhere).await,
            Some(Awaited::Worker | Awaited::Session | Awaited::RateLimit) => {
                shared.change(Activities::block).await;
            }
        }
    }
}
