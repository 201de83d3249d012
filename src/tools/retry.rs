//! Attempts at one thing, as a retry policy says.

use tokio::time::Instant;

use crate::base::retry::{Decision, Outcome, RetryPolicy, decide};
use crate::conversation::Awaited;
use crate::tools::executor::ToolObserver;

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

    /// After an attempt that failed: waits as long as the policy says, and tells that. Whether there is another attempt.
    pub(super) async fn is_next(
        &mut self,
        name: &str,
        failed: &Outcome,
        observer: &dyn ToolObserver,
    ) -> bool {
        self.n_failed += 1;
        let Some(policy) = self.policy else {
            return false;
        };
        let elapsed = self.started.elapsed();
        match decide(failed, self.n_failed, policy, elapsed, fastrand::f64()) {
            Decision::GiveUp => false,
            Decision::RetryAfter(wait) => {
                tracing::debug!(name, attempt = self.n_failed, ?failed, ?wait, "tried again");
                let status = failed.status();
                observer.waits(Some(Awaited::Retry { wait, status })).await;
                tokio::time::sleep(wait).await;
                observer.waits(None).await;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use futures_util::future::BoxFuture;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl ToolObserver for Heard {
        fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
            let words = on.map_or_else(String::new, |on| {
                format!("{} for {:?}", on.name(), on.lasts())
            });
            self.0.lock().unwrap().push(words);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_before_another_attempt_says_how_long_and_why() {
        let heard = Heard::default();
        let policy = RetryPolicy::default();
        let mut attempts = Attempts::new(Some(&policy));
        let failed = Outcome::Status {
            status: 429,
            code: None,
            retry_after: Some(Duration::from_secs(12)),
        };
        assert!(attempts.is_next("a tool", &failed, &heard).await);
        let heard = heard.0.lock().unwrap();
        assert_eq!(*heard, ["retry: 429 for Some(12s)", ""]);
    }
}
