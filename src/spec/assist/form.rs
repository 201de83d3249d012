//! The form of a document: the prompts, models, generation parameters and tools that a user can
//! change.

use serde_json::Value;

use super::expected::type_of;
use super::set::tools;
use super::symbols::Symbols;
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::ComponentKind;
use crate::spec::load::Loaded;

/// The maximum number of fields in a form.
const MAX_FIELDS: usize = 300;

/// The fields with texts for a model.
const PROMPTS: [&str; 3] = [
    "system_prompt",
    "prompt_template",
    "additional_instructions",
];

/// The fields that select a model.
const MODEL: [&str; 2] = ["model_id", "url"];

/// The generation parameters that a form offers even if they are not set.
const PARAMETERS: [&str; 3] = ["temperature", "top_p", "max_tokens"];

/// The field that contains the generation parameters.
const PARAMETERS_KEY: &str = "default_generation_parameters";

/// A line of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormItem {
    /// The name of the component that contains the field or tool.
    pub component: String,
    /// The byte at which the component begins in the text, as [`set_field`](super::set_field) and
    /// [`set_tools`](super::set_tools) expect it.
    pub at: usize,
    /// The field or tool that can be changed.
    pub what: FormField,
}

/// The kind of text that a field accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// Text of one or more lines.
    Text,
    /// Text on one line.
    Line,
    /// A number.
    Number,
}

/// A part of a component that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormField {
    /// A field, or one of the fields of an object in a field.
    Value {
        /// The path of the field, from the component.
        path: Vec<String>,
        /// The current value; null if the field is not set.
        value: Value,
        /// The kind of text that the field accepts.
        kind: FormKind,
    },
    /// A tool that the component has.
    Tool {
        /// The name of the tool.
        name: String,
        /// The index of the tool in the component's list.
        index: usize,
    },
    /// A tool that the document defines and the component does not have.
    UnusedTool {
        /// The name of the tool's definition.
        name: String,
    },
}

/// Returns the lines of a document's form, in the order of its components; empty if the text can't
/// be read.
pub fn form(loaded: &Loaded) -> Vec<FormItem> {
    let mut items = Vec::new();
    let Some(root) = &loaded.component else {
        return items;
    };
    for part in root.walk() {
        if part.origin.source != 0 || items.len() > MAX_FIELDS {
            continue;
        }
        let fields = values(part).chain(tools_of(part, loaded));
        let at = loaded.tree.place(part.origin.node).start;
        items.extend(fields.map(|what| FormItem {
            component: part.name().to_owned(),
            at,
            what,
        }));
    }
    items
}

fn values(part: &Component) -> impl Iterator<Item = FormField> {
    let has_field = |name: &&str| part.component_type().field(name).is_some();
    let plain = PROMPTS
        .iter()
        .chain(&MODEL)
        .filter(move |name| has_field(name));
    let plain = plain.filter_map(|name| {
        let value = part.field(name).and_then(FieldValue::as_value).cloned();
        let value = value.unwrap_or_default();
        (value.is_string() || value.is_null()).then(|| FormField::Value {
            path: vec![(*name).to_owned()],
            value,
            kind: if PROMPTS.contains(name) {
                FormKind::Text
            } else {
                FormKind::Line
            },
        })
    });
    let set = part.field(PARAMETERS_KEY).and_then(FieldValue::as_value);
    let has_parameters = has_field(&PARAMETERS_KEY);
    let parameters = PARAMETERS
        .iter()
        .filter(move |_| has_parameters)
        .map(move |name| {
            let value = set.and_then(|set| set.get(name)).cloned();
            FormField::Value {
                path: vec![PARAMETERS_KEY.to_owned(), (*name).to_owned()],
                value: value.unwrap_or_default(),
                kind: FormKind::Number,
            }
        });
    plain.chain(parameters)
}

fn tools_of(part: &Component, loaded: &Loaded) -> Vec<FormField> {
    if part.component_type().field("tools").is_none() {
        return Vec::new();
    }
    let used = tools(part).iter().enumerate();
    let used = used.filter_map(|(index, tool)| Some((index, tool.as_component()?)));
    let mut fields: Vec<FormField> = used
        .clone()
        .map(|(index, tool)| FormField::Tool {
            name: tool.name().to_owned(),
            index,
        })
        .collect();
    let symbols = Symbols::of(&loaded.tree);
    let around: Vec<_> = loaded
        .tree
        .root()
        .into_iter()
        .chain([part.origin.node])
        .collect();
    for symbol in symbols.in_scope(&around) {
        let ty = type_of(&loaded.tree, symbol.value);
        let is_tool = ty.is_some_and(|ty| ty.is_a(ComponentKind::Tool));
        let mut used = used.clone();
        if is_tool && !used.any(|(_, tool)| tool.origin.node == symbol.value) {
            fields.push(FormField::UnusedTool {
                name: symbol.name.clone(),
            });
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::spec::load::{LoadOptions, load};

    #[test]
    fn a_form_offers_prompt_model_parameters_and_tools() {
        let text = "component_type: Agent
agentspec_version: 26.1.2
name: weather
system_prompt: hi
llm_config: {component_type: OllamaConfig, name: m, url: u, model_id: x, default_generation_parameters: {top_p: 0.5}}
tools: [{$component_ref: one}]
$referenced_components:
  one: {component_type: ServerTool, id: one, name: first}
  two: {component_type: ServerTool, id: two, name: two}
  no: {component_type: VllmConfig, id: no, name: no, url: u, model_id: m}
";
        let items = form(&load(text, &LoadOptions::default()));
        let told: Vec<String> = items
            .iter()
            .map(|item| {
                let what = match &item.what {
                    FormField::Value { path, value, .. } => format!("{}={value}", path.join(".")),
                    FormField::Tool { name, index } => format!("[{index}] {name}"),
                    FormField::UnusedTool { name } => format!("[] {name}"),
                };
                format!("{} {what}", item.component)
            })
            .collect();
        assert_eq!(
            told,
            [
                "weather system_prompt=\"hi\"",
                "weather [0] first",
                "weather [] two",
                "m model_id=\"x\"",
                "m url=\"u\"",
                "m default_generation_parameters.temperature=null",
                "m default_generation_parameters.top_p=0.5",
                "m default_generation_parameters.max_tokens=null",
            ]
        );
        assert_eq!(form(&load("a: [", &LoadOptions::default())), []);
    }
}
