//! Which types and fields the judged documents have shown.

use std::collections::BTreeSet;

use flowdeck::spec::language::kind::DefaultValue;
use flowdeck::spec::language::{self, ComponentType};
use serde_json::Value;

use super::constraints;

/// The fields that accepted documents gave a value other than the default, and those that they left out.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    given: BTreeSet<(String, String)>,
    left_out: BTreeSet<(String, String)>,
}

impl Coverage {
    /// Counts every component of a document that both sides accept.
    pub(super) fn count(&mut self, value: &Value) {
        match value {
            Value::Object(entries) => {
                let type_name = entries.get("component_type").and_then(Value::as_str);
                if let Some(ty) = type_name.and_then(language::find) {
                    self.count_fields(ty, value);
                }
                entries.values().for_each(|value| self.count(value));
            }
            Value::Array(items) => items.iter().for_each(|value| self.count(value)),
            _ => {}
        }
    }

    fn count_fields(&mut self, ty: &ComponentType, component: &Value) {
        for field in ty.fields() {
            let shown = (ty.name().to_owned(), field.name.to_owned());
            match component.get(field.name) {
                None => self.left_out.insert(shown),
                Some(value) if Some(value) != field.default.to_json(&field.kind).as_ref() => {
                    self.given.insert(shown)
                }
                Some(_) => false,
            };
        }
    }

    /// What these types have and no document has shown.
    pub(super) fn gaps(&self, types: &[&'static ComponentType]) -> Vec<String> {
        let mut gaps = Vec::new();
        for ty in types {
            for field in ty.fields() {
                let wanted = (ty.name().to_owned(), field.name.to_owned());
                let shown = format!("{}.{}", ty.name(), field.name);
                if constraints::can_differ(ty, field) && !self.given.contains(&wanted) {
                    gaps.push(format!("{shown} never has a value of its own"));
                }
                let is_needed = field.default == DefaultValue::Required
                    || constraints::NEVER_LEFT_OUT.contains(&(ty.name(), field.name));
                if !is_needed && !self.left_out.contains(&wanted) {
                    gaps.push(format!("{shown} is never left out"));
                }
            }
        }
        gaps
    }
}
