//! Completions for values: types, references, literals, names of parts.

use super::{CompletionKind, Label, List};
use crate::spec::assist::expected::{Expected, members, type_of};
use crate::spec::assist::parts;
use crate::spec::assist::write::{Layout, Snippet, is_last_on_line};
use crate::spec::language::kind::{FieldKind, FlagNames};
use crate::spec::language::{self, ComponentType, FieldDefinition};
use crate::spec::syntax::NodeId;
use crate::spec::version::AgentSpecVersion;

/// The type names of JSON Schema.
const JSON_TYPES: [&str; 7] = [
    "string", "integer", "number", "boolean", "array", "object", "null",
];

impl List<'_> {
    /// Adds the values that are allowed at the cursor.
    pub(super) fn value(&mut self, expected: Expected) {
        // In the middle of text of several words or lines nothing is completed.
        if self
            .cursor
            .content()
            .is_some_and(|text| text.contains('\n'))
        {
            return;
        }
        match expected {
            Expected::TypeName(kind) => self.type_names(kind),
            Expected::ReferenceName(kind) => self.reference_names(kind),
            Expected::Version => {
                for version in AgentSpecVersion::ALL.into_iter().rev() {
                    self.literal(version.as_str(), "a version of Agent Spec", true);
                }
            }
            Expected::SchemaType => {
                for name in JSON_TYPES {
                    self.literal(name, "a JSON type", true);
                }
            }
            Expected::Schema if self.site.is_fresh => self.keys_beside(&[], None, expected),
            Expected::Kind(kind) => self.of_kind(kind, expected),
            Expected::Anything
            | Expected::Definitions
            | Expected::Schema
            | Expected::Schemas
            | Expected::SchemaMap => {}
        }
    }

    fn of_kind(&mut self, kind: &'static FieldKind, expected: Expected) {
        if !kind.families().is_empty() {
            if self.site.is_fresh && !matches!(self.layout(), Layout::Lines(_)) {
                self.keys_beside(&[], None, expected);
            }
            if !self.cursor.levels.is_empty() {
                self.components(kind, false);
            }
        }
        for member in members(kind) {
            self.of_member(member, expected);
        }
        if kind.is_nullable() && !matches!(kind.inner(), FieldKind::Any) {
            self.literal("null", &self.default_detail("null"), false);
        }
    }

    fn of_member(&mut self, kind: &'static FieldKind, expected: Expected) {
        match kind {
            FieldKind::List(inner) if !inner.families().is_empty() => self.components(inner, true),
            FieldKind::Object(_) | FieldKind::Map(_) if self.site.is_fresh => {
                self.keys_beside(&[], None, expected);
            }
            FieldKind::Flag => {
                for flag in ["true", "false"] {
                    self.literal(flag, &self.default_detail(flag), false);
                }
            }
            FieldKind::OneOf(names) | FieldKind::OneOfOrFlag(FlagNames { names, .. }) => {
                for name in *names {
                    self.literal(name, &self.default_detail(name), true);
                }
            }
            FieldKind::Text => self.parts(),
            FieldKind::Integer | FieldKind::Number => {
                let default = self
                    .field()
                    .and_then(|field| field.default.to_json(&field.kind));
                if let Some(default) = default.filter(|default| !default.is_null()) {
                    self.literal(&default.to_string(), "the default", false);
                }
            }
            _ => {}
        }
    }

    /// Returns the field that contains the value under the cursor.
    fn field(&self) -> Option<&'static FieldDefinition> {
        let level = self.cursor.levels.last()?;
        Some(self.cursor.field_at(level)?.1)
    }

    fn default_detail(&self, value: &str) -> String {
        let default = self
            .field()
            .and_then(|field| field.default.to_json(&field.kind));
        let is_default = default.is_some_and(|default| {
            default
                .as_str()
                .map_or_else(|| default.to_string(), str::to_owned)
                == value
        });
        if is_default { "the default" } else { "" }.to_owned()
    }

    /// Adds a plain value; `is_text` says whether the value is a string, which may need quotes.
    fn literal(&mut self, value: &str, detail: &str, is_text: bool) {
        let label = Label {
            kind: CompletionKind::Value,
            text: value.to_owned(),
            detail: detail.to_owned(),
            doc: String::new(),
        };
        let written = if is_text {
            self.layout().text(value)
        } else {
            value.to_owned()
        };
        self.add(label, &Snippet::plain(written));
    }

    /// Adds the branches, inputs and outputs of the component in a neighbouring field.
    fn parts(&mut self) {
        let Some(choice) = parts::choice(self.cursor, self.options) else {
            return;
        };
        for named in choice.names {
            let label = Label {
                kind: CompletionKind::Part,
                text: named.name.clone(),
                detail: named.detail,
                doc: named.doc,
            };
            self.add(label, &Snippet::plain(self.layout().text(&named.name)));
        }
    }

    /// Adds the types that a kind accepts, each with the required fields that the object still
    /// lacks.
    fn type_names(&mut self, kind: &FieldKind) {
        let Some(level) = self.cursor.levels.last() else {
            return;
        };
        let tree = self.cursor.tree();
        let layout = Layout::of(
            tree,
            &self.cursor.recovered.text,
            self.cursor.format,
            level.node,
        );
        let has = |key: &str| tree.get(level.node, key).is_some();
        let may_go_on = !matches!(layout, Layout::Block(_))
            || is_last_on_line(self.cursor.text, self.range.end);
        for ty in fitting(kind) {
            let mut snippet = Snippet::plain(layout.text(ty.name()));
            if may_go_on {
                let missing = required(ty).filter(|field| !has(field.name));
                let entries = layout.blank_entries(missing);
                snippet.cursor = entries.cursor.map(|at| snippet.text.len() + at);
                snippet.push(&entries.text);
            }
            self.add(type_label(ty), &snippet);
        }
    }

    /// Adds the names of the components in scope that fit.
    fn reference_names(&mut self, kind: &'static FieldKind) {
        for (name, label) in self.fitting_references(kind) {
            let written = self.layout().text(&name);
            self.add(label, &Snippet::plain(written));
        }
    }

    /// Returns the components in scope that a kind accepts, each with its label.
    fn fitting_references(&self, kind: &'static FieldKind) -> Vec<(String, Label)> {
        let tree = self.cursor.tree();
        let families = kind.families();
        let fits = |value: NodeId| {
            if families.is_empty() {
                return tree.get(value, "component_type").is_none();
            }
            match type_of(tree, value) {
                Some(ty) => families.iter().any(|family| ty.is_a(*family)),
                None => tree.get(value, "component_type").is_some(),
            }
        };
        let symbols = self.referable().into_iter();
        symbols
            .filter(|symbol| fits(symbol.value))
            .map(|symbol| {
                let text = |key| tree.get(symbol.value, key).and_then(|node| tree.text(node));
                let name = text("name").filter(|name| *name != symbol.name);
                let ty = text("component_type").unwrap_or("a plain value");
                let label = Label {
                    kind: CompletionKind::Reference,
                    text: symbol.name.clone(),
                    detail: name.map_or_else(|| ty.to_owned(), |name| format!("{ty} {name}")),
                    doc: text("description").unwrap_or_default().to_owned(),
                };
                (symbol.name.clone(), label)
            })
            .collect()
    }

    /// Adds references and new components; inserts the list as well if a list is expected and still
    /// missing.
    fn components(&mut self, kind: &'static FieldKind, is_list: bool) {
        let layout = self.layout();
        let is_block = matches!(layout, Layout::Block(_));
        // Items of a list are written below the key, not indented.
        let (indent, dash) = match layout {
            Layout::Block(indent) if is_list && self.site.is_fresh => (indent, "- "),
            Layout::Block(indent) if is_list => (indent - 2, "- "),
            Layout::Block(indent) => (indent, ""),
            _ => (0, ""),
        };
        let (open, close) = if is_list && !is_block {
            ("[", "]")
        } else {
            ("", "")
        };
        for (name, label) in self.fitting_references(kind) {
            if is_block && (is_list || self.site.is_fresh) {
                let text = format!("{dash}$component_ref: {}", layout.text(&name));
                self.add_below(label, Snippet::plain(text), indent);
            } else {
                let text = format!("{open}{}{close}", layout.reference(&name));
                self.add(label, &Snippet::plain(text));
            }
        }
        for ty in fitting(kind) {
            let below = if is_list && is_block {
                Layout::Block(indent + 2)
            } else {
                layout
            };
            let mut snippet = below.component(ty.name(), required(ty));
            let lead = format!("{open}{dash}");
            snippet.cursor = snippet.cursor.map(|at| at + lead.len());
            snippet.text.insert_str(0, &lead);
            snippet.text.push_str(close);
            if is_block {
                self.add_below(type_label(ty), snippet, indent);
            } else {
                self.add(type_label(ty), &snippet);
            }
        }
    }
}

/// Returns the types that a kind accepts, types with declared fields first.
fn fitting(kind: &FieldKind) -> Vec<&'static ComponentType> {
    let families = kind.families().into_iter();
    let mut types: Vec<_> = families.flat_map(language::types_of).collect();
    types.sort_by_key(|ty| (!ty.is_declared(), ty.name()));
    types.dedup_by_key(|ty| ty.name());
    types
}

fn required(ty: &'static ComponentType) -> impl Iterator<Item = &'static FieldDefinition> {
    ty.fields().filter(|field| field.default.is_required())
}

fn type_label(ty: &'static ComponentType) -> Label {
    let needs: Vec<&str> = required(ty).map(|field| field.name).collect();
    Label {
        kind: CompletionKind::Type,
        text: ty.name().to_owned(),
        detail: format!("since {}, needs {}", ty.since(), needs.join(", ")),
        doc: ty.doc().trim().to_owned(),
    }
}
