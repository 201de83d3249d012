//! Access to the fields from which lists are inferred.

use std::sync::Arc;

use serde_json::Value;

use super::ListRule;
use crate::spec::component::{Component, FieldMap, FieldValue};
use crate::spec::placeholder;
use crate::spec::property::Property;

/// The fields of a component that is being loaded.
pub(super) struct Fields<'f>(pub(super) &'f FieldMap);

impl<'f> Fields<'f> {
    pub(super) fn component(&self, name: &str) -> Option<&'f Arc<Component>> {
        self.0.get(name)?.as_component()
    }

    pub(super) fn value(&self, name: &str) -> Option<&'f Value> {
        self.0.get(name)?.as_value()
    }

    /// Returns a string field; empty if it is null or missing.
    pub(super) fn text(&self, name: &str) -> &'f str {
        self.value(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a boolean field; false if it is null or missing.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    pub(super) fn components(
        &self,
        name: &str,
    ) -> impl Iterator<Item = &'f Arc<Component>> + use<'f> {
        let items = match self.0.get(name) {
            Some(FieldValue::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().filter_map(FieldValue::as_component)
    }

    /// Returns a string property for each placeholder in the named fields.
    pub(super) fn placeholders(&self, names: &[&str]) -> Vec<Property> {
        let values = names.iter().filter_map(|name| self.value(name));
        let mut found: Vec<String> = Vec::new();
        for name in values.flat_map(placeholder::names_in_value) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found.iter().map(|name| Property::string(name)).collect()
    }

    pub(super) fn inputs_of(&self, name: &str) -> ListRule<Property> {
        ListRule::Fixed(
            self.component(name)
                .map_or(Vec::new(), |inner| inner.inputs().to_vec()),
        )
    }

    pub(super) fn outputs_of(&self, name: &str) -> ListRule<Property> {
        ListRule::Fixed(
            self.component(name)
                .map_or(Vec::new(), |inner| inner.outputs().to_vec()),
        )
    }
}
