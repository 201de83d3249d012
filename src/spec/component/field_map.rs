//! The fields of one component.

use std::borrow::Cow;

use crate::spec::component::FieldValue;

/// Field values by name, in insertion order.
///
/// A list with linear search instead of a hash table: a component has at most a dozen fields, and
/// most names are static strings of the language table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::spec) struct FieldMap(Vec<(Cow<'static, str>, FieldValue)>);

impl FieldMap {
    /// Returns the value of a name.
    pub(in crate::spec) fn get(&self, name: &str) -> Option<&FieldValue> {
        self.iter().find(|(known, _)| *known == name).map(|it| it.1)
    }

    /// Sets the value of a name; an existing field keeps its position.
    pub(in crate::spec) fn insert(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: FieldValue,
    ) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    /// Appends a value under a name that is not in the map yet.
    pub(in crate::spec) fn push(&mut self, name: impl Into<Cow<'static, str>>, value: FieldValue) {
        self.0.push((name.into(), value));
    }

    /// Returns the number of fields.
    pub(in crate::spec) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns all fields in order.
    pub(in crate::spec) fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, FieldValue)> for FieldMap {
    fn from_iter<I: IntoIterator<Item = (N, FieldValue)>>(fields: I) -> Self {
        let mut map = Self::default();
        for (name, value) in fields {
            map.insert(name, value);
        }
        map
    }
}
