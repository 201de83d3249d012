//! Counts the next steps of runs with the same previous steps.

use std::collections::{BTreeMap, BTreeSet};

use super::Did;
use crate::base::hash::HashMap;

/// The choices of runs at one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choices {
    /// The runs that called each tool, by its name.
    calls: BTreeMap<String, Calls>,
    /// The number of runs that ended without another call.
    n_ended: usize,
}

/// The runs that called one tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Calls {
    n_runs: usize,
    /// The number of runs for each digest of known arguments.
    arguments: HashMap<u64, usize>,
    /// The arguments sorted by their number of runs, so that the most frequent ones are found
    /// quickly.
    ranked: BTreeSet<(usize, u64)>,
    /// The number of runs with known arguments.
    n_known: usize,
}

impl Choices {
    pub(super) fn add_call(&mut self, tool: &str, arguments: u64) {
        match self.calls.get_mut(tool) {
            Some(calls) => calls.add(arguments),
            None => self
                .calls
                .entry(tool.to_owned())
                .or_default()
                .add(arguments),
        }
    }

    pub(super) fn remove_call(&mut self, tool: &str, arguments: u64) {
        if let Some(calls) = self.calls.get_mut(tool) {
            calls.remove(arguments);
            if calls.n_runs == 0 {
                self.calls.remove(tool);
            }
        }
    }

    pub(super) const fn add_end(&mut self) {
        self.n_ended += 1;
    }

    pub(super) fn remove_end(&mut self) {
        self.n_ended = self.n_ended.saturating_sub(1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.n_ended == 0
    }

    fn n_runs(&self) -> usize {
        self.calls.values().map(|calls| calls.n_runs).sum::<usize>() + self.n_ended
    }

    /// Returns the size of the majority, the number of all runs, and what the majority did (called
    /// a tool or ended), if there is a majority and `own` differs.
    pub(super) fn majority_against(&self, own: Option<&String>) -> Option<(usize, usize, Did)> {
        let of = self.n_runs();
        if self.n_ended * 2 > of {
            return own.map(|_| (self.n_ended, of, Did::Ended));
        }
        let mut calls = self.calls.iter();
        let (tool, calls) = calls.find(|(_, calls)| calls.n_runs * 2 > of)?;
        (own != Some(tool)).then(|| (calls.n_runs, of, Did::Called(tool.clone())))
    }

    /// Returns the size of the majority, the number of all runs, and the arguments of the
    /// majority's call, if there is a majority and `own` has other arguments.
    pub(super) fn arguments_against(&self, tool: &String, own: u64) -> Option<(usize, usize, Did)> {
        let calls = self.calls.get(tool)?;
        let (majority, arguments) = *calls.ranked.last()?;
        let leaves = own != 0 && own != arguments && majority * 2 > calls.n_known;
        leaves.then(|| (majority, calls.n_known, Did::OtherArguments(tool.clone())))
    }
}

impl Calls {
    fn add(&mut self, arguments: u64) {
        self.n_runs += 1;
        if arguments == 0 {
            return;
        }
        self.n_known += 1;
        let count = self.arguments.entry(arguments).or_default();
        self.ranked.remove(&(*count, arguments));
        *count += 1;
        self.ranked.insert((*count, arguments));
    }

    fn remove(&mut self, arguments: u64) {
        self.n_runs = self.n_runs.saturating_sub(1);
        let Some(count) = self.arguments.get_mut(&arguments) else {
            return;
        };
        self.n_known = self.n_known.saturating_sub(1);
        self.ranked.remove(&(*count, arguments));
        *count -= 1;
        if *count > 0 {
            self.ranked.insert((*count, arguments));
        } else {
            self.arguments.remove(&arguments);
        }
    }
}
