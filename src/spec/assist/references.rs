//! All references to one definition.

use std::ops::Range;

use super::cursor::Cursor;
use super::expected::Expected;
use super::recover::Token;
use super::symbols::Symbols;
use crate::spec::load::LoadOptions;
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::{NodeId, Place};

/// A range where a name is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The range of the name, quotes included.
    pub range: Range<usize>,
    /// Whether this is the definition; otherwise a reference to it.
    pub is_definition: bool,
}

/// Returns the definition of the name at a byte of a text and all references to it, in the order of
/// the text; empty if there is no name.
pub fn references(text: &str, options: &LoadOptions, at: usize) -> Vec<Reference> {
    let Some(cursor) = Cursor::on_name(text, options, at) else {
        return Vec::new();
    };
    let Some(named) = Named::at(&cursor) else {
        return Vec::new();
    };
    let mut places: Vec<(Place, bool)> = named.uses.iter().map(|place| (*place, false)).collect();
    places.extend(named.definition.map(|place| (place, true)));
    places.sort();
    places
        .into_iter()
        .map(|(place, is_definition)| Reference {
            range: cursor.recovered.original_range(place.bytes()),
            is_definition,
        })
        .collect()
}

/// A name, with every place where it is written in a text.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    /// The key that defines the name.
    pub(super) definition: Option<Place>,
    /// The `id` of the component, if it is the same as the name.
    pub(super) id: Option<Place>,
    /// The references to the name.
    pub(super) uses: Vec<Place>,
    /// References of the form `name.field`, which stand for secrets of the component.
    pub(super) secrets: Vec<(Place, String)>,
}

impl Named {
    /// Returns the name under the cursor: a reference, the key of a definition, or an id.
    pub(super) fn at(cursor: &Cursor<'_>) -> Option<Self> {
        let tree = cursor.tree();
        let name = cursor.content()?.to_owned();
        let symbols = Symbols::of(tree);
        let level = cursor.levels.last()?;
        let is_reference = matches!(cursor.expected, Expected::ReferenceName(_));
        let is_id = level.expected.family().is_some() && cursor.key_of(level) == Some("id");
        let definition = match cursor.token {
            Token::Key(object, entry) if matches!(level.expected, Expected::Definitions) => {
                let value = tree.entries(object)?.get(entry)?.value;
                symbols
                    .definitions
                    .iter()
                    .position(|symbol| symbol.value == value)
            }
            Token::Value(_) if is_reference => {
                let enclosing: Vec<NodeId> = cursor.levels.iter().map(|level| level.node).collect();
                symbols.resolve(&name, &enclosing)
            }
            Token::Value(_) if is_id => symbols
                .definitions
                .iter()
                .position(|symbol| symbol.value == level.node && symbol.name == name),
            Token::Key(..) | Token::Value(_) => return None,
        };
        let symbol = definition.and_then(|at| symbols.definitions.get(at));
        let id = match symbol {
            Some(symbol) => tree.get(symbol.value, "id"),
            None if is_id => tree.get(level.node, "id"),
            None => None,
        };
        let id = id.filter(|id| tree.text(*id) == Some(&name));
        let is_use_of_it = |used: &&super::symbols::Use| {
            used.name == name && symbols.target(used) == definition && !(is_id && symbol.is_none())
        };
        let uses = symbols.uses.iter().filter(is_use_of_it);
        let uses = uses.map(|used| used.place).collect();
        let secrets = symbols.uses.iter().filter_map(|used| {
            let field = used.name.strip_prefix(&name)?.strip_prefix('.')?;
            let is_open = symbols.target(used).is_none();
            (is_open && id.is_some()).then(|| (used.place, field.to_owned()))
        });
        Some(Self {
            definition: symbol.map(|symbol| symbol.key_place),
            id: id.map(|id| tree.place(id)),
            uses,
            secrets: secrets.collect(),
            name,
        })
    }

    /// Returns whether a definition or an id already has this name.
    pub(super) fn is_taken(cursor: &Cursor<'_>, name: &str) -> bool {
        let tree = cursor.tree();
        let symbols = Symbols::of(tree);
        let mut pending: Vec<NodeId> = tree.root().into_iter().collect();
        let mut seen = std::collections::HashSet::new();
        let mut has_id = false;
        while let Some(node) = pending.pop() {
            if !seen.insert(node) {
                continue;
            }
            has_id |= tree.get(node, "component_type").is_some()
                && tree.get(node, "id").and_then(|id| tree.text(id)) == Some(name);
            pending.extend(tree.items(node).unwrap_or_default());
            let entries = tree.entries(node).unwrap_or_default();
            pending.extend(entries.iter().map(|entry| entry.value));
        }
        has_id
            || symbols.definitions.iter().any(|symbol| symbol.name == name)
            || name == DEFINITIONS_KEY
    }
}
