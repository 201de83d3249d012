//! Rules about the inputs, outputs and branches that components declare.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Inputs, outputs and branches of components",
    rules: &[
        Rule {
            code: Code("AS401"),
            severities: Severities::Error,
            title: "An input or output is missing from the list",
            why: "The inputs and outputs of a component follow from its configuration: placeholders, a tool, a \
             subflow. If you list them, the list must be complete. A `BranchingNode` has exactly one input, an \
             `LlmNode` at least one output.",
            fix: "Add what the message names, or leave the whole list out: flowdeck then derives it.",
        },
        Rule {
            code: Code("AS402"),
            severities: Severities::Error,
            title: "One input or output too many",
            why: "The list contains a name that does not follow from the component's configuration. Often a \
             placeholder in a prompt was renamed or deleted.",
            fix: "Delete or rename it, or use it: `{{name}}` in a prompt makes an input.",
        },
        Rule {
            code: Code("AS403"),
            severities: Severities::StrictError,
            title: "A declared type that does not follow from the configuration",
            why: "The specification requires that the type which follows from the configuration can be converted to \
             the declared one.",
            fix: "Declare the type that the message names.",
        },
        Rule {
            code: Code("AS404"),
            severities: Severities::Error,
            title: "Branches that do not fit the node",
            why: "The branches of a node follow from its configuration: the values of `mapping` and `default` of a \
             `BranchingNode`, the end nodes of a subflow. If you list them, the list must have exactly these, each \
             once.",
            fix: "Leave `branches` out, or list exactly those in the message.",
        },
        Rule {
            code: Code("AS405"),
            severities: Severities::Error,
            title: "Inputs and outputs of a start or end node differ",
            why: "A start node passes on its inputs, and so does an end node. Both lists must therefore be equal, in \
             the same order. The TypeScript SDK's flow builder writes an empty list for one of them.",
            fix: "Leave one of the two lists out.",
        },
        Rule {
            code: Code("AS406"),
            severities: Severities::Error,
            title: "An `InputMessageNode` whose output is not one string",
            why: "The node's result is the text that a person writes.",
            fix: "Give it one output of type `string`, or leave `outputs` out. Convert the text to a number in the \
             next node.",
        },
        Rule {
            code: Code("AS407"),
            severities: Severities::Error,
            title: "A `CatchExceptionNode` whose output has no default",
            why: "When the subflow fails, the default is the value of the output.",
            fix: "Add a `default` to the output.",
        },
        Rule {
            code: Code("AS408"),
            severities: Severities::Error,
            title: "A `CatchExceptionNode` whose outputs differ from its subflow's",
            why: "Its outputs are those of the subflow, and `caught_exception_info`.",
            fix: "Leave `outputs` out, or list exactly these.",
        },
        Rule {
            code: Code("AS409"),
            severities: Severities::Error,
            title: "A subflow uses a reserved name",
            why: "The `CatchExceptionNode` around it adds a branch and an output for failures, and the subflow has a \
             branch or an output of that name.",
            fix: "Rename the output or branch of the subflow.",
        },
        Rule {
            code: Code("AS410"),
            severities: Severities::Error,
            title: "The flows of a `ParallelFlowNode` collide",
            why: "Two of them have an output of the same name, or take an input of the same name with different \
             types.",
            fix: "Rename one of the two.",
        },
        Rule {
            code: Code("AS411"),
            severities: Severities::Warning,
            title: "A reducer that has no effect, or can't work",
            why: "It names an output that the subflow does not have, or adds up values that are not numbers.",
            fix: "Use the name that the help suggests; for values that are not numbers use `append`.",
        },
        Rule {
            code: Code("AS412"),
            severities: Severities::Error,
            title: "Unknown reducer",
            why: "A map node reduces its outputs by `append`, `sum`, `average`, `max` or `min`.",
            fix: "Use one of these.",
        },
    ],
};
