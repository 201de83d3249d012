//! Values of fields that the text leaves out.

use serde_json::Value;

use super::FieldKind;
use crate::base::hash::IndexMap;
use crate::spec::component::FieldValue;
use crate::spec::language::ComponentKind;

/// The value of a field that the text leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// There is none: the field must be given.
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
    /// Nothing: the field stays out, and its reader decides what that means.
    Unset,
    /// `{"409": [], "429": []}`, the statuses that a retry policy takes for temporary.
    RecoverableStatuses,
    /// A component that is made for the purpose.
    Component(&'static DefaultComponent),
}

impl DefaultValue {
    /// Whether the field must be given.
    pub fn is_required(self) -> bool {
        self == Self::Required
    }

    /// The default of a field of `kind` as JSON; `None` if it is required, left out, or a component by default.
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

    /// The default as a field of `kind`; `None` if it is required, left out, or a component by default.
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

/// A component that fills a slot of its own when the text leaves the field out.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultComponent {
    /// Its type.
    pub ty: ComponentKind,
    /// Its name.
    pub name: &'static str,
    /// The one field that it is given: an object with one entry.
    pub field: &'static str,
    /// The field of the component around it that names the entry.
    pub key_field: &'static str,
    /// The value of the entry, as JSON.
    pub value: &'static str,
}
