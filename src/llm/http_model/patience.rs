//! The time limits of a model call.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::llm::error::Failed;
use crate::llm::http::HttpSettings;
use crate::net::retry::RetryPolicy;
use crate::profile::CallLimits;

/// How long to wait for the usage and the end of the stream after a complete answer.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait after a complete answer if the finish reason came together with text, since
/// some servers send one with each piece.
const GRACE_AFTER_PIECE: Duration = Duration::from_secs(5);
/// The longest possible time limit; longer settings are reduced to it.
const LONGEST: Duration = Duration::from_hours(24 * 7);

/// The time limits of one model call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// For the whole call: all attempts and the waits between them.
    call: Duration,
    /// Until an answer begins.
    beginning: Duration,
    /// Without any data inside an answer.
    silence: Duration,
    /// Without a piece of the answer, whatever else the server sends.
    idleness: Duration,
    /// The name of the setting for the time until an answer begins, for messages.
    beginning_key: &'static str,
}

impl Bounds {
    /// Combines the settings: the profile's limits take precedence over the retry policy's, and
    /// those over the defaults.
    pub(super) fn new(settings: &HttpSettings, policy: &RetryPolicy, own: CallLimits) -> Self {
        let asked = policy.request_timeout;
        let bounds = match (own.idle, asked) {
            (Some(idle), _) => Self {
                call: settings.call_timeout.max(idle),
                beginning: idle,
                silence: idle,
                idleness: idle,
                beginning_key: IDLE_KEY,
            },
            (None, Some(asked)) => Self {
                call: settings.call_timeout.max(asked),
                beginning: asked,
                silence: asked.min(settings.idle_timeout),
                idleness: asked.max(settings.content_timeout),
                beginning_key: "`request_timeout` of the model's `retry_policy` or `idle_timeout` in the profile",
            },
            (None, None) => Self {
                call: settings.call_timeout,
                beginning: settings.answer_timeout,
                silence: settings.idle_timeout,
                idleness: settings.content_timeout,
                beginning_key: IDLE_KEY,
            },
        };
        Self {
            call: own.call.unwrap_or(bounds.call).min(LONGEST),
            beginning: bounds.beginning.min(LONGEST),
            silence: bounds.silence.min(LONGEST),
            idleness: bounds.idleness.min(LONGEST),
            ..bounds
        }
    }
}

const IDLE_KEY: &str = "`idle_timeout` in the profile (`[profiles.NAME]` or its `llm` rule)";
const CALL_KEY: &str = "`call_timeout` in the profile (`[profiles.NAME]` or its `llm` rule)";

/// The remaining time of one call.
#[derive(Debug)]
pub(super) struct Patience<'e> {
    bounds: Bounds,
    endpoint: &'e str,
    call_until: Instant,
    attempt_began: Instant,
    piece_until: Instant,
}

impl<'e> Patience<'e> {
    pub(super) fn new(bounds: Bounds, endpoint: &'e str) -> Self {
        let now = Instant::now();
        Self {
            bounds,
            endpoint,
            call_until: now + bounds.call,
            attempt_began: now,
            piece_until: now + bounds.idleness,
        }
    }

    /// Begins an attempt.
    pub(super) fn begin(&mut self) {
        self.attempt_began = Instant::now();
        self.piece_until = self.attempt_began + self.bounds.idleness;
    }

    /// Records that a piece of the answer arrived.
    pub(super) fn renew(&mut self) {
        self.piece_until = Instant::now() + self.bounds.idleness;
    }

    /// Excludes the time since `began`, because the call was not waiting for the server.
    pub(super) fn excuse(&mut self, began: Instant) {
        let elapsed = began.elapsed();
        self.call_until += elapsed;
        self.attempt_began += elapsed;
        self.piece_until += elapsed;
    }

    /// Returns whether the remaining time after a wait allows another attempt as long as the failed
    /// one.
    pub(super) fn is_enough_after(&self, wait: Duration) -> bool {
        let left = self.call_until.saturating_duration_since(Instant::now());
        left > wait + self.attempt_began.elapsed()
    }

    /// Waits for the beginning of an answer, within the limits.
    pub(super) async fn beginning<T>(
        &self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let until = Instant::now() + self.bounds.beginning;
        let result = timeout_at(until.min(self.call_until), work).await;
        result.unwrap_or_else(|_elapsed| {
            if self.is_over() {
                return Err(self.call_is_over("did not begin to answer"));
            }
            let seconds = self.bounds.beginning.as_secs_f64();
            let reason = format!("did not begin to answer within {seconds} s");
            Err(self.gave_up(&reason, self.bounds.beginning_key))
        })
    }

    /// Waits for the next bytes of an answer, within the limits.
    pub(super) async fn bytes<T>(&self, work: impl Future<Output = T>) -> Result<T, Failed> {
        let silent_until = Instant::now() + self.bounds.silence;
        let until = silent_until.min(self.piece_until).min(self.call_until);
        let result = timeout_at(until, work).await;
        result.map_err(|_elapsed| {
            if self.is_over() {
                self.call_is_over("had not ended its answer")
            } else if Instant::now() < silent_until {
                let seconds = self.bounds.idleness.as_secs_f64();
                let reason =
                    format!("sent no piece of an answer for {seconds} s, only signs of life");
                self.gave_up(&reason, IDLE_KEY)
            } else {
                let seconds = self.bounds.silence.as_secs_f64();
                let reason = format!("was silent for {seconds} s in the middle of an answer");
                self.gave_up(&reason, IDLE_KEY)
            }
        })
    }

    /// Returns until when to wait for further data after a complete answer.
    pub(super) fn grace(after_piece: bool) -> Instant {
        Instant::now()
            + if after_piece {
                GRACE_AFTER_PIECE
            } else {
                GRACE
            }
    }

    /// Returns whether the whole call has exceeded its limit.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.call_until
    }

    fn call_is_over(&self, reason: &str) -> Failed {
        let seconds = self.bounds.call.as_secs_f64();
        let reason = format!("{reason} when the {seconds} s of a model call were over");
        self.gave_up(&reason, CALL_KEY)
    }

    fn gave_up(&self, reason: &str, key: &str) -> Failed {
        let mut failed = Failed::transport(format!("`{}` {reason}", self.endpoint));
        failed.error.hint = Some(format!("{key} allows more"));
        failed
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn bounds(asked: Option<u64>, call: Option<u64>, idle: Option<u64>) -> [u64; 4] {
        let policy = RetryPolicy {
            request_timeout: asked.map(Duration::from_secs),
            ..RetryPolicy::default()
        };
        let own = CallLimits {
            call: call.map(Duration::from_secs),
            idle: idle.map(Duration::from_secs),
        };
        let bounds = Bounds::new(&HttpSettings::default(), &policy, own);
        let Bounds {
            call,
            beginning,
            silence,
            idleness,
            ..
        } = bounds;
        [call, beginning, silence, idleness].map(|bound| bound.as_secs())
    }

    #[test]
    fn a_profile_goes_before_a_policy_and_that_before_the_defaults() {
        let table = [
            ((None, None, None), [600, 300, 120, 300]),
            ((Some(60), None, None), [600, 60, 60, 300]),
            ((Some(900), None, None), [900, 900, 120, 900]),
            ((None, Some(1800), None), [1800, 300, 120, 300]),
            ((None, None, Some(20)), [600, 20, 20, 20]),
            ((Some(60), None, Some(1200)), [1200, 1200, 1200, 1200]),
            ((Some(60), Some(30), Some(1200)), [30, 1200, 1200, 1200]),
        ];
        for ((asked, call, idle), expected) in table {
            assert_eq!(
                bounds(asked, call, idle),
                expected,
                "{asked:?} {call:?} {idle:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_is_not_asked_twice_by_default() {
        let own = CallLimits::default();
        let bounds = Bounds::new(&HttpSettings::default(), &RetryPolicy::default(), own);
        let mut patience = Patience::new(bounds, "http://h");
        patience.begin();
        assert!(patience.is_enough_after(Duration::from_secs(1)));
        let failed = patience.beginning(std::future::pending::<Result<(), Failed>>());
        let failed = failed.await.unwrap_err();
        let reason = "`http://h` did not begin to answer within 300 s";
        assert_eq!(failed.error.message, reason);
        assert!(failed.error.hint.unwrap().contains("`idle_timeout`"));
        assert!(!patience.is_enough_after(Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_the_server_was_not_waited_for_counts_as_none() {
        let own = CallLimits {
            call: Some(Duration::from_secs(10)),
            idle: None,
        };
        let bounds = Bounds::new(&HttpSettings::default(), &RetryPolicy::default(), own);
        let mut patience = Patience::new(bounds, "http://h");
        let began = Instant::now();
        tokio::time::advance(Duration::from_mins(1)).await;
        patience.excuse(began);
        assert!(patience.bytes(std::future::ready(())).await.is_ok());
        let failed = patience.bytes(std::future::pending::<()>()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(70));
        let error = failed.unwrap_err().error;
        let reason = "had not ended its answer when the 10 s of a model call were over";
        assert!(error.message.ends_with(reason), "{}", error.message);
        assert!(error.hint.unwrap().contains("`call_timeout`"));
    }
}
