//! A builder of JSON objects without empty fields.

use serde_json::{Map, Value};

/// A JSON object that is being built. The fields are in the order in which they are added.
#[derive(Debug, Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds a field.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field if there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a text if there is one that is not empty.
    pub(super) fn with_text(self, name: &str, text: Option<&str>) -> Self {
        self.with_some(name, text.filter(|text| !text.is_empty()))
    }

    /// Adds a list if it is not empty.
    pub(super) fn with_list(self, name: &str, list: Vec<Value>) -> Self {
        if list.is_empty() {
            return self;
        }
        self.with(name, list)
    }

    /// Adds an object if it is not empty.
    pub(super) fn with_map(self, name: &str, map: &Map<String, Value>) -> Self {
        if map.is_empty() {
            return self;
        }
        self.with(name, map.clone())
    }

    /// Adds a boolean field if it is true.
    pub(super) fn with_flag(self, name: &str, is_set: bool) -> Self {
        self.with_some(name, is_set.then_some(true))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

/// Returns texts as a JSON list.
pub(super) fn texts(list: &[String]) -> Vec<Value> {
    list.iter().cloned().map(Value::String).collect()
}
