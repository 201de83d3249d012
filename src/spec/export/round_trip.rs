//! The round-trip check: whether an exported component loads unchanged.

use std::fmt;
use std::sync::Arc;

use super::Exported;
use crate::base::hash::HashMap;
use crate::base::ids::IdSource;
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{Availability, FieldDefinition};
use crate::spec::load::{LoadOptions, Supplied, load};
use crate::spec::requirements::{is_set, is_written};
use crate::spec::sensitive::reference_for;
use crate::spec::syntax::Format;
use crate::spec::version::AgentSpecVersion;

/// The text for a component that came back with another id.
pub(in crate::spec) const THE_ID: &str = "the id";

/// A part of a component that its export lost or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The exported version has no field for the value.
    NotInVersion {
        /// The id of the component.
        id: String,
        /// The name of the field.
        field: &'static str,
        /// The exported version.
        written: AgentSpecVersion,
        /// The first version that has the field.
        since: AgentSpecVersion,
    },
    /// The value is in a field that is read but never exported.
    NeverWritten {
        /// The id of the component.
        id: String,
        /// The name of the field.
        field: &'static str,
    },
    /// The value changed, which is a bug in the exporter.
    Changed {
        /// The id of the component.
        id: String,
        /// The changed part.
        what: String,
    },
    /// The text can't be loaded, which is a bug in the exporter.
    Unreadable {
        /// The message of the first problem.
        problem: String,
    },
}

impl Loss {
    /// Returns whether the loss follows from the language, and is not a bug.
    pub fn is_intended(&self) -> bool {
        matches!(self, Self::NotInVersion { .. } | Self::NeverWritten { .. })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInVersion {
                id,
                field,
                written,
                since,
            } => write!(
                f,
                "`{field}` of `{id}`: it exists since {since}, and {written} was written"
            ),
            Self::NeverWritten { id, field } => {
                write!(f, "`{field}` of `{id}`: it is read but never written")
            }
            Self::Changed { id, what } => write!(f, "{what} of `{id}` came back changed"),
            Self::Unreadable { problem } => write!(f, "the text can't be read again: {problem}"),
        }
    }
}

/// Loads an export and returns what it lost of the component, in the order of the text. Masked
/// secrets are not losses: [`Exported::masked`] names them.
pub fn losses(root: &Arc<Component>, exported: &Exported, format: Format) -> Vec<Loss> {
    let set = exported.set.clone().map(|text| Supplied {
        name: "the set".to_owned(),
        text,
    });
    let options = LoadOptions {
        format: Some(format),
        ids: IdSource::counted(),
        supplied: set.into_iter().collect(),
        partial: true,
        ..LoadOptions::default()
    };
    let again = load(&exported.text, &options);
    let first_error = again.diagnostics.iter().find(|problem| problem.is_error());
    match (&again.component, first_error) {
        (Some(component), None) => {
            let mut comparison = Comparison {
                version: exported.version,
                there: HashMap::default(),
                back: HashMap::default(),
                losses: Vec::new(),
            };
            comparison.component(root, component);
            comparison.losses
        }
        (_, problem) => vec![Loss::Unreadable {
            problem: problem.map_or_else(String::new, |problem| problem.message.clone()),
        }],
    }
}

/// A parallel walk over two component graphs that should be equal.
struct Comparison {
    version: AgentSpecVersion,
    /// Maps each original component to its loaded counterpart.
    there: HashMap<*const Component, *const Component>,
    /// Maps each loaded component to its original.
    back: HashMap<*const Component, *const Component>,
    losses: Vec<Loss>,
}

impl Comparison {
    fn component(&mut self, before: &Arc<Component>, after: &Arc<Component>) {
        let (one, other) = (Arc::as_ptr(before), Arc::as_ptr(after));
        let (is_first, is_only) = (
            !self.there.contains_key(&one),
            !self.back.contains_key(&other),
        );
        if !is_first || !is_only {
            if self.there.get(&one) != Some(&other) || self.back.get(&other) != Some(&one) {
                self.changed(before, "what is shared with others");
            }
            return;
        }
        self.there.insert(one, other);
        self.back.insert(other, one);
        let own = [
            ("the type", before.type_name() == after.type_name()),
            (THE_ID, before.id() == after.id()),
            ("the name", before.name() == after.name()),
            (
                "the description",
                before.description() == after.description(),
            ),
            ("the metadata", before.metadata() == after.metadata()),
            ("the inputs", before.inputs() == after.inputs()),
            ("the outputs", before.outputs() == after.outputs()),
            ("the branches", before.branches() == after.branches()),
        ];
        for (what, _) in own.into_iter().filter(|(_, is_same)| !is_same) {
            self.changed(before, what);
        }
        for (name, value) in before.fields() {
            let field = before.component_type().field(name);
            if let Some(field) = field.filter(|field| !is_written(field, self.version)) {
                self.unwritten(before, field);
                continue;
            }
            match after.field(name) {
                Some(other) => self.value(before, name, value, other),
                None => self.changed(before, &format!("`{name}`")),
            }
        }
        if let Some((name, _)) = after
            .fields()
            .find(|(name, _)| before.field(name).is_none())
        {
            self.changed(before, &format!("`{name}`"));
        }
    }

    fn value(&mut self, owner: &Component, name: &str, before: &FieldValue, after: &FieldValue) {
        match (before, after) {
            (FieldValue::Component(before), FieldValue::Component(after)) => {
                self.component(before, after);
            }
            (FieldValue::List(before), FieldValue::List(after)) if before.len() == after.len() => {
                for (before, after) in before.iter().zip(after) {
                    self.value(owner, name, before, after);
                }
            }
            (FieldValue::Map(before), FieldValue::Map(after)) if before.len() == after.len() => {
                for (key, before) in before {
                    match after.get(key) {
                        Some(after) => self.value(owner, name, before, after),
                        None => self.changed(owner, &format!("`{name}`")),
                    }
                }
            }
            (FieldValue::Secret(_), FieldValue::Reference(reference))
                if *reference == reference_for(owner.id(), name) => {}
            (before, after) if before == after => {}
            _ => self.changed(owner, &format!("`{name}`")),
        }
    }

    fn unwritten(&mut self, owner: &Component, field: &'static FieldDefinition) {
        if !is_set(owner, field) {
            return;
        }
        let id = owner.id().to_owned();
        let (field, written) = (field.name, self.version);
        self.losses.push(match owner.component_type().field(field) {
            Some(FieldDefinition {
                availability: Availability::Since(since) | Availability::DroppedBefore(since),
                ..
            }) => Loss::NotInVersion {
                id,
                field,
                written,
                since: *since,
            },
            _ => Loss::NeverWritten { id, field },
        });
    }

    fn changed(&mut self, owner: &Component, what: &str) {
        self.losses.push(Loss::Changed {
            id: owner.id().to_owned(),
            what: what.to_owned(),
        });
    }
}
