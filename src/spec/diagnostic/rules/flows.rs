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
            why: "A run has to begin somewhere, in one place.",
            fix: "Add a `StartNode` to `nodes`, or delete the others. A node that is written out twice counts twice: \
             define it once and refer to it.",
        },
        Rule {
            code: Code("AS502"),
            severities: Severities::Error,
            title: "`start_node` is not the start node of `nodes`",
            why: "Both must be the same object, not two with equal content.",
            fix: "Define the node once under `$referenced_components` and refer to it in both places.",
        },
        Rule {
            code: Code("AS503"),
            severities: Severities::Error,
            title: "The start node has no edge, or several",
            why: "A start node can't choose: exactly one control edge leaves it.",
            fix: "Connect it to the first step. To choose between steps, lead to a `BranchingNode`; to do several at \
             once, to a `ParallelFlowNode`.",
        },
        Rule {
            code: Code("AS504"),
            severities: Severities::Error,
            title: "An edge leads to the start node",
            why: "A flow begins there once.",
            fix: "For a loop, lead to the node behind the start node.",
        },
        Rule {
            code: Code("AS505"),
            severities: Severities::Error,
            title: "No end node",
            why: "A run could not end.",
            fix: "Add an `EndNode` to `nodes` and lead an edge to it.",
        },
        Rule {
            code: Code("AS506"),
            severities: Severities::Error,
            title: "No edge leads to an end node",
            why: "It would never be reached, and the flow's outputs count on it.",
            fix: "Connect it, or delete it.",
        },
        Rule {
            code: Code("AS507"),
            severities: Severities::Error,
            title: "An edge leaves an end node",
            why: "The run is over there.",
            fix: "Delete the edge, or put the steps before the end node.",
        },
        Rule {
            code: Code("AS508"),
            severities: Severities::Error,
            title: "A control edge to a node that is not in the flow",
            why: "Edges connect nodes that are listed in `nodes`.",
            fix: "Add the node to `nodes`, or mend the reference.",
        },
        Rule {
            code: Code("AS509"),
            severities: Severities::Error,
            title: "A data edge to a node that is not in the flow",
            why: "Edges connect nodes that are listed in `nodes`.",
            fix: "Add the node to `nodes`, or mend the reference.",
        },
        Rule {
            code: Code("AS510"),
            severities: Severities::Error,
            title: "A data edge names an input or output that does not exist",
            why: "The node has no input or output of this name.",
            fix: "Take the name that the help suggests; the message lists those that there are.",
        },
        Rule {
            code: Code("AS511"),
            severities: Severities::Error,
            title: "A data edge between types that do not fit",
            why: "The value of the output can't be converted to the type of the input.",
            fix: "Change one of the types, or put a node between them that makes the one out of the other. Any value \
             fits an input of type `string`.",
        },
        Rule {
            code: Code("AS512"),
            severities: Severities::Error,
            title: "End nodes give one output in two types",
            why: "Whoever uses the flow must know the type of its output.",
            fix: "Declare the same type in all end nodes, or use two names.",
        },
        Rule {
            code: Code("AS513"),
            severities: Severities::Error,
            title: "A flow output that an end node does not give",
            why: "The run may end there, and then the output has no value.",
            fix: "Give the output a `default`, or let every end node give it.",
        },
        Rule {
            code: Code("AS514"),
            severities: Severities::Error,
            title: "Inputs of the flow are not those of its start node",
            why: "The flow takes what its start node takes.",
            fix: "Leave `inputs` of the flow out, or list the same names as the start node.",
        },
        Rule {
            code: Code("AS520"),
            severities: Severities::Warning,
            title: "Two edges leave by one branch",
            why: "A run takes one of them, and the other has no effect.",
            fix: "Delete one. To do both at once, use a `ParallelFlowNode`.",
        },
        Rule {
            code: Code("AS521"),
            severities: Severities::Warning,
            title: "An edge leaves by a branch that does not exist",
            why: "No run ever takes it.",
            fix: "Take the name that the help suggests. Without `from_branch` it is `next`.",
        },
        Rule {
            code: Code("AS522"),
            severities: Severities::Warning,
            title: "A branch leads nowhere",
            why: "A run that takes this branch stops with an error.",
            fix: "Add a `ControlFlowEdge` for the branch.",
        },
        Rule {
            code: Code("AS523"),
            severities: Severities::Warning,
            title: "A node that is never reached, or never left",
            why: "No run gets there from the start node, or none gets from there to an end node.",
            fix: "Add the missing edge, or delete the node.",
        },
        Rule {
            code: Code("AS524"),
            severities: Severities::Warning,
            title: "A node is listed twice",
            why: "The second mention has no effect.",
            fix: "Delete it.",
        },
        Rule {
            code: Code("AS525"),
            severities: Severities::Warning,
            title: "An input without a data edge and without a default",
            why: "With `data_flow_connections` written out, data goes along its edges only. A run fails there with \
             \"has no value\".",
            fix: "Add a `DataFlowEdge`, or a `default`. For an empty list: write `data_flow_connections: null`, and \
             inputs take the outputs of the same name.",
        },
        Rule {
            code: Code("AS526"),
            severities: Severities::Warning,
            title: "A data edge that is there twice",
            why: "The second one has no effect.",
            fix: "Delete it.",
        },
        Rule {
            code: Code("AS527"),
            severities: Severities::Warning,
            title: "Data that comes too late",
            why: "The node that gives the value never runs before the one that takes it.",
            fix: "Reverse the edge, or take the value from a node that runs before.",
        },
        Rule {
            code: Code("AS528"),
            severities: Severities::Warning,
            title: "No node gives this input by name",
            why: "Without data edges an input takes the output of its own name, and no node has one.",
            fix: "Rename the input or an output, or give it a `default`.",
        },
    ],
};
