//! Waits: named in the run, and no time of it where others hold what is awaited.

use std::sync::Mutex;

use super::RunContext;
use super::activity::{Activities, WaitsFor};
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::trace::Event;

/// The present wait of one activity of a run.
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
