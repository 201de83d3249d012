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
            why: "`$component_ref` names a key of `$referenced_components` in the same document, or something that \
             was supplied from another file. There is nothing of this name. (`--partial` makes this a warning.)",
            fix: "Mend the name if it is a slip, or define the component. If it is defined inline elsewhere, move it \
             to `$referenced_components`. If another file defines it, supply that with `--component FILE` or as \
             one of the profile's `component_files`.",
        },
        Rule {
            code: Code("AS102"),
            severities: Severities::Error,
            title: "A component of the wrong family",
            why: "The field takes a component of another kind: a model where a tool is written, say.",
            fix: "Refer to, or write, a component of the kind that the message names.",
        },
        Rule {
            code: Code("AS103"),
            severities: Severities::Error,
            title: "A reference leads back to itself",
            why: "A component would contain itself. It could not be built, nor written to a file.",
            fix: "Break the circle that the message shows. For a loop in a flow use a control edge; for agents that \
             speak to each other use a `Swarm`.",
        },
        Rule {
            code: Code("AS104"),
            severities: Severities::Error,
            title: "A key of `$referenced_components` is defined twice",
            why: "Keys are unique in the whole document, at whatever level they are defined.",
            fix: "Rename one of the two and the references to it.",
        },
        Rule {
            code: Code("AS105"),
            severities: Severities::Warning,
            title: "A definition that is out of sight",
            why: "The component is defined inside another one that does not enclose the reference. flowdeck finds \
             it; other readers may not.",
            fix: "Move the definition to the document's own `$referenced_components`; `f` in the editor does it.",
        },
        Rule {
            code: Code("AS106"),
            severities: Severities::Error,
            title: "Two components have one id",
            why: "References, exports and the history know components by their ids. An export would keep only one of \
             the two.",
            fix: "Give one of them another id. If both are meant to be the same, define it once and refer to it.",
        },
        Rule {
            code: Code("AS107"),
            severities: Severities::Warning,
            title: "A definition that nothing uses",
            why: "It has no effect, is not checked as part of the spec, and is lost in an export.",
            fix: "Delete it, or refer to it.",
        },
        Rule {
            code: Code("AS108"),
            severities: Severities::Warning,
            title: "A key beside `$component_ref`",
            why: "A reference stands for the whole component. What is written beside it is ignored, also when it \
             seems to change a field.",
            fix: "Delete the key. For a variant, define a second component.",
        },
        Rule {
            code: Code("AS109"),
            severities: Severities::Warning,
            title: "A definition whose key is not the component's id",
            why: "Exports call the component by its id, so that the key changes.",
            fix: "Give the key and the `id` the same name.",
        },
        Rule {
            code: Code("AS110"),
            severities: Severities::Error,
            title: "A set of components in the place of a document",
            why: "A file with `$referenced_components` alone supplies parts to other documents; it can't be run by \
             itself. Or a file that should supply parts has none.",
            fix: "Open a document that refers to it, and supply this file with `--component FILE` or \
             `component_files` of the profile.",
        },
    ],
};
