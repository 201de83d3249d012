//! Wall time and elapsed time, taken as an argument so that tests and replays decide it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
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

    /// The moment that a person names: a time as RFC 3339 has it, or the beginning of a day (`2026-01-31`) in a time zone.
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

    /// The moment that another program wrote: RFC 3339, or the same without a time zone, which is taken for UTC. None if it
    /// is neither, or before 1970.
    pub fn in_utc(text: &str) -> Option<Self> {
        let at = match text.parse::<DateTime<Utc>>() {
            Ok(at) => at,
            Err(_) => text.parse::<NaiveDateTime>().ok()?.and_utc(),
        };
        let nanoseconds = at.timestamp_nanos_opt()?;
        u64::try_from(nanoseconds).ok().map(Self)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// Returns how long after `earlier` this moment is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` after this one.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-01-01T00:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// This moment as a calendar date and time.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// A source of the current moment.
///
/// All but [`WallClock`] never go back: a later call gives the same or a later [`Timestamp`].
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// A clock that is shared by everything one program or one test does.
pub type SharedClock = Arc<dyn Clock>;

/// How far the system's clock runs ahead of the monotonic one before it is followed. Less than this is what the two
/// are apart by themselves.
const JUMP: Duration = Duration::from_secs(1);

/// The machine's clock for what happens in order: carried on by tokio's monotonic time, and set forward where the
/// system's clock has gone on by itself, as it does while a machine sleeps.
///
/// A system's time that is set back does not reorder events, and a test that pauses tokio's clock pauses this one too.
#[derive(Debug)]
pub struct SystemClock {
    /// The time of the system's clock at `started`, as far as is known now; in nanoseconds.
    anchor: AtomicU64,
    started: tokio::time::Instant,
}

impl SystemClock {
    /// A clock that starts at the system's present time.
    pub fn new() -> Self {
        Self {
            anchor: AtomicU64::new(WallClock.now().as_ns()),
            started: tokio::time::Instant::now(),
        }
    }

    /// The moment after so much monotonic time, where the system's clock says `wall`.
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

    /// The system's clock, to be shared.
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

/// The system's time as it is at each call: for what others check against their own clocks, such as signatures, and for
/// times that a person reads. Goes back when it is set back.
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
        // The lid is closed for an hour: the monotonic clock goes on by a second.
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
