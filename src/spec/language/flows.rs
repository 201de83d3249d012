//! Flows and their edges.

use super::declare::components;
use super::families::{AgenticComponent, Node};
use super::kind::{Maybe, Slot, Slots, Text};

components! {
    /// A graph of nodes that runs along its edges from the start node to an end node.
    type Flow: AgenticComponent, since V25_4_1, runs as Agentic {
        /// The node where the flow starts: the only StartNode in `nodes`.
        start_node: Slot<Node>;
        /// Every node of the flow.
        nodes: Slots<Node>;
        /// The control-flow edges: which node follows which.
        control_flow_connections: Slots<ControlFlowEdge>;
        /// The data-flow edges: which output feeds which input; null connects those with the same name.
        data_flow_connections: Maybe<Slots<DataFlowEdge>> = null;
    }

    /// Connects a branch of one node to the node that follows.
    type ControlFlowEdge: Component, since V25_4_1, runs as Part {
        /// The node that control leaves.
        from_node: Slot<Node>;
        /// The branch by which control leaves it; null is `next`.
        from_branch: Maybe<Text> = null;
        /// The node that control enters.
        to_node: Slot<Node>;
    }

    /// Connects an output of one node to an input of another.
    type DataFlowEdge: Component, since V25_4_1, runs as Part {
        /// The node with the output.
        source_node: Slot<Node>;
        /// The title of the output.
        source_output: Text;
        /// The node with the input.
        destination_node: Slot<Node>;
        /// The title of the input.
        destination_input: Text;
    }
}
