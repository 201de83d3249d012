//! When to draw: input at once, runs at most thirty times a second, idle never.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// The least time between two drawings that only runs ask for.
const INTERVAL: Duration = Duration::from_millis(33);

/// Decides when the next drawing is due. Knows no clock: every question brings the time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrameLimiter {
    drawn_at: Option<Timestamp>,
    wanted: Option<Wanted>,
}

/// Why a drawing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// Something that runs has changed; a few milliseconds do not matter.
    Soon,
    /// A person did something and looks.
    Now,
}

impl FrameLimiter {
    /// Something has changed. The most urgent wish stands.
    pub(crate) fn request(&mut self, wanted: Wanted) {
        self.wanted = self.wanted.max(Some(wanted));
    }

    /// When to draw: none is not at all, zero is now.
    pub(crate) fn due_in(&self, now: Timestamp) -> Option<Duration> {
        match (self.wanted?, self.drawn_at) {
            (Wanted::Now, _) | (Wanted::Soon, None) => Some(Duration::ZERO),
            (Wanted::Soon, Some(drawn_at)) => Some(drawn_at.plus(INTERVAL).since(now)),
        }
    }

    /// A drawing was made.
    pub(crate) fn drawn(&mut self, now: Timestamp) {
        self.drawn_at = Some(now);
        self.wanted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Timestamp {
        Timestamp::from_ns(ms * 1_000_000)
    }

    #[test]
    fn idle_draws_nothing() {
        let mut limiter = FrameLimiter::default();
        assert_eq!(limiter.due_in(ms(0)), None);
        limiter.request(Wanted::Now);
        limiter.drawn(ms(1));
        assert_eq!(limiter.due_in(ms(100_000)), None);
    }

    #[test]
    fn input_draws_at_once_even_right_after_a_drawing() {
        let mut limiter = FrameLimiter::default();
        limiter.drawn(ms(1_000));
        limiter.request(Wanted::Soon);
        limiter.request(Wanted::Now);
        limiter.request(Wanted::Soon);
        assert_eq!(limiter.due_in(ms(1_001)), Some(Duration::ZERO));
    }

    #[test]
    fn a_flood_of_run_events_draws_thirty_times_a_second() {
        let mut limiter = FrameLimiter::default();
        let mut drawn = 0;
        for now in 0..1_000 {
            limiter.request(Wanted::Soon);
            if limiter.due_in(ms(now)) == Some(Duration::ZERO) {
                limiter.drawn(ms(now));
                drawn += 1;
            }
        }
        assert_eq!(drawn, 31);
    }
}
