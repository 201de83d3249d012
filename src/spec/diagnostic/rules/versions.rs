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
            why: "The document is read as the newest version, so a later flowdeck may read it differently.",
            fix: "Add `agentspec_version: 26.3.1`, or the older version that your other tools read.",
        },
        Rule {
            code: Code("AS202"),
            severities: Severities::Error,
            title: "Unknown version",
            why: "Agent Spec has no such version. 26.2.0 was never released, but the TypeScript SDK and development \
             versions of `pyagentspec` write it.",
            fix: "Use the version that the help names. For 26.2.0 that is 26.1.2, which has the same content; [specs \
             of other tools](other-tools.md) says who writes which.",
        },
        Rule {
            code: Code("AS203"),
            severities: Severities::Error,
            title: "The version is too old for a part of the document",
            why: "A type, a field or a value was added in a later version. Readers of the declared version don't \
             know it.",
            fix: "Raise `agentspec_version` to the version in the message, or remove the newer part.",
        },
        Rule {
            code: Code("AS204"),
            severities: Severities::Either,
            title: "A version or a key from before the first release",
            why: "`air_version`, 25.3.0, 25.3.1 and 25.4.0 are from drafts. `air_version` and 25.4.0 are read as their \
             successors, with a warning; 25.3.0 and 25.3.1 are errors.",
            fix: "Set `agentspec_version` to 25.4.1 or newer.",
        },
        Rule {
            code: Code("AS205"),
            severities: Severities::Warning,
            title: "A field that an export leaves out",
            why: "The field is read, but an export at the document's version does not write it. Some fields are never \
             written.",
            fix: "If the message names a version, raise `agentspec_version` to it. Otherwise delete the field.",
        },
    ],
};
