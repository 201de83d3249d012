//! The fields of one component.

use std::borrow::Cow;

use crate::spec::component::FieldValue;

/// Values by name, in the order of insertion.
///
/// A list that is searched, not a hash table: a component has a dozen fields at most, whose names are mostly those of
/// the language table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::spec) struct FieldMap(Vec<(Cow<'static, str>, FieldValue)>);

impl FieldMap {
    /// The value of this name.
    pub(in crate::spec) fn get(&self, name: &str) -> Option<&FieldValue> {
        self.iter().find(|(known, _)| *known == name).map(|it| it.1)
    }

    /// Gives a name a value, in the place of the one that it has.
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

    /// Adds a value under a name that has none yet.
    pub(in crate::spec) fn push(&mut self, name: impl Into<Cow<'static, str>>, value: FieldValue) {
        self.0.push((name.into(), value));
    }

    /// Returns how many fields there are.
    pub(in crate::spec) fn len(&self) -> usize {
        self.0.len()
    }

    /// All fields, with their names.
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
