//! Values that may be of several kinds, and values with bounds.

use serde_json::Value;

use super::Lowering;
use crate::spec::component::{FieldValue, Origin};
use crate::spec::diagnostic::Severity;
use crate::spec::language::ObjectDefinition;
use crate::spec::language::kind::{Bound, FieldKind, FlagNames};
use crate::spec::syntax::NodeValue;

impl Lowering<'_> {
    /// Reads a value of one of several kinds that may include components.
    pub(super) fn alternative(
        &mut self,
        members: &'static [FieldKind],
        at: Origin,
        label: &str,
    ) -> Option<FieldValue> {
        let kind = FieldKind::AnyOf(members);
        let leads_nowhere = self
            .sources
            .reference(at)
            .is_some_and(|name| self.definitions.find(name, at).is_none());
        if leads_nowhere || self.leads_to_component(at) {
            return self.slot(&kind.families(), at, label);
        }
        if let Some(name) = self.sources.reference(at) {
            let definition = self.resolve(name, at)?;
            return self.value(&kind, definition.at, label);
        }
        match self.member(members, at) {
            Some(member) => self.value(member, at, label),
            None => self.wrong_kind(&kind, at, label),
        }
    }

    /// Returns the first of several kinds that matches the form of a value.
    pub(super) fn member(
        &self,
        members: &'static [FieldKind],
        at: Origin,
    ) -> Option<&'static FieldKind> {
        members.iter().find(|member| self.looks_like(member, at))
    }

    fn looks_like(&self, kind: &FieldKind, at: Origin) -> bool {
        match (kind, self.sources.value(at)) {
            (FieldKind::Nullable(_), NodeValue::Null) | (FieldKind::Any, _) => true,
            (
                FieldKind::Nullable(inner)
                | FieldKind::Sensitive(inner)
                | FieldKind::Bounded(inner, _),
                _,
            ) => self.looks_like(inner, at),
            (FieldKind::AnyOf(members), _) => self.member(members, at).is_some(),
            (FieldKind::Component(_), _) => self.leads_to_component(at),
            (FieldKind::OneOf(names), NodeValue::String(text)) => names.contains(&text),
            (FieldKind::Map(inner), NodeValue::Object(entries)) => entries.iter().all(|entry| {
                let at = Origin {
                    source: at.source,
                    node: entry.value,
                };
                self.looks_like(inner, at)
            }),
            (FieldKind::Object(object), NodeValue::Object(_)) => self.looks_like_object(object, at),
            (kind, value) => matches!(
                (kind, value),
                (
                    FieldKind::Text | FieldKind::OneOfOrFlag(_),
                    NodeValue::String(_)
                ) | (
                    FieldKind::Flag | FieldKind::OneOfOrFlag(_),
                    NodeValue::Bool(_)
                ) | (FieldKind::Integer | FieldKind::Number, NodeValue::Number(_))
                    | (
                        FieldKind::List(_)
                            | FieldKind::Pair(_)
                            | FieldKind::Properties
                            | FieldKind::Branches,
                        NodeValue::Array(_)
                    )
                    | (FieldKind::Schema, NodeValue::Object(_))
            ),
        }
    }

    /// Returns whether an object has all required fields of a plain object, and the fixed strings
    /// that distinguish it from others.
    fn looks_like_object(&self, object: &ObjectDefinition, at: Origin) -> bool {
        object.fields.iter().all(
            |field| match (&field.kind, self.sources.get(at, field.name)) {
                (_, None) => !field.default.is_required(),
                (FieldKind::OneOf([name]), Some(value)) => self.sources.text(value) == Some(name),
                (_, Some(_)) => true,
            },
        )
    }

    /// Reads a list of exactly two items.
    pub(super) fn pair(
        &mut self,
        inner: &FieldKind,
        at: Origin,
        label: &str,
    ) -> Option<FieldValue> {
        let count = self.items(at, label)?.len();
        if count != 2 {
            let message = format!("each entry of `{label}` must be a pair, found {count} in one");
            self.error("AS602", at.source, self.sources.place(at), message);
            return None;
        }
        self.nested(1, at, |lowering| lowering.list(inner, at, label))
            .flatten()
    }

    /// Reads one of several strings, or a boolean that stands for one, which is reported as
    /// outdated.
    pub(super) fn one_of_or_flag(
        &mut self,
        names: &FlagNames,
        at: Origin,
        label: &str,
    ) -> Option<Value> {
        if let Some(text) = self.sources.text(at)
            && (names.names.contains(&text) || self.as_flag(at).is_none())
        {
            return self.one_of(names.names, text, at, label);
        }
        let Some(flag) = self.as_flag(at) else {
            let kind = FieldKind::OneOf(names.names);
            return self.wrong_kind(&kind, at, label);
        };
        let name = if flag { names.of_true } else { names.of_false };
        let message = format!("a boolean for `{label}` is outdated; read as \"{name}\"");
        let place = self.sources.place(at);
        let help = format!("write \"{name}\"");
        self.problem(Severity::Warning, "AS605", at.source, place, message)
            .help = Some(help);
        Some(name.into())
    }

    /// Reads a value with bounds; a value out of bounds is reported and kept.
    pub(super) fn bounded(
        &mut self,
        inner: &FieldKind,
        bound: Bound,
        at: Origin,
        label: &str,
    ) -> Option<Value> {
        let value = self.plain(inner, at, label)?;
        if !bound.holds(&value) {
            self.misfit("AS010", at, label, bound.describe());
        }
        Some(value)
    }
}
