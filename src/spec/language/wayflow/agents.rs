//! Agents, teams and flows with what WayFlow adds.

use super::context::PluginContextProvider;
use super::prompts::PluginPromptTemplate;
use crate::spec::language::agents::Agent;
use crate::spec::language::declare::{components, literals};
use crate::spec::language::families::{ComponentWithIO, MessageTransform, Tool, ToolBox};
use crate::spec::language::flows::Flow;
use crate::spec::language::kind::{
    AnyOf, Flag, Integer, Items, List, Maybe, OneOf, Schema, Slot, Slots, Text,
};
use crate::spec::language::llms::LlmConfig;

components! {
    /// An agent with context providers, limits, and its own sub-agents and flows.
    type ExtendedAgent: Agent, since V25_4_1, plugin AgentPlugin, runs as Agentic {
        /// Sources of further tools, asked when it runs.
        toolboxes: Slots<ToolBox> = [], since V25_4_1;
        /// Whether it may ask a person; if not, it must finish on its own.
        human_in_the_loop: Flag = true, since V25_4_1;
        /// The transforms that rewrite the conversation before the model sees it, in this order.
        transforms: Slots<MessageTransform> = [], since V25_4_1;
        /// The providers of values for names in the prompt, asked each time it runs.
        context_providers: Maybe<Slots<PluginContextProvider>> = null;
        /// Whether it may end the conversation on its own.
        can_finish_conversation: Flag = false;
        /// Whether a failing tool ends the run; if not, the model gets the failure as the result.
        raise_exceptions: Flag = false;
        /// How often it may ask its model in one turn.
        max_iterations: Integer = (integer 10);
        /// Its first message; null lets the model write the first message.
        initial_message: Maybe<Text> = "N/A";
        /// Whether it may turn to the user before its work is done.
        caller_input_mode: OneOf<CallerInputMode> = "always";
        /// Whether outputs of a wrong type are refused.
        strict_output_validation: Flag = false;
        /// Agents that it may call like tools.
        agents: Slots<Agent> = [];
        /// Flows that it may call like tools.
        flows: Slots<Flow> = [];
        /// The template for its messages to the model; null chooses by the type of the model.
        agent_template: Maybe<Slot<PluginPromptTemplate>> = null;
    }

    /// A flow with context providers and variables.
    type ExtendedFlow: Flow, since V25_4_1, plugin FlowPlugin, runs as Agentic(Flow) {
        /// The providers of values for inputs of its nodes, asked each time it runs.
        context_providers: Maybe<Slots<PluginContextProvider>> = null;
        /// Its variables, which nodes read and write.
        state: List<Schema> = [];
    }

    /// Agents that talk to each other directly, in WayFlow's own form.
    type PluginSwarm: ComponentWithIO, since V25_4_1, plugin SwarmPlugin, runs as Agentic {
        /// The agent that talks to the user first.
        first_agent: Slot<Agent>;
        /// The pairs of a caller and a recipient: who may address whom.
        relationships: Items<Slots<Agent>> = [];
        /// Whether an agent may hand the conversation over to the agent that it addresses.
        handoff: Flag = true;
    }

    /// One agent that splits up the work and hands the parts to others, in WayFlow's own form.
    type PluginManagerWorkers: ComponentWithIO, since V25_4_1, plugin ManagerWorkersPlugin, runs as Agentic {
        /// The agent that hands out the work, or a model from which one is made.
        group_manager: AnyOf<(Slot<Agent>, Slot<LlmConfig>)>;
        /// The agents that do the work.
        workers: Slots<Agent> = [];
    }

    /// One tool of a toolbox, by name.
    type PluginToolFromToolBox: Tool, since V25_4_1, plugin ToolFromToolBoxPlugin {
        /// The name of the tool.
        tool_name: Text;
        /// The toolbox that has it.
        toolbox: Slot<ToolBox>;
    }

    /// A source of several tools, in WayFlow's own form.
    type PluginToolBox: ToolBox, since V25_4_1, plugin ToolPlugin {}
}

literals! {
    /// Whether an agent may turn to the user before its work is done.
    CallerInputMode: "never", "always";
}
