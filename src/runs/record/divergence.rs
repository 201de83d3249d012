//! Where each run of a batch leaves the majority: the first step at which more than half of the runs that had done the same
//! before did one and the same other thing.
//!
//! A step is a tool call, or the end of the run without another call. Runs are compared by the tools that they call, and where
//! these are the same by the arguments. Runs whose next step is not known yet, and runs that failed or were stopped, are not
//! counted at it.

mod choices;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};

use self::choices::Choices;
use crate::base::hash::HashMap;
use crate::runs::RunSummary;
use crate::runs::record::call_path::CallStep;
use crate::trace::RunState;

/// The steps of all runs of a batch. A run is known by its number in the order of launch.
///
/// A run that takes a step is looked at alone, and of its steps only the new one. Invariant: any order of changes gives the same
/// as one look at each run as it is at last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Divergence {
    /// The next steps of runs, by a digest of the tools that they had called before.
    after: HashMap<u64, Choices>,
    /// The choices counted for each run.
    counted: HashMap<usize, Counted>,
}

/// The counted steps of a run.
#[derive(Clone, Debug, Default)]
struct Counted {
    /// Its calls, each with the digest of the tools before it.
    steps: Vec<(u64, CallStep)>,
    /// The digest of the tools after which it ended, if it did.
    ended: Option<u64>,
    /// Which version of its path that is.
    version: u64,
}

/// The step at which a run leaves the majority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// How many calls it had made before.
    pub(crate) step: usize,
    /// How many runs did the other thing.
    pub(crate) majority: usize,
    /// Of how many that came to this step.
    pub(crate) of: usize,
    /// The behaviour of the majority.
    pub(crate) did: Did,
}

/// The behaviour of most runs at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Did {
    /// The runs called this tool.
    Called(String),
    /// The runs called the same tool with other arguments, which they have in common.
    OtherArguments(String),
    /// The runs ended without another call.
    Ended,
}

impl Divergence {
    /// Takes what a run has done by now.
    pub(crate) fn update(&mut self, index: usize, run: &RunSummary) {
        let path = run.path();
        let has_ended = matches!(run.state, RunState::Answered | RunState::Finished);
        let known = self.counted.get(&index);
        let is_same = known.map_or(path.steps().is_empty() && !has_ended, |known| {
            known.version == path.version() && known.ended.is_some() == has_ended
        });
        if is_same {
            return;
        }
        let mut counted = self.counted.remove(&index).unwrap_or_default();
        if let Some(after) = counted.ended.take() {
            self.take_back(after, Choices::remove_end);
        }
        let kept = counted.kept(path.steps(), path.version());
        for (before, step) in counted.steps.drain(kept..).rev() {
            let tool = run.tools.get(step.tool).map_or("", String::as_str);
            self.take_back(before, |choices| {
                choices.remove_call(tool, step.arguments);
            });
        }
        for step in path.steps().iter().skip(kept) {
            let before = counted.digest(run);
            let tool = run.tools.get(step.tool).map_or("", String::as_str);
            let choices = self.after.entry(before).or_default();
            choices.add_call(tool, step.arguments);
            counted.steps.push((before, *step));
        }
        if has_ended {
            let after = counted.digest(run);
            self.after.entry(after).or_default().add_end();
            counted.ended = Some(after);
        }
        counted.version = path.version();
        self.counted.insert(index, counted);
    }

    fn take_back(&mut self, after: u64, change: impl FnOnce(&mut Choices)) {
        if let Some(choices) = self.after.get_mut(&after) {
            change(choices);
            if choices.is_empty() {
                self.after.remove(&after);
            }
        }
    }

    /// Returns where a run leaves the majority; none as long as it does what most do, or no majority does the same.
    pub(crate) fn leaving(&self, index: usize, run: &RunSummary) -> Option<Leaving> {
        let counted = self.counted.get(&index)?;
        let mut by_arguments = None;
        for (at, (before, step)) in counted.steps.iter().enumerate() {
            let choices = self.after.get(before)?;
            let tool = run.tools.get(step.tool)?;
            let leaving = |(majority, of, did)| Leaving {
                step: at,
                majority,
                of,
                did,
            };
            if let Some(most) = choices.majority_against(Some(tool)) {
                return Some(leaving(most));
            }
            by_arguments = by_arguments.or_else(|| {
                let most = choices.arguments_against(tool, step.arguments)?;
                Some(leaving(most))
            });
        }
        let of_end = counted.ended.and_then(|after| {
            let (majority, of, did) = self.after.get(&after)?.majority_against(None)?;
            Some(Leaving {
                step: counted.steps.len(),
                majority,
                of,
                did,
            })
        });
        of_end.or(by_arguments)
    }
}

impl Counted {
    /// Returns how many of the counted steps are still as they were.
    fn kept(&self, steps: &[CallStep], version: u64) -> usize {
        let n_counted = self.steps.len();
        // Nearly always nothing changed, or one call was added: the others need no look.
        let is_added = self.version + 1 == version && n_counted + 1 == steps.len();
        if self.version == version || is_added {
            return n_counted;
        }
        let counted = self.steps.iter().map(|(_, step)| step);
        counted.zip(steps).take_while(|(a, b)| a == b).count()
    }

    /// A digest of all tools that it called.
    fn digest(&self, run: &RunSummary) -> u64 {
        let Some((before, step)) = self.steps.last() else {
            return 0;
        };
        let mut hasher = DefaultHasher::new();
        before.hash(&mut hasher);
        run.tools.get(step.tool).hash(&mut hasher);
        hasher.finish()
    }
}
