//! The pause between two attempts, which is reported to the observer.

use crate::conversation::Awaited;
use crate::net::retry::{Attempts, Decision, Outcome};
use crate::tools::executor::ToolObserver;

/// Waits after a failed attempt as long as the policy says, and reports the pause. Returns whether
/// there is another attempt.
pub(super) async fn is_next(
    attempts: &mut Attempts<'_>,
    name: &str,
    failed: &Outcome,
    observer: &dyn ToolObserver,
) -> bool {
    match attempts.after(failed, fastrand::f64()) {
        Decision::GiveUp => false,
        Decision::RetryAfter(wait) => {
            let attempt = attempts.n_failed();
            tracing::debug!(name, attempt, ?failed, ?wait, "tried again");
            let status = failed.status();
            observer.waits(Some(Awaited::Retry { wait, status })).await;
            tokio::time::sleep(wait).await;
            observer.waits(None).await;
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use futures_util::future::BoxFuture;

    use super::*;
    use crate::net::retry::RetryPolicy;

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
        assert!(is_next(&mut attempts, "a tool", &failed, &heard).await);
        let heard = heard.0.lock().unwrap();
        assert_eq!(*heard, ["retry: 429 for Some(12s)", ""]);
    }
}
