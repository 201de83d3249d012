//! The slots of a rate that a worker has taken in slices. Pure code: the time is a parameter.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The maximum length of a slice, unless a single slot is longer.
const SLICE: Duration = Duration::from_millis(500);

/// How long before the last slot is used up the next slice is taken.
const AHEAD: Duration = Duration::from_millis(250);

/// The lowest rate, one request per day.
const SLOWEST: f64 = 1.0 / 86_400.0;

/// The result of asking for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    /// There is no limit.
    Unbounded,
    /// A slot at this time, valid as long as the rate has the given era.
    At(Instant, u64),
    /// There is no slot yet.
    Nothing,
}

/// A slice that should be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    n_slots: u32,
    interval: Duration,
    era: u64,
    /// The time when the slice should be taken.
    pub(super) due: Instant,
}

impl Wish {
    /// Returns the length of the slice.
    pub(super) fn span(&self) -> Duration {
        self.interval.saturating_mul(self.n_slots)
    }
}

/// The slots of a rate that a worker has.
#[derive(Debug)]
pub(super) struct Slots {
    /// The time between two requests; `None` sets no limit.
    interval: Option<Duration>,
    free: VecDeque<Instant>,
    /// The end of the slices that were taken.
    end: Option<Instant>,
    /// The number of requests that wait for a slot.
    n_waiting: u32,
    /// The number of slots used since the last slice was taken.
    n_used: u32,
    /// The number of changes of the rate.
    era: u64,
}

impl Slots {
    pub(super) fn new(per_second: Option<f64>) -> Self {
        Self {
            interval: interval(per_second),
            free: VecDeque::new(),
            end: None,
            n_waiting: 0,
            n_used: 0,
            era: 0,
        }
    }

    pub(super) fn era(&self) -> u64 {
        self.era
    }

    /// Sets the number of requests per second. Returns false if it was already the same.
    pub(super) fn set_limit(&mut self, per_second: Option<f64>) -> bool {
        let interval = interval(per_second);
        if interval == self.interval {
            return false;
        }
        self.interval = interval;
        self.free.clear();
        self.end = None;
        self.era += 1;
        true
    }

    /// Takes the next slot. Also returns whether more slots are needed now.
    pub(super) fn take(&mut self, now: Instant) -> (Take, bool) {
        let Some(interval) = self.interval else {
            return (Take::Unbounded, false);
        };
        // A slot holds until the next one: used later, two would come at the same time.
        while self
            .free
            .front()
            .is_some_and(|slot| *slot + interval <= now)
        {
            self.free.pop_front();
        }
        match self.free.pop_front() {
            Some(slot) => {
                self.n_used += 1;
                (Take::At(slot, self.era), self.n_slots() > 0)
            }
            None => (Take::Nothing, true),
        }
    }

    pub(super) fn wait(&mut self) {
        self.n_waiting += 1;
    }

    pub(super) fn wait_no_longer(&mut self) {
        self.n_waiting = self.n_waiting.saturating_sub(1);
    }

    /// Returns the number of slots needed: one for each waiting request, and as many as were used
    /// if most of those are used up.
    fn n_slots(&self) -> u32 {
        let n_left = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        let is_steady = self.n_used > 1 && n_left <= self.n_used / 2;
        self.n_waiting + if is_steady { self.n_used } else { 0 }
    }

    /// Returns the next slice to take; `None` if no slot is needed.
    pub(super) fn wish(&self, now: Instant) -> Option<Wish> {
        let interval = self.interval?;
        let n_slots = Some(self.n_slots()).filter(|wanted| *wanted > 0)?;
        let most = (SLICE.as_nanos() / interval.as_nanos().max(1)).max(1);
        let due = self
            .end
            .and_then(|end| end.checked_sub(AHEAD))
            .unwrap_or(now);
        Some(Wish {
            n_slots: n_slots.min(u32::try_from(most).unwrap_or(u32::MAX)),
            interval,
            era: self.era,
            due: due.max(now),
        })
    }

    /// Adds a slice that was taken, starting at the given time.
    pub(super) fn add(&mut self, wish: &Wish, first: Instant) {
        if wish.era != self.era {
            return;
        }
        let slots = (0..wish.n_slots).map(|slot| first + wish.interval.saturating_mul(slot));
        self.free.extend(slots);
        self.end = Some(first + wish.span());
        self.n_used = 0;
    }
}

fn interval(per_second: Option<f64>) -> Option<Duration> {
    per_second.map(|per_second| Duration::from_secs_f64(1.0 / per_second.max(SLOWEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(slots: &mut Slots, now: Instant) -> Option<Duration> {
        match slots.take(now).0 {
            Take::At(slot, _) => Some(slot - now),
            Take::Unbounded | Take::Nothing => None,
        }
    }

    #[test]
    fn a_slice_is_as_large_as_what_is_wanted_and_no_larger_than_half_a_second() {
        let now = Instant::now();
        let mut slots = Slots::new(Some(20.0));
        assert_eq!(slots.wish(now), None, "nobody wants one");
        assert_eq!(slots.take(now), (Take::Nothing, true));
        for _ in 0..3 {
            slots.wait();
        }
        let wish = slots.wish(now).unwrap();
        assert_eq!((wish.n_slots, wish.span()), (3, Duration::from_millis(150)));
        for _ in 0..97 {
            slots.wait();
        }
        let wish = slots.wish(now).unwrap();
        assert_eq!(wish.n_slots, 10);
        slots.add(&wish, now + Duration::from_millis(100));
        let wish = slots.wish(now).unwrap();
        assert_eq!(
            wish.due - now,
            Duration::from_millis(350),
            "not long before it is needed"
        );
        let waits: Vec<_> = (0..11).map(|_| taken(&mut slots, now)).collect();
        assert_eq!(waits[0], Some(Duration::from_millis(100)));
        assert_eq!(waits[9], Some(Duration::from_millis(550)));
        assert_eq!(waits[10], None);
    }

    #[test]
    fn the_next_slice_is_taken_before_anybody_waits_for_it_and_slots_that_passed_are_lost() {
        let now = Instant::now();
        let mut slots = Slots::new(Some(20.0));
        for _ in 0..10 {
            slots.wait();
        }
        let wish = slots.wish(now).unwrap();
        slots.add(&wish, now);
        for _ in 0..10 {
            slots.wait_no_longer();
        }
        assert_eq!(slots.wish(now), None);
        for _ in 0..6 {
            taken(&mut slots, now);
        }
        assert_eq!(slots.wish(now), None, "enough are left");
        taken(&mut slots, now);
        assert_eq!(slots.wish(now).unwrap().n_slots, 7, "as many as were used");
        let later = now + Duration::from_millis(460);
        assert_eq!(
            slots.take(later).0,
            Take::At(now + Duration::from_millis(450), 0)
        );
        assert_eq!(slots.take(later).0, Take::Nothing);
    }

    #[test]
    fn another_rate_holds_at_once_and_a_slice_of_the_old_one_counts_for_nothing() {
        let now = Instant::now();
        let mut slots = Slots::new(Some(1.0 / 3600.0));
        slots.wait();
        let wish = slots.wish(now).unwrap();
        assert_eq!((wish.n_slots, wish.span()), (1, Duration::from_hours(1)));
        assert!(slots.set_limit(Some(10.0)));
        assert!(!slots.set_limit(Some(10.0)));
        slots.add(&wish, now);
        assert_eq!(slots.take(now).0, Take::Nothing);
        assert!(slots.set_limit(None));
        assert_eq!(slots.take(now).0, Take::Unbounded);
        assert_eq!(slots.wish(now), None);
    }
}
