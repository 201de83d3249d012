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
            why: "The component's configuration (placeholders, a tool, a subflow) says which inputs and outputs it \
             has. A list that is written out must have all of them.",
            fix: "Add what the message names, or leave the whole list out: then it follows from the configuration.",
        },
        Rule {
            code: Code("AS402"),
            severities: Severities::Error,
            title: "An input or output too many",
            why: "The list has a name that the component's configuration does not have. Often a placeholder in a \
             prompt was renamed or deleted.",
            fix: "Delete or rename it, or use it: `{{name}}` in a prompt makes an input.",
        },
        Rule {
            code: Code("AS403"),
            severities: Severities::StrictError,
            title: "A declared type that the configuration does not give",
            why: "By the specification the inferred type must be convertible to the declared one.",
            fix: "Declare the type that the message names.",
        },
        Rule {
            code: Code("AS404"),
            severities: Severities::Error,
            title: "Branches that do not fit the node",
            why: "The branches of a node follow from its configuration: the values of `mapping` and `default` of a \
             `BranchingNode`, the end nodes of a subflow. A list that is written out must have exactly these.",
            fix: "Leave `branches` out, or list exactly what the message names.",
        },
        Rule {
            code: Code("AS405"),
            severities: Severities::Error,
            title: "Inputs and outputs of a start or end node differ",
            why: "A start node gives what it takes, and so does an end node: both lists are equal, in the same \
             order. The TypeScript SDK's flow builder writes an empty list for one of them.",
            fix: "Leave one of the two lists out.",
        },
        Rule {
            code: Code("AS406"),
            severities: Severities::Error,
            title: "An `InputMessageNode` with another output than one text",
            why: "What a person writes is text.",
            fix: "Give it one output of type `string`, or leave `outputs` out. Read numbers out of the text in the \
             next node.",
        },
        Rule {
            code: Code("AS407"),
            severities: Severities::Error,
            title: "A `CatchExceptionNode` whose output has no default",
            why: "When its subflow fails, nothing gives this output a value.",
            fix: "Add a `default` to the output.",
        },
        Rule {
            code: Code("AS408"),
            severities: Severities::Error,
            title: "A `CatchExceptionNode` with other outputs than its subflow",
            why: "Its outputs are those of the subflow and `caught_exception_info`.",
            fix: "Leave `outputs` out, or list exactly these.",
        },
        Rule {
            code: Code("AS409"),
            severities: Severities::Error,
            title: "A subflow uses a name that is kept for failures",
            why: "`CatchExceptionNode` needs the name itself for its branch or its output.",
            fix: "Rename the output or branch of the subflow.",
        },
        Rule {
            code: Code("AS410"),
            severities: Severities::Error,
            title: "Flows of a `ParallelFlowNode` that do not go together",
            why: "Two of its flows give an output of the same name, or want an input of one name in two types.",
            fix: "Rename one of them, so that each name means one thing.",
        },
        Rule {
            code: Code("AS411"),
            severities: Severities::Warning,
            title: "A reducer that does nothing, or can't work",
            why: "It names an output that the subflow does not have, or adds up values that are not numbers.",
            fix: "Take the name that the help suggests, or `append`.",
        },
        Rule {
            code: Code("AS412"),
            severities: Severities::Error,
            title: "Unknown reducer",
            why: "A map can reduce its outputs by `append`, `sum`, `average`, `max` and `min`.",
            fix: "Take one of these.",
        },
    ],
};
