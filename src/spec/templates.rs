//! Starter specs for `flowdeck new` and the workbench: one for each agentic component and each
//! node.
//!
//! Each is a complete document, with comments that explain its fields; the first comment describes
//! the template.

use serde_json::Value;

use crate::spec::syntax::{Format, parse};

/// A starter spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The name of the template, such as `manager-workers`.
    pub name: &'static str,
    /// The text of the document, in YAML.
    yaml: &'static str,
}

/// Declares the templates by their file names.
macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// All templates: first the agentic components, then the nodes, each in a minimal flow; the
        /// types of WayFlow's plugins come last.
        pub const TEMPLATES: &[Template] = &[$(Template {
            name: $name,
            yaml: include_str!(concat!("templates/", $name, ".yaml")),
        }),+];
    };
}

templates![
    "agent",
    "flow",
    "swarm",
    "manager-workers",
    "specialized-agent",
    "a2a-agent",
    "oci-agent",
    "start-node",
    "end-node",
    "llm-node",
    "agent-node",
    "flow-node",
    "branching-node",
    "tool-node",
    "api-node",
    "input-message-node",
    "output-message-node",
    "map-node",
    "parallel-map-node",
    "parallel-flow-node",
    "catch-exception-node",
    "extended-agent",
    "extended-flow",
    "extended-llm-node",
    "extended-tool-node",
    "extended-agent-node",
    "extended-map-node",
    "extended-parallel-map-node",
    "extended-parallel-flow-node",
    "plugin-catch-exception-node",
    "plugin-retry-node",
    "plugin-choice-node",
    "plugin-constant-values-node",
    "plugin-extract-node",
    "plugin-regex-node",
    "plugin-template-node",
    "plugin-input-message-node",
    "plugin-output-message-node",
    "plugin-get-chat-history-node",
    "plugin-read-variable-node",
    "plugin-write-variable-node",
    "plugin-variable-node",
    "plugin-datastore-create-node",
    "plugin-datastore-delete-node",
    "plugin-datastore-list-node",
    "plugin-datastore-update-node",
    "plugin-datastore-query-node",
];

impl Template {
    /// Returns the template with a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// Returns a description of one line: `An agent: a model with …`.
    pub fn about(&self) -> &'static str {
        let first = self.yaml.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }

    /// Returns the document in a format; in JSON it has no comments.
    pub fn text(&self, format: Format) -> String {
        match format {
            Format::Yaml => self.yaml.to_owned(),
            Format::Json => {
                let (tree, _) = parse(self.yaml, Format::Yaml);
                let value = tree.root().map_or(Value::Null, |root| tree.to_json(root));
                format!("{value:#}\n")
            }
        }
    }

    /// Returns a file name for the template, such as `manager_workers.yaml`.
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.name.replace('-', "_"), format.extension())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::spec::language::{ComponentKind, types_of};
    use crate::spec::{LoadOptions, load};

    #[test]
    fn every_template_is_without_a_problem_in_both_formats() {
        for template in TEMPLATES {
            let [yaml, json] = [Format::Yaml, Format::Json].map(|format| {
                let options = LoadOptions {
                    format: Some(format),
                    ..LoadOptions::default()
                };
                let loaded = load(&template.text(format), &options);
                assert_eq!(loaded.diagnostics, [], "{} as {format:?}", template.name);
                loaded.component.unwrap()
            });
            let differences = crate::spec::diff::diff(&yaml, &json);
            assert_eq!(differences, [], "{}", template.name);
        }
    }

    #[test]
    fn there_is_one_for_each_agentic_component_and_each_node() {
        let text = |template: &Template| template.text(Format::Yaml);
        let written: String = TEMPLATES.iter().map(text).collect();
        for family in [ComponentKind::AgenticComponent, ComponentKind::Node] {
            for ty in types_of(family) {
                let line = format!("component_type: {}\n", ty.name());
                assert!(written.contains(&line), "no template has {}", ty.name());
            }
        }
    }

    #[test]
    fn each_says_what_it_is_in_its_first_comment() {
        for template in TEMPLATES {
            let about = template.about();
            assert!(about.contains(": ") && about.ends_with('.'), "{about}");
            assert_eq!(Template::find(template.name), Some(template));
        }
        assert_eq!(Template::find("nonesuch"), None);
        assert_eq!(TEMPLATES[3].file_name(Format::Json), "manager_workers.json");
    }
}
