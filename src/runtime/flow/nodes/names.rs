//! The mappings with which WayFlow's nodes rename their inputs and outputs.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::ExtendedNode;

/// The mappings of a node from its own names to those in the flow; empty for a node without
/// mappings.
#[derive(Default)]
pub(super) struct Names {
    inputs: Values,
    outputs: Values,
}

impl Names {
    pub(super) fn of(node: &Arc<Component>) -> Self {
        ExtendedNode::of(node).map_or_else(Self::default, |node| Self {
            inputs: node.input_mapping().clone(),
            outputs: node.output_mapping().clone(),
        })
    }

    /// Converts inputs to the node's own names.
    pub(super) fn own_inputs(&self, given: Values) -> Values {
        let own = |(name, value)| (own_name(&self.inputs, name), value);
        given.into_iter().map(own).collect()
    }

    /// Returns the node's own name of an output.
    pub(super) fn own_output(&self, given: &str) -> String {
        own_name(&self.outputs, given.to_owned())
    }

    /// Converts outputs to their names in the flow.
    pub(super) fn given_outputs(&self, own: Values) -> Values {
        let given = |(name, value): (String, Value)| {
            let given = self.outputs.get(&name).and_then(Value::as_str);
            (given.map_or(name.clone(), str::to_owned), value)
        };
        own.into_iter().map(given).collect()
    }
}

fn own_name(mapping: &Values, given: String) -> String {
    let found = mapping
        .iter()
        .find(|(_, name)| name.as_str() == Some(given.as_str()));
    found.map_or(given, |(own, _)| own.clone())
}
