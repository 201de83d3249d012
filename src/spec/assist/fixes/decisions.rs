//! Problems that no edit can fix, each with the decision that a person must make or the place that
//! must change.

use crate::spec::diagnostic::Code;

/// The decision for each rule without a fix, by code.
const DECISIONS: &[(&str, &str)] = &[
    (
        "AS101",
        "decide which component is meant, and where it is defined",
    ),
    ("AS110", "load a document that refers to this set"),
    (
        "AS302",
        "decide on another title: what refers to it changes with it",
    ),
    ("AS511", "decide which of the two types is meant"),
    ("AS502", "decide which node the flow starts at"),
    (
        "AS503",
        "decide which of the edges stays, or what a BranchingNode chooses by",
    ),
    ("AS504", "decide which node the edge leads to"),
    (
        "AS513",
        "decide on a default, or on what the end nodes give",
    ),
    ("AS520", "decide which of the edges stays"),
    ("AS521", "decide which of the edges the branch has"),
    ("AS522", "decide where the branch leads"),
    (
        "AS525",
        "decide where the value comes from, or on a default",
    ),
    (
        "AS528",
        "decide where the value comes from, or on a default",
    ),
    ("AS601", "decide which agents may talk to each other"),
    ("AS603", "decide who the workers are"),
    ("AS608", "decide which tool is meant"),
    ("AS802", "decide which addresses may be called"),
    (
        "AS803",
        "decide where the secret comes from: a profile, or a placeholder",
    ),
    ("AS901", "consent is given at the launch, not in the text"),
];

/// Returns the decision that a person must make before a problem of a rule can be fixed; `None` if no such decision is known.
pub fn decision(code: Code) -> Option<&'static str> {
    let known = DECISIONS.iter().find(|(known, _)| code == Code(known));
    known.map(|(_, words)| *words)
}
