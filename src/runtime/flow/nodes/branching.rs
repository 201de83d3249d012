//! `BranchingNode`: takes the branch that its mapping has for the value.

use serde_json::Value;

use super::NodeResult;
use crate::conversation::Values;
use crate::spec::language::BranchingNode;
use crate::spec::placeholder::text_of;

/// The branch for what the mapping does not have.
const DEFAULT: &str = "default";

/// The value is compared as text, exactly: a boolean is `true`, a number `1` or `1.5`, an object JSON; null is in no
/// mapping.
pub(super) fn run(node: &BranchingNode, inputs: &Values) -> NodeResult {
    let value = inputs.values().next().filter(|value| !value.is_null());
    let branch = value
        .and_then(|value| node.mapping().get(&text_of(value)))
        .and_then(Value::as_str)
        .unwrap_or(DEFAULT);
    NodeResult {
        outputs: Values::new(),
        branch: branch.to_owned(),
    }
}
