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
            why: "Inputs and outputs are described by JSON Schema. A keyword or the name of a type is wrong; most \
             often `str`, `int` or `float` stands for `string`, `integer` or `number`.",
            fix: "Take the word that the help suggests.",
        },
        Rule {
            code: Code("AS302"),
            severities: Severities::Error,
            title: "A title that can't be used as a name",
            why: "The title of a property is its name in prompts, edges and files. It may not be empty or hold \
             blanks, quotes, braces, commas and the like.",
            fix: "Use letters, digits and underscores.",
        },
        Rule {
            code: Code("AS303"),
            severities: Severities::Either,
            title: "A property without a title",
            why: "Without one it has no name, so that nothing can be connected to it. It is an error where a run \
             depends on the name.",
            fix: "Add `title`.",
        },
        Rule {
            code: Code("AS305"),
            severities: Severities::Error,
            title: "A default that does not fit its type",
            why: "Runs that leave the input out would get a value of the wrong kind.",
            fix: "Change the `default` or the `type`.",
        },
        Rule {
            code: Code("AS306"),
            severities: Severities::Error,
            title: "Types that can't be compared",
            why: "`allOf`, `oneOf` and the like say too much for two types to be compared, and an edge or a flow \
             needs that.",
            fix: "Write `anyOf`, or a plain type.",
        },
        Rule {
            code: Code("AS307"),
            severities: Severities::Error,
            title: "Two properties have one title",
            why: "In a list of inputs or outputs each name may occur once.",
            fix: "Rename one, or delete it.",
        },
    ],
};
