//! The position of a byte in a document: the key or value at the byte, the component that contains
//! it, and what is allowed there.

use std::ops::Range;

use super::expected::{ANY_COMPONENT, Expected, members};
use super::recover::{Found, Recovered, Token, find, recover, recover_at};
use crate::spec::language::kind::FieldKind;
use crate::spec::language::{ComponentType, FieldDefinition};
use crate::spec::load::{LoadOptions, Loaded, load};
use crate::spec::source::REFERENCE_KEY;
use crate::spec::syntax::{Format, NodeId, Tree};

/// A byte of a text, with the key or value around the byte.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    /// The text as given by the caller.
    pub(super) text: &'t str,
    /// The byte offset in the text as given.
    pub(super) at: usize,
    pub(super) format: Format,
    /// The text after repair, so that it parses.
    pub(super) recovered: Recovered,
    /// The key or value at the byte.
    pub(super) token: Token,
    /// The lists and objects around the token, outermost first. If the token is a key, the last one
    /// is the key's object.
    pub(super) levels: Vec<Level>,
    /// The expected kind of the value; for a key, the expected kind of its object.
    pub(super) expected: Expected,
}

/// A list or object around the cursor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// The list or object.
    pub(super) node: NodeId,
    /// The index of the item or entry that contains the cursor.
    pub(super) step: usize,
    /// The values that are allowed in place of this list or object.
    pub(super) expected: Expected,
}

impl<'t> Cursor<'t> {
    /// Returns the cursor at a byte where something may be typed; `None` where nothing may be
    /// typed, for example in a comment.
    pub(super) fn typing(text: &'t str, options: &LoadOptions, at: usize) -> Option<Self> {
        let at = text.floor_char_boundary(at);
        let format = options.format.unwrap_or_else(|| Format::guess(text));
        let (recovered, found) = recover_at(text, format, at)?;
        Some(Self::new(text, format, at, recovered, found))
    }

    /// Puts the cursor on the key or value at a byte of the text; `None` if there is none.
    pub(super) fn on(text: &'t str, options: &LoadOptions, at: usize) -> Option<Self> {
        let at = text.floor_char_boundary(at);
        let format = options.format.unwrap_or_else(|| Format::guess(text));
        let recovered = recover(text, format);
        let found = find(&recovered.tree, recovered.recovered(at))?;
        Some(Self::new(text, format, at, recovered, found))
    }

    /// Returns the cursor on a name. Works like [`Cursor::on`], but the key of a reference counts
    /// as the reference's name.
    pub(super) fn on_name(text: &'t str, options: &LoadOptions, at: usize) -> Option<Self> {
        let mut cursor = Self::on(text, options, at)?;
        if let Token::Key(object, entry) = cursor.token
            && let Some(entry) = cursor.tree().entries(object)?.get(entry)
            && entry.key == REFERENCE_KEY
            && cursor.tree().text(entry.value).is_some()
        {
            let value = entry.value;
            cursor.expected = cursor.expected.entry(cursor.tree(), object, REFERENCE_KEY);
            cursor.token = Token::Value(value);
        }
        Some(cursor)
    }

    fn new(text: &'t str, format: Format, at: usize, recovered: Recovered, found: Found) -> Self {
        let tree = &recovered.tree;
        let mut expected = Expected::Kind(&ANY_COMPONENT);
        let mut levels = Vec::with_capacity(found.around.len() + 1);
        for (node, step) in found.around {
            levels.push(Level {
                node,
                step,
                expected,
            });
            expected = match tree.entries(node).and_then(|entries| entries.get(step)) {
                Some(entry) => expected.entry(tree, node, &entry.key),
                None => expected.item(),
            };
        }
        if let Token::Key(node, step) = found.token {
            levels.push(Level {
                node,
                step,
                expected,
            });
        }
        Self {
            text,
            at,
            format,
            recovered,
            token: found.token,
            levels,
            expected,
        }
    }

    /// Returns the syntax tree of the repaired text.
    pub(super) fn tree(&self) -> &Tree {
        &self.recovered.tree
    }

    /// Loads the repaired text as a component.
    pub(super) fn load(&self, options: &LoadOptions) -> Loaded {
        let options = LoadOptions {
            format: Some(self.format),
            partial: true,
            ..options.clone()
        };
        load(&self.recovered.text, &options)
    }

    /// Returns the range of the key or value in the text as given, quotes included.
    pub(super) fn range(&self) -> Range<usize> {
        let place = match self.token {
            Token::Key(object, entry) => self
                .tree()
                .entries(object)
                .and_then(|entries| entries.get(entry))
                .map_or_else(Default::default, |entry| self.tree().key_place(entry)),
            Token::Value(node) => self.tree().place(node),
        };
        self.recovered.original_range(place.bytes())
    }

    /// Returns the content of the key or value; `None` for lists and objects.
    pub(super) fn content(&self) -> Option<&str> {
        match self.token {
            Token::Key(object, entry) => {
                let entry = self.tree().entries(object)?.get(entry)?;
                Some(&entry.key)
            }
            Token::Value(node) => self.tree().text(node),
        }
    }

    /// Returns the key of the entry that contains the cursor, if the level is an object.
    pub(super) fn key_of(&self, level: &Level) -> Option<&str> {
        let entry = self.tree().entries(level.node)?.get(level.step)?;
        Some(&entry.key)
    }

    /// Returns the innermost component around the cursor.
    pub(super) fn owner(&self) -> Option<&Level> {
        self.levels
            .iter()
            .rev()
            .find(|level| level.expected.family().is_some())
    }

    /// Returns the definition of the field that contains the cursor at a level, and the name of the
    /// type or object that declares the field.
    pub(super) fn field_at(
        &self,
        level: &Level,
    ) -> Option<(&'static str, &'static FieldDefinition)> {
        let key = self.key_of(level)?;
        if level.expected.family().is_some() {
            let ty = self.type_at(level)?;
            return Some((ty.name(), ty.field(key)?));
        }
        let Expected::Kind(kind) = level.expected else {
            return None;
        };
        members(kind).find_map(|member| match member {
            FieldKind::Object(object) => {
                let field = object.fields.iter().find(|field| field.name == key)?;
                Some((object.name, field))
            }
            _ => None,
        })
    }

    /// Returns the type of the component at a level: the type that the text names, else the
    /// expected family.
    pub(super) fn type_at(&self, level: &Level) -> Option<&'static ComponentType> {
        let family = level.expected.family()?;
        let named = super::expected::type_of(self.tree(), level.node);
        Some(named.unwrap_or_else(|| family.component_type()))
    }
}
