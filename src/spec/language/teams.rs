//! Agents that work together.

use super::agents::Agent;
use super::declare::{components, flag_literals};
use super::families::{AgenticComponent, ComponentWithIO, Tool};
use super::kind::{Flag, Maybe, OneOfOrFlag, Pairs, Slot, Slots, Text};

components! {
    /// Agents that talk to each other directly, where a relationship allows it.
    type Swarm: AgenticComponent, since V25_4_2, runs as Agentic {
        /// The agent that talks to the user first.
        first_agent: Slot<AgenticComponent>;
        /// The pairs of a caller and a recipient, at least one: who may address whom.
        relationships: Pairs<AgenticComponent>;
        /// Whether an agent may, may not or must hand the conversation over to the agent that it addresses.
        handoff: OneOfOrFlag<HandoffMode> = "optional";
    }

    /// One agent that splits up the work and hands the parts to others.
    type ManagerWorkers: AgenticComponent, since V25_4_2, runs as Agentic {
        /// The agent that talks to the user and hands out the work.
        group_manager: Slot<AgenticComponent>;
        /// The agents that do the work; at least one, the manager not among them.
        workers: Slots<AgenticComponent>;
    }

    /// An agent with further instructions and tools for one purpose.
    type SpecializedAgent: AgenticComponent, since V25_4_2, runs as Agentic {
        /// The agent to specialize.
        agent: Slot<Agent>;
        /// The instructions and tools to add to the agent.
        agent_specialization_parameters: Slot<AgentSpecializationParameters>;
    }

    /// The additions of a `SpecializedAgent` to its agent.
    type AgentSpecializationParameters: ComponentWithIO, since V25_4_2, runs as Part {
        /// Instructions in addition to the agent's own prompt; `{{name}}` inserts an input.
        additional_instructions: Maybe<Text> = null;
        /// Tools in addition to the agent's own.
        additional_tools: Maybe<Slots<Tool>> = null;
        /// Whether it may ask a person; null takes the setting of the agent.
        human_in_the_loop: Maybe<Flag> = null;
    }
}

flag_literals! {
    /// Whether the agents of a swarm hand the conversation over when they address each other.
    HandoffMode: "never", "optional", "always"; false is "never", true is "optional";
}
