//! Inferred lists of nodes that run flows.

use serde_json::{Map, Value, json};

use super::lists;
use crate::spec::infer::ListRule::{Fixed, Free};
use crate::spec::infer::fields::Fields;
use crate::spec::infer::flows::{end_branches, merged, sorted};
use crate::spec::infer::{Inferred, NEXT_BRANCH};
use crate::spec::language::ComponentKind;
use crate::spec::property::Property;

/// The branch of a `PluginCatchExceptionNode` for exceptions without a branch of their own.
pub const OTHER_EXCEPTION_BRANCH: &str = "default_exception_branch";
/// The output of a `PluginCatchExceptionNode` for the name of the exception.
pub const EXCEPTION_NAME: &str = "exception_name";
/// The output of a `PluginCatchExceptionNode` for the message of the exception.
pub const EXCEPTION_MESSAGE: &str = "exception_payload_name";
/// The branch of a `PluginRetryNode` whose flow never succeeded.
pub const FAILURE_BRANCH: &str = "failure";
/// The output of a `PluginRetryNode` for the number of trials.
pub const RETRIES: &str = "retry_step_num_retries";
/// The output of a `PluginRetryNode` that says whether the flow succeeded.
pub const RETRY_SUCCESS: &str = "retry_step_success";

/// Returns the inferred lists of a node that runs flows.
pub(super) fn around_flows(kind: ComponentKind, fields: &Fields<'_>) -> Inferred {
    let flow = fields.component("flow");
    let inputs = flow.map_or(&[][..], |flow| flow.inputs()).to_vec();
    let mut outputs = flow.map_or(&[][..], |flow| flow.outputs()).to_vec();
    match kind {
        ComponentKind::PluginCatchExceptionNode => {
            for title in [EXCEPTION_NAME, EXCEPTION_MESSAGE] {
                let told = json!({"title": title, "type": "string", "default": ""});
                outputs.push(Property::from_schema(told));
            }
            let mut branches = own_ends(fields);
            let named = fields.value("except_on").and_then(Value::as_object);
            let named = named
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_str);
            branches.extend(named.map(str::to_owned));
            if fields.flag("catch_all_exceptions") {
                branches.push(OTHER_EXCEPTION_BRANCH.to_owned());
            }
            Inferred {
                branches: Fixed(sorted(branches)),
                ..lists(Fixed(inputs), Fixed(outputs))
            }
        }
        ComponentKind::PluginRetryNode => {
            outputs.retain(|output| output.title() != fields.text("success_condition"));
            outputs.extend([
                Property::from_schema(json!({
                    "title": RETRIES,
                    "description": "Number of retries the retry step took to succeed or exit",
                    "type": "integer",
                })),
                Property::from_schema(json!({
                    "title": RETRY_SUCCESS,
                    "description": "Whether the retry step succeeded in the end or not",
                    "type": "boolean",
                })),
            ]);
            let mut branches = own_ends(fields);
            branches.push(FAILURE_BRANCH.to_owned());
            Inferred {
                branches: Fixed(sorted(branches)),
                ..lists(Fixed(inputs), Fixed(outputs))
            }
        }
        ComponentKind::ExtendedParallelFlowNode => {
            let outputs = fields.components("flows").flat_map(|flow| flow.outputs());
            lists(
                Fixed(merged(fields.components("flows"))),
                Fixed(outputs.cloned().collect()),
            )
        }
        _ => lists(Fixed(unpacked(&inputs, fields)), Free(Vec::new())),
    }
}

/// Returns the inputs of a map: the inputs of its flow that stay the same, then the iterated list.
fn unpacked(inputs: &[Property], fields: &Fields<'_>) -> Vec<Property> {
    let unpacked = fields.value("unpack_input").and_then(Value::as_object);
    let Some((first, unpacked)) = unpacked.and_then(|map| Some((map.keys().next()?, map))) else {
        return Vec::new();
    };
    let element = inputs.iter().find(|input| input.title() == first);
    let list = json!({
        "title": "iterated_input",
        "description": "iterated input for the map step",
        "items": element.map_or(&Value::Null, |element| element.schema()),
        "type": "array",
    });
    let same = inputs
        .iter()
        .filter(|input| !unpacked.contains_key(input.title()));
    same.cloned().chain([Property::from_schema(list)]).collect()
}

/// Returns the branches by which the inner flow can end; `next` if it defines none.
fn own_ends(fields: &Fields<'_>) -> Vec<String> {
    let ends = end_branches(fields.component("flow").map(AsRef::as_ref));
    if ends.is_empty() {
        vec![NEXT_BRANCH.to_owned()]
    } else {
        ends
    }
}
