//! Components as one JSON value in canonical form.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ExportError;
use super::placement::{Elsewhere, Placement};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::wayflow::PLUGIN_VERSION;
use crate::spec::property::Property;
use crate::spec::requirements::is_written;
use crate::spec::sensitive::reference_for;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::version::AgentSpecVersion;

/// These keys stand first in every object, components or not.
const LEADING_KEYS: [&str; 4] = ["component_type", "id", "name", "description"];

/// How everything in one document is written.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) version: AgentSpecVersion,
    pub(super) include_sensitive: bool,
    /// Components that this document only refers to.
    pub(super) elsewhere: Elsewhere,
}

/// The whole document, and the secrets in it that became references.
pub(super) fn document(
    root: &Arc<Component>,
    manner: &Manner,
) -> Result<(Value, Vec<String>), ExportError> {
    let placement = Placement::of(root, &manner.elsewhere);
    let mut writer = Writer {
        placement,
        manner,
        masked: Vec::new(),
    };
    let mut document = writer.component(root)?;
    document.insert(
        "agentspec_version".to_owned(),
        json!(manner.version.as_str()),
    );
    Ok((Value::Object(document), writer.masked))
}

struct Writer<'c> {
    placement: Placement<'c>,
    manner: &'c Manner,
    masked: Vec<String>,
}

impl Writer<'_> {
    /// A component with everything that it holds or defines.
    fn component(&mut self, component: &Arc<Component>) -> Result<Map<String, Value>, ExportError> {
        let mut object = Map::new();
        object.insert("component_type".to_owned(), json!(component.type_name()));
        if component.component_type().is_declared() {
            self.declared_fields(component, &mut object)?;
        } else {
            self.raw_fields(component, &mut object)?;
        }
        let definitions = self.placement.defined_at(component).to_vec();
        if !definitions.is_empty() {
            let mut defined = Map::new();
            for definition in definitions {
                let value = self.component(definition)?;
                defined.insert(definition.id().to_owned(), Value::Object(value));
            }
            object.insert(DEFINITIONS_KEY.to_owned(), Value::Object(defined));
        }
        Ok(object)
    }

    /// Every field that the type has at this version, set or not.
    fn declared_fields(
        &mut self,
        component: &Arc<Component>,
        object: &mut Map<String, Value>,
    ) -> Result<(), ExportError> {
        let version = self.manner.version;
        let written = component.component_type().fields();
        for field in written.filter(|field| is_written(field, version)) {
            let value = if let Some(value) = own_field(component, field.name) {
                value
            } else if let Some(value) = component.field(field.name) {
                self.value(component, field.name, value)?
            } else {
                return Err(ExportError::Incomplete {
                    id: component.id().to_owned(),
                });
            };
            object.insert(field.name.to_owned(), value);
        }
        if let Some(plugin) = component.component_type().plugin() {
            object.insert("component_plugin_name".to_owned(), json!(plugin));
            object.insert("component_plugin_version".to_owned(), json!(PLUGIN_VERSION));
        }
        Ok(())
    }

    /// What was written of a type of a foreign plugin.
    fn raw_fields(
        &mut self,
        component: &Arc<Component>,
        object: &mut Map<String, Value>,
    ) -> Result<(), ExportError> {
        let declared = component.declared();
        for field in component.component_type().fields() {
            let is_given = match field.name {
                "inputs" => declared.inputs,
                "outputs" => declared.outputs,
                "branches" => declared.branches,
                _ => true,
            };
            if let Some(value) = own_field(component, field.name).filter(|_| is_given) {
                object.insert(field.name.to_owned(), value);
            }
        }
        for (name, value) in component.fields() {
            let value = self.value(component, name, value)?;
            object.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn value(
        &mut self,
        component: &Component,
        field: &str,
        value: &FieldValue,
    ) -> Result<Value, ExportError> {
        Ok(match value {
            FieldValue::Value(value) => ordered(value),
            FieldValue::Secret(secret) if self.manner.include_sensitive => ordered(secret.reveal()),
            FieldValue::Secret(_) => {
                let name = reference_for(component.id(), field);
                self.masked.push(name.clone());
                reference(&name)
            }
            FieldValue::Reference(name) => reference(name),
            FieldValue::Component(child) => {
                if let Some(key) = self.manner.elsewhere.get(&Arc::as_ptr(child)) {
                    reference(key)
                } else if self.placement.is_shared(child) {
                    reference(child.id())
                } else {
                    Value::Object(self.component(child)?)
                }
            }
            FieldValue::List(items) => {
                let items = items.iter().map(|item| self.value(component, field, item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            FieldValue::Map(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    object.insert(key.clone(), self.value(component, field, value)?);
                }
                ordered(&Value::Object(object))
            }
        })
    }
}

/// A field that components keep apart from the others.
fn own_field(component: &Component, name: &str) -> Option<Value> {
    Some(match name {
        "id" => json!(component.id()),
        "name" => json!(component.name()),
        "description" => json!(component.description()),
        "metadata" => ordered(component.metadata()),
        "inputs" => properties(component.inputs()),
        "outputs" => properties(component.outputs()),
        "branches" => json!(component.branches()),
        _ => return None,
    })
}

fn properties(properties: &[Property]) -> Value {
    properties
        .iter()
        .map(|property| ordered(property.schema()))
        .collect()
}

fn reference(name: &str) -> Value {
    json!({ REFERENCE_KEY: name })
}

/// The same value with the leading keys of each object first and the others in their order.
fn ordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(ordered).collect(),
        Value::Object(entries) => {
            let leading = LEADING_KEYS
                .iter()
                .filter_map(|key| entries.get_key_value(*key));
            let others = entries
                .iter()
                .filter(|(key, _)| !LEADING_KEYS.contains(&key.as_str()));
            let entries = leading.chain(others);
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), ordered(value)))
                    .collect(),
            )
        }
        plain => plain.clone(),
    }
}
