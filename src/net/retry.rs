//! Decides whether and when a failed request is sent again.
//!
//! Source: Agent Spec 26.1.2, `RetryPolicy`, with its formulas; what the specification leaves open
//! (the header, the total time, broken connections) is as in `WayFlow` 26.3.1.

mod asked;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

pub(crate) use asked::asked_wait;

/// The longest wait that a server may request; longer ones are shortened to it.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The time after the first attempt from which no further attempt begins.
pub(crate) const MAX_TOTAL: Duration = Duration::from_mins(10);

/// The random part of a delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// No randomness: the computed delay.
    None,
    /// The whole delay is random, from zero to the computed one.
    Full,
    /// Half of the delay is random.
    Equal,
    /// Half of the delay is random after a rejection (4xx), all of it otherwise.
    #[default]
    FullAndEqualForThrottle,
    /// Up to a second is added at random.
    Decorrelated,
}

/// A retry policy, as in Agent Spec.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// The number of repetitions: 2 makes three requests at most.
    pub max_attempts: u32,
    /// The time limit until the answer of an attempt begins, and for silence during the answer;
    /// `None` for the client's limits.
    pub request_timeout: Option<Duration>,
    /// The delay before the first repetition.
    pub initial_retry_delay: Duration,
    /// The maximum delay.
    pub max_retry_delay: Duration,
    /// The factor from one delay to the next.
    pub backoff_factor: f64,
    /// The random part of the delays.
    pub jitter: Jitter,
    /// Whether every 5xx status but 501 is retried, regardless of `recoverable_statuses`.
    pub service_error_retry_on_any_5xx: bool,
    /// Further statuses that are retried: always if the list is empty, else only if it contains the
    /// server's error code. A rejected key (401, 403) is never retried.
    pub recoverable_statuses: BTreeMap<u16, Vec<String>>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 2,
            request_timeout: None,
            initial_retry_delay: Duration::from_secs(1),
            max_retry_delay: Duration::from_secs(8),
            backoff_factor: 2.0,
            jitter: Jitter::default(),
            service_error_retry_on_any_5xx: true,
            recoverable_statuses: BTreeMap::from([(409, Vec::new()), (429, Vec::new())]),
        }
    }
}

impl RetryPolicy {
    /// Reads a component's `retry_policy`; missing fields have their defaults.
    pub fn from_json(policy: &Value) -> Self {
        let default = Self::default();
        let seconds = |name: &str| {
            let seconds = policy.get(name).and_then(Value::as_f64)?;
            Duration::try_from_secs_f64(seconds).ok()
        };
        let attempts = policy.get("max_attempts").and_then(Value::as_u64);
        Self {
            max_attempts: attempts
                .and_then(|attempts| u32::try_from(attempts).ok())
                .unwrap_or(default.max_attempts),
            request_timeout: seconds("request_timeout"),
            initial_retry_delay: seconds("initial_retry_delay")
                .unwrap_or(default.initial_retry_delay),
            max_retry_delay: seconds("max_retry_delay").unwrap_or(default.max_retry_delay),
            backoff_factor: policy
                .get("backoff_factor")
                .and_then(Value::as_f64)
                .unwrap_or(default.backoff_factor),
            jitter: policy
                .get("jitter")
                .map_or(default.jitter, |jitter| Jitter::named(jitter.as_str())),
            service_error_retry_on_any_5xx: policy
                .get("service_error_retry_on_any_5xx")
                .and_then(Value::as_bool)
                .unwrap_or(default.service_error_retry_on_any_5xx),
            recoverable_statuses: policy
                .get("recoverable_statuses")
                .and_then(Value::as_object)
                .map_or(default.recoverable_statuses, |statuses| {
                    statuses
                        .iter()
                        .filter_map(|(status, codes)| Some((status.parse().ok()?, texts(codes))))
                        .collect()
                }),
        }
    }
}

impl Jitter {
    /// Returns the jitter with a name of the specification; null means none.
    fn named(name: Option<&str>) -> Self {
        match name {
            None => Self::None,
            Some("full") => Self::Full,
            Some("equal") => Self::Equal,
            Some("decorrelated") => Self::Decorrelated,
            Some(_) => Self::FullAndEqualForThrottle,
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The failure of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server returned an error status.
    Status {
        /// The HTTP status.
        status: u16,
        /// The server's error code, from the body.
        code: Option<String>,
        /// The wait that the server asks for.
        retry_after: Option<Duration>,
    },
    /// There was no connection, a broken one, or no answer in time.
    Transport,
    /// A failure that a retry won't change, such as an invalid answer or an untrusted certificate.
    Final,
}

impl Outcome {
    /// Returns the HTTP status, if the server returned one.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Transport | Self::Final => None,
        }
    }
}

/// The decision after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Report the failure.
    GiveUp,
    /// Send the request again after this delay.
    RetryAfter(Duration),
}

/// Decides what to do after a failed attempt.
///
/// `attempt` counts from 1; `elapsed` is the time since the first attempt began; `random` is from 0
/// (inclusive) to 1 (exclusive).
pub(crate) fn decide(
    outcome: &Outcome,
    attempt: u32,
    policy: &RetryPolicy,
    elapsed: Duration,
    random: f64,
) -> Decision {
    if attempt > policy.max_attempts || !is_recoverable(outcome, policy) {
        return Decision::GiveUp;
    }
    let wait = match outcome {
        Outcome::Status {
            retry_after: Some(asked),
            ..
        } => (*asked).min(MAX_RETRY_AFTER),
        Outcome::Status { status, .. } => {
            delay(attempt, policy, (400..500).contains(status), random)
        }
        Outcome::Transport | Outcome::Final => delay(attempt, policy, false, random),
    };
    if elapsed + wait >= MAX_TOTAL {
        return Decision::GiveUp;
    }
    Decision::RetryAfter(wait)
}

/// Counts the failed attempts of one request and decides about each. Without a policy there is one
/// attempt.
#[derive(Debug)]
pub(crate) struct Attempts<'p> {
    policy: Option<&'p RetryPolicy>,
    began: Instant,
    n_failed: u32,
}

impl<'p> Attempts<'p> {
    /// Starts counting, before the first attempt.
    pub(crate) fn new(policy: Option<&'p RetryPolicy>) -> Self {
        Self {
            policy,
            began: Instant::now(),
            n_failed: 0,
        }
    }

    /// Returns the number of failed attempts.
    pub(crate) const fn n_failed(&self) -> u32 {
        self.n_failed
    }

    /// Decides what to do after an attempt that failed now; `random` is as in [`decide`].
    pub(crate) fn after(&mut self, failed: &Outcome, random: f64) -> Decision {
        self.n_failed += 1;
        let policy = self.policy;
        policy.map_or(Decision::GiveUp, |policy| {
            decide(failed, self.n_failed, policy, self.began.elapsed(), random)
        })
    }
}

fn is_recoverable(outcome: &Outcome, policy: &RetryPolicy) -> bool {
    match outcome {
        Outcome::Final
        | Outcome::Status {
            status: 401 | 403, ..
        } => false,
        Outcome::Transport => true,
        Outcome::Status { status, code, .. } => {
            let is_server_error = (500..600).contains(status) && *status != 501;
            let is_listed = policy
                .recoverable_statuses
                .get(status)
                .is_some_and(|codes| {
                    codes.is_empty() || code.as_ref().is_some_and(|code| codes.contains(code))
                });
            is_listed || (policy.service_error_retry_on_any_5xx && is_server_error)
        }
    }
}

/// Returns the delay after the failed attempt with a number, from 1, by the specification's
/// formulas, in which `t` is `initial_retry_delay * backoff_factor ** (attempt - 1)`.
fn delay(attempt: u32, policy: &RetryPolicy, is_throttled: bool, random: f64) -> Duration {
    let max = policy.max_retry_delay.as_secs_f64();
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let t = policy.initial_retry_delay.as_secs_f64() * policy.backoff_factor.powi(exponent);
    let seconds = match policy.jitter {
        Jitter::None => t.min(max),
        Jitter::Equal => equal(t, max, random),
        Jitter::FullAndEqualForThrottle if is_throttled => equal(t, max, random),
        Jitter::Full | Jitter::FullAndEqualForThrottle => (t * random).min(max),
        Jitter::Decorrelated => (t + random).min(max),
    };
    Duration::try_from_secs_f64(seconds).unwrap_or(policy.max_retry_delay)
}

fn equal(t: f64, max: f64, random: f64) -> f64 {
    t.min(max) * f64::midpoint(1.0, random)
}

#[cfg(test)]
mod tests;
