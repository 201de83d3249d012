//! Kinds of field values: what a field accepts, and what its getter gives.
//!
//! Declarations in the table name a kind as a type, for example `Maybe<Text>` or `List<Slot<Tool>>`. The type is never
//! made; it stands for a [`FieldKind`], which loader and exporter read, and for a view, which the getters return.

use std::marker::PhantomData;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::objects::{Literals, PlainObject};
use super::{Family, ObjectDefinition};
use crate::spec::component::{Component, FieldValue};
use crate::spec::property::Property;
use crate::spec::sensitive::SensitiveValue;

/// What a field accepts.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// A string, nothing else.
    Text,
    /// A boolean, or something that plainly stands for one.
    Flag,
    /// A whole number, or something that plainly stands for one.
    Integer,
    /// A number; always a float once read.
    Number,
    /// Any JSON value.
    Any,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A plain object with fields of its own, such as a retry policy.
    Object(&'static ObjectDefinition),
    /// A component of this family.
    Component(&'static str),
    /// A list of this.
    List(&'static FieldKind),
    /// An object whose keys are free and whose values are this.
    Map(&'static FieldKind),
    /// This or null.
    Nullable(&'static FieldKind),
    /// This, kept secret.
    Sensitive(&'static FieldKind),
    /// A list of properties (JSON Schemas with a title), or null to infer it.
    Properties,
    /// A list of branch names, or an empty one to infer it.
    Branches,
}

/// A kind as a type: ties a [`FieldKind`] to what a getter of such a field returns.
///
/// Implementers keep: `view` gives `Some` for every field that the loader lets through for `KIND`.
pub trait Kind {
    /// What a getter returns.
    type View<'c>;
    /// The kind as data.
    const KIND: FieldKind;
    /// Reads one value; `None` if it is not of this kind.
    fn view(value: &FieldValue) -> Option<Self::View<'_>>;
    /// Reads a field of a component.
    fn field<'c>(component: &'c Component, name: &str) -> Option<Self::View<'c>> {
        Self::view(component.field(name)?)
    }
}

/// A string.
#[derive(Debug)]
pub struct Text;
/// A boolean.
#[derive(Debug)]
pub struct Flag;
/// A whole number.
#[derive(Debug)]
pub struct Integer;
/// A number with a fraction.
#[derive(Debug)]
pub struct Number;
/// Any JSON value.
#[derive(Debug)]
pub struct Any;
/// One of the strings that `L` lists.
#[derive(Debug)]
pub struct OneOf<L>(PhantomData<L>);
/// A plain object with the fields of `O`.
#[derive(Debug)]
pub struct Object<O>(PhantomData<O>);
/// A component of family `F`.
#[derive(Debug)]
pub struct Slot<F>(PhantomData<F>);
/// A list of components of family `F`.
#[derive(Debug)]
pub struct Slots<F>(PhantomData<F>);
/// A list of plain values of kind `K`.
#[derive(Debug)]
pub struct List<K>(PhantomData<K>);
/// An object from free keys to plain values of kind `K`.
#[derive(Debug)]
pub struct Map<K>(PhantomData<K>);
/// `K` or null.
#[derive(Debug)]
pub struct Maybe<K>(PhantomData<K>);
/// `K`, kept secret.
#[derive(Debug)]
pub struct Sensitive<K>(PhantomData<K>);
/// The declared or inferred inputs.
#[derive(Debug)]
pub struct Inputs;
/// The declared or inferred outputs.
#[derive(Debug)]
pub struct Outputs;
/// The declared or inferred branches.
#[derive(Debug)]
pub struct Branches;

/// Kinds that are plain data and so have one JSON value.
macro_rules! plain_kind {
    ([$($param:ident: $bound:ident)?] $name:ty, $kind:expr, $view:ty, $read:expr) => {
        impl$(<$param: $bound>)? Kind for $name {
            type View<'c> = $view;
            const KIND: FieldKind = $kind;
            fn view(value: &FieldValue) -> Option<Self::View<'_>> {
                value.as_value().and_then($read)
            }
        }
    };
}

plain_kind!([] Text, FieldKind::Text, &'c str, Value::as_str);
plain_kind!([] Flag, FieldKind::Flag, bool, Value::as_bool);
plain_kind!([] Integer, FieldKind::Integer, i64, Value::as_i64);
plain_kind!([] Number, FieldKind::Number, f64, Value::as_f64);
plain_kind!([] Any, FieldKind::Any, &'c Value, Some);
plain_kind!([L: Literals] OneOf<L>, FieldKind::OneOf(L::NAMES), &'c str, Value::as_str);
plain_kind!([O: PlainObject] Object<O>, FieldKind::Object(&O::DEFINITION), &'c Value, Some);
plain_kind!([K: Kind] List<K>, FieldKind::List(&K::KIND), &'c [Value], |value| {
    value.as_array().map(Vec::as_slice)
});
plain_kind!(
    [K: Kind] Map<K>,
    FieldKind::Map(&K::KIND),
    &'c serde_json::Map<String, Value>,
    Value::as_object
);

impl<F: Family> Kind for Slot<F> {
    type View<'c> = &'c Arc<Component>;
    const KIND: FieldKind = FieldKind::Component(F::NAME);
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        value.as_component()
    }
}

impl<F: Family> Kind for Slots<F> {
    type View<'c> = Vec<&'c Arc<Component>>;
    const KIND: FieldKind = FieldKind::List(&FieldKind::Component(F::NAME));
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        match value {
            FieldValue::List(items) => items.iter().map(FieldValue::as_component).collect(),
            FieldValue::Value(_)
            | FieldValue::Secret(_)
            | FieldValue::Component(_)
            | FieldValue::Map(_)
            | FieldValue::Reference(_) => None,
        }
    }
}

impl<K: Kind> Kind for Maybe<K> {
    type View<'c> = Option<K::View<'c>>;
    const KIND: FieldKind = FieldKind::Nullable(&K::KIND);
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        match value {
            FieldValue::Value(Value::Null) => Some(None),
            other => K::view(other).map(Some),
        }
    }
}

impl<K: Kind> Kind for Sensitive<K> {
    type View<'c> = SensitiveValue<'c>;
    const KIND: FieldKind = FieldKind::Sensitive(&K::KIND);
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        match value {
            FieldValue::Value(_) => Some(SensitiveValue::Absent),
            FieldValue::Secret(secret) => Some(SensitiveValue::Given(secret)),
            FieldValue::Reference(id) => Some(SensitiveValue::Missing(id)),
            FieldValue::Component(_) | FieldValue::List(_) | FieldValue::Map(_) => None,
        }
    }
}

/// Kinds whose values a component keeps apart from its other fields.
macro_rules! own_place_kind {
    ($name:ident, $kind:expr, $view:ty, $read:expr) => {
        impl Kind for $name {
            type View<'c> = &'c [$view];
            const KIND: FieldKind = $kind;
            fn view(_: &FieldValue) -> Option<Self::View<'_>> {
                None
            }
            fn field<'c>(component: &'c Component, _: &str) -> Option<Self::View<'c>> {
                Some($read(component))
            }
        }
    };
}

own_place_kind!(Inputs, FieldKind::Properties, Property, Component::inputs);
own_place_kind!(Outputs, FieldKind::Properties, Property, Component::outputs);
own_place_kind!(Branches, FieldKind::Branches, String, Component::branches);

impl FieldKind {
    /// The kind without `Nullable` and `Sensitive` around it.
    pub fn inner(&self) -> &FieldKind {
        match self {
            Self::Nullable(inner) | Self::Sensitive(inner) => inner.inner(),
            _ => self,
        }
    }

    /// Whether null is a value of this kind.
    pub fn is_nullable(&self) -> bool {
        match self {
            Self::Nullable(_) | Self::Any | Self::Properties => true,
            Self::Sensitive(inner) => inner.is_nullable(),
            _ => false,
        }
    }

    /// Whether values are secrets.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::Nullable(inner) => inner.is_sensitive(),
            _ => false,
        }
    }

    /// Whether components may stand in such a field, at any depth.
    pub fn holds_components(&self) -> bool {
        match self.inner() {
            Self::Component(_) => true,
            Self::List(inner) | Self::Map(inner) => inner.holds_components(),
            _ => false,
        }
    }

    /// For people: `a string`, `a list of Tool`, `an object or null`.
    pub fn describe(&self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Flag => "a boolean".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Any => "any value".to_owned(),
            Self::OneOf(names) => format!("one of {}", names.join(", ")),
            Self::Object(object) => format!("an object ({})", object.name),
            Self::Component(family) => with_article(family),
            Self::List(_) | Self::Properties | Self::Branches => "an array".to_owned(),
            Self::Map(_) => "an object".to_owned(),
            Self::Nullable(inner) => format!("{} or null", inner.describe()),
            Self::Sensitive(inner) => inner.describe(),
        }
    }
}

/// A type's name after `a` or `an`: `an LlmConfig`, `a Tool`.
pub fn with_article(name: &str) -> String {
    let vowel_sound = ["A", "E", "I", "O", "LlmC", "LlmN", "MCP", "SSE"];
    let article = if vowel_sound.iter().any(|start| name.starts_with(start)) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

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
    /// `{"409": [], "429": []}`, the statuses that a retry policy takes for temporary.
    RecoverableStatuses,
}

impl DefaultValue {
    /// The default as JSON; `None` if the field is required.
    pub fn to_json(self) -> Option<Value> {
        Some(match self {
            Self::Required => return None,
            Self::Null => Value::Null,
            Self::Flag(flag) => Value::Bool(flag),
            Self::Integer(number) => number.into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::EmptyList => Value::Array(Vec::new()),
            Self::EmptyMap => Value::Object(serde_json::Map::new()),
            Self::RecoverableStatuses => serde_json::json!({"409": [], "429": []}),
        })
    }

    /// The default as a field of `kind`; `None` if the field is required.
    pub fn to_field(self, kind: &FieldKind) -> Option<FieldValue> {
        match (self, kind.inner()) {
            (Self::EmptyList, _) if kind.holds_components() => Some(FieldValue::List(Vec::new())),
            (Self::EmptyMap, _) if kind.holds_components() => {
                Some(FieldValue::Map(IndexMap::new()))
            }
            _ => self.to_json().map(FieldValue::Value),
        }
    }
}
