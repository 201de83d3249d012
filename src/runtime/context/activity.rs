//! The activities of a run, from which follows the state that people see.
//!
//! A run begins as one activity; the calls of an agent's turn are one each. An activity works, is held before its next
//! step by a pause, waits for what another run holds, or waits for a person. Only when all of them wait for a person, its
//! own or the one whom another run asked, is the run's place of use to another run:
//!
//! ```text
//! Held ── all wait ──► Away ── an answer ──► Returning ── place free ──► Held
//! ```

use crate::trace::RunState;

/// Whether the run has its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The run has its slot.
    Held,
    /// The run returned its slot.
    Away,
    /// An answer arrived, and the run waits for a slot.
    Returning,
}

/// The number of activities in each condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Activities {
    working: usize,
    held: usize,
    /// Activities that wait for a person who must answer before the run can end.
    waiting: usize,
    /// Activities that wait for a person although the run may also end.
    replied: usize,
    /// Activities that wait for a person who was asked by another run.
    elsewhere: usize,
    /// Activities that wait for a resource that another run holds.
    blocked: usize,
    /// Activities that wait for a prepared answer until all others have requested theirs.
    asking: usize,
    /// Activities that were answered and wait for the run's slot.
    returning: usize,
    place: Place,
}

/// The consequences of a change for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The new state to report, if it changed.
    pub(super) state: Option<RunState>,
    /// Whether the slot was just returned.
    pub(super) has_parked: bool,
    /// Whether everything that could continue now waits for other runs, or no longer does; `None`
    /// if unchanged.
    pub(super) is_blocked: Option<bool>,
    /// Whether all activities that might request a prepared answer have done so, so that answers
    /// are now distributed.
    pub(super) has_settled: bool,
}

/// Whom or what an activity waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// A person who must answer before the run can end.
    Person,
    /// A person, although the run may also end.
    PersonOrEnd,
    /// A person who was asked by another run.
    Elsewhere,
}

/// The next step of an activity after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Return {
    /// Continue.
    GoOn,
    /// Get a slot for the run, then ask again.
    Fetch,
    /// Another activity is getting the slot: wait, then ask again.
    Wait,
}

impl Activities {
    /// Makes the state of a new run, with a single working activity.
    pub(super) const fn start() -> Self {
        Self {
            working: 1,
            held: 0,
            waiting: 0,
            replied: 0,
            elsewhere: 0,
            blocked: 0,
            asking: 0,
            returning: 0,
            place: Place::Held,
        }
    }

    /// Returns the state of the run.
    pub(super) const fn state(self) -> RunState {
        match self.place {
            Place::Returning => RunState::Queued,
            Place::Held if self.held > 0 && self.working + self.returning == 0 => RunState::Paused,
            Place::Held if self.is_blocked() => RunState::Queued,
            Place::Held => RunState::Running,
            Place::Away if self.waiting > 0 => RunState::NeedsInput,
            Place::Away if self.elsewhere > 0 => RunState::Queued,
            Place::Away => RunState::Answered,
        }
    }

    /// Returns whether an activity is already getting the slot.
    pub(super) const fn is_returning(self) -> bool {
        matches!(self.place, Place::Returning)
    }

    /// Applies a change and returns its consequences.
    fn change(&mut self, apply: impl FnOnce(&mut Self)) -> Change {
        let before = *self;
        apply(self);
        let waits = self.waiting + self.replied + self.elsewhere > 0;
        if self.place == Place::Held && self.is_idle() && waits {
            self.place = Place::Away;
        }
        Change {
            state: (self.state() != before.state()).then(|| self.state()),
            has_parked: before.place == Place::Held && self.place == Place::Away,
            is_blocked: (self.is_blocked() != before.is_blocked()).then(|| self.is_blocked()),
            has_settled: self.is_settled(),
        }
    }

    /// Splits an activity into `parts` concurrent ones.
    pub(super) fn split(&mut self, parts: usize) -> Change {
        self.change(|all| all.working = all.working + parts - 1)
    }

    /// Ends one of several activities.
    pub(super) fn end_part(&mut self) -> Change {
        self.change(|all| all.working -= 1)
    }

    /// Ends all parts, of which `still_counted` have not ended yet, and continues the activity that
    /// was split.
    pub(super) fn join(&mut self, still_counted: usize) -> Change {
        self.change(|all| all.working = all.working + 1 - still_counted)
    }

    /// Holds an activity because of a pause.
    pub(super) fn hold(&mut self) -> Change {
        self.change(|all| {
            all.working -= 1;
            all.held += 1;
        })
    }

    /// Continues an activity after a pause.
    pub(super) fn release(&mut self) -> Change {
        self.change(|all| {
            all.held -= 1;
            all.working += 1;
        })
    }

    /// Marks an activity as waiting for a resource of another run.
    pub(super) fn block(&mut self) -> Change {
        self.change(|all| {
            all.working -= 1;
            all.blocked += 1;
        })
    }

    /// Continues an activity that got the resource.
    pub(super) fn unblock(&mut self) -> Change {
        self.change(|all| {
            all.blocked -= 1;
            all.working += 1;
        })
    }

    /// Marks an activity as waiting for a prepared answer.
    pub(super) fn ask(&mut self) -> Change {
        self.change(|all| {
            all.working -= 1;
            all.asking += 1;
        })
    }

    /// Continues `count` activities that requested a prepared answer.
    pub(super) fn resume_asking(&mut self, count: usize) -> Change {
        self.change(|all| {
            all.asking -= count;
            all.working += count;
        })
    }

    /// Marks an activity as waiting for a person.
    pub(super) fn wait(&mut self, whom: WaitsFor) -> Change {
        self.change(|all| {
            all.working -= 1;
            *all.waiters(whom) += 1;
        })
    }

    /// Records the answer for a waiting activity.
    pub(super) fn answer(&mut self, whom: WaitsFor) -> (Return, Change) {
        *self.waiters(whom) -= 1;
        self.returning += 1;
        self.try_return()
    }

    /// Continues an answered activity as soon as the run has its slot.
    pub(super) fn try_return(&mut self) -> (Return, Change) {
        let next = match self.place {
            Place::Held => Return::GoOn,
            Place::Away => Return::Fetch,
            Place::Returning => Return::Wait,
        };
        let change = self.change(|all| match next {
            Return::GoOn => {
                all.returning -= 1;
                all.working += 1;
            }
            Return::Fetch => all.place = Place::Returning,
            Return::Wait => {}
        });
        (next, change)
    }

    /// Records that the run has its slot again, and continues the activity that got it.
    pub(super) fn arrive(&mut self) -> Change {
        self.change(|all| {
            all.place = Place::Held;
            all.returning -= 1;
            all.working += 1;
        })
    }

    /// Ends an activity's wait because the run is cancelled.
    pub(super) fn give_up_wait(&mut self, whom: WaitsFor) -> Change {
        self.change(|all| {
            *all.waiters(whom) -= 1;
            all.working += 1;
        })
    }

    /// Ends an answered activity's wait for the slot because the run is cancelled.
    pub(super) fn give_up_return(&mut self) -> Change {
        self.change(|all| {
            all.returning -= 1;
            all.working += 1;
        })
    }

    /// Returns whether no activity works or will work without a person.
    const fn is_idle(self) -> bool {
        self.working + self.held + self.blocked + self.returning + self.asking == 0
    }

    /// Returns whether some activities wait for prepared answers, and no other activity could still
    /// request one.
    const fn is_settled(self) -> bool {
        self.asking > 0 && self.working + self.held + self.blocked + self.returning == 0
    }

    /// Returns whether everything that could continue waits for resources of other runs.
    const fn is_blocked(self) -> bool {
        self.blocked > 0 && self.working + self.held + self.returning == 0
    }

    fn waiters(&mut self, whom: WaitsFor) -> &mut usize {
        match whom {
            WaitsFor::Person => &mut self.waiting,
            WaitsFor::PersonOrEnd => &mut self.replied,
            WaitsFor::Elsewhere => &mut self.elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::WaitsFor::{Elsewhere, Person, PersonOrEnd};
    use super::*;

    fn announced(change: Change) -> (Option<RunState>, bool) {
        (change.state, change.has_parked)
    }

    #[test]
    fn the_place_is_given_back_when_the_last_activity_waits() {
        let mut all = Activities::start();
        assert_eq!(announced(all.split(2)), (None, false));
        assert_eq!(announced(all.wait(Person)), (None, false));
        assert_eq!(
            announced(all.end_part()),
            (Some(RunState::NeedsInput), true)
        );
        let (next, change) = all.answer(Person);
        assert_eq!(
            (next, announced(change)),
            (Return::Fetch, (Some(RunState::Queued), false))
        );
        assert_eq!(announced(all.arrive()), (Some(RunState::Running), false));
        assert_eq!(announced(all.end_part()), (None, false));
        assert_eq!(announced(all.join(0)), (None, false));
    }

    #[test]
    fn two_answers_fetch_one_place() {
        let mut all = Activities::start();
        all.split(2);
        all.wait(Person);
        assert_eq!(
            announced(all.wait(Person)),
            (Some(RunState::NeedsInput), true)
        );
        assert_eq!(all.answer(Person).0, Return::Fetch);
        assert_eq!(all.answer(Person).0, Return::Wait);
        all.arrive();
        // The first ends before the second continues: the slot is kept.
        assert_eq!(announced(all.end_part()), (None, false));
        assert_eq!(all.try_return().0, Return::GoOn);
        assert_eq!(all.state(), RunState::Running);
    }

    #[test]
    fn a_reply_that_may_end_the_run_reads_as_answered() {
        let mut all = Activities::start();
        assert_eq!(
            announced(all.wait(PersonOrEnd)),
            (Some(RunState::Answered), true)
        );
    }

    #[test]
    fn prepared_answers_are_given_out_when_whoever_might_ask_has_asked() {
        let mut all = Activities::start();
        all.split(3);
        assert!(!all.ask().has_settled);
        assert!(!all.wait(Person).has_settled);
        let change = all.ask();
        assert_eq!(
            (change.has_settled, announced(change)),
            (true, (None, false))
        );
        assert!(!all.resume_asking(2).has_settled);
        assert_eq!(all.state(), RunState::Running);
    }

    #[test]
    fn a_held_run_keeps_its_place() {
        let mut all = Activities::start();
        all.split(2);
        assert_eq!(announced(all.hold()), (None, false));
        assert_eq!(announced(all.wait(Person)), (Some(RunState::Paused), false));
        assert_eq!(announced(all.release()), (Some(RunState::Running), false));
    }

    #[test]
    fn a_run_that_waits_for_another_runs_worker_keeps_its_slot_and_does_not_run() {
        let mut all = Activities::start();
        all.split(2);
        assert_eq!(announced(all.block()), (None, false));
        let change = all.wait(Person);
        assert_eq!(announced(change), (Some(RunState::Queued), false));
        assert_eq!(change.is_blocked, Some(true));
        let change = all.unblock();
        assert_eq!(announced(change), (Some(RunState::Running), false));
        assert_eq!(change.is_blocked, Some(false));
        assert_eq!(
            announced(all.end_part()),
            (Some(RunState::NeedsInput), true)
        );
    }

    #[test]
    fn a_run_that_waits_for_another_runs_sign_in_gives_its_slot_back() {
        let mut all = Activities::start();
        assert_eq!(
            announced(all.wait(Elsewhere)),
            (Some(RunState::Queued), true)
        );
        assert_eq!(all.answer(Elsewhere).0, Return::Fetch);
        assert_eq!(announced(all.arrive()), (Some(RunState::Running), false));
    }
}
