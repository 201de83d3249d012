//! The rate limit for drawing and for applying updates of runs: input is drawn at once, updates at
//! most thirty times a second and less often if drawing is slow. Nothing is drawn while nothing
//! changes.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// The minimum time between two drawings that only updates of runs ask for.
const INTERVAL: Duration = Duration::from_millis(33);

/// The maximum time between two such drawings, which limits the age of what the screen shows.
const LONGEST_INTERVAL: Duration = Duration::from_millis(250);

/// The wait before the next drawing as a multiple of the last drawing's duration, so that an
/// overloaded machine drops frames and keeps time for keys and runs.
const REST: u32 = 4;

/// Decides when the next drawing is due. It has no clock; the time is a parameter of each call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimiter {
    drawn_at: Option<Timestamp>,
    /// The time when updates were last applied. The time of the last drawing would not do: keys
    /// cause drawings too, and a key that is held down would block the updates.
    news_at: Option<Timestamp>,
    interval: Duration,
    wanted: Option<Wanted>,
}

/// The urgency of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// A run has changed; a delay of a few milliseconds doesn't matter.
    Soon,
    /// A person has done something and is looking at the screen.
    Now,
}

impl Default for FrameLimiter {
    fn default() -> Self {
        Self {
            drawn_at: None,
            news_at: None,
            interval: INTERVAL,
            wanted: None,
        }
    }
}

impl FrameLimiter {
    /// Requests a drawing; the most urgent request wins.
    pub(crate) fn request(&mut self, wanted: Wanted) {
        self.wanted = self.wanted.max(Some(wanted));
    }

    /// Returns the time until the next drawing: `None` if none is needed, zero if it is due now.
    pub(crate) fn due_in(&self, now: Timestamp) -> Option<Duration> {
        match self.wanted? {
            Wanted::Now => Some(Duration::ZERO),
            Wanted::Soon => Some(self.after(self.drawn_at, now)),
        }
    }

    /// Returns how long updates of runs may wait. Updates that would not be drawn yet should wait,
    /// because waiting updates are merged.
    pub(crate) fn news_in(&self, now: Timestamp) -> Duration {
        self.after(self.news_at, now)
    }

    /// Whether to draw before updates are applied: input is shown first, unless the updates have
    /// been overdue for a second interval, which happens when a key repeats faster than frames are
    /// drawn.
    pub(crate) fn draws_first(&self, now: Timestamp) -> bool {
        let overdue = |news_at: Timestamp| now >= news_at.plus(self.interval * 2);
        self.wanted == Some(Wanted::Now) && !self.news_at.is_none_or(overdue)
    }

    /// Records that updates were applied.
    pub(crate) fn took_news(&mut self, now: Timestamp) {
        self.news_at = Some(now);
    }

    /// Returns the rest of the interval that began at `begun`.
    fn after(&self, begun: Option<Timestamp>, now: Timestamp) -> Duration {
        begun.map_or(Duration::ZERO, |begun| begun.plus(self.interval).since(now))
    }

    /// Records that a frame was drawn.
    pub(crate) fn drawn(&mut self, begun: Timestamp, ended: Timestamp) {
        let rest = ended.since(begun) * REST;
        self.interval = rest.clamp(INTERVAL, LONGEST_INTERVAL);
        self.drawn_at = Some(ended);
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
        limiter.drawn(ms(1), ms(1));
        assert_eq!(limiter.due_in(ms(100_000)), None);
    }

    #[test]
    fn input_draws_at_once_even_right_after_a_drawing() {
        let mut limiter = FrameLimiter::default();
        limiter.drawn(ms(1_000), ms(1_000));
        limiter.request(Wanted::Soon);
        limiter.request(Wanted::Now);
        limiter.request(Wanted::Soon);
        assert_eq!(limiter.due_in(ms(1_001)), Some(Duration::ZERO));
    }

    #[test]
    fn what_a_person_did_is_drawn_before_news_but_keeps_them_away_for_one_interval_only() {
        let mut limiter = FrameLimiter::default();
        limiter.took_news(ms(1_000));
        limiter.request(Wanted::Soon);
        assert!(!limiter.draws_first(ms(1_040)), "nobody did anything");
        limiter.request(Wanted::Now);
        assert!(limiter.draws_first(ms(1_040)));
        assert!(!limiter.draws_first(ms(1_066)), "the news waited long");
    }

    /// Returns the number of drawings per second of updates if each takes `took` milliseconds.
    fn drawn_in_a_second(took: u64) -> usize {
        let mut limiter = FrameLimiter::default();
        let (mut now, mut drawn) = (0, 0);
        while now < 1_000 {
            limiter.request(Wanted::Soon);
            if limiter.due_in(ms(now)) == Some(Duration::ZERO) {
                limiter.drawn(ms(now), ms(now + took));
                drawn += 1;
                now += took;
            }
            now += 1;
        }
        drawn
    }

    #[test]
    fn a_flood_of_run_events_draws_thirty_times_a_second() {
        assert_eq!(drawn_in_a_second(0), 31);
        assert_eq!(drawn_in_a_second(2), 29);
    }

    #[test]
    fn slow_drawings_are_made_more_seldom_and_never_stop() {
        assert_eq!(drawn_in_a_second(20), 10);
        assert_eq!(drawn_in_a_second(200), 3);
    }

    #[test]
    fn news_wait_for_the_next_drawing() {
        let mut limiter = FrameLimiter::default();
        assert_eq!(limiter.news_in(ms(5)), Duration::ZERO);
        limiter.took_news(ms(10));
        limiter.drawn(ms(10), ms(12));
        assert_eq!(limiter.news_in(ms(20)), Duration::from_millis(23));
        assert_eq!(limiter.news_in(ms(50)), Duration::ZERO);
    }

    #[test]
    fn a_key_that_is_held_down_keeps_no_news_away() {
        let mut limiter = FrameLimiter::default();
        limiter.took_news(ms(0));
        for at in (0..=40).step_by(10) {
            limiter.request(Wanted::Now);
            limiter.drawn(ms(at), ms(at + 1));
        }
        assert_eq!(limiter.news_in(ms(41)), Duration::ZERO);
    }
}
