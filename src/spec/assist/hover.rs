//! Hover texts: explains a key, type, reference or placeholder.

use std::ops::Range;

use super::complete::SCHEMA_KEYS;
use super::cursor::{Cursor, Level};
use super::expected::{Expected, facts, kind_text, type_of};
use super::parts;
use super::recover::Token;
use super::symbols::Symbols;
use crate::spec::language::kind::FieldKind;
use crate::spec::language::{self, ComponentType, FieldDefinition};
use crate::spec::load::LoadOptions;
use crate::spec::placeholder;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::syntax::{NodeId, Place};

/// An explanation of something in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The range of the explained text.
    pub range: Range<usize>,
    /// The title: `system_prompt of Agent`.
    pub title: String,
    /// Facts in a few words each: `a string`, `required`.
    pub facts: Vec<String>,
    /// A description in a sentence or two; may be empty.
    pub doc: String,
}

/// Returns the explanation of the key or value at a byte of a text; `None` where there is none.
pub fn hover(text: &str, options: &LoadOptions, at: usize) -> Option<Hover> {
    let cursor = Cursor::on_name(text, options, at)?;
    if let Some(hover) = of_placeholder(&cursor) {
        return Some(hover);
    }
    let range = cursor.range();
    let (title, facts, doc) = match cursor.token {
        Token::Key(..) => of_key(&cursor)?,
        Token::Value(node) => of_value(&cursor, node, options)?,
    };
    Some(Hover {
        range,
        title,
        facts,
        doc,
    })
}

/// The title, the facts and the description of an explanation.
type Words = (String, Vec<String>, String);

fn of_key(cursor: &Cursor<'_>) -> Option<Words> {
    let level = cursor.levels.last()?;
    let key = cursor.key_of(level)?;
    if let Some((owner, field)) = cursor.field_at(level) {
        return Some(of_field(owner, field));
    }
    match level.expected {
        Expected::Schema => {
            let (_, kind, doc) = SCHEMA_KEYS.iter().find(|(name, ..)| *name == key)?;
            let title = format!("{key} of a JSON Schema");
            Some((title, vec![kind_text(kind)], (*doc).to_owned()))
        }
        Expected::Definitions => {
            let entry = cursor.tree().entries(level.node)?.get(level.step)?;
            Some(of_definition(
                cursor,
                key,
                entry.value,
                Some(cursor.tree().key_place(entry)),
            ))
        }
        _ => {
            let doc = match key {
                "component_type" => "The type of the component; it decides which fields there are.",
                REFERENCE_KEY => "The name of a component that is defined elsewhere.",
                DEFINITIONS_KEY => "Components by name, for references here and below.",
                "agentspec_version" => {
                    "The version of the language that the document is written in."
                }
                "component_plugin_name" => "The plugin that the type comes from.",
                _ => return None,
            };
            Some((key.to_owned(), Vec::new(), doc.to_owned()))
        }
    }
}

fn of_field(owner: &str, field: &FieldDefinition) -> Words {
    let title = format!("{} of {owner}", field.name);
    (title, facts(field), field.doc.trim().to_owned())
}

fn of_value(cursor: &Cursor<'_>, node: NodeId, options: &LoadOptions) -> Option<Words> {
    match cursor.expected {
        Expected::TypeName(_) => {
            let name = cursor.tree().text(node)?;
            return language::find(name).map(of_type);
        }
        Expected::ReferenceName(_) => {
            let name = cursor.tree().text(node)?;
            let symbols = Symbols::of(cursor.tree());
            let enclosing: Vec<NodeId> = cursor.levels.iter().map(|level| level.node).collect();
            let symbol = symbols
                .resolve(name, &enclosing)
                .and_then(|at| symbols.definitions.get(at));
            return Some(match symbol {
                Some(symbol) => of_definition(cursor, name, symbol.value, Some(symbol.key_place)),
                None => of_supplied(name, options),
            });
        }
        _ => {}
    }
    if let Some(choice) = parts::choice(cursor, options) {
        let name = cursor.tree().text(node)?;
        let named = choice.names.into_iter().find(|named| named.name == name)?;
        return Some((named.name, vec![named.detail], named.doc));
    }
    // Inside a field's value, the field.
    let level = innermost_field(cursor)?;
    let (owner, field) = cursor.field_at(level)?;
    Some(of_field(owner, field))
}

/// Returns the innermost level around the cursor whose key is a field of the table.
fn innermost_field<'c>(cursor: &'c Cursor<'_>) -> Option<&'c Level> {
    let mut levels = cursor.levels.iter().rev();
    levels.find(|level| cursor.field_at(level).is_some())
}

fn of_type(ty: &ComponentType) -> Words {
    let required: Vec<&str> = ty
        .fields()
        .filter(|field| field.default.is_required())
        .map(|field| field.name)
        .collect();
    let mut facts = vec![format!("since {}", ty.since())];
    if !required.is_empty() {
        facts.push(format!("needs {}", required.join(", ")));
    }
    let doc = ty.doc().trim().to_owned();
    (ty.name().to_owned(), facts, doc)
}

/// Returns the explanation of the component that a reference names.
fn of_definition(cursor: &Cursor<'_>, name: &str, value: NodeId, place: Option<Place>) -> Words {
    let tree = cursor.tree();
    let text = |key| tree.get(value, key).and_then(|node| tree.text(node));
    let mut facts = Vec::new();
    match text("component_type") {
        Some(ty) => facts.push(ty.to_owned()),
        None => facts.push("a plain value".to_owned()),
    }
    if let Some(called) = text("name").filter(|called| *called != name) {
        facts.push(format!("called {called}"));
    }
    if let Some(place) = place {
        facts.push(format!("line {}", place.line));
    }
    let doc = match text("description") {
        Some(description) => description.to_owned(),
        None => type_of(tree, value).map_or_else(String::new, |ty| ty.doc().trim().to_owned()),
    };
    (name.to_owned(), facts, doc)
}

fn of_supplied(name: &str, options: &LoadOptions) -> Words {
    let fact = match super::definition::supplier(name, options) {
        Some(supplier) => format!("defined in {supplier}"),
        None => "defined nowhere".to_owned(),
    };
    (name.to_owned(), vec![fact], String::new())
}

fn of_placeholder(cursor: &Cursor<'_>) -> Option<Hover> {
    let (name, range) = placeholder_at(cursor)?;
    let owner = cursor.owner()?;
    let property = parts::properties(cursor.tree(), owner.node, "inputs")
        .find(|(named, _)| named.name == name)
        .map(|(named, _)| named);
    let (facts, doc) = match property {
        Some(named) => (vec!["an input".to_owned(), named.detail], named.doc),
        None => (
            vec!["an input".to_owned(), "string".to_owned()],
            "Not declared in `inputs`: it follows from this text.".to_owned(),
        ),
    };
    Some(Hover {
        range,
        title: format!("{{{{{name}}}}}"),
        facts,
        doc,
    })
}

/// Returns the placeholder around the cursor: its name, and its bytes in the text as given.
pub(super) fn placeholder_at(cursor: &Cursor<'_>) -> Option<(String, Range<usize>)> {
    if !matches!(cursor.token, Token::Value(_)) {
        return None;
    }
    let takes_text = innermost_field(cursor)
        .and_then(|level| cursor.field_at(level))
        .is_some_and(|(_, field)| !matches!(field.kind, FieldKind::Properties));
    let whole = cursor.range();
    let source = cursor.text.get(whole.clone()).filter(|_| takes_text)?;
    placeholder::find(source)
        .map(|found| {
            let range = whole.start + found.range.start..whole.start + found.range.end;
            (found.name.to_owned(), range)
        })
        .find(|(_, range)| range.start <= cursor.at && cursor.at < range.end)
}
