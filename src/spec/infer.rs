//! Inference of inputs, outputs and branches from a component's configuration.
//!
//! Source: Agent Spec 26.3.1, *Inferred inputs, outputs and branches*. Placeholders are in the
//! order of first appearance (in the reference SDK, the order changes from run to run).

mod agents;
mod fields;
mod flows;
mod nodes;
mod wayflow;

use serde_json::{Map, Value, json};

use self::fields::Fields;
pub use self::wayflow::{
    EXCEPTION_MESSAGE, EXCEPTION_NAME, FAILURE_BRANCH, OTHER_EXCEPTION_BRANCH, RETRIES,
    RETRY_SUCCESS,
};
use crate::spec::component::{Component, FieldMap, FieldValue};
use crate::spec::language::{ComponentKind, ComponentType, Node};
use crate::spec::property::Property;

/// The branch that a node takes by default.
pub const NEXT_BRANCH: &str = "next";
/// The branch that a `BranchingNode` takes for a value without a mapping.
pub const DEFAULT_BRANCH: &str = "default";

/// The branch that a `CatchExceptionNode` takes when its flow fails.
pub const CAUGHT_BRANCH: &str = "caught_exception_branch";
/// The output in which a `CatchExceptionNode` describes the failure.
pub const CAUGHT_OUTPUT: &str = "caught_exception_info";

/// The inputs, outputs and branches that follow from a component's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Inferred {
    /// The rule for `inputs`.
    pub inputs: ListRule<Property>,
    /// The rule for `outputs`.
    pub outputs: ListRule<Property>,
    /// The rule for `branches`.
    pub branches: ListRule<String>,
}

/// The inferred entries of a list, and how they restrict an explicit list.
#[derive(Clone, Debug, PartialEq)]
pub enum ListRule<T> {
    /// An explicit list must have exactly these names, in any order; without one, this is the list.
    Fixed(Vec<T>),
    /// An explicit list may be anything; without one, this is the list.
    Free(Vec<T>),
}

impl<T> ListRule<T> {
    /// Returns the list for a text without an explicit one.
    pub(super) fn into_list(self) -> Vec<T> {
        match self {
            Self::Fixed(list) | Self::Free(list) => list,
        }
    }
}

/// Returns the inferred lists of a loaded component; `None` for types without inputs and outputs.
pub fn infer(component: &Component) -> Option<Inferred> {
    let inputs = component
        .declared
        .inputs
        .then_some(component.inputs.as_slice());
    let outputs = component
        .declared
        .outputs
        .then_some(component.outputs.as_slice());
    infer_from(component.ty, &component.fields, inputs, outputs)
}

/// Returns the inferred lists, taking the explicit lists of the text into account.
pub(super) fn infer_from(
    ty: &ComponentType,
    fields: &FieldMap,
    declared_inputs: Option<&[Property]>,
    declared_outputs: Option<&[Property]>,
) -> Option<Inferred> {
    let fields = Fields(fields);
    match ty.kind() {
        // Each list takes the place of the other; where both are given they must be equal, which
        // validation checks.
        kind @ (ComponentKind::StartNode | ComponentKind::EndNode) => Some(Inferred {
            inputs: ListRule::Free(declared_outputs.unwrap_or_default().to_vec()),
            outputs: ListRule::Free(declared_inputs.unwrap_or_default().to_vec()),
            branches: if kind == ComponentKind::StartNode {
                nodes::next()
            } else {
                none()
            },
        }),
        ComponentKind::PluginPromptTemplate => Some(wayflow::prompt_template(&fields)),
        kind if ty.is::<Node>() && ty.plugin().is_some() => wayflow::node(kind, &fields),
        kind if ty.is::<Node>() => nodes::lists(kind, &fields),
        kind => agents::lists(kind, &fields),
    }
}

/// Returns the reducers of a map without explicit ones: every output of its flow is appended.
pub(super) fn default_reducers(fields: &FieldMap) -> Option<FieldValue> {
    let flow = Fields(fields).component("subflow")?;
    let reducers: Map<String, Value> = flow
        .outputs()
        .iter()
        .map(|output| (output.title().to_owned(), json!("append")))
        .collect();
    Some(FieldValue::Value(Value::Object(reducers)))
}

/// The fields of a request whose placeholders are inputs, in the order of inference.
const REQUEST_FIELDS: [&str; 6] = [
    "url",
    "http_method",
    "api_spec_uri",
    "data",
    "query_params",
    "headers",
];

/// Returns the rule for a list that must be empty.
fn none<T>() -> ListRule<T> {
    ListRule::Fixed(Vec::new())
}

#[cfg(test)]
mod tests;
