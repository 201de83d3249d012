//! JSON values in their original notation.
//!
//! A machine number loses its notation: `1.10` becomes `1.1`, and an integer beyond 64 bits becomes
//! an approximation. A text from outside is therefore parsed into a [`Written`] first, and becomes
//! a plain value when its declared type is known (see [`settle`](crate::spec::property::settle)).

mod mark;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use self::mark::{has_marks, unmarked};
pub(crate) use self::mark::{mark, mark_within};
use super::python_text::json_dumps;

/// A JSON value that keeps the text of each scalar that a machine value would change, and duplicate
/// keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// A value that loses nothing as a machine value.
    Plain(Value),
    /// A scalar whose notation differs from that of its machine value.
    Scalar {
        /// The text: `1.10`, `123456789012345678901234`, or `yes` in YAML.
        text: String,
        /// The machine value; `None` if there is none, as for an integer beyond 64 bits.
        value: Option<Value>,
    },
    /// A list.
    Array(Vec<Written>),
    /// An object, in its original order. A key may occur twice.
    Object(Vec<(String, Written)>),
}

impl Written {
    /// Parses JSON text.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(&mark(text)) {
            Ok(value) => Ok(Self::from_marked(value)),
            // Its places are those of the text itself.
            Err(_shifted) => serde_json::from_str(text).map(Self::Plain),
        }
    }

    /// Makes a number from its JSON text; `None` if the text is not a number.
    pub fn number(text: &str) -> Option<Self> {
        if !is_number(text) {
            return None;
        }
        Some(Self::scalar(text, machine_number(text).map(Value::Number)))
    }

    /// Makes a scalar with a notation; a plain one if the notation is the one in which the value is
    /// written as text.
    pub fn scalar(text: &str, value: Option<Value>) -> Self {
        let usual = value.as_ref().map(json_dumps);
        match value {
            Some(value) if usual.as_deref() == Some(text) => Self::Plain(value),
            value => Self::Scalar {
                text: text.to_owned(),
                value,
            },
        }
    }

    /// Makes a list; a plain one if its items lose nothing.
    pub fn of_items(items: Vec<Self>) -> Self {
        if !items.iter().all(Self::is_plain) {
            return Self::Array(items);
        }
        Self::Plain(Value::Array(
            items.into_iter().filter_map(Self::into_plain).collect(),
        ))
    }

    /// Makes an object; a plain one if its keys and values lose nothing.
    pub fn of_entries(entries: Vec<(String, Self)>) -> Self {
        let mut names = HashSet::new();
        let mut all = entries.iter();
        if !all.all(|(name, value)| value.is_plain() && names.insert(name)) {
            return Self::Object(entries);
        }
        let entries = entries.into_iter();
        let plain = entries.filter_map(|(key, value)| Some((key, value.into_plain()?)));
        Self::Plain(Value::Object(plain.collect()))
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    fn into_plain(self) -> Option<Value> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Scalar { .. } | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// Reverts [`mark_within`] in a value that was parsed from marked text.
    pub fn from_marked(value: Value) -> Self {
        if has_marks(&value) {
            unmarked(value)
        } else {
            Self::Plain(value)
        }
    }

    /// Returns the value of a key, if this is an object with this key; the first value of a
    /// duplicate key.
    pub fn get(&self, key: &str) -> Option<Cow<'_, Self>> {
        match self {
            Self::Plain(value) => value.get(key).map(|value| Cow::Owned(value.clone().into())),
            Self::Object(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| Cow::Borrowed(value)),
            Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// Returns the number of keys; `None` if the value is not an object.
    pub fn n_keys(&self) -> Option<usize> {
        match self {
            Self::Plain(value) => value.as_object().map(Map::len),
            Self::Object(entries) => Some(entries.len()),
            Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// Returns the items.
    ///
    /// # Errors
    /// The value itself, if it is not a list.
    pub fn into_items(self) -> Result<Vec<Self>, Self> {
        match self {
            Self::Array(items) => Ok(items),
            Self::Plain(Value::Array(items)) => Ok(items.into_iter().map(Self::Plain).collect()),
            other => Err(other),
        }
    }

    /// Returns keys and values; `None` if the value is not an object.
    pub fn into_entries(self) -> Option<Vec<(String, Self)>> {
        match self {
            Self::Object(entries) => Some(entries),
            Self::Plain(Value::Object(entries)) => {
                let entries = entries.into_iter();
                Some(
                    entries
                        .map(|(key, value)| (key, Self::Plain(value)))
                        .collect(),
                )
            }
            Self::Plain(_) | Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.n_keys().is_some()
    }

    /// Whether the value is a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Plain(Value::Array(_)))
    }

    /// Returns the text, if the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Plain(value) => value.as_str(),
            Self::Scalar { .. } | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

impl From<Value> for Written {
    fn from(value: Value) -> Self {
        Self::Plain(value)
    }
}

/// Writes compact JSON with every number in its original notation.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(f, "{value}"),
            Self::Scalar { text, .. } if is_number(text) => f.write_str(text),
            Self::Scalar { text, .. } => write!(f, "{}", Value::String(text.clone())),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", Value::String(key.clone()))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Whether a text is a number in JSON's grammar.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// Returns the machine number for a JSON number; `None` for an integer beyond 64 bits and for a
/// number too large for a float.
fn machine_number(text: &str) -> Option<Number> {
    if text == "-0" {
        return Some(Number::from(0));
    }
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().and_then(Number::from_f64);
    }
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

#[cfg(test)]
mod tests;
