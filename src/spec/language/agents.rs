//! Agents.

use super::declare::components;
use super::families::{AgenticComponent, MessageTransform, Tool, ToolBox};
use super::kind::{Flag, Slot, Slots, Text};
use super::llms::LlmConfig;

components! {
    /// A model with instructions and tools that talks until its work is done.
    type Agent: AgenticComponent, since V25_4_1, runs as Agentic {
        /// The model of the agent.
        llm_config: Slot<LlmConfig>;
        /// The instructions before the conversation; `{{name}}` inserts an input.
        system_prompt: Text;
        /// The tools that it may call.
        tools: Slots<Tool> = [];
        /// Sources of further tools, asked when it runs.
        toolboxes: Slots<ToolBox> = [], since V25_4_2;
        /// Whether it may ask a person; if not, it must finish on its own.
        human_in_the_loop: Flag = true, since V25_4_2;
        /// The transforms that rewrite the conversation before the model sees it, in this order.
        transforms: Slots<MessageTransform> = [], since V26_1_2;
    }
}
