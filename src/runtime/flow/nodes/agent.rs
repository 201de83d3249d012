//! `AgentNode`: runs an agent, or another agentic component, as one step.

use super::names::Names;
use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::agent::AgentOverrides;
use crate::runtime::execute;
use crate::runtime::flow::wiring::NEXT;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::{AgentNode, ExtendedAgentNode, Flow};
use crate::spec::property::Property;

/// An agent joins the conversation of the flow; a flow has one of its own (Agent Spec, *`AgentNode`*).
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

/// Returns what WayFlow's node wants of its agent: the outputs that the node declares, whatever else uses the agent,
/// and a word on whether it may turn to a person. Agent Spec's own node takes an agent as it is.
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
