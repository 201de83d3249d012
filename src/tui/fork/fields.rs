//! The fields of components that were used in a part of a run: prompts, models, generation
//! parameters.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::runs::RunRecord;

/// Fields with a text that is written for a model.
const PROMPTS: [&str; 2] = ["system_prompt", "prompt_template"];

/// Generation parameters that are listed even if they are not set.
const PARAMETERS: [&str; 1] = ["temperature"];

/// A field and its value in written form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The path: the component's name (or its id, if other components have the same name) and the
    /// field, `weather.system_prompt`.
    pub(super) path: String,
    /// The value; empty if it is not set.
    pub(super) value: String,
}

/// Returns the fields of the components with these ids, or of the whole spec if `ids` is `None`.
pub(super) fn of(record: &RunRecord, ids: Option<&[&str]>) -> Vec<Field> {
    // What is kept was written by ourselves; of another text there are no fields.
    let document: Value = serde_json::from_str(&record.terms.spec.text).unwrap_or_default();
    let mut components = Vec::new();
    collect(&document, &mut components);
    let spec = Spec::of(&components);
    let wanted: Vec<&Component> = match ids {
        Some(ids) => ids
            .iter()
            .filter_map(|id| spec.by_id.get(id).copied())
            .collect(),
        None => components.clone(),
    };
    let mut fields: IndexMap<String, Field> = IndexMap::new();
    for field in wanted
        .into_iter()
        .flat_map(|component| spec.fields(component))
    {
        fields.entry(field.path.clone()).or_insert(field);
    }
    fields.into_values().collect()
}

type Component = Map<String, Value>;

struct Spec<'d> {
    by_id: HashMap<&'d str, &'d Component>,
    /// The number of components with each name.
    names: HashMap<&'d str, usize>,
}

/// Collects all components of a document in order.
fn collect<'d>(value: &'d Value, components: &mut Vec<&'d Component>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("component_type") {
                components.push(fields);
            }
            fields.values().for_each(|value| collect(value, components));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, components)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn text<'d>(component: &'d Component, field: &str) -> Option<&'d str> {
    component.get(field)?.as_str()
}

impl<'d> Spec<'d> {
    fn of(components: &[&'d Component]) -> Self {
        let mut names = HashMap::new();
        let mut by_id = HashMap::new();
        for component in components {
            // What is written twice is one component.
            if let Some(id) = text(component, "id")
                && by_id.insert(id, *component).is_none()
                && let Some(name) = text(component, "name")
            {
                *names.entry(name).or_default() += 1;
            }
        }
        Self { by_id, names }
    }

    /// Returns the name of a component in paths.
    fn called(&self, component: &'d Component) -> Option<&'d str> {
        let name = text(component, "name").filter(|name| self.names.get(name) == Some(&1));
        name.or_else(|| text(component, "id"))
    }

    fn fields(&self, component: &'d Component) -> Vec<Field> {
        let Some(called) = self.called(component) else {
            return Vec::new();
        };
        let prompts = PROMPTS.iter().filter_map(|field| {
            Some(Field {
                path: format!("{called}.{field}"),
                value: text(component, field)?.to_owned(),
            })
        });
        let mut fields: Vec<Field> = prompts.collect();
        let model = match component.get("llm_config") {
            Some(Value::Object(model)) => match text(model, "$component_ref") {
                Some(id) => self.by_id.get(id).copied(),
                None => Some(model),
            },
            _ => Some(component),
        };
        fields.extend(model.into_iter().flat_map(|model| self.of_model(model)));
        fields
    }

    /// Returns the fields of a model: its id and its generation parameters.
    fn of_model(&self, model: &'d Component) -> Vec<Field> {
        let (Some(called), Some(id)) = (self.called(model), text(model, "model_id")) else {
            return Vec::new();
        };
        let mut fields = vec![Field {
            path: format!("{called}.model_id"),
            value: id.to_owned(),
        }];
        let set = model.get("default_generation_parameters");
        let set = set.and_then(Value::as_object);
        let value = |name: &str| {
            set.and_then(|set| set.get(name))
                .filter(|value| !value.is_null())
        };
        let names = PARAMETERS.into_iter().map(str::to_owned);
        let further = set.into_iter().flat_map(Map::keys);
        let further = further.filter(|name| !PARAMETERS.contains(&name.as_str()));
        for name in names.chain(further.cloned()) {
            fields.push(Field {
                path: format!("{called}.default_generation_parameters.{name}"),
                value: value(&name).map_or_else(String::new, ToString::to_string),
            });
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_named_by_names_where_those_are_unique_and_models_are_found_through_references() {
        let document = json!({
            "component_type": "Agent", "id": "a1", "name": "weather", "system_prompt": "Be kind.\n",
            "llm_config": {"$component_ref": "m1"},
            "tools": [{"component_type": "ServerTool", "id": "t1", "name": "look"}],
            "$referenced_components": {"m1": {
                "component_type": "OllamaConfig", "id": "m1", "name": "weather", "model_id": "llama",
                "default_generation_parameters": {"top_p": 0.5, "temperature": null},
            }},
        });
        let mut components = Vec::new();
        collect(&document, &mut components);
        let spec = Spec::of(&components);
        let fields = spec.fields(components[0]);
        let told: Vec<String> = fields
            .iter()
            .map(|field| format!("{}={}", field.path, field.value))
            .collect();
        assert_eq!(
            told,
            [
                "a1.system_prompt=Be kind.\n",
                "m1.model_id=llama",
                "m1.default_generation_parameters.temperature=",
                "m1.default_generation_parameters.top_p=0.5",
            ]
        );
        assert_eq!(spec.fields(components[1]), []);
    }
}
