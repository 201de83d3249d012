//! Kinds as types, and what the getters of such fields return.

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use super::{Bound, FieldKind, FlagNames};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::Family;
use crate::spec::language::objects::{FlagLiterals, Literals, PlainObject};
use crate::spec::property::Property;
use crate::spec::sensitive::SensitiveValue;

/// A kind as a type: ties a [`FieldKind`] to what a getter of such a field returns.
///
/// Implementers keep: `view` gives `Some` for every field that the loader lets through for `KIND`.
pub trait Kind {
    /// The value that a getter returns.
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
/// One of the strings that `L` lists, or a boolean that once meant one.
#[derive(Debug)]
pub struct OneOfOrFlag<L>(PhantomData<L>);
/// A JSON Schema.
#[derive(Debug)]
pub struct Schema;
/// A plain object with the fields of `O`.
#[derive(Debug)]
pub struct Object<O>(PhantomData<O>);
/// A component of family `F`.
#[derive(Debug)]
pub struct Slot<F>(PhantomData<F>);
/// A list of components of family `F`.
#[derive(Debug)]
pub struct Slots<F>(PhantomData<F>);
/// A list of pairs of components of family `F`.
#[derive(Debug)]
pub struct Pairs<F>(PhantomData<F>);
/// A list of values of kind `K` with components among them.
#[derive(Debug)]
pub struct Items<K>(PhantomData<K>);
/// A value of any kind in the tuple `K`; the getter gives it as it was read.
#[derive(Debug)]
pub struct AnyOf<K>(PhantomData<K>);
/// A list of plain values of kind `K`.
#[derive(Debug)]
pub struct List<K>(PhantomData<K>);
/// An object from free keys to plain values of kind `K`.
#[derive(Debug)]
pub struct Map<K>(PhantomData<K>);
/// `K` or null.
#[derive(Debug)]
pub struct Maybe<K>(PhantomData<K>);
/// `K` above 0.
#[derive(Debug)]
pub struct Positive<K>(PhantomData<K>);
/// `K`, 0 or more.
#[derive(Debug)]
pub struct NotNegative<K>(PhantomData<K>);
/// `K` of at least one character.
#[derive(Debug)]
pub struct NotEmpty<K>(PhantomData<K>);
/// `K` that is a time by ISO 8601.
#[derive(Debug)]
pub struct Moment<K>(PhantomData<K>);
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
plain_kind!(
    [L: FlagLiterals] OneOfOrFlag<L>,
    FieldKind::OneOfOrFlag(&FlagNames {
        names: L::NAMES,
        of_false: L::OF_FALSE,
        of_true: L::OF_TRUE,
    }),
    &'c str,
    Value::as_str
);
plain_kind!([] Schema, FieldKind::Schema, &'c Value, Some);
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
    const KIND: FieldKind = FieldKind::Component(F::KIND);
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        value.as_component()
    }
}

impl<F: Family> Kind for Slots<F> {
    type View<'c> = Vec<&'c Arc<Component>>;
    const KIND: FieldKind = FieldKind::List(&FieldKind::Component(F::KIND));
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        value
            .as_list()?
            .iter()
            .map(FieldValue::as_component)
            .collect()
    }
}

/// The two components of a pair.
fn pair(value: &FieldValue) -> Option<[&Arc<Component>; 2]> {
    match value.as_list()? {
        [first, second] => Some([first.as_component()?, second.as_component()?]),
        _ => None,
    }
}

impl<F: Family> Kind for Pairs<F> {
    type View<'c> = Vec<[&'c Arc<Component>; 2]>;
    const KIND: FieldKind = FieldKind::List(&FieldKind::Pair(&FieldKind::Component(F::KIND)));
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        value.as_list()?.iter().map(pair).collect()
    }
}

impl<K: Kind> Kind for Items<K> {
    type View<'c> = &'c [FieldValue];
    const KIND: FieldKind = FieldKind::List(&K::KIND);
    fn view(value: &FieldValue) -> Option<Self::View<'_>> {
        value.as_list()
    }
}

/// A choice among the kinds of a tuple.
macro_rules! any_of {
    ($($member:ident),+) => {
        impl<$($member: Kind),+> Kind for AnyOf<($($member,)+)> {
            type View<'c> = &'c FieldValue;
            const KIND: FieldKind = FieldKind::AnyOf(&[$($member::KIND),+]);
            fn view(value: &FieldValue) -> Option<Self::View<'_>> {
                Some(value)
            }
        }
    };
}

any_of!(A, B);
any_of!(A, B, C);

/// Kinds that are another one within bounds.
macro_rules! bounded_kind {
    ($name:ident) => {
        impl<K: Kind> Kind for $name<K> {
            type View<'c> = K::View<'c>;
            const KIND: FieldKind = FieldKind::Bounded(&K::KIND, Bound::$name);
            fn view(value: &FieldValue) -> Option<Self::View<'_>> {
                K::view(value)
            }
        }
    };
}

bounded_kind!(Positive);
bounded_kind!(NotNegative);
bounded_kind!(NotEmpty);
bounded_kind!(Moment);

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
