//! The nodes of flows.

use super::declare::components;
use super::families::{AgenticComponent, Node, Tool};
use super::flows::Flow;
use super::kind::{Map, Maybe, OneOf, Slot, Text};
use super::llms::LlmConfig;
use super::objects::ReductionMethod;

components! {
    /// Where a flow begins; its outputs are the flow's inputs.
    type StartNode: Node, since V25_4_1 {}

    /// Where a flow ends; its inputs are the flow's outputs.
    type EndNode: Node, since V25_4_1 {
        /// The branch that a node which runs this flow takes when the flow ends here.
        branch_name: Text = "next";
    }

    /// Prompts a model once.
    type LlmNode: Node, since V25_4_1 {
        /// The model.
        llm_config: Slot<LlmConfig>;
        /// What it is asked; `{{name}}` takes an input.
        prompt_template: Text;
    }

    /// Runs an agent, a team or a flow as one step.
    type AgentNode: Node, since V25_4_1 {
        /// What is run.
        agent: Slot<AgenticComponent>;
    }

    /// Runs a flow as one step.
    type FlowNode: Node, since V25_4_1 {
        /// The flow that is run.
        subflow: Slot<Flow>;
    }

    /// Chooses a branch by the value of its input.
    type BranchingNode: Node, since V25_4_1 {
        /// From values of the input to branches; any other value takes the branch `default`.
        mapping: Map<Text>;
    }

    /// Calls a tool.
    type ToolNode: Node, since V25_4_1 {
        /// The tool that is called.
        tool: Slot<Tool>;
    }

    /// Waits for a message of the user.
    type InputMessageNode: Node, since V25_4_1 {
        /// What the user is told first, if anything; `{{name}}` takes an input.
        message: Maybe<Text> = null;
    }

    /// Shows the user a message.
    type OutputMessageNode: Node, since V25_4_1 {
        /// What is shown; `{{name}}` takes an input.
        message: Text;
    }

    /// Runs a flow once for each element of its iterated inputs, in order.
    type MapNode: Node, since V25_4_1 {
        /// The flow that is run.
        subflow: Slot<Flow>;
        /// From outputs of the flow to how their values are put together; null appends each.
        reducers: Maybe<Map<OneOf<ReductionMethod>>> = null;
    }
}
