//! Equality of two component graphs.

use crate::base::hash::HashSet;
use crate::spec::component::{Component, FieldValue};

/// A comparison of two component graphs. Pairs that were already compared are skipped, so that
/// shared components are compared only once.
#[derive(Default)]
pub(super) struct Comparison {
    met: HashSet<(*const Component, *const Component)>,
}

impl Comparison {
    pub(super) fn components(&mut self, one: &Component, other: &Component) -> bool {
        if std::ptr::eq(one, other) || !self.met.insert((one, other)) {
            return true;
        }
        one.type_name() == other.type_name()
            && one.id == other.id
            && one.name == other.name
            && one.description == other.description
            && one.metadata == other.metadata
            && one.inputs == other.inputs
            && one.outputs == other.outputs
            && one.branches == other.branches
            && one.fields.len() == other.fields.len()
            && one.fields.iter().all(|(name, value)| {
                other
                    .fields
                    .get(name)
                    .is_some_and(|other| self.values(value, other))
            })
    }

    fn values(&mut self, one: &FieldValue, other: &FieldValue) -> bool {
        match (one, other) {
            (FieldValue::Component(one), FieldValue::Component(other)) => {
                self.components(one, other)
            }
            (FieldValue::List(one), FieldValue::List(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other)
                        .all(|(one, other)| self.values(one, other))
            }
            (FieldValue::Map(one), FieldValue::Map(other)) => {
                one.len() == other.len()
                    && one.iter().all(|(key, value)| {
                        other
                            .get(key)
                            .is_some_and(|other| self.values(value, other))
                    })
            }
            (FieldValue::Value(one), FieldValue::Value(other)) => one == other,
            (FieldValue::Secret(one), FieldValue::Secret(other)) => one == other,
            (FieldValue::Reference(one), FieldValue::Reference(other)) => one == other,
            _ => false,
        }
    }
}
