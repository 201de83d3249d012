//! Wall time and elapsed time, passed as an argument so that tests and replays control it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// A point in wall time: nanoseconds since the Unix epoch, as in Agent Spec Tracing.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Makes the time `nanoseconds` after the Unix epoch.
    pub const fn from_ns(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Parses a time: RFC 3339, or a date (`2026-01-31`), which is the beginning of the day in a
    /// time zone.
    pub fn named(text: &str, zone: &impl TimeZone) -> Option<Self> {
        let at = if let Ok(at) = text.parse::<DateTime<Utc>>() {
            at
        } else {
            let day: NaiveDate = text.parse().ok()?;
            let midnight = day.and_hms_opt(0, 0, 0)?.and_local_timezone(zone.clone());
            midnight.earliest()?.with_timezone(&Utc)
        };
        let seconds = u64::try_from(at.timestamp()).ok()?;
        Some(Self(seconds.saturating_mul(1_000_000_000)))
    }

    /// Parses a time written by another program: RFC 3339, or the same without a time zone, which
    /// then is UTC. `None` if it is neither, or before 1970.
    pub fn in_utc(text: &str) -> Option<Self> {
        let at = match text.parse::<DateTime<Utc>>() {
            Ok(at) => at,
            Err(_) => text.parse::<NaiveDateTime>().ok()?.and_utc(),
        };
        let nanoseconds = at.timestamp_nanos_opt()?;
        u64::try_from(nanoseconds).ok().map(Self)
    }

    /// Returns the nanoseconds since the Unix epoch.
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// Returns the time elapsed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Returns the time `duration` after this one.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }

    /// Returns the time as RFC 3339 in UTC with milliseconds: `2026-01-01T00:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Returns the time as a calendar date and time.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// A source of the current time.
///
/// All implementations but [`WallClock`] never go back: a later call returns the same or a later
/// [`Timestamp`].
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// A clock shared by a whole program or a whole test.
pub type SharedClock = Arc<dyn Clock>;

/// The lead of the system's clock over the monotonic one from which the system's clock is followed.
/// A smaller difference is normal drift.
const JUMP: Duration = Duration::from_secs(1);

/// The machine's clock for ordered events: it advances with tokio's monotonic time, and is set
/// forward when the system's clock has advanced more, as after the machine was asleep.
///
/// A system clock that is set back doesn't reorder events. A test that pauses tokio's clock pauses
/// this one too.
#[derive(Debug)]
pub struct SystemClock {
    /// The system's time at `started` as known now, in nanoseconds.
    anchor: AtomicU64,
    started: tokio::time::Instant,
}

impl SystemClock {
    /// Makes a clock that starts at the system's present time.
    pub fn new() -> Self {
        Self {
            anchor: AtomicU64::new(WallClock.now().as_ns()),
            started: tokio::time::Instant::now(),
        }
    }

    /// Returns the time after `elapsed` monotonic time, when the system's clock shows `wall`.
    fn at(&self, elapsed: Duration, wall: Timestamp) -> Timestamp {
        let carried_on = Timestamp(self.anchor.load(Ordering::Relaxed)).plus(elapsed);
        if wall.since(carried_on) <= JUMP {
            return carried_on;
        }
        let anchor = wall.since(Timestamp(0)).saturating_sub(elapsed);
        let anchor = u64::try_from(anchor.as_nanos()).unwrap_or(u64::MAX);
        // Another thread may have set it further.
        let anchor = self.anchor.fetch_max(anchor, Ordering::Relaxed).max(anchor);
        Timestamp(anchor).plus(elapsed)
    }

    /// Returns the system's clock, to be shared.
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
        self.at(self.started.elapsed(), WallClock.now())
    }
}

/// The system's time at each call, for values that others compare with their own clocks, such as
/// signatures, and for times that a person reads. It goes back when the system's clock is set back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let since_epoch = since_epoch.unwrap_or_default().as_nanos();
        Timestamp(u64::try_from(since_epoch).unwrap_or(u64::MAX))
    }
}

/// A clock that always returns the same time, for tests and snapshots.
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

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        for text in [
            "2026-01-01T00:00:00.123Z",
            "2026-01-01T02:00:00.123+02:00",
            "2026-01-01T00:00:00.123",
            "2026-01-01T00:00:00.123000",
        ] {
            let read = Timestamp::in_utc(text).map(Timestamp::to_rfc3339);
            assert_eq!(read.as_deref(), Some("2026-01-01T00:00:00.123Z"), "{text}");
        }
        for text in ["", "yesterday", "1969-12-31T23:59:59Z", "12:00:00"] {
            assert_eq!(Timestamp::in_utc(text), None, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_clock_has_slept_with_the_machine_and_never_goes_back() {
        let clock = SystemClock::new();
        let begun = clock.now();
        let second = Duration::from_secs(1);
        // The lid is closed for an hour: the monotonic clock advances by a second.
        let woken = clock.at(second, begun.plus(Duration::from_hours(1)));
        assert_eq!(woken, begun.plus(Duration::from_hours(1)));
        // Somebody sets the system's clock back.
        let later = clock.at(second * 2, begun);
        assert_eq!(later, woken.plus(second));
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_clock_follows_paused_time() {
        let clock = SystemClock::new();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(clock.now().since(before), Duration::from_secs(3));
    }
}
