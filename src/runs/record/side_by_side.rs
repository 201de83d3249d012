//! A step-by-step comparison of two runs: a fork and its original.

mod steps;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use self::steps::steps;
use crate::runs::RunRecord;

/// A step of a run: a request, a result, a message or an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The title of the step, such as `get_weather gives`.
    pub(crate) title: String,
    /// The question, the arguments or the text.
    pub(crate) text: String,
}

/// A step that both runs or one of them took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepPair {
    /// The step of each run.
    pub(crate) sides: [Option<Step>; 2],
}

impl StepPair {
    /// Returns whether both runs took the step with the same content.
    pub(crate) fn is_same(&self) -> bool {
        let [left, right] = &self.sides;
        left == right
    }
}

/// The identity of a step in both runs: its position in the run, which is the same in every
/// execution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    kind: &'static str,
    place: String,
    /// The number of the step at that position.
    time: usize,
}

/// Aligns the steps of two runs in the order of the second; steps that only the first has are
/// inserted at their positions.
pub(crate) fn side_by_side(left: &RunRecord, right: &RunRecord) -> Vec<StepPair> {
    let (left, right) = (steps(left), steps(right));
    let of_left: HashMap<&Identity, usize> = left
        .iter()
        .enumerate()
        .map(|(at, (identity, _))| (identity, at))
        .collect();
    let of_right: HashSet<&Identity> = right.iter().map(|(identity, _)| identity).collect();
    let mut pairs = Vec::new();
    let mut taken = 0;
    let mut alone = |pairs: &mut Vec<StepPair>, end: usize| {
        while taken < end {
            let (identity, step) = &left[taken];
            if !of_right.contains(identity) {
                let sides = [Some(step.clone()), None];
                pairs.push(StepPair { sides });
            }
            taken += 1;
        }
    };
    for (identity, step) in &right {
        let of_left = of_left.get(identity).copied();
        if let Some(at) = of_left {
            alone(&mut pairs, at);
        }
        let other = of_left.map(|at| left[at].1.clone());
        let sides = [other, Some(step.clone())];
        pairs.push(StepPair { sides });
    }
    alone(&mut pairs, left.len());
    pairs
}
