//! Completions for the keys of components, plain objects and schemas.

use super::{CompletionKind, Label, List};
use crate::spec::assist::expected::{Expected, facts, kind_text, members, type_of};
use crate::spec::assist::parts;
use crate::spec::assist::write::{Layout, Snippet};
use crate::spec::language::kind::FieldKind;
use crate::spec::language::{Availability, ComponentKind, FieldDefinition, ObjectDefinition};
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::syntax::{Format, NodeId};
use crate::spec::version::AgentSpecVersion;

/// The supported keywords of JSON Schema, each with the kind of its value and a description.
pub(in crate::spec::assist) const SCHEMA_KEYS: [(&str, &FieldKind, &str); 12] = [
    ("title", &FieldKind::Text, "The name of the property."),
    (
        "type",
        &FieldKind::Any,
        "The JSON type of its values; left out, any value.",
    ),
    (
        "description",
        &FieldKind::Text,
        "What it is for; models read it too.",
    ),
    (
        "default",
        &FieldKind::Any,
        "The value when none is given; it must fit the type.",
    ),
    (
        "enum",
        &FieldKind::List(&FieldKind::Any),
        "The values that are allowed.",
    ),
    (
        "items",
        &FieldKind::Map(&FieldKind::Any),
        "The schema of each item of an array.",
    ),
    (
        "properties",
        &FieldKind::Map(&FieldKind::Any),
        "The schemas of the values of an object, by key.",
    ),
    (
        "required",
        &FieldKind::List(&FieldKind::Text),
        "The keys that an object must have.",
    ),
    (
        "additionalProperties",
        &FieldKind::Any,
        "The schema of an object's other values, or false for none.",
    ),
    (
        "anyOf",
        &FieldKind::List(&FieldKind::Any),
        "Schemas of which a value must fit one.",
    ),
    ("minimum", &FieldKind::Number, "The least number."),
    ("maximum", &FieldKind::Number, "The greatest number."),
];

impl List<'_> {
    /// Adds the keys that an object does not have yet; `entry`, the entry under the cursor, does
    /// not count as present.
    pub(super) fn keys(&mut self, object: NodeId, entry: usize, expected: Expected) {
        let entries = self.cursor.tree().entries(object).unwrap_or_default();
        let others = entries.iter().enumerate().filter(|(at, _)| *at != entry);
        let present: Vec<String> = others.map(|(_, entry)| entry.key.to_string()).collect();
        self.keys_beside(&present, Some(object), expected);
    }

    /// Adds the keys that an object with some entries does not have yet.
    pub(super) fn keys_beside(
        &mut self,
        present: &[String],
        object: Option<NodeId>,
        expected: Expected,
    ) {
        match expected {
            Expected::Schema => {
                for (key, kind, doc) in SCHEMA_KEYS {
                    if !present.iter().any(|known| known == key) {
                        let detail = kind_text(kind);
                        self.key(key, kind, detail, doc);
                    }
                }
            }
            Expected::Kind(kind) => match expected.family() {
                Some(family) => self.component_keys(present, object, family),
                None => members(kind).for_each(|member| match member {
                    FieldKind::Object(plain) => self.object_keys(present, plain),
                    FieldKind::Map(_) => self.part_keys(present),
                    _ => {}
                }),
            },
            _ => {}
        }
    }

    /// Adds the names of parts of another component, for objects whose keys are such names.
    fn part_keys(&mut self, present: &[String]) {
        let choice = parts::choice(self.cursor, self.options);
        for named in choice.map(|choice| choice.names).unwrap_or_default() {
            if !present.contains(&named.name) {
                self.key(&named.name, &FieldKind::Any, named.detail, &named.doc);
            }
        }
    }

    fn object_keys(&mut self, present: &[String], object: &'static ObjectDefinition) {
        for field in object.fields {
            if !present.iter().any(|known| known == field.name) {
                self.add_field(field);
            }
        }
    }

    fn component_keys(
        &mut self,
        present: &[String],
        object: Option<NodeId>,
        family: ComponentKind,
    ) {
        let has = |key: &str| present.iter().any(|known| known == key);
        if has(REFERENCE_KEY) {
            return;
        }
        let is_root = self.cursor.levels.len() <= usize::from(object.is_some());
        if !has("component_type") {
            let doc = "The type; it decides which other fields there are.";
            let detail = format!("the name of a type of {family}");
            self.key("component_type", &FieldKind::Text, detail, doc);
        }
        let is_empty = present.is_empty();
        if is_empty && !is_root {
            let doc = "The name of a component that is defined elsewhere.";
            let detail = "in place of all other fields".to_owned();
            self.key(REFERENCE_KEY, &FieldKind::Text, detail, doc);
        }
        let ty = object
            .and_then(|object| type_of(self.cursor.tree(), object))
            .unwrap_or_else(|| family.component_type());
        let fields = ty.fields().filter(|field| !has(field.name));
        let mut fields: Vec<&'static FieldDefinition> = fields.collect();
        fields.sort_by_key(|field| {
            let is_required = field.default.is_required();
            let is_unwritten = field.availability == Availability::Unwritten;
            (!is_required, is_unwritten)
        });
        for field in fields {
            self.add_field(field);
        }
        if is_root && !has("agentspec_version") {
            let doc = "The version of the language that the document is written in.";
            self.key(
                "agentspec_version",
                &FieldKind::Text,
                format!("now {}", AgentSpecVersion::LATEST),
                doc,
            );
        }
        if !has(DEFINITIONS_KEY) {
            let doc = "Components by name, for references here and below.";
            let kind = FieldKind::Map(&FieldKind::Any);
            self.key(DEFINITIONS_KEY, &kind, "an object".to_owned(), doc);
        }
    }

    fn add_field(&mut self, field: &FieldDefinition) {
        self.key(
            field.name,
            &field.kind,
            facts(field).join(", "),
            field.doc.trim(),
        );
    }

    /// Adds a key with the beginning of a value of a kind, unless the key has a value already.
    fn key(&mut self, key: &str, kind: &FieldKind, detail: String, doc: &str) {
        let label = Label {
            kind: CompletionKind::Field,
            text: key.to_owned(),
            detail,
            doc: doc.to_owned(),
        };
        let layout = self.layout();
        let after = self.cursor.text.get(self.range.end..).unwrap_or_default();
        let has_value = after.trim_start_matches(' ').starts_with(':');
        if has_value {
            let trailing_comma = std::mem::take(&mut self.trailing_comma);
            self.add(label, &Snippet::plain(layout.text(key)));
            self.trailing_comma = trailing_comma;
            return;
        }
        let mut snippet = Snippet::plain(layout.key(key));
        match (layout, kind.inner()) {
            (
                Layout::Block(indent),
                FieldKind::Component(_)
                | FieldKind::Map(_)
                | FieldKind::Object(_)
                | FieldKind::Schema,
            ) => {
                snippet = Snippet::plain(format!("{key}:\n{}", " ".repeat(indent + 2)));
            }
            (
                Layout::Block(indent),
                FieldKind::List(_) | FieldKind::Properties | FieldKind::Branches,
            ) => {
                snippet = Snippet::plain(format!("{key}:\n{}- ", " ".repeat(indent)));
            }
            _ if self.cursor.format == Format::Json => {
                let blank = layout.blank(kind);
                snippet.cursor = blank.cursor.map(|at| snippet.text.len() + at);
                snippet.push(&blank.text);
            }
            _ => {}
        }
        self.add(label, &snippet);
    }
}
