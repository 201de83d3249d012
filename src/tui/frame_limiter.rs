//! When to draw, and when to take in news of the runs: input at once, news at most thirty times a
//! second and more seldom where drawing is slow, idle never.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// The least time between two drawings that only runs ask for.
const INTERVAL: Duration = Duration::from_millis(33);

/// The most time between them: what is on the screen is never much older than this.
const LONGEST_INTERVAL: Duration = Duration::from_millis(250);

/// How many times as long as a drawing took the next one waits, so that on a machine with too much
/// to do it is frames that are left out, and not time for keys and runs.
const REST: u32 = 4;

/// Decides when the next drawing is due. Knows no clock: every question brings the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimiter {
    drawn_at: Option<Timestamp>,
    /// When news were taken in last. Not the time of the last drawing: keys draw, too, and one that
    /// is held down would keep the news away for as long.
    news_at: Option<Timestamp>,
    interval: Duration,
    wanted: Option<Wanted>,
}

/// Why a drawing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// A run has changed; a few milliseconds do not matter.
    Soon,
    /// A person did something and looks.
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
    /// Requests a drawing; the most urgent request counts.
    pub(crate) fn request(&mut self, wanted: Wanted) {
        self.wanted = self.wanted.max(Some(wanted));
    }

    /// When to draw: none is not at all, zero is now.
    pub(crate) fn due_in(&self, now: Timestamp) -> Option<Duration> {
        match self.wanted? {
            Wanted::Now => Some(Duration::ZERO),
            Wanted::Soon => Some(self.after(self.drawn_at, now)),
        }
    }

    /// How long news of the runs may wait: what nobody would see yet is better left where it is,
    /// because what waits is joined.
    pub(crate) fn news_in(&self, now: Timestamp) -> Duration {
        self.after(self.news_at, now)
    }

    /// Whether to draw before news are taken in: what a person did is shown first, unless the news
    /// have waited for a second interval since they were due, as under a key that repeats faster than
    /// drawings are made.
    pub(crate) fn draws_first(&self, now: Timestamp) -> bool {
        let overdue = |news_at: Timestamp| now >= news_at.plus(self.interval * 2);
        self.wanted == Some(Wanted::Now) && !self.news_at.is_none_or(overdue)
    }

    /// News were taken in.
    pub(crate) fn took_news(&mut self, now: Timestamp) {
        self.news_at = Some(now);
    }

    /// Returns what is left of the interval that began then.
    fn after(&self, begun: Option<Timestamp>, now: Timestamp) -> Duration {
        begun.map_or(Duration::ZERO, |begun| begun.plus(self.interval).since(now))
    }

    /// A drawing was made.
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

    /// How many drawings of so many milliseconds are made in a second of news.
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
