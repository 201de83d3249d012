//! Context providers, which fill names in prompts and inputs of nodes each time something runs.

use crate::spec::language::declare::components;
use crate::spec::language::families::Node;
use crate::spec::language::flows::Flow;
use crate::spec::language::kind::{Any, List, Maybe, Slot, Text};
use crate::spec::language::tools::ServerTool;

components! {
    /// Provides values each time something runs.
    family PluginContextProvider: Node, since V25_4_1 {}

    /// Always provides the same value.
    type PluginConstantContextProvider: PluginContextProvider,
        since V25_4_1, plugin ContextProviderPlugin, runs as Provider {
        /// The value.
        value: Any;
    }

    /// Provides the outputs of a flow.
    type PluginFlowContextProvider: PluginContextProvider, since V25_4_1, plugin ContextProviderPlugin, runs as Provider {
        /// The flow.
        flow: Slot<Flow>;
        /// The outputs to provide; null means all.
        output_names: Maybe<List<Text>> = null;
    }

    /// Provides the result of a tool.
    type PluginToolContextProvider: PluginContextProvider, since V25_4_1, plugin ContextProviderPlugin, runs as Provider {
        /// The tool.
        tool: Slot<ServerTool>;
        /// The name of its result.
        output_name: Text;
    }
}
