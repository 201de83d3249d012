//! Reading the fields of a component.

use serde_json::Value;

use super::{Lowering, has_own_place, is_structural};
use crate::spec::component::{FieldMap, Origin};
use crate::spec::language::ComponentType;
use crate::spec::language::kind::FieldKind;
use crate::spec::property::Property;

impl Lowering<'_> {
    /// Returns the id; a generated one if the id is missing or invalid.
    pub(super) fn id(&mut self, at: Origin) -> String {
        match self.text_field(at, "id") {
            Some(id) if id.is_empty() => {
                let place = self.sources.get(at, "id").map(|id| self.sources.place(id));
                let message = "an `id` may not be empty; leave it out to get one".to_owned();
                self.error("AS013", at.source, place.unwrap_or_default(), message);
                self.ids.uuid()
            }
            Some(id) => id,
            None => self.ids.uuid(),
        }
    }

    /// Reads one of the string fields that every component has.
    pub(super) fn text_field(&mut self, at: Origin, name: &str) -> Option<String> {
        let value = self.sources.get(at, name)?;
        let kind = match name {
            "description" => &FieldKind::Nullable(&FieldKind::Text),
            _ => &FieldKind::Text,
        };
        match self.plain(kind, value, name) {
            Some(Value::String(text)) => Some(text),
            Some(_) => None,
            None => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// Reads a list of properties, if the text has it. The schemas inside are checked later, in
    /// validation.
    pub(super) fn properties(&mut self, at: Origin, name: &str) -> Option<Vec<Property>> {
        let value = self.sources.get(at, name)?;
        let kind = FieldKind::Nullable(&FieldKind::List(&FieldKind::Any));
        match self.plain(&kind, value, name) {
            Some(Value::Array(items)) => {
                Some(items.into_iter().map(Property::from_schema).collect())
            }
            Some(_) => None,
            None => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// Reads the list of branches, if the text has it.
    pub(super) fn branches(&mut self, at: Origin) -> Option<Vec<String>> {
        let value = self.sources.get(at, "branches")?;
        match self.plain(&FieldKind::List(&FieldKind::Text), value, "branches") {
            Some(Value::Array(items)) if items.is_empty() => None,
            Some(Value::Array(items)) => Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// Reads all other fields of a declared type, with defaults filled in.
    pub(super) fn declared_fields(
        &mut self,
        at: Origin,
        ty: &'static ComponentType,
        id: &str,
    ) -> FieldMap {
        let mut fields = FieldMap::default();
        for field in ty.fields().filter(|field| !has_own_place(field.name)) {
            let value = match self.sources.given(at, field) {
                Some(value) => {
                    if let Some(current) = self.in_progress.last_mut() {
                        field.name.clone_into(&mut current.field);
                    }
                    self.value(&field.kind, value, field.name)
                }
                None => self.default_of(field, id, at, &fields),
            };
            match value {
                Some(value) => {
                    fields.push(field.name, value);
                }
                None => self.mark_incomplete(),
            }
        }
        fields
    }

    /// Reads all other keys of a foreign plugin's type, as written.
    pub(super) fn raw_fields(&mut self, at: Origin, ty: &'static ComponentType) -> FieldMap {
        let sources = self.sources;
        let entries = sources.tree(at.source).entries(at.node).unwrap_or_default();
        let mut fields = FieldMap::default();
        for entry in entries {
            let key = entry.key.as_str();
            let is_own = has_own_place(key) && ty.field(key).is_some();
            let is_read_elsewhere = is_structural(key) && !key.starts_with("component_plugin");
            if is_own || is_read_elsewhere {
                continue;
            }
            if let Some(current) = self.in_progress.last_mut() {
                key.clone_into(&mut current.field);
            }
            let value = self.raw(Origin {
                source: at.source,
                node: entry.value,
            });
            fields.push(key.to_owned(), value);
        }
        fields
    }
}
