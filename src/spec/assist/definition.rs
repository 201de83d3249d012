//! Go to definition: finds the place that defines a name.

use std::ops::Range;

use super::cursor::Cursor;
use super::expected::Expected;
use super::hover::placeholder_at;
use super::parts;
use super::recover::Token;
use super::symbols::Symbols;
use crate::spec::load::LoadOptions;
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::{Format, NodeId, parse};

/// The place that defines a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A range of this text: the key of a definition, the title of a property, a branch.
    Here(Range<usize>),
    /// The name of the supplied part that contains the definition.
    Supplied(String),
}

/// Returns the definition of the name at a byte of a text. The name may be a reference, a
/// placeholder, or the name of a branch, an input or an output.
pub fn definition(text: &str, options: &LoadOptions, at: usize) -> Option<Definition> {
    let cursor = Cursor::on_name(text, options, at)?;
    let tree = cursor.tree();
    let here = |range: Range<usize>| Definition::Here(cursor.recovered.original_range(range));
    if let Some((name, _)) = placeholder_at(&cursor) {
        let owner = cursor.owner()?;
        let mut inputs = parts::properties(tree, owner.node, "inputs");
        let (_, title) = inputs.find(|(named, _)| named.name == name)?;
        return Some(here(tree.place(title).bytes()));
    }
    let name = cursor.content()?;
    if matches!(cursor.expected, Expected::ReferenceName(_))
        && matches!(cursor.token, Token::Value(_))
    {
        let symbols = Symbols::of(tree);
        let enclosing: Vec<NodeId> = cursor.levels.iter().map(|level| level.node).collect();
        let symbol = symbols
            .resolve(name, &enclosing)
            .and_then(|at| symbols.definitions.get(at));
        return match symbol {
            Some(symbol) => Some(here(symbol.key_place.bytes())),
            None => supplier(name, options).map(Definition::Supplied),
        };
    }
    let choice = parts::choice(&cursor, options)?;
    choice.names.iter().find(|named| named.name == name)?;
    choice.place(tree, name).map(here)
}

/// Returns the supplied part that defines a name.
pub(super) fn supplier(name: &str, options: &LoadOptions) -> Option<String> {
    let defines = |text: &str| {
        let (tree, _) = parse(text, Format::guess(text));
        let root = tree.root()?;
        let defined = tree.get(root, DEFINITIONS_KEY);
        let is_defined = defined.is_some_and(|node| tree.entry(node, name).is_some());
        let is_itself = tree.get(root, "id").and_then(|id| tree.text(id)) == Some(name);
        (is_defined || is_itself).then_some(())
    };
    let mut supplied = options.supplied.iter();
    supplied
        .find(|part| defines(&part.text).is_some())
        .map(|part| part.name.clone())
}
