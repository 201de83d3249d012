//! Kinds of field values as Rust types, with the return types of the getters.

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use super::{Bound, FieldKind, FlagNames};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::Family;
use crate::spec::language::objects::{FlagLiterals, Literals, PlainObject};
use crate::spec::property::Property;
use crate::spec::sensitive::SensitiveValue;

/// A kind as a Rust type: connects a [`FieldKind`] with the return type of the field's getter.
///
/// Implementers guarantee that `view` returns `Some` for every value that the loader accepts for
/// `KIND`.
pub trait Kind {
    /// The return type of a getter.
    type View<'c>;
    /// The kind as a value.
    const KIND: FieldKind;
    /// Reads a value; `None` if it is of another kind.
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
/// One of the strings that `L` lists, or a boolean of an earlier version that stands for one.
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
/// A list of values of kind `K`, some of which may be components.
#[derive(Debug)]
pub struct Items<K>(PhantomData<K>);
/// A value of any kind in the tuple `K`; the getter returns it as read.
#[derive(Debug)]
pub struct AnyOf<K>(PhantomData<K>);
/// A list of plain values of kind `K`.
#[derive(Debug)]
pub struct List<K>(PhantomData<K>);
/// An object with arbitrary keys and plain values of kind `K`.
#[derive(Debug)]
pub struct Map<K>(PhantomData<K>);
/// A value of kind `K`, or null.
#[derive(Debug)]
pub struct Maybe<K>(PhantomData<K>);
/// A value of kind `K` above 0.
#[derive(Debug)]
pub struct Positive<K>(PhantomData<K>);
/// A value of kind `K` that is 0 or more.
#[derive(Debug)]
pub struct NotNegative<K>(PhantomData<K>);
/// A text of kind `K` with at least one character.
#[derive(Debug)]
pub struct NotEmpty<K>(PhantomData<K>);
/// A text of kind `K` that is an ISO 8601 date or time.
#[derive(Debug)]
pub struct Moment<K>(PhantomData<K>);
/// A secret value of kind `K`.
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

/// Implements [`Kind`] for kinds of plain data, which have one JSON value.
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

/// Returns the two components of a pair.
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

/// Implements [`Kind`] for a choice among the kinds of a tuple.
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

/// Implements [`Kind`] for kinds that restrict another kind.
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

/// Implements [`Kind`] for the lists that a component stores outside its field map.
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
