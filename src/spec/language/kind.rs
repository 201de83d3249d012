//! The kinds of field values: what a field accepts, and what its getter returns.
//!
//! Declarations in the table name a kind as a Rust type, for example `Maybe<Text>` or
//! `List<Slot<Tool>>`. The type is never instantiated; it stands for a [`FieldKind`], which loader
//! and exporter read, and for the return type of the view's getter.

mod default;
mod time;
mod typed;

use serde_json::Value;

use super::{ComponentKind, ObjectDefinition};

pub use self::default::{DefaultComponent, DefaultValue};
pub use self::typed::{
    Any, AnyOf, Branches, Flag, Inputs, Integer, Items, Kind, List, Map, Maybe, Moment, NotEmpty,
    NotNegative, Number, Object, OneOf, OneOfOrFlag, Outputs, Pairs, Positive, Schema, Sensitive,
    Slot, Slots, Text,
};

/// The kind of values that a field accepts.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// A string.
    Text,
    /// A boolean, or a string or number that clearly stands for one.
    Flag,
    /// A whole number, or a string or float that clearly stands for one.
    Integer,
    /// A number, converted to a float when read.
    Number,
    /// Any JSON value.
    Any,
    /// One of the given strings.
    OneOf(&'static [&'static str]),
    /// One of the given strings, or a boolean of an earlier version that stands for one.
    OneOfOrFlag(&'static FlagNames),
    /// A JSON Schema, as that of a property or of the rows of a collection.
    Schema,
    /// A plain object with fields of its own, such as a retry policy.
    Object(&'static ObjectDefinition),
    /// A component of the given family.
    Component(ComponentKind),
    /// A list of values of the given kind.
    List(&'static FieldKind),
    /// An object with arbitrary keys and values of the given kind.
    Map(&'static FieldKind),
    /// A list of exactly two values of the given kind.
    Pair(&'static FieldKind),
    /// A value of one of the given kinds; the value itself decides which.
    AnyOf(&'static [FieldKind]),
    /// A value of the given kind, or null.
    Nullable(&'static FieldKind),
    /// A value of the given kind within the given bound.
    Bounded(&'static FieldKind, Bound),
    /// A secret value of the given kind.
    Sensitive(&'static FieldKind),
    /// A list of properties (JSON Schemas with a title); null if the list is to be inferred.
    Properties,
    /// A list of branch names; empty if the list is to be inferred.
    Branches,
}

/// The strings that a field accepts, and the strings that the booleans of earlier versions stand
/// for.
#[derive(Debug)]
pub struct FlagNames {
    /// All strings that the field accepts.
    pub names: &'static [&'static str],
    /// The string that `false` stands for.
    pub of_false: &'static str,
    /// The string that `true` stands for.
    pub of_true: &'static str,
}

/// A restriction on a value in addition to its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number above 0.
    Positive,
    /// A number that is 0 or more.
    NotNegative,
    /// Text of at least one character.
    NotEmpty,
    /// Text that is an ISO 8601 date or time.
    Moment,
}

impl Bound {
    /// Returns whether a value satisfies the bound. Values of other kinds always do.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Positive => value.as_f64().is_none_or(|number| number > 0.0),
            Self::NotNegative => value.as_f64().is_none_or(|number| number >= 0.0),
            Self::NotEmpty => value.as_str().is_none_or(|text| !text.is_empty()),
            Self::Moment => value.as_str().is_none_or(time::is_iso_time),
        }
    }

    /// Describes the bound for people: `above 0`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Positive => "above 0",
            Self::NotNegative => "not below 0",
            Self::NotEmpty => "not empty",
            Self::Moment => "a time (ISO 8601)",
        }
    }
}

impl FieldKind {
    /// Returns the kind without `Nullable`, `Bounded` and `Sensitive` wrappers.
    pub fn inner(&self) -> &FieldKind {
        match self {
            Self::Nullable(inner) | Self::Bounded(inner, _) | Self::Sensitive(inner) => {
                inner.inner()
            }
            _ => self,
        }
    }

    /// Returns whether null is a value of this kind.
    pub fn is_nullable(&self) -> bool {
        match self {
            Self::Nullable(_) | Self::Any | Self::Properties => true,
            Self::Sensitive(inner) => inner.is_nullable(),
            _ => false,
        }
    }

    /// Returns whether a value is of this kind without conversion. For components and plain
    /// objects, only checks that the value is an object.
    pub fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Nullable(inner) => value.is_null() || inner.takes(value),
            Self::Sensitive(inner) => inner.takes(value),
            Self::Bounded(inner, bound) => inner.takes(value) && bound.holds(value),
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Any => true,
            Self::OneOf(names) | Self::OneOfOrFlag(FlagNames { names, .. }) => {
                value.as_str().is_some_and(|text| names.contains(&text))
            }
            Self::Schema | Self::Object(_) | Self::Component(_) | Self::Map(_) => value.is_object(),
            Self::List(_) | Self::Pair(_) | Self::Properties | Self::Branches => value.is_array(),
            Self::AnyOf(members) => members.iter().any(|member| member.takes(value)),
        }
    }

    /// Returns whether values of this kind are secrets.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::Nullable(inner) => inner.is_sensitive(),
            _ => false,
        }
    }

    /// Returns whether values of this kind may contain components, at any depth.
    pub fn holds_components(&self) -> bool {
        match self.inner() {
            Self::Component(_) => true,
            Self::List(inner) | Self::Map(inner) | Self::Pair(inner) => inner.holds_components(),
            Self::AnyOf(members) => members.iter().any(Self::holds_components),
            _ => false,
        }
    }

    /// Returns the families whose components may be the value itself; empty if none may.
    pub fn families(&self) -> Vec<ComponentKind> {
        match self.inner() {
            Self::Component(family) => vec![*family],
            Self::AnyOf(members) => members.iter().flat_map(Self::families).collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `see` for this kind and every kind inside it, including those of plain objects'
    /// fields.
    pub fn visit(&'static self, see: &mut dyn FnMut(&'static Self)) {
        see(self);
        match self {
            Self::List(inner)
            | Self::Map(inner)
            | Self::Pair(inner)
            | Self::Nullable(inner)
            | Self::Bounded(inner, _)
            | Self::Sensitive(inner) => inner.visit(see),
            Self::AnyOf(members) => members.iter().for_each(|member| member.visit(see)),
            Self::Object(object) => object.fields.iter().for_each(|field| field.kind.visit(see)),
            _ => {}
        }
    }

    /// Returns the families of components that a value may contain, at any depth.
    pub fn slots(&'static self) -> Vec<ComponentKind> {
        let mut slots = Vec::new();
        self.visit(&mut |kind| {
            if let Self::Component(family) = kind {
                slots.push(*family);
            }
        });
        slots
    }

    /// Returns a short notation for reference pages: `string`, `list of Tool or null`, `"a" | "b"`.
    pub fn notation(&self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::Flag => "boolean".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Any => "anything".to_owned(),
            Self::OneOf(names) | Self::OneOfOrFlag(FlagNames { names, .. }) => {
                let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
                quoted.join(" | ")
            }
            Self::Schema => "JSON Schema".to_owned(),
            Self::Object(object) => object.name.to_owned(),
            Self::Component(family) => family.name().to_owned(),
            Self::List(inner) => format!("list of {}", inner.notation_inside()),
            Self::Map(inner) => format!("map of {}", inner.notation_inside()),
            Self::Pair(inner) => format!("pair of {}", inner.notation_inside()),
            Self::AnyOf(members) => {
                let members: Vec<_> = members.iter().map(Self::notation).collect();
                members.join(" or ")
            }
            Self::Nullable(inner) => format!("{} or null", inner.notation()),
            Self::Bounded(inner, bound) => format!("{} {}", inner.notation(), bound.describe()),
            Self::Sensitive(inner) => inner.notation(),
            Self::Properties => "list of JSON Schema or null".to_owned(),
            Self::Branches => "list of string".to_owned(),
        }
    }

    /// Returns the notation for use inside a list, in brackets where it would be ambiguous.
    fn notation_inside(&self) -> String {
        match self {
            Self::OneOf(_) | Self::OneOfOrFlag(_) | Self::AnyOf(_) | Self::Nullable(_) => {
                format!("({})", self.notation())
            }
            _ => self.notation(),
        }
    }

    /// Describes the kind for people: `a string`, `a list of Tool`, `an object or null`.
    pub fn describe(&self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Flag => "a boolean".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Any => "any value".to_owned(),
            Self::OneOf(names) | Self::OneOfOrFlag(FlagNames { names, .. }) => {
                format!("one of {}", names.join(", "))
            }
            Self::Schema => "a JSON Schema".to_owned(),
            Self::Object(object) => format!("an object ({})", object.name),
            Self::Component(family) => with_article(family.name()),
            Self::List(_) | Self::Properties | Self::Branches => "an array".to_owned(),
            Self::Map(_) => "an object".to_owned(),
            Self::Pair(_) => "a pair".to_owned(),
            Self::AnyOf(members) => {
                let members: Vec<_> = members.iter().map(Self::describe).collect();
                members.join(" or ")
            }
            Self::Nullable(inner) => format!("{} or null", inner.describe()),
            Self::Bounded(inner, bound) => format!("{}, {}", inner.describe(), bound.describe()),
            Self::Sensitive(inner) => inner.describe(),
        }
    }
}

/// Returns a type's name with its indefinite article: `an LlmConfig`, `a Tool`.
pub fn with_article(name: &str) -> String {
    let vowel_sound = ["A", "E", "I", "O", "LlmC", "LlmN", "MCP", "SSE"];
    let article = if vowel_sound.iter().any(|start| name.starts_with(start)) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}
