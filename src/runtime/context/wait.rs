//! Waits of a run, reported by name. A wait for a resource of another run does not count as the
//! run's own time.

use std::sync::Mutex;

use super::RunContext;
use super::activity::{Activities, WaitsFor};
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::trace::Event;

/// The current wait of one activity of a run.
#[derive(Debug, Default)]
pub(super) struct CurrentWait(Mutex<Option<Awaited>>);

impl CurrentWait {
    /// Begins a wait, or ends it with `None`. Emits the change and marks the activity: a wait for a
    /// person who was asked by another run returns the slot, a wait for a resource keeps it.
    pub(super) async fn change(&self, context: &RunContext, on: Option<Awaited>) {
        let before = std::mem::replace(&mut *lock(&self.0), on);
        if before == on {
            return;
        }
        let shared = &context.shared;
        // If nobody reads events, or the run is cancelled, its next step finds out and ends it.
        let _ = match before {
            // The run's own time.
            None | Some(Awaited::ToolSlot | Awaited::Retry { .. }) => Ok(()),
            Some(Awaited::SignIn) => shared.end_wait(WaitsFor::Elsewhere).await,
            Some(
                Awaited::Worker
                | Awaited::Stream
                | Awaited::Session
                | Awaited::RateLimit
                | Awaited::Budget
                | Awaited::Endpoint,
            ) => {
                shared.change(Activities::unblock).await;
                Ok(())
            }
        };
        let event = Event::ExecutionWait {
            on: on.map(|on| on.name().into_owned()),
            wait_seconds: on.and_then(Awaited::lasts).map(|wait| wait.as_secs_f64()),
        };
        let _ = context.trace(event).await;
        match on {
            None | Some(Awaited::ToolSlot | Awaited::Retry { .. }) => {}
            Some(Awaited::SignIn) => shared.begin_wait(WaitsFor::Elsewhere).await,
            Some(
                Awaited::Worker
                | Awaited::Stream
                | Awaited::Session
                | Awaited::RateLimit
                | Awaited::Budget
                | Awaited::Endpoint,
            ) => {
                shared.change(Activities::block).await;
            }
        }
    }
}
