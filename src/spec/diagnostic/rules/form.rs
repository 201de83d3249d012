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
            why: "A bracket, a quote or an indentation is wrong, or the file can't be read at all. Nothing behind \
             the place can be checked until it is mended.",
            fix: "Go to the place that is named. In YAML look at the indentation of the line and of the one above \
             it; put text with `: `, `#` or a leading `{`, `[`, `*`, `&` in quotes. In JSON look for a comma \
             too many or too few.",
        },
        Rule {
            code: Code("AS002"),
            severities: Severities::Error,
            title: "The document is not an object",
            why: "A spec is one component, written as an object with `component_type`. The file is empty, or holds a \
             list or a plain value.",
            fix: "Write one component at the top. Put each component of a list into a file of its own, or define \
             them under `$referenced_components`.",
        },
        Rule {
            code: Code("AS003"),
            severities: Severities::Error,
            title: "`component_type` is missing",
            why: "Every component says what it is by `component_type`. Some files have it under another name: early \
             drafts, WayFlow's own serialisation, and what the TypeScript SDK writes with `camelCase`.",
            fix: "Add `component_type`, such as `component_type: Agent`. If the message names another format, export \
             the file again as Agent Spec.",
        },
        Rule {
            code: Code("AS004"),
            severities: Severities::Error,
            title: "`component_type` is not text",
            why: "The name of the type is a string.",
            fix: "Write the name of a type there, such as `Agent`. `flowdeck docs component` lists all of them.",
        },
        Rule {
            code: Code("AS005"),
            severities: Severities::Either,
            title: "Unknown component type",
            why: "No type has this name, or it names a family of types (such as `Tool`) of which one must be chosen. \
             A type of a plugin that flowdeck does not know is a warning: it is kept and exported, and can't be \
             run.",
            fix: "Take the name that the help suggests, or a member of the family. For a type of a plugin, run the \
             spec with the runtime that has the plugin.",
        },
        Rule {
            code: Code("AS006"),
            severities: Severities::Warning,
            title: "Unknown field",
            why: "The type has no such field, so that what is written there has no effect, and an export leaves it \
             out. Mostly it is a slip in the name of an optional field.",
            fix: "Take the name that the help suggests, or delete the line. `flowdeck docs component TYPE` lists the \
             fields of a type.",
        },
        Rule {
            code: Code("AS007"),
            severities: Severities::Error,
            title: "A required field is missing",
            why: "The type can't do without this field, and it has no default.",
            fix: "Add the field. In the editor `f` adds all that are missing.",
        },
        Rule {
            code: Code("AS008"),
            severities: Severities::Either,
            title: "A value of the wrong kind",
            why: "The field takes a number, say, and text is written there. Where there is only one way to read it \
             (`\"30\"` for a number) this is a warning that says what was read; else it is an error. YAML adds \
             traps: Python's readers take an unquoted `yes`, `012` or `2024-01-01` for something else than \
             text.",
            fix: "Write a value of the kind that the message names; quote what is meant as text. Leave an optional \
             list out rather than setting it to `null`. Write whole numbers beyond 64 bits as text.",
        },
        Rule {
            code: Code("AS009"),
            severities: Severities::Error,
            title: "A value that is not one of those allowed",
            why: "The field takes one of a few words.",
            fix: "Take one of the words that the message lists.",
        },
        Rule {
            code: Code("AS010"),
            severities: Severities::Error,
            title: "A number or length out of its range",
            why: "The field has a least or a greatest value.",
            fix: "Choose a value within the range that the message names.",
        },
        Rule {
            code: Code("AS011"),
            severities: Severities::Error,
            title: "A key is given twice",
            why: "Other readers keep the last of the two and lose the first without a word.",
            fix: "Delete one of the two; the message says where the first is.",
        },
        Rule {
            code: Code("AS012"),
            severities: Severities::Warning,
            title: "`agentspec_version` below the root",
            why: "The version is that of the whole document and is read at its top only.",
            fix: "Delete this line. Set the version at the top.",
        },
        Rule {
            code: Code("AS013"),
            severities: Severities::Error,
            title: "An empty `id`",
            why: "An id names its component in references and in the history; an empty one can't.",
            fix: "Write a name, or leave `id` out: then one is made up.",
        },
    ],
};
