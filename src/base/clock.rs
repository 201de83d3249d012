//! Wall time and elapsed time, taken as an argument so that tests and replays decide it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A moment in wall time: nanoseconds since the Unix epoch, as Agent Spec Tracing counts them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `nanoseconds` after the Unix epoch.
    pub const fn from_ns(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` after this one.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }

    /// The moment `duration` before this one.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(nanoseconds))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-01-01T00:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The same moment as a calendar date and time.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// A source of the current moment.
///
/// Implementers must never go back: a later call gives the same or a later [`Timestamp`].
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// A clock that is shared by everything one program or one test does.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock: read once, then carried on by tokio's monotonic time.
///
/// A change of the system's time while the program runs does not reorder events, and a test that
/// pauses tokio's clock pauses this one too.
#[derive(Debug)]
pub struct SystemClock {
    anchor: Timestamp,
    started: tokio::time::Instant,
}

impl SystemClock {
    /// A clock that starts at the system's present time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn new() -> Self {
        let anchor = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |elapsed| {
                u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
            });
        Self {
            anchor: Timestamp(anchor),
            started: tokio::time::Instant::now(),
        }
    }

    /// The same, to be shared.
    pub fn shared() -> SharedClock {
        Arc::new(Self::new())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.anchor.plus(self.started.elapsed())
    }
}

/// A clock that always says the same moment, for tests and snapshots.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_as_utc_with_milliseconds() {
        let moment = Timestamp::from_ns(1_767_225_600_123_456_789);
        assert_eq!(moment.to_rfc3339(), "2026-01-01T00:00:00.123Z");
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_clock_follows_paused_time() {
        let clock = SystemClock::new();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(clock.now().since(before), Duration::from_secs(3));
    }
}
