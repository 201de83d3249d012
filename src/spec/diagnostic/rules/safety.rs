//! Rules about secrets, and about what this machine has and allows.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Safety and this machine",
    rules: &[
        Rule {
            code: Code("AS801"),
            severities: Severities::Warning,
            title: "A secret in clear text",
            why: "Everyone who can read the file has the secret. Exports replace it by a reference, so the exported \
             file needs the value from elsewhere.",
            fix: "Write the reference that the help names, and supply the value by a file of `component_files` or by \
             the profile ([profiles](profiles.md)). If others had access to the file, change the secret.",
        },
        Rule {
            code: Code("AS802"),
            severities: Severities::Warning,
            title: "An input decides which server is called",
            why: "A placeholder in the host of an address lets a model or a row choose the server, which then also \
             gets the headers.",
            fix: "List the addresses that may be called in `url_allow_list`.",
        },
        Rule {
            code: Code("AS803"),
            severities: Severities::Warning,
            title: "A plain field that seems to hold a secret",
            why: "Exports, and everyone who reads the file, show it as it is.",
            fix: "Move it to `sensitive_headers`, or supply it by a placeholder or the profile. If it is not a \
             secret, do nothing.",
        },
        Rule {
            code: Code("AS901"),
            severities: Severities::Error,
            title: "A component that needs your consent",
            why: "A spec that starts a program on this machine runs only with your consent, and without a terminal \
             flowdeck can't ask for it. A program that embeds flowdeck may exclude more types.",
            fix: "See what it starts with `flowdeck validate --explain-access FILE`. If you trust it, run it with \
             `--yes`.",
        },
        Rule {
            code: Code("AS902"),
            severities: Severities::Warning,
            title: "A tool without a binding",
            why: "The profile does not bind this `ServerTool`, so every call of it fails. `validate` checks this if \
             you name a profile.",
            fix: "Add `[tools.NAME]` to `flowdeck.toml` ([profiles](profiles.md)), or give a result for this launch \
             with `--stub NAME=RESULT`.",
        },
    ],
};
