//! Reading field values by kind: which values are accepted, converted or rejected.
//!
//! Source: Agent Spec 26.3.1, *Value kinds and coercion*, as the reference SDK applies them. A
//! value that is converted to another kind is reported as a warning.

use serde_json::{Map, Number, Value};

use super::{Lowering, Slot};
use crate::base::hash::IndexMap;
use crate::base::suggest::closest;
use crate::spec::component::{FieldValue, Origin};
use crate::spec::diagnostic::Severity;
use crate::spec::language::kind::FieldKind;
use crate::spec::language::objects::Literals;
use crate::spec::language::{ComponentKind, ObjectDefinition, ReductionMethod};
use crate::spec::references::Resolution;
use crate::spec::sensitive::SecretValue;
use crate::spec::source::REFERENCE_KEY;
use crate::spec::syntax::{Entry, NodeValue};

impl<'l> Lowering<'l> {
    /// Reads a field of any kind; `None` if that failed, which is reported.
    pub(super) fn value(
        &mut self,
        kind: &FieldKind,
        at: Origin,
        label: &str,
    ) -> Option<FieldValue> {
        if let Some(name) = self.sources.reference(at)
            && kind.families().is_empty()
        {
            let Some(definition) = self.resolve(name, at) else {
                if !kind.is_sensitive() {
                    self.mark_incomplete();
                }
                return Some(FieldValue::Reference(name.to_owned()));
            };
            if self.leads_to_component(at) {
                let message = format!(
                    "`{label}` takes {}; `{name}` is a component",
                    kind.describe()
                );
                self.error("AS102", at.source, self.sources.place(at), message);
                return None;
            }
            return self.value(kind, definition.at, label);
        }
        match kind {
            FieldKind::Nullable(_) if self.is_null(at) => Some(FieldValue::Value(Value::Null)),
            FieldKind::Nullable(inner) => self.value(inner, at, label),
            FieldKind::Sensitive(inner) => {
                let value = self.plain(inner, at, label)?;
                Some(SecretValue::new(value).map_or_else(FieldValue::Value, FieldValue::Secret))
            }
            FieldKind::Component(family) => self.slot(&[*family], at, label),
            FieldKind::AnyOf(members) if kind.holds_components() => {
                self.alternative(members, at, label)
            }
            FieldKind::List(inner) if inner.holds_components() => self.list(inner, at, label),
            FieldKind::Pair(inner) if inner.holds_components() => self.pair(inner, at, label),
            FieldKind::Map(inner) if inner.holds_components() => {
                let mut values = IndexMap::default();
                for entry in self.entries(at, label)? {
                    match self.value(
                        inner,
                        Origin {
                            source: at.source,
                            node: entry.value,
                        },
                        label,
                    ) {
                        Some(value) => {
                            values.insert(entry.key.to_string(), value);
                        }
                        None => self.mark_incomplete(),
                    }
                }
                Some(FieldValue::Map(values))
            }
            _ => self.plain(kind, at, label).map(FieldValue::Value),
        }
    }

    /// Reads a component slot. An unresolved reference is kept, so that an export does not lose it.
    pub(super) fn slot(
        &mut self,
        families: &[ComponentKind],
        at: Origin,
        label: &str,
    ) -> Option<FieldValue> {
        if let Some(name) = self.sources.reference(at)
            && self.definitions.find(name, at).is_none()
        {
            self.mark_incomplete();
            return Some(FieldValue::Reference(name.to_owned()));
        }
        self.component(at, Slot { families, label })
            .map(FieldValue::Component)
    }

    /// Reads a list with components in it. Items that can't be read are left out.
    pub(super) fn list(
        &mut self,
        inner: &FieldKind,
        at: Origin,
        label: &str,
    ) -> Option<FieldValue> {
        let items = self.items(at, label)?;
        let items = items.into_iter().filter_map(|item| {
            let value = self.value(inner, item, label);
            if value.is_none() {
                self.mark_incomplete();
            }
            value
        });
        Some(FieldValue::List(items.collect()))
    }

    /// Reads a value without components as JSON; `None` if that failed, which is reported.
    pub(super) fn plain(&mut self, kind: &FieldKind, at: Origin, label: &str) -> Option<Value> {
        if let Some(name) = self.sources.reference(at)
            && let Resolution::Found(definition) = self.definitions.resolve(self.sources, name, at)
            && !self.leads_to_component(at)
        {
            return self.plain(kind, definition.at, label);
        }
        let sources = self.sources;
        let value = sources.value(at);
        match (kind, value) {
            (FieldKind::Nullable(_), NodeValue::Null) => Some(Value::Null),
            (FieldKind::Nullable(inner) | FieldKind::Sensitive(inner), _) => {
                self.plain(inner, at, label)
            }
            (FieldKind::Text, NodeValue::String(text)) => Some(text.into()),
            (FieldKind::Flag, _) => self.flag(at, label),
            (FieldKind::Integer, _) => self.integer(at, label),
            (FieldKind::Number, _) => self.number(at, label),
            (FieldKind::OneOf(names), NodeValue::String(text)) => {
                self.one_of(names, text, at, label)
            }
            (FieldKind::Object(object), NodeValue::Object(_)) => self.object(object, at, label),
            (FieldKind::List(inner), _) => {
                let items = self.items(at, label)?;
                items
                    .into_iter()
                    .map(|item| self.plain(inner, item, label))
                    .collect()
            }
            (FieldKind::Map(inner), _) => {
                let mut values = Map::new();
                for Entry { key, value, .. } in self.entries(at, label)? {
                    let label = format!("{label}.{key}");
                    let at = Origin {
                        source: at.source,
                        node: *value,
                    };
                    values.insert(key.to_string(), self.plain(inner, at, &label)?);
                }
                Some(Value::Object(values))
            }
            (FieldKind::AnyOf(members), _) => match self.member(members, at) {
                Some(member) => self.plain(member, at, label),
                None => self.wrong_kind(kind, at, label),
            },
            (FieldKind::OneOfOrFlag(names), _) => self.one_of_or_flag(names, at, label),
            (FieldKind::Bounded(inner, bound), _) => self.bounded(inner, *bound, at, label),
            (FieldKind::Any, _) | (FieldKind::Schema, NodeValue::Object(_)) => {
                Some(sources.tree(at.source).to_json(at.node))
            }
            _ => self.wrong_kind(kind, at, label),
        }
    }

    /// Reads a value of a foreign plugin's type: components become components, and everything else
    /// is kept as written.
    pub(super) fn raw(&mut self, at: Origin) -> FieldValue {
        let sources = self.sources;
        let tree = sources.tree(at.source);
        let within = |node| Origin {
            source: at.source,
            node,
        };
        if self.leads_to_component(at) {
            let slot = Slot {
                families: &[ComponentKind::Component],
                label: "this",
            };
            if let Some(component) = self.component(at, slot) {
                return FieldValue::Component(component);
            }
            self.mark_incomplete();
            return FieldValue::Value(tree.to_json(at.node));
        }
        if let Some(name) = sources.reference(at) {
            return match self.definitions.resolve(sources, name, at) {
                Resolution::Found(definition) => self.raw(definition.at),
                Resolution::Missing | Resolution::Cycle => FieldValue::Reference(name.to_owned()),
            };
        }
        if !self.holds_components(at) {
            return FieldValue::Value(tree.to_json(at.node));
        }
        let parts = self.nested(1, at, |lowering| match tree.value(at.node) {
            NodeValue::Array(items) => FieldValue::List(
                items
                    .iter()
                    .map(|item| lowering.raw(within(*item)))
                    .collect(),
            ),
            NodeValue::Object(entries) => {
                let values = entries
                    .iter()
                    .map(|e| (e.key.to_string(), lowering.raw(within(e.value))));
                FieldValue::Map(values.collect())
            }
            _ => FieldValue::Value(tree.to_json(at.node)),
        });
        parts.unwrap_or_else(|| {
            self.mark_incomplete();
            FieldValue::Value(Value::Null)
        })
    }

    /// Returns whether a value contains a component or a reference to one.
    fn holds_components(&self, at: Origin) -> bool {
        let tree = self.sources.tree(at.source);
        let within = |node| Origin {
            source: at.source,
            node,
        };
        self.leads_to_component(at)
            || match tree.value(at.node) {
                NodeValue::Array(items) => items
                    .iter()
                    .any(|item| self.holds_components(within(*item))),
                NodeValue::Object(entries) => entries
                    .iter()
                    .any(|entry| self.holds_components(within(entry.value))),
                _ => false,
            }
    }

    fn is_null(&self, at: Origin) -> bool {
        matches!(self.sources.value(at), NodeValue::Null)
    }

    /// Returns the items of a list; reports any other value.
    pub(super) fn items(&mut self, at: Origin, label: &str) -> Option<Vec<Origin>> {
        let items = self.sources.tree(at.source).items(at.node);
        if let Some(items) = items {
            return Some(
                items
                    .iter()
                    .map(|node| Origin {
                        source: at.source,
                        node: *node,
                    })
                    .collect(),
            );
        }
        if self.is_null(at) {
            let message = format!(
                "`{label}` must be an array; null is not allowed here (leave it out for an empty list)"
            );
            self.error("AS008", at.source, self.sources.place(at), message);
            return None;
        }
        self.wrong_kind(&FieldKind::List(&FieldKind::Any), at, label)
    }

    /// Returns the entries of a map; reports any other value.
    fn entries(&mut self, at: Origin, label: &str) -> Option<&'l [Entry]> {
        match self.sources.tree(at.source).entries(at.node) {
            Some(entries) => Some(entries),
            None => self.wrong_kind(&FieldKind::Map(&FieldKind::Any), at, label),
        }
    }

    fn flag(&mut self, at: Origin, label: &str) -> Option<Value> {
        match self.as_flag(at) {
            Some(flag) if matches!(self.sources.value(at), NodeValue::Bool(_)) => {
                Some(Value::Bool(flag))
            }
            Some(flag) => {
                let value = Value::Bool(flag);
                self.converted(&FieldKind::Flag, at, label, &value);
                Some(value)
            }
            None => self.wrong_kind(&FieldKind::Flag, at, label),
        }
    }

    /// Returns the boolean that a value is or clearly stands for.
    pub(super) fn as_flag(&self, at: Origin) -> Option<bool> {
        match self.sources.value(at) {
            NodeValue::Bool(flag) => Some(flag),
            NodeValue::Number(number) => match number.as_f64() {
                Some(0.0) => Some(false),
                Some(1.0) => Some(true),
                _ => None,
            },
            NodeValue::String(text) => match text.to_lowercase().as_str() {
                "true" | "yes" | "on" | "t" | "y" | "1" => Some(true),
                "false" | "no" | "off" | "f" | "n" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    fn integer(&mut self, at: Origin, label: &str) -> Option<Value> {
        let integer = match self.sources.value(at) {
            NodeValue::Number(number) if !number.is_f64() => {
                return Some(Value::Number(number.clone()));
            }
            NodeValue::Number(number) => number.as_f64().and_then(whole),
            NodeValue::Bool(flag) => Some(i64::from(flag)),
            NodeValue::String(text) => integer_of(text),
            _ => None,
        };
        match integer {
            Some(integer) => {
                let value = Value::from(integer);
                self.converted(&FieldKind::Integer, at, label, &value);
                Some(value)
            }
            None => self.wrong_kind(&FieldKind::Integer, at, label),
        }
    }

    /// Reads a number, always as a float. Converting `30` to `30.0` is not reported as a
    /// conversion.
    fn number(&mut self, at: Origin, label: &str) -> Option<Value> {
        let (number, is_converted) = match self.sources.value(at) {
            NodeValue::Number(number) => (number.as_f64(), false),
            NodeValue::Bool(flag) => (Some(f64::from(u8::from(flag))), true),
            NodeValue::String(text) => (numeral(text).parse().ok(), true),
            _ => (None, false),
        };
        match number.and_then(Number::from_f64) {
            Some(number) => {
                let value = Value::Number(number);
                if is_converted {
                    self.converted(&FieldKind::Number, at, label, &value);
                }
                Some(value)
            }
            None => self.wrong_kind(&FieldKind::Number, at, label),
        }
    }

    pub(super) fn one_of(
        &mut self,
        names: &[&str],
        text: &str,
        at: Origin,
        label: &str,
    ) -> Option<Value> {
        if names.contains(&text) {
            return Some(text.into());
        }
        let message = format!("`{label}` is \"{text}\"; allowed: {}", names.join(", "));
        let help =
            closest(text, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let place = self.sources.place(at);
        let code = literal_code(names, label);
        self.problem(Severity::Error, code, at.source, place, message)
            .help = help;
        None
    }

    /// Reads a plain object and fills in its defaults. If it keeps extra keys, null fields are left
    /// out instead.
    fn object(&mut self, object: &ObjectDefinition, at: Origin, label: &str) -> Option<Value> {
        let sources = self.sources;
        let entries = sources.tree(at.source).entries(at.node)?;
        let mut values = Map::new();
        for field in object.fields {
            let value = match sources.get(at, field.name) {
                Some(value) => {
                    let label = format!("{label}.{}", field.name);
                    Some(self.plain(&field.kind, value, &label)?)
                }
                None if field.default.is_required() => {
                    let message = format!("`{label}` needs `{}`", field.name);
                    self.error("AS007", at.source, sources.place(at), message);
                    return None;
                }
                None => field.default.to_json(&field.kind),
            };
            values.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        let is_field = |key: &str| object.fields.iter().any(|field| field.name == key);
        for entry in entries.iter().filter(|entry| !is_field(&entry.key)) {
            if object.keeps_extras {
                let value = sources.tree(at.source).to_json(entry.value);
                values.insert(entry.key.to_string(), value);
            } else {
                let names = object.fields.iter().map(|field| field.name);
                let help = closest(&entry.key, names).map(|near| format!("did you mean `{near}`?"));
                let message = format!("{} has no field `{}`", object.name, entry.key);
                let place = sources.entry_place(at.source, entry);
                self.problem(Severity::Warning, "AS006", at.source, place, message)
                    .help = help;
            }
        }
        if object.keeps_extras {
            values.retain(|_, value| !value.is_null());
        }
        Some(Value::Object(values))
    }

    /// Warns that a value was converted to another kind.
    fn converted(&mut self, kind: &FieldKind, at: Origin, label: &str, value: &Value) {
        let written = self.sources.tree(at.source).to_json(at.node);
        let message = format!(
            "`{label}` should be {}; read {written} as {value}",
            kind.describe()
        );
        let place = self.sources.place(at);
        self.problem(Severity::Warning, "AS008", at.source, place, message);
    }

    pub(super) fn wrong_kind<T>(&mut self, kind: &FieldKind, at: Origin, label: &str) -> Option<T> {
        self.misfit("AS008", at, label, &kind.describe());
        None
    }

    /// Reports a value that is not of the expected kind.
    pub(super) fn misfit(&mut self, code: &'static str, at: Origin, label: &str, wanted: &str) {
        let message = format!("`{label}` must be {wanted}, found {}", self.found(at));
        self.error(code, at.source, self.sources.place(at), message);
    }

    /// Describes a value for messages: `the number 3`.
    pub(super) fn found(&self, at: Origin) -> String {
        match self.sources.value(at) {
            NodeValue::Null => "null".to_owned(),
            NodeValue::Bool(flag) => format!("the boolean {flag}"),
            NodeValue::Number(number) => format!("the number {number}"),
            NodeValue::String(text) if text.chars().count() > 40 => "text".to_owned(),
            NodeValue::String(text) => format!("the text {text:?}"),
            NodeValue::Array(_) => "an array".to_owned(),
            NodeValue::Object(_) if self.sources.reference(at).is_some() => {
                format!("a reference (`{REFERENCE_KEY}`)")
            }
            NodeValue::Object(_) => "an object".to_owned(),
        }
    }
}

/// Converts a float to an integer, if it is a whole number.
fn whole(number: f64) -> Option<i64> {
    let text = format!("{number:.0}");
    (number.fract() == 0.0).then(|| text.parse().ok())?
}

/// Reads the integers that the SDK accepts in text: ` 1_000 ` and `1000.0`, but not `1e3`.
fn integer_of(text: &str) -> Option<i64> {
    let text = numeral(text);
    let (digits, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    is_whole.then(|| digits.parse().ok())?
}

/// Returns the code for a string that is not among the allowed ones; reducers and fields with a
/// fixed value have separate rules.
fn literal_code(names: &[&str], label: &str) -> &'static str {
    match (names, label) {
        ([_], "auth_type" | "provider" | "api_provider") => "AS706",
        _ if names == ReductionMethod::NAMES => "AS412",
        _ => "AS009",
    }
}

/// Removes the characters that may surround or separate the digits of a number: ` 1_000 ` becomes
/// `1000`.
fn numeral(text: &str) -> String {
    let text = text.trim();
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_separator = |at: usize| at.checked_sub(1).is_some_and(is_digit) && is_digit(at + 1);
    text.char_indices()
        .filter(|(at, c)| *c != '_' || !is_separator(*at))
        .map(|(_, c)| c)
        .collect()
}
