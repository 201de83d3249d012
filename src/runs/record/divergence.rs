//! Finds where each run of a batch leaves the majority: the first step at which more than half of
//! the runs with the same previous steps did the same, and this run did something else.
//!
//! A step is a tool call, or the end of the run without another call. Runs are compared by the
//! tools that they call and, if these are the same, by the arguments. At each step, runs whose next
//! step is unknown and runs that failed or were stopped are not counted.

mod choices;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};

use self::choices::Choices;
use crate::base::hash::HashMap;
use crate::runs::RunSummary;
use crate::runs::record::call_path::CallStep;
use crate::trace::RunState;

/// The steps of all runs of a batch. A run is identified by its number in the order of launch.
///
/// When a run takes a step, only this run and only its new step are processed. Invariant: any order
/// of changes has the same result as processing each run once in its final state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Divergence {
    /// The next steps of runs, by a digest of the tools that they called before.
    after: HashMap<u64, Choices>,
    /// What was counted for each run.
    counted: HashMap<usize, Counted>,
}

/// The counted steps of a run.
#[derive(Clone, Debug, Default)]
struct Counted {
    /// The calls, each with the digest of the tools before it.
    steps: Vec<(u64, CallStep)>,
    /// The digest of the tools after which the run ended, if it did.
    ended: Option<u64>,
    /// The version of the run's path at that time.
    version: u64,
}

/// The step at which a run leaves the majority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// The number of calls that the run made before.
    pub(crate) step: usize,
    /// The number of runs in the majority.
    pub(crate) majority: usize,
    /// The number of runs that reached this step.
    pub(crate) of: usize,
    /// What the majority did.
    pub(crate) did: Did,
}

/// What the majority of runs did at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Did {
    /// They called this tool.
    Called(String),
    /// They called the same tool with other arguments, which they have in common.
    OtherArguments(String),
    /// They ended without another call.
    Ended,
}

impl Divergence {
    /// Processes the new steps of a run.
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

    /// Returns where a run leaves the majority; `None` if it does not, or if there is no majority.
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
    /// Returns how many of the counted steps are still valid.
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

    /// Returns a digest of all tools that the run called.
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
