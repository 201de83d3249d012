//! Sensitive values: kept apart from other fields, shown as dots, and never exported.

use std::fmt;

use serde_json::Value;

/// The value of a sensitive field, for example an `api_key` or a map of secret headers.
///
/// Its `Debug` output is dots. Invariant: the value is never null, empty or `false`, because such
/// values are not secret and stay ordinary values.
#[derive(Clone, PartialEq)]
pub struct SecretValue(Value);

impl SecretValue {
    /// Wraps a value as a secret.
    ///
    /// # Errors
    /// The value itself, if it is null, `false`, `""`, `[]` or `{}`, which Agent Spec exports as
    /// they are.
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

    /// Returns the secret. The caller must not log, trace or display it.
    pub fn reveal(&self) -> &Value {
        &self.0
    }

    /// Returns the secret if it is text. The caller must not log, trace or display it.
    pub fn reveal_text(&self) -> Option<&str> {
        self.0.as_str()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••")
    }
}

/// The state of a sensitive field of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SensitiveValue<'c> {
    /// No value: null, empty or left out.
    Absent,
    /// A value from the file or from outside.
    Given(&'c SecretValue),
    /// A reference without a value, for example `main-llm.api_key`. Using the field is an error.
    Missing(&'c str),
}

impl<'c> SensitiveValue<'c> {
    /// Returns the secret if there is one.
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
