//! Completions: the keys and values that may be typed at a cursor.

mod items;
mod keys;
mod placeholders;
mod values;

pub(super) use self::keys::SCHEMA_KEYS;

use std::ops::Range;

use super::cursor::Cursor;
use super::edit::TextEdit;
use super::recover::Token;
use super::symbols::{Symbol, Symbols};
use super::write::{Layout, Site, Snippet, commas};
use crate::base::fuzzy;
use crate::spec::load::LoadOptions;
use crate::spec::syntax::{Format, NodeId};

/// The completions at a cursor, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The text that an accepted completion replaces: the whole key or value around the cursor.
    pub range: Range<usize>,
    /// The byte at which the word that was typed so far begins; the word ends at the cursor.
    pub typed_from: usize,
    /// Everything that is allowed here, not yet filtered by the typed word.
    pub items: Vec<Completion>,
}

/// One proposed completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text that the list shows and that is compared with the typed word.
    pub label: String,
    /// A description in a few words: `a string, required`.
    pub detail: String,
    /// A description in a sentence or two; may be empty.
    pub doc: String,
    /// The kind of the completion.
    pub kind: CompletionKind,
    /// The text that takes the place of [`Completions::range`]; it may have several lines.
    pub insert: String,
    /// The position of the cursor after the insertion, in bytes of `insert`.
    pub cursor: usize,
    /// Further edits that belong to the completion; all of them are before the range.
    pub also: Vec<TextEdit>,
}

/// The kind of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A key of an object.
    Field,
    /// The name of a component type.
    Type,
    /// A value.
    Value,
    /// The name of a component that the document defines, for a reference.
    Reference,
    /// The name of an input, output or branch of another component.
    Part,
    /// The name of an input, between double braces.
    Placeholder,
}

impl CompletionKind {
    /// Returns the kind as a word, for the list of completions.
    pub fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Type => "type",
            Self::Value => "value",
            Self::Reference => "reference",
            Self::Part => "part",
            Self::Placeholder => "input",
        }
    }
}

impl Completions {
    /// Returns the items that match the typed word, the best match first.
    pub fn matching(&self, typed: &str) -> Vec<&Completion> {
        let items = self.items.iter();
        fuzzy::with_letters(typed, items.map(|item| (item.label.as_str(), item)))
    }
}

impl Completion {
    /// Returns the edits that accept the completion, as changes of the text for which it was made.
    pub fn edits(&self, range: Range<usize>) -> Vec<TextEdit> {
        let mut edits = self.also.clone();
        edits.push(TextEdit::replace(range, self.insert.as_str()));
        edits
    }
}

/// Returns the completions at a byte of a text: the keys or values that are allowed there. Empty
/// where the language allows anything or nothing is known.
pub fn complete(text: &str, options: &LoadOptions, at: usize) -> Completions {
    let mut completions = at_place(text, options, at);
    if let Some((items, is_first)) = items::complete(text, options, at) {
        if is_first {
            let others = std::mem::replace(&mut completions, items);
            completions.items.extend(others.items);
        } else if completions.items.is_empty() {
            completions = items;
        } else {
            completions.items.extend(items.items);
        }
    }
    completions
}

/// Returns the completions for a key or value at a byte of a text.
fn at_place(text: &str, options: &LoadOptions, at: usize) -> Completions {
    let Some(cursor) = Cursor::typing(text, options, at) else {
        return Completions::default();
    };
    if let Some(completions) = placeholders::complete(&cursor) {
        return completions;
    }
    let mut list = List::new(&cursor, options);
    match cursor.token {
        Token::Key(object, entry) => list.keys(object, entry, cursor.expected),
        Token::Value(_) => list.value(cursor.expected),
    }
    let range = list.range;
    let is_quoted = text
        .get(range.start..cursor.at)
        .is_some_and(|typed| typed.starts_with(['"', '\'']));
    Completions {
        typed_from: (range.start + usize::from(is_quoted)).min(cursor.at),
        range,
        items: list.items,
    }
}

/// Collects the completions for one cursor.
struct List<'c> {
    cursor: &'c Cursor<'c>,
    options: &'c LoadOptions,
    site: Site,
    range: Range<usize>,
    /// A blank to insert before the value, where the value needs one and the text has none.
    lead: &'static str,
    /// Whether a comma must follow the inserted key or value.
    trailing_comma: bool,
    /// The edit that inserts a missing comma before the key or value.
    leading_comma: Option<TextEdit>,
    symbols: Symbols,
    items: Vec<Completion>,
}

/// The texts that describe a completion in the list.
struct Label {
    kind: CompletionKind,
    text: String,
    detail: String,
    doc: String,
}

impl<'c> List<'c> {
    fn new(cursor: &'c Cursor<'c>, options: &'c LoadOptions) -> Self {
        let range = cursor.range();
        let before = cursor.text.get(..range.start).unwrap_or_default();
        let is_value = matches!(cursor.token, Token::Value(_));
        let needs_blank = cursor.format == Format::Yaml
            && is_value
            && range.is_empty()
            && before.ends_with([':', '-']);
        let (trailing_comma, leading_comma) = commas(cursor.text, cursor.format, &range);
        Self {
            site: Site::of(cursor),
            lead: if needs_blank { " " } else { "" },
            trailing_comma,
            leading_comma,
            symbols: Symbols::of(cursor.tree()),
            range,
            cursor,
            options,
            items: Vec::new(),
        }
    }

    /// Returns the layout in which the inserted text is written.
    fn layout(&self) -> Layout {
        self.site.layout
    }

    /// Adds a completion that inserts a whole value, or a key with the beginning of its value.
    fn add(&mut self, label: Label, snippet: &Snippet) {
        let comma = if self.trailing_comma { "," } else { "" };
        let cursor = snippet.cursor.unwrap_or(snippet.text.len()) + self.lead.len();
        self.items.push(Completion {
            label: label.text,
            detail: label.detail,
            doc: label.doc,
            kind: label.kind,
            insert: format!("{}{}{comma}", self.lead, snippet.text),
            cursor,
            also: self.leading_comma.iter().cloned().collect(),
        });
    }

    /// Adds a completion whose value takes several lines; the value begins on the next line unless
    /// the cursor's line is blank.
    fn add_below(&mut self, label: Label, mut snippet: Snippet, indent: usize) {
        if !self.site.is_fresh {
            let lead = format!("\n{}", " ".repeat(indent));
            snippet.cursor = snippet.cursor.map(|at| at + lead.len());
            snippet.text.insert_str(0, &lead);
        }
        let start = self.range.start;
        let before = self.cursor.text.get(..start).unwrap_or_default();
        let blank = start - before.trim_end_matches(' ').len();
        let lead = std::mem::take(&mut self.lead);
        self.add(label, &snippet);
        self.lead = lead;
        if !self.site.is_fresh
            && blank > 0
            && let Some(item) = self.items.last_mut()
        {
            item.also.push(TextEdit::remove(start - blank..start));
        }
    }

    /// Returns the lists and objects around the cursor, outermost first.
    fn enclosing(&self) -> Vec<NodeId> {
        self.cursor.levels.iter().map(|level| level.node).collect()
    }

    /// Returns the definitions that a reference at the cursor may name: those in scope that do not
    /// enclose the cursor.
    fn referable(&self) -> Vec<&Symbol> {
        let enclosing = self.enclosing();
        let in_scope = self.symbols.in_scope(&enclosing).into_iter();
        in_scope
            .filter(|symbol| !enclosing.contains(&symbol.value))
            .collect()
    }
}

#[cfg(test)]
mod tests;
