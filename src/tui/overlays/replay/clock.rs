//! The clock of a replay, which has a speed and can be paused and set.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// The speed of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Speed {
    /// The original speed.
    #[default]
    Once,
    /// Four times the original speed.
    Fourfold,
    /// As fast as frames can be drawn.
    Most,
}

impl Speed {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Once => "1x",
            Self::Fourfold => "4x",
            Self::Most => "max",
        }
    }

    pub(super) const fn faster(self) -> Option<Self> {
        match self {
            Self::Once => Some(Self::Fourfold),
            Self::Fourfold => Some(Self::Most),
            Self::Most => None,
        }
    }

    pub(super) const fn slower(self) -> Option<Self> {
        match self {
            Self::Once => None,
            Self::Fourfold => Some(Self::Once),
            Self::Most => Some(Self::Fourfold),
        }
    }

    /// Returns the replayed time for a real time; `None` at the maximum speed, which depends on
    /// drawing.
    fn of(self, passed: Duration) -> Option<Duration> {
        match self {
            Self::Once => Some(passed),
            Self::Fourfold => Some(passed * 4),
            Self::Most => None,
        }
    }
}

/// The clock of a replay, between its beginning and its end.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    begin: Timestamp,
    end: Timestamp,
    /// The replay's time when it was last set, started or paused.
    at: Timestamp,
    /// The real time since when the clock runs; `None` while it is paused.
    since: Option<Timestamp>,
    speed: Speed,
}

impl Clock {
    /// Makes a clock that runs from `begin`.
    pub(super) const fn new(begin: Timestamp, end: Timestamp, wall: Timestamp) -> Self {
        Self {
            begin,
            end,
            at: begin,
            since: Some(wall),
            speed: Speed::Once,
        }
    }

    /// Returns the replay's time. At the maximum speed, this is where the clock was last set.
    pub(super) fn now(&self, wall: Timestamp) -> Timestamp {
        let passed = self.since.map(|since| wall.since(since));
        let passed = passed.and_then(|passed| self.speed.of(passed));
        self.at.plus(passed.unwrap_or_default()).min(self.end)
    }

    /// Returns the time since the beginning of the replay.
    pub(super) fn passed(&self, wall: Timestamp) -> Duration {
        self.now(wall).since(self.begin)
    }

    /// Returns the whole length of the replay.
    pub(super) const fn whole(&self) -> Duration {
        self.end.since(self.begin)
    }

    pub(super) const fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether the clock is running.
    pub(super) fn is_going(&self, wall: Timestamp) -> bool {
        self.since.is_some() && !self.is_over(wall)
    }

    pub(super) fn is_over(&self, wall: Timestamp) -> bool {
        self.now(wall) >= self.end
    }

    /// Pauses or continues the clock; at the end of the replay, restarts it.
    pub(super) fn toggle(&mut self, wall: Timestamp) {
        if self.is_over(wall) {
            self.at = self.begin;
            self.since = Some(wall);
        } else {
            self.at = self.now(wall);
            self.since = match self.since {
                Some(_) => None,
                None => Some(wall),
            };
        }
    }

    pub(super) fn set_speed(&mut self, speed: Speed, wall: Timestamp) {
        self.move_to(self.now(wall), wall);
        self.speed = speed;
    }

    /// Sets the clock, limited to the replay's range; a paused clock stays paused.
    pub(super) fn move_to(&mut self, at: Timestamp, wall: Timestamp) {
        self.at = at.max(self.begin).min(self.end);
        self.since = self.since.map(|_| wall);
    }

    /// Sets the clock for a person. At the maximum speed the clock is paused, because the new
    /// position would not be seen.
    fn put(&mut self, at: Timestamp, wall: Timestamp) {
        self.move_to(at, wall);
        if self.speed == Speed::Most {
            self.since = None;
        }
    }

    /// Moves the clock by a fraction of the whole length, at least a tenth of a second and at most
    /// a minute.
    pub(super) fn step(&mut self, is_forward: bool, wall: Timestamp) {
        let step = self.whole() / 40;
        let step = step.clamp(Duration::from_millis(100), Duration::from_mins(1));
        let now = self.now(wall);
        let at = if is_forward {
            now.plus(step)
        } else {
            self.begin.plus(now.since(self.begin).saturating_sub(step))
        };
        self.put(at, wall);
    }

    pub(super) fn move_to_begin(&mut self, wall: Timestamp) {
        self.put(self.begin, wall);
    }

    pub(super) fn move_to_end(&mut self, wall: Timestamp) {
        self.put(self.end, wall);
    }

    /// Sets the clock to `part` of `of` equal parts of the whole length.
    pub(super) fn move_to_part(&mut self, part: u16, of: u16, wall: Timestamp) {
        let at = self.whole() * u32::from(part) / u32::from(of.max(1));
        self.put(self.begin.plus(at), wall);
    }

    /// Returns how many of `of` equal parts of the whole length have passed.
    pub(super) fn part(&self, of: u16, wall: Timestamp) -> u16 {
        let whole = self.whole().as_nanos().max(1);
        let part = self.passed(wall).as_nanos() * u128::from(of) / whole;
        u16::try_from(part).unwrap_or(of).min(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ns(ms * 1_000_000)
    }

    #[test]
    fn it_goes_on_at_its_speed_stands_still_and_is_moved() {
        let mut clock = Clock::new(at(1_000), at(9_000), at(50_000));
        assert_eq!(clock.now(at(51_000)), at(2_000));
        clock.set_speed(Speed::Fourfold, at(51_000));
        assert_eq!(clock.now(at(52_000)), at(6_000));
        clock.toggle(at(52_000));
        assert_eq!(clock.now(at(60_000)), at(6_000), "it stands still");
        assert!(!clock.is_going(at(60_000)));
        clock.step(false, at(60_000));
        assert_eq!(clock.now(at(61_000)), at(5_800));
        clock.toggle(at(61_000));
        assert_eq!(clock.now(at(70_000)), at(9_000), "and no further");
        assert!(clock.is_over(at(70_000)));
        clock.toggle(at(70_000));
        assert_eq!(clock.now(at(70_000)), at(1_000), "from its end, once more");
        clock.move_to_part(3, 4, at(70_000));
        assert_eq!(clock.passed(at(70_000)), Duration::from_secs(6));
        assert_eq!(clock.part(100, at(70_000)), 75);
    }

    #[test]
    fn at_the_greatest_speed_it_goes_by_what_is_shown() {
        let mut clock = Clock::new(at(0), at(9_000), at(0));
        clock.set_speed(Speed::Most, at(1_000));
        assert_eq!(clock.now(at(5_000)), at(1_000));
        clock.move_to(at(4_000), at(5_000));
        assert_eq!(clock.now(at(6_000)), at(4_000));
        assert!(clock.is_going(at(6_000)));
        clock.step(true, at(6_000));
        assert!(!clock.is_going(at(6_000)), "where a person moves it");
        assert_eq!(clock.now(at(8_000)), at(4_225));
    }
}
