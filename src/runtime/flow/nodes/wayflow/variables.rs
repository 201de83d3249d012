//! The `PluginReadVariableNode`, `PluginWriteVariableNode` and `PluginVariableNode`: read and write
//! the variables of their flow.

use serde_json::Value;

use crate::conversation::Values;
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::flow::variables::{Variables, title};
use crate::spec::language::{PluginReadVariableNode, PluginVariableNode, PluginWriteVariableNode};
use crate::trace::Failure;

/// The input or output with the value of a single variable.
const VALUE: &str = "value";

pub(super) fn read(
    node: &PluginReadVariableNode,
    variables: &Variables,
) -> Result<NodeResult, Failure> {
    let value = variables.read(node.variable())?;
    let outputs = Values::from_iter([(VALUE.to_owned(), value)]);
    Ok(NodeResult::next(outputs))
}

pub(super) fn write(
    node: &PluginWriteVariableNode,
    mut inputs: Values,
    variables: &Variables,
) -> Result<NodeResult, Failure> {
    let value = inputs.shift_remove(VALUE).unwrap_or_default();
    variables.write(node.variable(), node.operation(), value)?;
    Ok(NodeResult::next(Values::new()))
}

/// Writes all variables, then reads all.
pub(super) fn write_and_read(
    node: &PluginVariableNode,
    mut inputs: Values,
    variables: &Variables,
) -> Result<NodeResult, Failure> {
    for variable in node.write_variables() {
        let title = title(variable);
        let operation = node.write_operations().get(title).and_then(Value::as_str);
        let value = inputs.shift_remove(title).unwrap_or_default();
        variables.write(variable, operation.unwrap_or("overwrite"), value)?;
    }
    let read = node.read_variables().iter();
    let read = read.map(|variable| Ok((title(variable).to_owned(), variables.read(variable)?)));
    Ok(NodeResult::next(read.collect::<Result<_, Failure>>()?))
}
