//! Rules about flows.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Flows",
    rules: &[
        Rule {
            code: Code("AS501"),
            severities: Severities::Error,
            title: "Not exactly one start node",
            why: "A run begins at the start node, so there must be one, and only one.",
            fix: "Add a `StartNode` to `nodes`, or delete the others. A node that is written out twice counts twice: \
             define it once and refer to it.",
        },
        Rule {
            code: Code("AS502"),
            severities: Severities::Error,
            title: "`start_node` is not the start node of `nodes`",
            why: "Both must be one and the same component, not two with equal content.",
            fix: "Define the node once under `$referenced_components` and refer to it in both places.",
        },
        Rule {
            code: Code("AS503"),
            severities: Severities::Error,
            title: "The start node has no edge, or several",
            why: "Exactly one control edge leaves a start node, because it can't choose.",
            fix: "Connect it to the first step. To choose between steps, connect it to a `BranchingNode`; to run \
             several at once, to a `ParallelFlowNode`.",
        },
        Rule {
            code: Code("AS504"),
            severities: Severities::Error,
            title: "An edge leads to the start node",
            why: "A flow passes its start node once.",
            fix: "For a loop, lead the edge to the node after the start node.",
        },
        Rule {
            code: Code("AS505"),
            severities: Severities::Error,
            title: "No end node",
            why: "Without one a run can't finish.",
            fix: "Add an `EndNode` to `nodes`, and an edge to it.",
        },
        Rule {
            code: Code("AS506"),
            severities: Severities::Error,
            title: "No edge leads to an end node",
            why: "No run would reach it, but the flow's outputs depend on it.",
            fix: "Connect it, or delete it.",
        },
        Rule {
            code: Code("AS507"),
            severities: Severities::Error,
            title: "An edge leaves an end node",
            why: "The run is finished there.",
            fix: "Delete the edge, or put the steps before the end node.",
        },
        Rule {
            code: Code("AS508"),
            severities: Severities::Error,
            title: "A control edge to a node that is not in the flow",
            why: "Edges connect nodes that `nodes` lists.",
            fix: "Add the node to `nodes`, or correct the reference.",
        },
        Rule {
            code: Code("AS509"),
            severities: Severities::Error,
            title: "A data edge to a node that is not in the flow",
            why: "Edges connect nodes that `nodes` lists.",
            fix: "Add the node to `nodes`, or correct the reference.",
        },
        Rule {
            code: Code("AS510"),
            severities: Severities::Error,
            title: "A data edge names an input or output that does not exist",
            why: "The node has no input or output of this name.",
            fix: "Use the name that the help suggests, or one that the message lists.",
        },
        Rule {
            code: Code("AS511"),
            severities: Severities::Error,
            title: "A data edge between types that don't match",
            why: "The value of the output can't be converted to the type of the input.",
            fix: "Change one of the types, or put a node between them that converts the value. An input of type \
             `string` takes any value.",
        },
        Rule {
            code: Code("AS512"),
            severities: Severities::Error,
            title: "End nodes give an output in different types",
            why: "The output of a flow has one type, whichever end node a run reaches.",
            fix: "Declare the same type in all end nodes, or use two names.",
        },
        Rule {
            code: Code("AS513"),
            severities: Severities::Error,
            title: "A flow output that some end node does not give",
            why: "A run that ends there has no value for the output, or one of another type.",
            fix: "Give the output a `default`, or add it to every end node, with the same type.",
        },
        Rule {
            code: Code("AS514"),
            severities: Severities::Error,
            title: "The flow's inputs differ from its start node's",
            why: "The inputs of a flow are those of its start node.",
            fix: "Leave the flow's `inputs` out, or list the same names as the start node.",
        },
        Rule {
            code: Code("AS520"),
            severities: Severities::Warning,
            title: "Two edges leave by the same branch",
            why: "A run follows the first one; the other has no effect.",
            fix: "Delete one. To run both targets at once, use a `ParallelFlowNode`.",
        },
        Rule {
            code: Code("AS521"),
            severities: Severities::Warning,
            title: "An edge leaves by a branch that does not exist",
            why: "No run ever follows it.",
            fix: "Use the name that the help suggests. An edge without `from_branch` leaves by the branch `next`.",
        },
        Rule {
            code: Code("AS522"),
            severities: Severities::Warning,
            title: "A branch leads nowhere",
            why: "A run that takes this branch stops with an error.",
            fix: "Add a `ControlFlowEdge` from this branch.",
        },
        Rule {
            code: Code("AS523"),
            severities: Severities::Warning,
            title: "A node that no run reaches, or that no run leaves",
            why: "There is no way from the start node to this node, or none from it to an end node.",
            fix: "Add the missing edge, or delete the node.",
        },
        Rule {
            code: Code("AS524"),
            severities: Severities::Warning,
            title: "A node is listed twice",
            why: "The second entry has no effect.",
            fix: "Delete it.",
        },
        Rule {
            code: Code("AS525"),
            severities: Severities::Warning,
            title: "An input without a data edge",
            why: "In a flow with `data_flow_connections` data moves along those edges only, so nothing gives this \
             input a value. Without a default a run fails at this node. If the list is empty, as builders of flows \
             write it, an input with a default takes that, although another node gives a value of the same name.",
            fix: "Add a `DataFlowEdge`, or a `default`. If the list is empty, write `data_flow_connections: null`: \
             inputs then take the outputs of the same name.",
        },
        Rule {
            code: Code("AS526"),
            severities: Severities::Warning,
            title: "The same data edge twice",
            why: "The second one has no effect.",
            fix: "Delete it.",
        },
        Rule {
            code: Code("AS527"),
            severities: Severities::Warning,
            title: "A data edge whose source runs too late",
            why: "The node that gives the value never runs before the node that takes it.",
            fix: "Reverse the edge, or take the value from a node that runs before.",
        },
        Rule {
            code: Code("AS528"),
            severities: Severities::Warning,
            title: "No node has an output of this input's name",
            why: "In a flow without data edges an input takes the output of the same name, and no other node has \
             one.",
            fix: "Rename the input or an output, or give the input a `default`.",
        },
    ],
};
