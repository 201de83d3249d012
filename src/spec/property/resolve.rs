//! Expansion of references in schemas: each reference is replaced by its definition.
//!
//! Models and flowdeck's own checks need a schema as a tree. A schema that refers to itself has no
//! finite tree, and one whose definitions each refer to others twice has a tree of exponential
//! size. Therefore the size of the tree is limited: where a definition would contain itself, or
//! would exceed the limit, only its type and a note are inserted.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::meta::TYPES;
use crate::base::percent;

/// The maximum size of a schema after expansion, in bytes. A model reads all of it with each
/// request.
pub const MAX_SCHEMA_BYTES: usize = 256 * 1024;
/// The maximum number of bytes that expanded definitions may add to a server's schema.
const MAX_EXPANDED_BYTES: usize = 32 * 1024;
/// The maximum nesting depth of schemas; a deeper schema accepts any value.
const MAX_DEPTH: usize = 60;
/// The nesting depths of definitions to try, in this order, until the result fits the limit. The
/// last one expands no references, and that result may have any size for a document's schema.
const REFERENCE_DEPTHS: [usize; 5] = [MAX_DEPTH, 4, 2, 1, 0];
/// The keywords that are needed only for references.
const OF_REFERENCES: [&str; 9] = [
    "$defs",
    "definitions",
    "$schema",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
    "$comment",
];

/// The error for a schema that exceeds the size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its schema has more than {} KB", .room.div_ceil(1024))]
pub struct SchemaTooLarge {
    /// The limit in bytes.
    pub room: usize,
}

/// Expands the references of a document's schema; a schema without references is returned
/// unchanged.
///
/// A schema that is too large is replaced by its title and description and accepts any value.
pub fn standalone(schema: &Value) -> Cow<'_, Value> {
    if !has_reference(schema) {
        return Cow::Borrowed(schema);
    }
    let mut room = usize::MAX;
    let made = tree(schema, Origin::Document, &mut room);
    Cow::Owned(match made {
        Ok((made, _)) => made,
        Err(_too_large) => {
            let kept = ["title", "description", "default"].iter();
            let kept = kept.filter_map(|key| Some(((*key).to_owned(), schema.get(key)?.clone())));
            Value::Object(kept.collect())
        }
    })
}

/// Expands the references of a server's schema, and adds keywords where JSON Schema and Agent Spec
/// have different defaults: by JSON Schema, an object without `required` requires none of its
/// properties, and accepts undeclared ones.
///
/// `room` is the number of bytes that are left for all schemas of the server, and is reduced by the
/// size of this one. Also returns whether definitions were left out because of the size limit.
///
/// # Errors
/// [`SchemaTooLarge`], if the schema is too large even without its definitions.
pub fn standalone_of_server(
    schema: &Value,
    room: &mut usize,
) -> Result<(Value, bool), SchemaTooLarge> {
    tree(schema, Origin::Server, room)
}

/// Returns whether a value contains a reference, at any depth.
fn has_reference(schema: &Value) -> bool {
    match schema {
        Value::Object(keywords) => {
            reference_of(keywords).is_some() || keywords.values().any(has_reference)
        }
        Value::Array(items) => items.iter().any(has_reference),
        _ => false,
    }
}

fn reference_of(keywords: &Map<String, Value>) -> Option<&str> {
    ["$ref", "$dynamicRef", "$recursiveRef"]
        .iter()
        .find_map(|keyword| keywords.get(*keyword)?.as_str())
}

/// The origin of a schema, which determines the meaning of missing keywords.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// An Agent Spec document: all properties without a default are required, and undeclared ones
    /// are not allowed.
    Document,
    /// A server, whose schemas follow JSON Schema.
    Server,
}

fn tree(whole: &Value, origin: Origin, room: &mut usize) -> Result<(Value, bool), SchemaTooLarge> {
    let named = names(whole);
    let mut made = Err(SchemaTooLarge { room: *room });
    let last = REFERENCE_DEPTHS.last();
    for depth in &REFERENCE_DEPTHS {
        let most = if origin == Origin::Document || Some(depth) == last {
            MAX_SCHEMA_BYTES
        } else {
            MAX_EXPANDED_BYTES
        };
        let limit = most.min(*room);
        let mut resolver = Resolver {
            root: whole,
            origin,
            named: &named,
            max_references: *depth,
            is_shortened: false,
            open: Vec::new(),
            limit,
            left: limit,
        };
        let schema = resolver.schema(whole, 0);
        made = schema.map(|schema| (schema, resolver.is_shortened));
        *room -= limit - resolver.left;
        if made.is_ok() {
            break;
        }
    }
    made
}

/// Returns the parts of a schema that have an anchor (`#ANCHOR`) or an identifier, by name.
fn names(root: &Value) -> IndexMap<String, &Value> {
    let mut named = IndexMap::new();
    let mut left = vec![root];
    while let Some(part) = left.pop() {
        match part {
            Value::Object(keywords) => {
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(anchor) = keywords.get(keyword).and_then(Value::as_str) {
                        named.entry(format!("#{anchor}")).or_insert(part);
                    }
                }
                if let Some(id) = keywords.get("$id").and_then(Value::as_str) {
                    named.entry(last_part(id).to_owned()).or_insert(part);
                }
                left.extend(keywords.values().rev());
            }
            Value::Array(items) => left.extend(items.iter().rev()),
            _ => {}
        }
    }
    named
}

struct Resolver<'s> {
    root: &'s Value,
    origin: Origin,
    named: &'s IndexMap<String, &'s Value>,
    max_references: usize,
    /// Whether a definition was left out because of the size limit.
    is_shortened: bool,
    /// The definitions that are being expanded, innermost last.
    open: Vec<&'s Value>,
    /// The size limit in bytes.
    limit: usize,
    /// The number of bytes left.
    left: usize,
}

impl<'s> Resolver<'s> {
    fn spend(&mut self, bytes: usize) -> Result<(), SchemaTooLarge> {
        let too_large = SchemaTooLarge { room: self.limit };
        self.left = self.left.checked_sub(bytes).ok_or(too_large)?;
        Ok(())
    }

    /// Expands a schema; an invalid one becomes a schema that accepts any value.
    fn schema(&mut self, schema: &'s Value, depth: usize) -> Result<Value, SchemaTooLarge> {
        self.spend(2)?;
        match schema {
            Value::Bool(_) => Ok(schema.clone()),
            Value::Object(_) if depth > MAX_DEPTH => Ok(Value::Object(Map::new())),
            Value::Object(keywords) => {
                let (mut made, word) = match reference_of(keywords) {
                    Some(reference) => self.referred(reference, depth)?,
                    None => (Map::new(), None),
                };
                for (keyword, value) in keywords {
                    let is_reference = reference_of(keywords).is_some()
                        && matches!(keyword.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef");
                    if is_reference || OF_REFERENCES.contains(&keyword.as_str()) {
                        continue;
                    }
                    self.spend(keyword.len() + 4)?;
                    let value = self.keyword(keyword, value, depth)?;
                    // What is beside a reference counts more.
                    match (&word, value) {
                        (Some(word), Value::String(text)) if keyword == "description" => {
                            made.insert(keyword.clone(), format!("{text} ({word})").into());
                        }
                        (_, value) => {
                            made.insert(keyword.clone(), value);
                        }
                    }
                }
                if self.origin == Origin::Server {
                    self.spell_out(&mut made)?;
                }
                Ok(Value::Object(made))
            }
            _ => Ok(Value::Object(Map::new())),
        }
    }

    fn keyword(
        &mut self,
        keyword: &str,
        value: &'s Value,
        depth: usize,
    ) -> Result<Value, SchemaTooLarge> {
        match (keyword, value) {
            (
                "properties" | "patternProperties" | "dependentSchemas" | "dependencies",
                Value::Object(named),
            ) => {
                let mut made = Map::new();
                for (name, member) in named {
                    self.spend(name.len() + 4)?;
                    let member = match member {
                        // Of `dependencies`: names.
                        Value::Array(_) => self.data(member)?,
                        member => self.schema(member, depth + 1)?,
                    };
                    made.insert(name.clone(), member);
                }
                Ok(Value::Object(made))
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(members)) => {
                let members = members.iter().map(|member| self.schema(member, depth + 1));
                Ok(Value::Array(members.collect::<Result<_, _>>()?))
            }
            (
                "items"
                | "additionalItems"
                | "unevaluatedItems"
                | "contains"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else",
                member,
            ) => self.schema(member, depth + 1),
            (_, data) => self.data(data),
        }
    }

    /// Copies a value that is not a schema, such as a default or the values of an enumeration.
    fn data(&mut self, data: &Value) -> Result<Value, SchemaTooLarge> {
        let mut left = vec![data];
        while let Some(part) = left.pop() {
            match part {
                Value::String(text) => self.spend(text.len() + 2)?,
                Value::Array(items) => {
                    self.spend(2 + items.len())?;
                    left.extend(items);
                }
                Value::Object(members) => {
                    for (name, member) in members {
                        self.spend(name.len() + 4)?;
                        left.push(member);
                    }
                }
                _ => self.spend(4)?,
            }
        }
        Ok(data.clone())
    }

    /// Expands a reference; if the definition would contain itself, returns only its type and a
    /// note.
    fn referred(
        &mut self,
        reference: &str,
        depth: usize,
    ) -> Result<(Map<String, Value>, Option<String>), SchemaTooLarge> {
        let Some(target) = self.find(reference) else {
            return Ok((Map::new(), None));
        };
        let is_open = self.open.iter().any(|open| std::ptr::eq(*open, target))
            || std::ptr::eq(self.root, target);
        if is_open || self.open.len() >= self.max_references || depth >= MAX_DEPTH {
            let word = word(reference, is_open);
            self.is_shortened |= !is_open;
            self.spend(2 * word.len() + 40)?;
            let ty = target
                .get("type")
                .filter(|ty| ty.is_string() || ty.is_array());
            let mut made = Map::new();
            if let Some(ty) = ty {
                made.insert("type".to_owned(), self.data(ty)?);
            }
            made.insert("description".to_owned(), Value::from(word.as_str()));
            return Ok((made, Some(word)));
        }
        self.open.push(target);
        let made = self.schema(target, depth + 1);
        self.open.pop();
        let made = match made? {
            Value::Object(made) => made,
            Value::Bool(false) => Map::from_iter([("not".to_owned(), Value::Object(Map::new()))]),
            _ => Map::new(),
        };
        Ok((made, None))
    }

    /// Returns the definition that a reference names: by a JSON pointer from the root or from an
    /// identified schema, by an anchor, or by an identifier.
    fn find(&self, reference: &str) -> Option<&'s Value> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = match document {
            "" => self.root,
            document => self.named.get(last_part(document))?,
        };
        if fragment.is_empty() {
            return Some(base);
        }
        let decoded = percent::decoded(fragment);
        if decoded.starts_with('/') {
            return base.pointer(&decoded);
        }
        self.named.get(&format!("#{decoded}")).copied()
    }

    /// Adds the keywords that JSON Schema implies by default, and removes those without effect.
    fn spell_out(&mut self, made: &mut Map<String, Value>) -> Result<(), SchemaTooLarge> {
        match made.get_mut("type") {
            Some(Value::Array(names)) => names.retain(is_type),
            Some(name) if !is_type(name) => *name = Value::Array(Vec::new()),
            _ => {}
        }
        if made.get("type") == Some(&Value::Array(Vec::new())) {
            made.shift_remove("type");
        }
        match made.get_mut("required") {
            Some(Value::Array(names)) => names.retain(Value::is_string),
            Some(_other) => {
                made.shift_remove("required");
            }
            None => {}
        }
        if !made.get("properties").is_some_and(Value::is_object) {
            return Ok(());
        }
        self.spend(44)?;
        made.entry("required")
            .or_insert_with(|| Value::Array(Vec::new()));
        made.entry("additionalProperties")
            .or_insert_with(|| Value::Object(Map::new()));
        Ok(())
    }
}

fn is_type(name: &Value) -> bool {
    name.as_str().is_some_and(|name| TYPES.contains(&name))
}

/// Returns the note for a definition that is not expanded.
fn word(reference: &str, is_open: bool) -> String {
    let name = match reference.rsplit(['/', '#']).next() {
        None | Some("") => "the whole".to_owned(),
        Some(name) => format!("`{}`", unescaped(name)),
    };
    if is_open {
        format!("as {name} above")
    } else {
        format!("see {name}, which is too large to be described here")
    }
}

/// Returns the last part of an identifier, which distinguishes it from others in the document.
fn last_part(id: &str) -> &str {
    let id = id.trim_end_matches('#');
    id.rsplit('/').next().unwrap_or(id)
}

/// Unescapes a name from a JSON pointer.
fn unescaped(name: &str) -> String {
    percent::decoded(name).replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests;
