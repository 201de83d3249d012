//! The `AgentNode`: runs an agent, team or flow as one step.

use super::names::Names;
use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::agent::AgentOverrides;
use crate::runtime::execute;
use crate::runtime::flow::wiring::NEXT;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::{AgentNode, ExtendedAgentNode, Flow};
use crate::spec::property::Property;

/// Executes the node. An agent shares the conversation of the flow, but a flow has its own (Agent
/// Spec, *`AgentNode`*).
pub(super) async fn run(
    node: &AgentNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let agentic = node.agent();
    let executed = if agentic.is::<Flow>() {
        execute::run(agentic, inputs, &context.with_own_conversation()).await?
    } else {
        execute::run_with(agentic, inputs, overrides(node), context).await?
    };
    let branches = node.component().branches();
    let is_branch = |branch: &String| branches.contains(branch);
    let branch = match (executed.branch.filter(is_branch), branches) {
        (Some(branch), _) => branch,
        // The branches of such a node are free; one that has a single way out takes it, whatever its name.
        (None, [only]) => only.clone(),
        (None, _) => NEXT.to_owned(),
    };
    Ok(NodeResult {
        outputs: executed.outputs,
        branch,
    })
}

/// Returns the settings with which WayFlow's node overrides those of its agent: the outputs that
/// the node declares, and whether a person may be asked. Agent Spec's own node overrides nothing.
fn overrides(node: &AgentNode) -> AgentOverrides {
    let Some(extended) = ExtendedAgentNode::of(node.component()) else {
        return AgentOverrides::default();
    };
    let names = Names::of(node.component());
    let own = |output: &Property| {
        let mut schema = output.schema().clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("title".to_owned(), names.own_output(output.title()).into());
        }
        Property::from_schema(schema)
    };
    AgentOverrides {
        outputs: Some(extended.outputs().iter().map(own).collect()),
        may_ask: extended.caller_input_mode().map(|mode| mode == "always"),
    }
}
