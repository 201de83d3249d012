//! Rules about settings of components that belong together.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Settings of components",
    rules: &[
        Rule {
            code: Code("AS701"),
            severities: Severities::Error,
            title: "A header in both `headers` and `sensitive_headers`",
            why: "It is not clear which of the two values to send.",
            fix: "Keep it in one of them: in `sensitive_headers` if it is a secret.",
        },
        Rule {
            code: Code("AS702"),
            severities: Severities::Error,
            title: "Settings of a database's model that exclude each other",
            why: "A `DbmsVectorChainLlmConfig` has either `credential_name` or `host: local`, and a local host \
             only for the providers `openai` and `ollama`. `api_key`, `api_type` and `api_provider` must be null, \
             because the database makes the call.",
            fix: "Set the field in the message to null, or add the one that it asks for.",
        },
        Rule {
            code: Code("AS703"),
            severities: Severities::Error,
            title: "A summary needs one bound",
            why: "A transform that summarizes a conversation needs exactly one of `max_num_messages` and \
             `max_num_characters`, and must keep fewer messages than the number that triggers it.",
            fix: "Set one of them, and set the other to null: left out, `max_num_messages` is 50. Make \
             `max_num_messages` larger than `min_num_messages`.",
        },
        Rule {
            code: Code("AS704"),
            severities: Severities::Error,
            title: "A datastore without what is stored in it",
            why: "The rows of a collection are objects with `properties`, and the cache of a transform needs its \
             collection with the right columns.",
            fix: "Add the collection or the columns in the message.",
        },
        Rule {
            code: Code("AS705"),
            severities: Severities::Error,
            title: "A retry policy out of range",
            why: "A number of attempts, a delay or the factor is out of range, or the longest delay is shorter than \
             the first.",
            fix: "Use values within the range in the message.",
        },
        Rule {
            code: Code("AS706"),
            severities: Severities::Error,
            title: "A field that contradicts the component's type",
            why: "`auth_type`, `provider` and `api_provider` repeat what `component_type` says already.",
            fix: "Leave the field out.",
        },
        Rule {
            code: Code("AS707"),
            severities: Severities::Either,
            title: "Settings of a WayFlow component that don't go together",
            why: "WayFlow refuses the same when it loads or runs the component.",
            fix: "Do what the message says; [components](components.md) has the fields of each type.",
        },
    ],
};
