//! The `BranchingNode`: takes the branch that its mapping assigns to the value.

use serde_json::Value;

use super::result::NodeResult;
use crate::base::python_text::json_dumps;
use crate::conversation::Values;
use crate::spec::language::BranchingNode;
use crate::spec::property::with_floats;

/// The branch for values without a mapping.
const DEFAULT: &str = "default";

/// Executes the node. The value is compared exactly, as text, as at any input of type string: a
/// boolean is `true`, an integer `1`, a number `1.0`, a list `["a", "\u00e9"]`; null never has a
/// mapping.
pub(super) fn run(node: &BranchingNode, inputs: &Values) -> NodeResult {
    let value = inputs.values().next().filter(|value| !value.is_null());
    let text = value.map(|value| match (value, node.inputs()) {
        (Value::String(text), _) => text.clone(),
        (value, [input, ..]) => json_dumps(&with_floats(value.clone(), input.schema())),
        (value, []) => json_dumps(value),
    });
    let branch = text
        .and_then(|text| node.mapping().get(&text))
        .and_then(Value::as_str)
        .unwrap_or(DEFAULT);
    NodeResult {
        outputs: Values::new(),
        branch: branch.to_owned(),
    }
}
