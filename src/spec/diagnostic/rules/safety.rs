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
            why: "Whoever can read the file has the secret. Exports replace it by a reference, so that the exported \
             file asks for it.",
            fix: "Write the reference that the help names and give the value by a file of `component_files` or by \
             the profile ([profiles](profiles.md)). If the file was shared, change the secret.",
        },
        Rule {
            code: Code("AS802"),
            severities: Severities::Warning,
            title: "An input decides which server is called",
            why: "A placeholder in the host of an address lets a model or a row choose the server, and with it who \
             gets the headers.",
            fix: "List the addresses that may be called in `url_allow_list`.",
        },
        Rule {
            code: Code("AS803"),
            severities: Severities::Warning,
            title: "What looks like a secret in a plain field",
            why: "Exports, and everybody who reads the file, see it as it is.",
            fix: "Put it into `sensitive_headers`, or let a placeholder or the profile give it. If it is not a secret, \
             nothing needs to be done.",
        },
        Rule {
            code: Code("AS901"),
            severities: Severities::Error,
            title: "A component that may not be there",
            why: "A spec that starts a program on this machine is not run without your word, where there is no \
             terminal to ask at.",
            fix: "Look at what it starts: `flowdeck validate --explain-access FILE`. If you trust it, run it with \
             `--yes`.",
        },
        Rule {
            code: Code("AS902"),
            severities: Severities::Warning,
            title: "A tool that nothing is bound to",
            why: "The profile that was asked for gives no binding for this `ServerTool`, so that each call of it \
             fails.",
            fix: "Add `[tools.NAME]` to `flowdeck.toml` ([profiles](profiles.md)), or give a result for this launch \
             with `--stub NAME=RESULT`.",
        },
    ],
};
