//! Attempts at one thing, as a retry policy says.

use tokio::time::Instant;

use crate::base::retry::{Decision, Outcome, RetryPolicy, decide};

/// Counts the attempts at one thing that failed; without a policy there is one.
#[derive(Debug)]
pub(super) struct Attempts<'p> {
    policy: Option<&'p RetryPolicy>,
    started: Instant,
    n_failed: u32,
}

impl<'p> Attempts<'p> {
    /// Before the first attempt.
    pub(super) fn new(policy: Option<&'p RetryPolicy>) -> Self {
        Self {
            policy,
            started: Instant::now(),
            n_failed: 0,
        }
    }

    /// After an attempt that failed: waits as long as the policy says. Whether there is another attempt.
    pub(super) async fn is_next(&mut self, name: &str, failed: &Outcome) -> bool {
        self.n_failed += 1;
        let Some(policy) = self.policy else {
            return false;
        };
        let elapsed = self.started.elapsed();
        match decide(failed, self.n_failed, policy, elapsed, fastrand::f64()) {
            Decision::GiveUp => false,
            Decision::RetryAfter(wait) => {
                tracing::debug!(name, attempt = self.n_failed, ?failed, ?wait, "tried again");
                tokio::time::sleep(wait).await;
                true
            }
        }
    }
}
