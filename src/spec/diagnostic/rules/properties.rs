//! Rules about the schemas of inputs and outputs.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Inputs and outputs: their schemas",
    rules: &[
        Rule {
            code: Code("AS301"),
            severities: Severities::Error,
            title: "A property is not a valid JSON Schema",
            why: "Inputs and outputs are described by JSON Schema, and a keyword or the name of a type is wrong. \
             Often it is `str`, `int` or `float` instead of `string`, `integer` or `number`.",
            fix: "Use the word that the help suggests.",
        },
        Rule {
            code: Code("AS302"),
            severities: Severities::Error,
            title: "A title that can't be used as a name",
            why: "The title of a property is its name in prompts, edges and files. It can't be empty, or contain \
             blanks, quotes, braces, commas and the like.",
            fix: "Use letters, digits and underscores.",
        },
        Rule {
            code: Code("AS303"),
            severities: Severities::Either,
            title: "A property without a title",
            why: "The title is the name, and without a name nothing can be connected to the property. This is an \
             error on an `EndNode` and for the inputs of a subflow that a map node runs; elsewhere it is a warning.",
            fix: "Add `title`.",
        },
        Rule {
            code: Code("AS305"),
            severities: Severities::Either,
            title: "A default that does not fit its type",
            why: "A run that leaves the input out would get a value of the wrong type. It is a warning if the \
             reference SDK accepts the default: a run converts it to the type (a `string` with the default 5 gets \
             `\"5\"`), and fails if something would be lost, as with 5.5 for an `integer`.",
            fix: "Change the `default` or the `type`.",
        },
        Rule {
            code: Code("AS306"),
            severities: Severities::Error,
            title: "Types that can't be compared",
            why: "Data edges, outputs of end nodes and inputs of parallel flows need types that can be compared, and \
             types with `allOf`, `oneOf` and similar keywords can't be.",
            fix: "Write `anyOf`, or a plain type.",
        },
        Rule {
            code: Code("AS307"),
            severities: Severities::Error,
            title: "Two properties have the same title",
            why: "A name may occur once in a list of inputs or outputs.",
            fix: "Rename one of the two, or delete it.",
        },
        Rule {
            code: Code("AS308"),
            severities: Severities::Warning,
            title: "Inputs of a tool that are named by their titles",
            why: "pyagentspec's exporter of AutoGen agents names an input by the title of the parameter: `City` for \
             `city`. A Python function is called by the names of its parameters, so its calls fail.",
            fix: "Write the titles as the function names its parameters.",
        },
    ],
};
