//! The values and keys that are allowed at a position of a document, taken from the language table.

use crate::spec::language::kind::{DefaultValue, FieldKind, with_article};
use crate::spec::language::{self, Availability, ComponentKind, ComponentType, FieldDefinition};
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::syntax::{NodeId, Tree};
use crate::spec::version::AgentSpecVersion;

/// The kind of the document itself and of anything under `$referenced_components`: any component.
pub(super) static ANY_COMPONENT: FieldKind = FieldKind::Component(ComponentKind::Component);

/// The values that are allowed at a position.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// The values of a field of this kind.
    Kind(&'static FieldKind),
    /// The name of a component type that this kind accepts.
    TypeName(&'static FieldKind),
    /// The name of a defined component of this kind, for a reference.
    ReferenceName(&'static FieldKind),
    /// The object under `$referenced_components`, whose keys are the names for references.
    Definitions,
    /// A version of Agent Spec.
    Version,
    /// A JSON Schema.
    Schema,
    /// A list of JSON Schemas.
    Schemas,
    /// An object whose values are JSON Schemas.
    SchemaMap,
    /// The name of a JSON type.
    SchemaType,
    /// Any value: the table does not restrict this position.
    Anything,
}

impl Expected {
    /// Returns the expected family of components, if a component is expected; the first family if
    /// several are allowed.
    pub(super) fn family(self) -> Option<ComponentKind> {
        match self {
            Self::Kind(kind) => kind.families().first().copied(),
            _ => None,
        }
    }

    /// Returns what is allowed as the value of `key`, if `object` is at a position where `self` is
    /// allowed.
    pub(super) fn entry(self, tree: &Tree, object: NodeId, key: &str) -> Self {
        match self {
            Self::Kind(kind) => match (key, kind.families().first()) {
                (REFERENCE_KEY, _) => Self::ReferenceName(kind),
                ("component_type", Some(_)) => Self::TypeName(kind),
                (DEFINITIONS_KEY, Some(_)) => Self::Definitions,
                ("agentspec_version" | "air_version", Some(_)) => Self::Version,
                (_, Some(family)) => type_of(tree, object)
                    .unwrap_or_else(|| family.component_type())
                    .field(key)
                    .map_or(Self::Anything, Self::field),
                (_, None) => members(kind)
                    .find_map(|member| match member {
                        FieldKind::Object(object) => {
                            let mut fields = object.fields.iter();
                            fields.find(|field| field.name == key).map(Self::field)
                        }
                        FieldKind::Map(inner) => Some(Self::of_kind(inner)),
                        FieldKind::Schema => Some(Self::Schema.entry(tree, object, key)),
                        _ => None,
                    })
                    .unwrap_or(Self::Anything),
            },
            Self::Definitions => Self::Kind(&ANY_COMPONENT),
            Self::SchemaMap => Self::Schema,
            Self::Schema => match key {
                "type" => Self::SchemaType,
                "items" | "additionalProperties" | "contains" | "not" => Self::Schema,
                "properties" | "patternProperties" | "$defs" => Self::SchemaMap,
                "anyOf" | "oneOf" | "allOf" | "prefixItems" => Self::Schemas,
                _ => Self::Anything,
            },
            _ => Self::Anything,
        }
    }

    /// Returns what a field allows.
    fn field(field: &'static FieldDefinition) -> Self {
        Self::of_kind(&field.kind)
    }

    fn of_kind(kind: &'static FieldKind) -> Self {
        match kind.inner() {
            FieldKind::Properties => Self::Schemas,
            FieldKind::Schema => Self::Schema,
            _ => Self::Kind(kind),
        }
    }

    /// Returns what is allowed as an item of a list, if the list is at a position where `self` is
    /// allowed.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Kind(kind) => members(kind)
                .find_map(|member| match member {
                    FieldKind::List(inner) | FieldKind::Pair(inner) => Some(Self::of_kind(inner)),
                    _ => None,
                })
                .unwrap_or(Self::Anything),
            Self::Schemas => Self::Schema,
            Self::SchemaType => Self::SchemaType,
            _ => Self::Anything,
        }
    }
}

/// Returns the alternatives of a kind: the members of `AnyOf`, else the kind itself.
pub(super) fn members(kind: &'static FieldKind) -> impl Iterator<Item = &'static FieldKind> {
    let members = match kind.inner() {
        FieldKind::AnyOf(members) => members,
        inner => std::slice::from_ref(inner),
    };
    members.iter().map(FieldKind::inner)
}

/// Returns the type that an object names in `component_type`, if the table has it.
pub(super) fn type_of(tree: &Tree, object: NodeId) -> Option<&'static ComponentType> {
    tree.get(object, "component_type")
        .and_then(|node| tree.text(node))
        .and_then(language::find)
}

/// Describes a kind for people: `a string`, `a list of Tool`, `one of append, sum`.
pub(super) fn kind_text(kind: &FieldKind) -> String {
    match kind {
        FieldKind::List(inner) => match inner.inner() {
            FieldKind::Component(family) => format!("a list of {family}"),
            _ => format!("a list: each {}", kind_text(inner)),
        },
        FieldKind::Map(inner) => match inner.inner() {
            FieldKind::Any => "an object".to_owned(),
            _ => format!("an object: each {}", kind_text(inner)),
        },
        FieldKind::Properties => "a list of JSON Schemas".to_owned(),
        FieldKind::Branches => "a list of strings".to_owned(),
        FieldKind::Pair(inner) => format!("a pair: each {}", kind_text(inner)),
        FieldKind::AnyOf(members) => {
            let members: Vec<_> = members.iter().map(kind_text).collect();
            members.join(" or ")
        }
        FieldKind::Nullable(inner) => format!("{} or null", kind_text(inner)),
        FieldKind::Bounded(inner, bound) => format!("{}, {}", kind_text(inner), bound.describe()),
        FieldKind::Sensitive(inner) => kind_text(inner),
        FieldKind::Text
        | FieldKind::Flag
        | FieldKind::Integer
        | FieldKind::Number
        | FieldKind::Any
        | FieldKind::OneOf(_)
        | FieldKind::OneOfOrFlag(_)
        | FieldKind::Schema
        | FieldKind::Object(_)
        | FieldKind::Component(_) => kind.describe(),
    }
}

/// Returns short facts about a field: `a string`, `required`, `since 26.1.2`.
pub(super) fn facts(field: &FieldDefinition) -> Vec<String> {
    let mut facts = vec![kind_text(&field.kind)];
    facts.push(match (field.default.to_json(&field.kind), field.default) {
        (Some(default), _) => format!("default {default}"),
        (None, DefaultValue::Component(made)) => {
            format!("default {}", with_article(made.ty.name()))
        }
        (None, _) => "required".to_owned(),
    });
    match field.availability {
        Availability::Since(AgentSpecVersion::V25_4_1) => {}
        Availability::Since(version) => facts.push(format!("since {version}")),
        Availability::DroppedBefore(version) => {
            facts.push(format!("left out of exports before {version}"));
        }
        Availability::Unwritten => facts.push("never exported".to_owned()),
    }
    if field.kind.is_sensitive() {
        facts.push("secret".to_owned());
    }
    facts
}
