//! Flows and their edges.

use super::declare::components;
use super::families::{AgenticComponent, Node};
use super::kind::{Maybe, Slot, Slots, Text};

components! {
    /// A graph of nodes that runs along its edges from the start node to an end node.
    type Flow: AgenticComponent, since V25_4_1, runs as Agentic {
        /// Where it starts: the one StartNode among `nodes`.
        start_node: Slot<Node>;
        /// Every node of the flow.
        nodes: Slots<Node>;
        /// Which node follows which.
        control_flow_connections: Slots<ControlFlowEdge>;
        /// Which output feeds which input; null wires outputs to inputs of the same name.
        data_flow_connections: Maybe<Slots<DataFlowEdge>> = null;
    }

    /// After one node, by one of its branches, comes another.
    type ControlFlowEdge: Component, since V25_4_1, runs as Part {
        /// The node that control leaves.
        from_node: Slot<Node>;
        /// The branch by which control leaves it; null is `next`.
        from_branch: Maybe<Text> = null;
        /// The node that control enters.
        to_node: Slot<Node>;
    }

    /// The value of one node's output becomes another node's input.
    type DataFlowEdge: Component, since V25_4_1, runs as Part {
        /// The node that gives the value.
        source_node: Slot<Node>;
        /// The title of its output.
        source_output: Text;
        /// The node that takes the value.
        destination_node: Slot<Node>;
        /// The title of its input.
        destination_input: Text;
    }
}
