//! The gate of a batch: a limit on active runs that can be changed at any time, and a queue for the
//! others.
//!
//! Pure: its methods record what happened and return the next run. A run that waits for a person
//! returns its slot; after the answer it precedes every run that has not started.

use std::collections::VecDeque;

use crate::base::hash::HashSet;
use crate::base::ids::RunId;

/// The slots of one batch. `R` is the value with which a returning run is woken.
#[derive(Debug)]
pub(in crate::runs) struct Gate<R> {
    at_once: usize,
    is_paused: bool,
    holders: HashSet<RunId>,
    returning: VecDeque<(RunId, R)>,
    queued: VecDeque<RunId>,
    /// The queued runs that a person holds.
    held: HashSet<RunId>,
    /// The number of new runs that may still start while a canary holds the others back.
    starts_left: Option<usize>,
}

/// A run that just got a slot.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::runs) enum Admitted<R> {
    /// A run that starts.
    New(RunId),
    /// A run that continues.
    Back(RunId, R),
}

impl<R> Gate<R> {
    /// Makes a gate with at least one slot.
    pub(in crate::runs) fn new(at_once: usize) -> Self {
        Self {
            at_once: at_once.max(1),
            is_paused: false,
            holders: HashSet::default(),
            returning: VecDeque::new(),
            queued: VecDeque::new(),
            held: HashSet::default(),
            starts_left: None,
        }
    }

    /// Returns the number of slots.
    pub(in crate::runs) fn at_once(&self) -> usize {
        self.at_once
    }

    /// Changes the number of slots. Runs that have a slot keep it.
    pub(in crate::runs) fn set_at_once(&mut self, at_once: usize) {
        self.at_once = at_once.max(1);
    }

    /// Returns whether the gate is paused.
    pub(in crate::runs) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Pauses or resumes the gate. While it is paused, no run starts, but a run may return.
    pub(in crate::runs) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Holds or releases a run that has not started. Returns false if the run is not in the queue,
    /// or nothing changes.
    pub(in crate::runs) fn hold(&mut self, run: &RunId, is_held: bool) -> bool {
        if is_held {
            self.queued.contains(run) && self.held.insert(run.clone())
        } else {
            self.held.remove(run)
        }
    }

    /// Holds back all new runs after a number of starts; `None` holds back none.
    pub(in crate::runs) fn set_starts_left(&mut self, starts_left: Option<usize>) {
        self.starts_left = starts_left;
    }

    /// Queues a new run that a canary does not hold back.
    pub(in crate::runs) fn enqueue_first(&mut self, run: RunId) {
        self.starts_left = self.starts_left.map(|left| left + 1);
        self.queued.push_front(run);
    }

    /// Queues a new run.
    pub(in crate::runs) fn enqueue(&mut self, run: RunId) {
        self.queued.push_back(run);
    }

    /// Queues a run that returned its slot and needs one again.
    pub(in crate::runs) fn enqueue_back(&mut self, run: RunId, wake: R) {
        self.returning.push_back((run, wake));
    }

    /// Takes the slot of a run that returns it or has ended. The run may have none.
    pub(in crate::runs) fn release(&mut self, run: &RunId) {
        self.holders.remove(run);
    }

    /// Gives a slot to a run that continues elsewhere, even if none is free.
    pub(in crate::runs) fn retake(&mut self, run: &RunId) {
        self.holders.insert(run.clone());
    }

    /// Returns the next run that gets a slot, if one is free and a run is waiting.
    pub(in crate::runs) fn admit(&mut self) -> Option<Admitted<R>> {
        if self.holders.len() >= self.at_once {
            return None;
        }
        let admitted = match self.returning.pop_front() {
            Some((run, wake)) => Admitted::Back(run, wake),
            None if self.is_paused || self.starts_left == Some(0) => return None,
            None => {
                let next = self
                    .queued
                    .iter()
                    .position(|run| !self.held.contains(run))?;
                let run = self.queued.remove(next)?;
                self.starts_left = self.starts_left.map(|left| left - 1);
                Admitted::New(run)
            }
        };
        match &admitted {
            Admitted::New(run) | Admitted::Back(run, _) => self.holders.insert(run.clone()),
        };
        Some(admitted)
    }

    /// Removes a run that has not started from the queue. Returns false if it is not in the queue.
    pub(in crate::runs) fn withdraw(&mut self, run: &RunId) -> bool {
        self.held.remove(run);
        let position = self.queued.iter().position(|queued| queued == run);
        position.is_some_and(|position| self.queued.remove(position).is_some())
    }

    /// Removes every run that has not started from the queue.
    pub(in crate::runs) fn withdraw_all(&mut self) -> VecDeque<RunId> {
        self.held.clear();
        std::mem::take(&mut self.queued)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(number: usize) -> RunId {
        RunId::new(format!("r_{number}"))
    }

    fn gate(at_once: usize, n_runs: usize) -> Gate<()> {
        let mut gate = Gate::new(at_once);
        (0..n_runs).for_each(|number| gate.enqueue(run(number)));
        gate
    }

    #[test]
    fn a_run_that_was_parked_comes_back_before_new_ones() {
        let mut gate = gate(1, 3);
        assert_eq!(gate.admit(), Some(Admitted::New(run(0))));
        assert_eq!(gate.admit(), None);
        gate.release(&run(0));
        assert_eq!(
            gate.admit(),
            Some(Admitted::New(run(1))),
            "its place serves another"
        );
        gate.enqueue_back(run(0), ());
        assert_eq!(gate.admit(), None);
        gate.release(&run(1));
        assert_eq!(gate.admit(), Some(Admitted::Back(run(0), ())));
        gate.release(&run(0));
        assert_eq!(gate.admit(), Some(Admitted::New(run(2))));
    }

    #[test]
    fn the_bound_changes_live() {
        let mut gate = gate(2, 5);
        assert!(gate.admit().is_some() && gate.admit().is_some() && gate.admit().is_none());
        gate.set_at_once(3);
        assert!(gate.admit().is_some() && gate.admit().is_none());
        gate.set_at_once(0);
        gate.release(&run(0));
        gate.release(&run(1));
        assert_eq!(
            gate.admit(),
            None,
            "one place is the least, and it is taken"
        );
        gate.release(&run(2));
        assert_eq!(gate.admit(), Some(Admitted::New(run(3))));
    }

    #[test]
    fn while_paused_nothing_starts_but_what_was_in_flight_comes_back() {
        let mut gate = gate(2, 2);
        gate.set_paused(true);
        assert_eq!(gate.admit(), None);
        gate.enqueue_back(run(9), ());
        assert_eq!(gate.admit(), Some(Admitted::Back(run(9), ())));
        gate.set_paused(false);
        assert_eq!(gate.admit(), Some(Admitted::New(run(0))));
    }

    #[test]
    fn a_queued_run_that_is_held_lets_others_pass() {
        let mut gate = gate(3, 2);
        assert!(gate.hold(&run(0), true));
        assert!(!gate.hold(&run(0), true) && !gate.hold(&run(7), true));
        assert_eq!(gate.admit(), Some(Admitted::New(run(1))));
        assert_eq!(gate.admit(), None);
        assert!(gate.hold(&run(0), false));
        assert_eq!(gate.admit(), Some(Admitted::New(run(0))));
    }

    #[test]
    fn a_canary_holds_back_all_but_the_first_and_those_that_are_tried_again() {
        let mut gate = gate(5, 4);
        gate.set_starts_left(Some(2));
        assert_eq!(gate.admit(), Some(Admitted::New(run(0))));
        assert_eq!(gate.admit(), Some(Admitted::New(run(1))));
        assert_eq!(gate.admit(), None);
        gate.enqueue_back(run(0), ());
        assert_eq!(gate.admit(), Some(Admitted::Back(run(0), ())));
        gate.enqueue_first(run(9));
        assert_eq!(gate.admit(), Some(Admitted::New(run(9))));
        assert_eq!(gate.admit(), None);
        gate.set_starts_left(None);
        assert_eq!(gate.admit(), Some(Admitted::New(run(2))));
    }

    #[test]
    fn a_withdrawn_run_never_starts() {
        let mut gate = gate(1, 3);
        assert!(gate.withdraw(&run(0)));
        assert!(!gate.withdraw(&run(0)));
        assert_eq!(gate.admit(), Some(Admitted::New(run(1))));
        assert_eq!(gate.withdraw_all(), [run(2)]);
    }

    proptest! {
        /// Whatever comes and goes, no more than the bound hold a place.
        #[test]
        fn the_bound_is_never_exceeded(at_once in 1_usize..5, steps in prop::collection::vec(0_u8..4, 0..60)) {
            let mut gate = gate(at_once, 20);
            let (mut flying, mut parked) = (Vec::new(), Vec::new());
            for step in steps {
                match step {
                    0 => match gate.admit() {
                        Some(Admitted::New(run) | Admitted::Back(run, ())) => flying.push(run),
                        None => {}
                    },
                    1 => if let Some(run) = flying.pop() { gate.release(&run) },
                    2 => if let Some(run) = flying.pop() {
                        gate.release(&run);
                        parked.push(run);
                    },
                    _ => if let Some(run) = parked.pop() { gate.enqueue_back(run, ()) },
                }
                prop_assert!(flying.len() <= at_once);
                prop_assert_eq!(flying.len(), gate.holders.len());
            }
        }
    }
}
