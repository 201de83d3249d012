//! Rules about the form of a document and of its components.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Form of the document",
    rules: &[
        Rule {
            code: Code("AS001"),
            severities: Severities::Error,
            title: "The text can't be read as YAML or JSON",
            why: "A bracket, a quote or an indentation is wrong, or the file can't be opened at all. Nothing else in \
             the file is checked until this is corrected.",
            fix: "Go to the place in the message. In YAML, check the indentation of the line and of the one above \
             it, and quote text that contains `: ` or `#` or begins with a sign such as `{`, `[`, `*` or `@`. In JSON, look for a \
             missing or an extra comma.",
        },
        Rule {
            code: Code("AS002"),
            severities: Severities::Error,
            title: "The document is not an object",
            why: "A spec is one component: an object with `component_type`. This file is empty, or holds a list or a \
             single value.",
            fix: "Write one component at the top. If you have a list of components, give each a file of its own, or \
             define them under `$referenced_components`.",
        },
        Rule {
            code: Code("AS003"),
            severities: Severities::Error,
            title: "`component_type` is missing",
            why: "Every component names its type in `component_type`. Other formats use another key: early drafts, \
             WayFlow's own serialisation, and what the TypeScript SDK writes with `camelCase`.",
            fix: "Add `component_type`, such as `component_type: Agent`. If the message names another format, export \
             the file again as Agent Spec.",
        },
        Rule {
            code: Code("AS004"),
            severities: Severities::Error,
            title: "`component_type` is not a string",
            why: "The name of a type is a string.",
            fix: "Write the name of a type there, such as `Agent`. `flowdeck docs component` lists all of them.",
        },
        Rule {
            code: Code("AS005"),
            severities: Severities::Either,
            title: "Unknown component type",
            why: "No type has this name; or it is the name of a family of types (such as `Tool`), or of a draft. A \
             type that names its plugin in `component_plugin_name` is a warning: it is kept and exported, but can't \
             be run.",
            fix: "Use the name that the help suggests, or a member of the family. For a type of a plugin, run the \
             spec with the runtime that has the plugin.",
        },
        Rule {
            code: Code("AS006"),
            severities: Severities::Warning,
            title: "Unknown field",
            why: "The type has no such field. Its value has no effect, and an export leaves it out. Usually it is a \
             misspelt optional field.",
            fix: "Use the name that the help suggests, or delete the line. `flowdeck docs component TYPE` lists the \
             fields of a type.",
        },
        Rule {
            code: Code("AS007"),
            severities: Severities::Error,
            title: "A required field is missing",
            why: "The type needs this field, and the field has no default.",
            fix: "Add the field. In the editor `f` adds all that are missing.",
        },
        Rule {
            code: Code("AS008"),
            severities: Severities::Either,
            title: "A value of the wrong kind",
            why: "The field takes a number, for example, and the file has text. Where the value can be read in one \
             way only (`\"30\"` for a number) this is a warning that names what was read; otherwise it is an error. \
             YAML has traps of its own: Python's readers don't read an unquoted `yes`, `012` or `2024-01-01` as \
             text.",
            fix: "Write a value of the kind that the message names, and quote text. Leave out an optional list \
             instead of setting it to `null`. Write whole numbers of more than 64 bits as text.",
        },
        Rule {
            code: Code("AS009"),
            severities: Severities::Error,
            title: "A value that is not allowed",
            why: "The field takes one of a few words.",
            fix: "Use one of the words that the message lists.",
        },
        Rule {
            code: Code("AS010"),
            severities: Severities::Error,
            title: "A number or a length out of range",
            why: "The field has a smallest or a largest value.",
            fix: "Use a value within the range in the message.",
        },
        Rule {
            code: Code("AS011"),
            severities: Severities::Error,
            title: "A key is given twice",
            why: "Other readers keep the second value and silently lose the first.",
            fix: "Delete one of the two; the message says where the first is.",
        },
        Rule {
            code: Code("AS012"),
            severities: Severities::Warning,
            title: "`agentspec_version` below the root",
            why: "The version applies to the whole document, and is read only at its top.",
            fix: "Delete this line, and set the version at the top.",
        },
        Rule {
            code: Code("AS013"),
            severities: Severities::Error,
            title: "An empty `id`",
            why: "References and the history name a component by its id.",
            fix: "Write a name, or leave `id` out: flowdeck then makes one.",
        },
    ],
};
