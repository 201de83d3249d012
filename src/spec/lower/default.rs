//! Default values of fields that the text leaves out.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Lowering;
use crate::spec::component::{Component, Declared, FieldMap, FieldValue, Origin};
use crate::spec::language::FieldDefinition;
use crate::spec::language::kind::{DefaultComponent, DefaultValue};
use crate::spec::version::AgentSpecVersion;

impl Lowering<'_> {
    /// Returns the default of a field of the component `owner`, whose other `fields` have been
    /// read; `None` if the field is required.
    pub(super) fn default_of(
        &mut self,
        field: &FieldDefinition,
        owner: &str,
        at: Origin,
        fields: &FieldMap,
    ) -> Option<FieldValue> {
        match field.default {
            DefaultValue::Component(made) => {
                let key = fields.get(made.key_field)?.as_value()?.as_str()?;
                let id = format!("{owner}.{}", field.name);
                let component = self.made(made, key, id, at)?;
                Some(FieldValue::Component(component))
            }
            default => default.to_field(&field.kind),
        }
    }

    /// Makes the default component of a slot. The id is derived from the owner's id, so that it is
    /// the same in every load.
    fn made(
        &mut self,
        made: &DefaultComponent,
        key: &str,
        id: String,
        at: Origin,
    ) -> Option<Arc<Component>> {
        let value: Value = serde_json::from_str(made.value).ok()?;
        let value = Value::Object(Map::from_iter([(key.to_owned(), value)]));
        let component = Arc::new(Component {
            ty: made.ty.component_type(),
            foreign_name: None,
            is_id_written: false,
            id,
            name: made.name.to_owned(),
            description: None,
            metadata: Value::Object(Map::new()),
            inputs: Vec::new(),
            outputs: Vec::new(),
            branches: Vec::new(),
            declared: Declared::default(),
            fields: FieldMap::from_iter([(made.field, FieldValue::Value(value))]),
            is_complete: true,
            document_version: self
                .in_progress
                .last()
                .map_or(AgentSpecVersion::LATEST, |owner| owner.version),
            origin: at,
        });
        self.components.push(Arc::clone(&component));
        Some(component)
    }
}
