//! Rules about settings of components that belong together.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Settings of components",
    rules: &[
        Rule {
            code: Code("AS701"),
            severities: Severities::Error,
            title: "A header in `headers` and in `sensitive_headers`",
            why: "It is not plain which of the two is sent.",
            fix: "Leave it in one of them: in `sensitive_headers` if it is a secret.",
        },
        Rule {
            code: Code("AS702"),
            severities: Severities::Error,
            title: "Settings of a database's model that exclude each other",
            why: "A `DbmsVectorChainLlmConfig` has either a credential or a local host, and the database itself \
             knows keys and protocols.",
            fix: "Set to null what the message names.",
        },
        Rule {
            code: Code("AS703"),
            severities: Severities::Error,
            title: "A summary without one bound",
            why: "A transform that summarizes messages needs exactly one of `max_num_messages` and \
             `max_num_characters`, and must keep fewer messages than make it start.",
            fix: "Set one of them and leave the other null; let `max_num_messages` be more than `min_num_messages`.",
        },
        Rule {
            code: Code("AS704"),
            severities: Severities::Error,
            title: "A datastore that lacks what is kept in it",
            why: "Rows are objects with `properties`, and a transform's cache needs its collection with the right \
             columns.",
            fix: "Add the collection or columns that the message names.",
        },
        Rule {
            code: Code("AS705"),
            severities: Severities::Error,
            title: "A retry policy out of bounds",
            why: "Attempts, delays or the factor are out of their range, or the longest delay is shorter than the \
             first.",
            fix: "Choose values within the range that the message names.",
        },
        Rule {
            code: Code("AS706"),
            severities: Severities::Error,
            title: "A field that says another type than the component has",
            why: "`auth_type`, `provider` and the like repeat what `component_type` says already.",
            fix: "Leave the field out.",
        },
        Rule {
            code: Code("AS707"),
            severities: Severities::Either,
            title: "Settings of a WayFlow component that do not go together",
            why: "WayFlow refuses the same when it loads or runs the component.",
            fix: "Do what the message says; [components](components.md) has the fields of each type.",
        },
    ],
};
