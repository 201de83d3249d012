//! Rules about versions.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Versions",
    rules: &[
        Rule {
            code: Code("AS201"),
            severities: Severities::Warning,
            title: "`agentspec_version` is missing",
            why: "The document is read as the newest version, which may change its meaning later.",
            fix: "Add `agentspec_version: 26.3.1`, or the older version that your other tools read.",
        },
        Rule {
            code: Code("AS202"),
            severities: Severities::Error,
            title: "Unknown version",
            why: "There is no such version of Agent Spec. 26.2.0 was never released, yet the TypeScript SDK and \
             development versions of `pyagentspec` write it.",
            fix: "Set the version that the help names; its content is the same. [Specs of other \
             tools](other-tools.md) says who writes which.",
        },
        Rule {
            code: Code("AS203"),
            severities: Severities::Error,
            title: "The version is too old for something in the document",
            why: "A type, field or value exists only since a later version. Readers of the declared version do not \
             know it.",
            fix: "Raise `agentspec_version` to the version that the message names, or do without what is new.",
        },
        Rule {
            code: Code("AS204"),
            severities: Severities::Either,
            title: "A version or key of before the first release",
            why: "`air_version`, 25.3 and 25.4.0 come from drafts. Some can be read as their successor, which is a \
             warning; others can't.",
            fix: "Set `agentspec_version` to 25.4.1 or newer.",
        },
        Rule {
            code: Code("AS205"),
            severities: Severities::Warning,
            title: "A field that this version's export leaves out",
            why: "The field is read here, and lost when the document is exported at its version.",
            fix: "Raise `agentspec_version`, or delete the field.",
        },
    ],
};
