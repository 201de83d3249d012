//! Rules about references.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "References",
    rules: &[
        Rule {
            code: Code("AS101"),
            severities: Severities::Error,
            title: "A reference leads nowhere",
            why: "`$component_ref` names a key of `$referenced_components` in the same document, or a component or \
             value from a file that was supplied. There is none of this name. (With `--partial` this is a warning.)",
            fix: "Correct the name, or define the component. If it is written inline elsewhere, move it to \
             `$referenced_components`. If another file defines it, supply that file with `--component FILE` or as \
             one of the profile's `component_files`.",
        },
        Rule {
            code: Code("AS102"),
            severities: Severities::Error,
            title: "A component of the wrong family",
            why: "The field takes another kind of component: it expects a tool, for example, and gets a model.",
            fix: "Refer to a component of the kind that the message names, or write one.",
        },
        Rule {
            code: Code("AS103"),
            severities: Severities::Error,
            title: "A reference leads back to itself",
            why: "The component would contain itself, so it can neither be built nor written to a file. Components \
             that are nested too deeply are refused as well; the message gives the limit.",
            fix: "Break the cycle that the message shows. For a loop in a flow use a control edge; for agents that \
             talk to each other use a `Swarm`.",
        },
        Rule {
            code: Code("AS104"),
            severities: Severities::Error,
            title: "A key of `$referenced_components` is defined twice",
            why: "A key may be defined once in the whole document, at any level.",
            fix: "Rename one of the two, and the references to it.",
        },
        Rule {
            code: Code("AS105"),
            severities: Severities::Warning,
            title: "A definition that is out of scope",
            why: "The component is defined inside another component, and the reference is outside that one. flowdeck \
             finds it; other readers may not.",
            fix: "Move the definition to the document's own `$referenced_components`; in the editor `f` does it.",
        },
        Rule {
            code: Code("AS106"),
            severities: Severities::Error,
            title: "Two components have the same id",
            why: "References, exports and the history identify components by id. An export would keep only one of \
             the two.",
            fix: "Give one of them another id. If both are meant to be the same, define it once and refer to it.",
        },
        Rule {
            code: Code("AS107"),
            severities: Severities::Warning,
            title: "A definition that nothing uses",
            why: "It has no effect, an export drops it, and its fields are checked with `--strict` only.",
            fix: "Delete it, or refer to it.",
        },
        Rule {
            code: Code("AS108"),
            severities: Severities::Warning,
            title: "A key beside `$component_ref`",
            why: "A reference stands for the whole component. Keys beside it are ignored, even if they look like \
             changes to its fields.",
            fix: "Delete the key. For a variant, define a second component.",
        },
        Rule {
            code: Code("AS109"),
            severities: Severities::Warning,
            title: "A definition whose key is not its component's id",
            why: "Exports name the component by its id, so the key would change.",
            fix: "Give the key and the `id` the same name.",
        },
        Rule {
            code: Code("AS110"),
            severities: Severities::Error,
            title: "A set of components where a document is expected, or the reverse",
            why: "A file that holds only `$referenced_components` supplies parts to other documents and can't be \
             run. Conversely, a file that is supplied with `--component` or `component_files` must have \
             `$referenced_components`, or be a component.",
            fix: "Open a document that refers to these components, and supply this file with `--component FILE` or \
             the profile's `component_files`.",
        },
    ],
};
