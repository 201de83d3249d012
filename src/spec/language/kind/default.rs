//! Default values of fields that the text leaves out.

use serde_json::Value;

use super::FieldKind;
use crate::base::hash::IndexMap;
use crate::spec::component::FieldValue;
use crate::spec::language::ComponentKind;

/// The value of a field that the text leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// No default: the field is required.
    Required,
    /// `null`.
    Null,
    /// A boolean.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A string.
    Text(&'static str),
    /// `[]`.
    EmptyList,
    /// `{}`.
    EmptyMap,
    /// A list of these strings.
    Texts(&'static [&'static str]),
    /// A plain object with the defaults of its own fields.
    OfObject,
    /// No value: the field stays unset, and its reader decides what that means.
    Unset,
    /// `{"409": [], "429": []}`, the statuses after which a retry policy retries.
    RecoverableStatuses,
    /// A new component.
    Component(&'static DefaultComponent),
}

impl DefaultValue {
    /// Returns whether the field is required.
    pub fn is_required(self) -> bool {
        self == Self::Required
    }

    /// Returns the default of a field of `kind` as JSON; `None` if the field is required, stays
    /// unset, or defaults to a component.
    pub fn to_json(self, kind: &FieldKind) -> Option<Value> {
        Some(match self {
            Self::Required | Self::Unset | Self::Component(_) => return None,
            Self::Null => Value::Null,
            Self::Flag(flag) => Value::Bool(flag),
            Self::Integer(number) => number.into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::EmptyList => Value::Array(Vec::new()),
            Self::EmptyMap => Value::Object(serde_json::Map::new()),
            Self::Texts(texts) => texts.iter().copied().collect(),
            Self::OfObject => match kind.inner() {
                FieldKind::Object(object) => object.defaults(),
                _ => return None,
            },
            Self::RecoverableStatuses => serde_json::json!({"409": [], "429": []}),
        })
    }

    /// Returns the default as a value of a field of `kind`; `None` if the field is required, stays
    /// unset, or defaults to a component.
    pub fn to_field(self, kind: &FieldKind) -> Option<FieldValue> {
        match (self, kind.inner()) {
            (Self::EmptyList, _) if kind.holds_components() => Some(FieldValue::List(Vec::new())),
            (Self::EmptyMap, _) if kind.holds_components() => {
                Some(FieldValue::Map(IndexMap::default()))
            }
            _ => self.to_json(kind).map(FieldValue::Value),
        }
    }
}

/// A component that is made for a slot which the text leaves out.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultComponent {
    /// The type of the component.
    pub ty: ComponentKind,
    /// The name of the component.
    pub name: &'static str,
    /// The only field that is set: an object with one entry.
    pub field: &'static str,
    /// The field of the owning component that contains the key of the entry.
    pub key_field: &'static str,
    /// The value of the entry, as JSON.
    pub value: &'static str,
}
