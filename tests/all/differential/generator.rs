//! Valid components of any type, made by walking the language table.
//!
//! The table says which fields a type has and what each accepts; what it does not say, because rules look at several
//! fields together, is in [`constraints`](super::constraints).

use flowdeck::spec::language::kind::{Bound, DefaultValue, FieldKind, FlagNames};
use flowdeck::spec::language::{
    self, ComponentKind, ComponentType, FieldDefinition, ObjectDefinition, TypeStatus,
};
use serde_json::{Map, Value, json};

use super::constraints;
use super::values;

/// How deep components are nested before the plainest ones are taken.
const DEEPEST: usize = 2;

/// Makes documents; the same seed makes the same ones.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) random: fastrand::Rng,
    /// How many components have been made, for names that do not repeat.
    made: usize,
    /// How many components the one that is being made is inside of.
    depth: usize,
    vocabulary: Vocabulary,
}

/// The types that documents are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// Those of the specification, which pyagentspec has.
    Specification,
    /// Those and the ones of WayFlow's plugins.
    Wayflow,
}

impl Vocabulary {
    fn has(self, ty: &ComponentType) -> bool {
        ty.standing() == TypeStatus::Type && (ty.plugin().is_none() || self == Self::Wayflow)
    }
}

/// Which optional fields a component gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// None.
    Least,
    /// This one.
    Only(&'static str),
    /// All.
    Full,
    /// Each by chance.
    Chance,
}

impl Generator {
    pub(super) fn new(seed: u64, vocabulary: Vocabulary) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            made: 0,
            depth: 0,
            vocabulary,
        }
    }

    /// A number that was not given before.
    pub(super) fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// Every type to show: those that no smaller vocabulary has.
    pub(super) fn types(&self) -> Vec<&'static ComponentType> {
        let is_shown =
            |ty: &&ComponentType| ty.plugin().is_some() == (self.vocabulary == Vocabulary::Wayflow);
        let types = language::all().filter(is_shown);
        types.filter(|ty| self.vocabulary.has(ty)).collect()
    }

    /// The types of a family that can be made.
    pub(super) fn types_of(&self, family: ComponentKind) -> Vec<&'static ComponentType> {
        let types = language::types_of(family).into_iter();
        types.filter(|ty| self.vocabulary.has(ty)).collect()
    }

    /// A whole document without a version: the newest.
    pub(super) fn document(&mut self, ty: &'static ComponentType, extent: Extent) -> Value {
        Value::Object(self.component(ty, extent))
    }

    /// A component of a type by name.
    pub(super) fn make(&mut self, type_name: &str) -> Map<String, Value> {
        let ty = language::find(type_name).expect("a type of the table");
        self.component(ty, Extent::Least)
    }

    /// A component.
    pub(super) fn component(
        &mut self,
        ty: &'static ComponentType,
        extent: Extent,
    ) -> Map<String, Value> {
        let number = self.number();
        self.depth += 1;
        let mut object = Map::new();
        object.insert("component_type".to_owned(), json!(ty.name()));
        object.insert("id".to_owned(), json!(format!("{}-{number}", ty.name())));
        object.insert("name".to_owned(), json!(format!("name {number}")));
        let is_list = |field: &&FieldDefinition| {
            matches!(field.kind, FieldKind::Properties | FieldKind::Branches)
        };
        let fields: Vec<_> = ty
            .fields()
            .filter(|field| !["id", "name"].contains(&field.name))
            .filter(|field| {
                let is_needed = constraints::NEVER_LEFT_OUT.contains(&(ty.name(), field.name));
                is_needed || self.wants(field, extent)
            })
            .collect();
        // What a component takes and gives follows from its other fields.
        let (lists, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_list);
        for field in others {
            let value = constraints::value(self, ty, field, &object)
                .unwrap_or_else(|| self.value(&field.kind, field.default, extent));
            object.insert(field.name.to_owned(), value);
        }
        constraints::settle(self, ty, extent, &mut object);
        for field in lists {
            let value = constraints::list(self, ty, field.name, &object);
            object.insert(field.name.to_owned(), value);
        }
        self.depth -= 1;
        object
    }

    fn wants(&mut self, field: &FieldDefinition, extent: Extent) -> bool {
        field.default == DefaultValue::Required
            || match extent {
                Extent::Least => false,
                Extent::Only(name) => field.name == name,
                Extent::Full => true,
                Extent::Chance => self.random.bool(),
            }
    }

    /// A value of a kind that is not the default.
    pub(super) fn value(
        &mut self,
        kind: &FieldKind,
        default: DefaultValue,
        extent: Extent,
    ) -> Value {
        match kind {
            FieldKind::Text => json!(values::text(self)),
            FieldKind::Flag => json!(default != DefaultValue::Flag(true)),
            FieldKind::Integer => json!(self.random.i64(100..1000)),
            FieldKind::Number => values::number(self),
            FieldKind::Any => values::json(self),
            FieldKind::OneOf(names) | FieldKind::OneOfOrFlag(FlagNames { names, .. }) => {
                let others: Vec<_> = names
                    .iter()
                    .filter(|name| default != DefaultValue::Text(name))
                    .collect();
                json!(self.random.choice(others).unwrap_or(&names[0]))
            }
            FieldKind::Object(object) => self.plain_object(object, extent),
            FieldKind::Component(family) => self.slot(*family, extent),
            FieldKind::List(item) => {
                let count = self.random.usize(1..=2);
                (0..count)
                    .map(|_| self.value(item, DefaultValue::Required, extent))
                    .collect()
            }
            FieldKind::Map(item) => {
                let count = self.random.usize(1..=2);
                let entry = |g: &mut Self| {
                    let key = format!("X-Key-{}", g.number());
                    (key, g.value(item, DefaultValue::Required, extent))
                };
                Value::Object((0..count).map(|_| entry(self)).collect())
            }
            FieldKind::Pair(item) => {
                let pair = [(); 2].map(|()| self.value(item, DefaultValue::Required, extent));
                json!(pair)
            }
            FieldKind::AnyOf(members) => {
                let member = self.random.choice(*members).expect("some members");
                self.value(member, default, extent)
            }
            FieldKind::Bounded(_, Bound::Moment) => {
                json!(format!("2026-01-31T12:30:{}+00:00", self.random.u8(10..60)))
            }
            FieldKind::Nullable(inner)
            | FieldKind::Bounded(inner, _)
            | FieldKind::Sensitive(inner) => self.value(inner, default, extent),
            FieldKind::Schema => values::property(self),
            FieldKind::Properties => json!(values::properties(self)),
            FieldKind::Branches => json!(["next"]),
        }
    }

    /// A plain object: all of its fields, or some.
    fn plain_object(&mut self, object: &ObjectDefinition, extent: Extent) -> Value {
        let mut entries = Map::new();
        for field in object.fields {
            let is_wanted = field.default == DefaultValue::Required
                || extent == Extent::Full
                || self.random.bool();
            if is_wanted {
                let value = constraints::object_value(self, object, field)
                    .unwrap_or_else(|| self.value(&field.kind, field.default, extent));
                entries.insert(field.name.to_owned(), value);
            }
        }
        if object.keeps_extras && extent == Extent::Full {
            entries.insert("reasoning_effort".to_owned(), values::json(self));
        }
        Value::Object(entries)
    }

    /// A component of a family.
    pub(super) fn slot(&mut self, family: ComponentKind, extent: Extent) -> Value {
        let plainest = constraints::PLAINEST
            .iter()
            .find(|(of, _)| *of == family && self.depth >= DEEPEST)
            .map(|(_, kind)| kind.component_type());
        let ty = plainest.unwrap_or_else(|| {
            let types = self.types_of(family);
            let choice = self.random.choice(types);
            choice.unwrap_or_else(|| panic!("no type of family {family} can be made"))
        });
        let extent = match extent {
            Extent::Chance if self.depth < DEEPEST => Extent::Chance,
            _ => Extent::Least,
        };
        json!(self.component(ty, extent))
    }
}
