//! Values that the specification calls sensitive: kept apart, shown as dots, never exported.

use std::fmt;

use serde_json::Value;

/// The value of a sensitive field, for example an `api_key` or a map of secret headers.
///
/// Its `Debug` form is dots. Invariant: never null, empty or `false`; such values are no secret and stay ordinary.
#[derive(Clone, PartialEq)]
pub struct SecretValue(Value);

impl SecretValue {
    /// Takes a value for secret, or gives it back as ordinary when there is nothing in it to hide.
    ///
    /// # Errors
    /// The value itself if it is null, `false`, `""`, `[]` or `{}`, which Agent Spec exports as they are.
    pub fn new(value: Value) -> Result<Self, Value> {
        let is_empty = match &value {
            Value::Null => true,
            Value::Bool(flag) => !flag,
            Value::Number(_) => false,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
        };
        if is_empty {
            Err(value)
        } else {
            Ok(Self(value))
        }
    }

    /// The secret itself. What is done with it must not be logged, traced or drawn.
    pub fn reveal(&self) -> &Value {
        &self.0
    }

    /// The secret itself, if it is text.
    pub fn reveal_text(&self) -> Option<&str> {
        self.0.as_str()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••")
    }
}

/// The value of a sensitive field, as a component has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SensitiveValue<'c> {
    /// Nothing: null, empty or left out.
    Absent,
    /// A value, written in the file or supplied from outside.
    Given(&'c SecretValue),
    /// A reference, for example `main-llm.api_key`, whose value nobody has supplied. Using it is an error.
    Missing(&'c str),
}

impl<'c> SensitiveValue<'c> {
    /// The secret if one is given.
    pub fn given(self) -> Option<&'c SecretValue> {
        match self {
            Self::Given(secret) => Some(secret),
            Self::Absent | Self::Missing(_) => None,
        }
    }
}

/// Returns the reference that replaces a sensitive value in a canonical document: `ID.field`.
pub fn reference_for(component_id: &str, field: &str) -> String {
    format!("{component_id}.{field}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_prints_as_dots() {
        let secret = SecretValue::new(json!("sk-1")).unwrap();
        assert_eq!(format!("{secret:?}"), "••••••");
        assert_eq!(secret.reveal_text(), Some("sk-1"));
    }

    #[test]
    fn nothing_to_hide_is_no_secret() {
        for value in [json!(null), json!(""), json!({}), json!([]), json!(false)] {
            assert_eq!(SecretValue::new(value.clone()), Err(value));
        }
    }
}
