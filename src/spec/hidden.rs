//! The secrets in a document's text: hidden wherever a line of it, or a message about it, is shown.
//!
//! What is secret is known by where it is (a field that the language calls sensitive, or a misspelt one), by its name (a
//! header `Authorization`) and by how it looks (the key of a well-known service, user and query of an address). A text
//! that is too broken to have a tree is searched line by line, and too much is hidden rather than too little.

mod broken;

use std::ops::Range;

use super::language::{self, ComponentType};
use super::placeholder;
use super::syntax::{Entry, NodeId, NodeValue, Seen, Tree};
use crate::base::redact::Redactor;
use crate::base::secret::{is_secret_name, looks_like_secret};
use crate::base::suggest::closest;
use crate::spec::diagnostic::Diagnostic;

/// The most characters beside the placeholders with which a text of a sensitive field is still no
/// secret: `Bearer {{token}}`.
const MAX_BESIDE_PLACEHOLDERS: usize = 8;

/// Where the secrets of a text are, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    ranges: Vec<Range<usize>>,
}

impl Hidden {
    /// Finds the secrets of a text with its tree. `is_broken` says that the tree may lack parts of it.
    pub(super) fn of(tree: &Tree, is_broken: bool) -> Self {
        let mut hidden = Self::default();
        let text = tree.lines().text();
        // A text that is no object is not what its author meant either.
        let root = tree.root().filter(|root| tree.entries(*root).is_some());
        if let Some(root) = root {
            hidden.walk(tree, root);
        }
        if is_broken || root.is_none() {
            broken::find(text, &mut hidden.ranges);
        }
        find_keys(text, &mut hidden.ranges);
        find_addresses(text, &mut hidden.ranges);
        hidden
    }

    /// The secrets of a text that is shown nowhere, but whose problems are reported.
    pub(super) fn of_text(text: &str) -> Self {
        let mut hidden = Self::default();
        broken::find(text, &mut hidden.ranges);
        hidden
    }

    /// The text with stars over its secrets, byte for byte, so that every place still fits.
    pub(super) fn masked(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut ranges = self.ranges.clone();
        ranges.sort_by_key(|range| range.start);
        let mut ranges = ranges.into_iter().peekable();
        for (at, character) in text.char_indices() {
            while ranges.next_if(|range| range.end <= at).is_some() {}
            // Ranges may lie in each other; the one that begins first need not end last.
            let is_hidden = ranges
                .clone()
                .take_while(|range| range.start <= at)
                .any(|range| range.contains(&at));
            if is_hidden && !character.is_whitespace() {
                shown.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                shown.push(character);
            }
        }
        shown
    }

    /// Takes the secrets of a text out of the problems of it.
    pub(super) fn clean(&self, text: &str, problems: &mut [Diagnostic]) {
        let mut secrets = Redactor::default();
        for range in &self.ranges {
            let part = text.get(range.clone()).unwrap_or_default();
            let part = part.trim_matches(['"', '\'', ' ', '\n']);
            secrets.add(part);
        }
        for problem in problems {
            problem.message = secrets.clean(&problem.message);
            if let Some(elsewhere) = &mut problem.elsewhere {
                elsewhere.message = secrets.clean(&elsewhere.message);
            }
            problem.help = problem.help.take().map(|help| secrets.clean(&help));
            for (_, words) in &mut problem.related {
                *words = secrets.clean(words);
            }
        }
    }

    fn walk(&mut self, tree: &Tree, root: NodeId) {
        for (node, entries) in tree.objects(root) {
            let ty = tree.get(node, "component_type");
            let ty = ty.and_then(|ty| language::find(tree.text(ty)?));
            for entry in entries {
                self.entry(tree, ty, entry);
            }
        }
    }

    fn entry(&mut self, tree: &Tree, ty: Option<&ComponentType>, entry: &Entry) {
        if entry.key == "args" {
            self.arguments(tree, entry.value);
        }
        match secrecy(ty, &entry.key) {
            Secrecy::Whole => self.leaves(tree, entry.value),
            Secrecy::Text if !matches!(tree.value(entry.value), NodeValue::Object(_)) => {
                self.leaves(tree, entry.value);
            }
            Secrecy::Text | Secrecy::None => {}
        }
    }

    /// Hides the arguments of a program that look like secrets.
    fn arguments(&mut self, tree: &Tree, list: NodeId) {
        let NodeValue::Array(items) = tree.value(list) else {
            return;
        };
        let text = |node: NodeId| tree.text(node).map(str::to_owned);
        let argv: Vec<String> = items.iter().filter_map(|item| text(*item)).collect();
        let mut secrets = Redactor::default();
        secrets.add_arguments(&argv);
        for item in items {
            if text(*item).is_some_and(|text| secrets.clean(&text) != text) {
                self.leaves(tree, *item);
            }
        }
    }

    /// Hides all texts and numbers of a value, but no reference to a value that is elsewhere.
    fn leaves(&mut self, tree: &Tree, value: NodeId) {
        let mut seen = Seen::of(tree);
        let mut pending = vec![value];
        while let Some(node) = pending.pop() {
            if !seen.insert(node) {
                continue;
            }
            match tree.value(node) {
                NodeValue::Array(items) => pending.extend(items),
                NodeValue::Object(entries) => {
                    let values = entries.iter().filter(|entry| entry.key != "$component_ref");
                    pending.extend(values.map(|entry| entry.value));
                }
                NodeValue::String(text) if is_filled_in_later(text) => {}
                NodeValue::String(_) | NodeValue::Number(_) => {
                    let span = tree.span(node);
                    self.ranges.push(span.start()..span.end());
                }
                NodeValue::Null | NodeValue::Bool(_) => {}
            }
        }
    }
}

/// How much of a key's value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrecy {
    /// Nothing.
    None,
    /// The value, if it is a text or number.
    Text,
    /// The value with all that is in it.
    Whole,
}

/// Returns which parts of the value under a key of an object are secret; the object's type may be unknown.
fn secrecy(ty: Option<&ComponentType>, key: &str) -> Secrecy {
    if key.starts_with('$') {
        return Secrecy::None;
    }
    if let Some(ty) = ty.filter(|ty| ty.reads(key)) {
        let is_secret = ty.fields().any(|field| {
            (field.name == key || field.alias == Some(key)) && field.kind.is_sensitive()
        });
        return if is_secret {
            Secrecy::Whole
        } else {
            Secrecy::None
        };
    }
    // The key of a value that a document defines or is supplied with: `main-llm.api_key`.
    let name = key.rsplit('.').next().unwrap_or(key);
    if is_nearly_sensitive(name) {
        let holds_many =
            name.to_lowercase().contains("header") || name.to_lowercase().contains("cred");
        return if holds_many || ty.is_some() {
            Secrecy::Whole
        } else {
            Secrecy::Text
        };
    }
    if is_secret_name(name) {
        Secrecy::Text
    } else {
        Secrecy::None
    }
}

/// Whether a name is that of a sensitive field of some type, or that of one that is misspelt.
fn is_nearly_sensitive(name: &str) -> bool {
    name.len() > 2 && closest(name, language::sensitive_names().iter().copied()).is_some()
}

/// Whether a text is put together when it is used, and so holds no secret itself.
fn is_filled_in_later(text: &str) -> bool {
    let filled: usize = placeholder::find(text).map(|found| found.range.len()).sum();
    filled > 0 && text.len() - filled <= MAX_BESIDE_PLACEHOLDERS
}

/// Finds what looks like a key, wherever it is, and private keys with all their lines.
fn find_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    for word in text.split_inclusive([
        ' ', '\t', '\n', '\r', '"', '\'', ',', '(', ')', '[', ']', '{', '}', '`',
    ]) {
        let core = word.trim_end_matches([
            ' ', '\t', '\n', '\r', '"', '\'', ',', '(', ')', '[', ']', '{', '}', '`',
        ]);
        if looks_like_secret(core) {
            found.push(at..at + core.len());
        }
        at += word.len();
    }
    for (start, mark) in text.match_indices("-----BEGIN ") {
        let (_, rest) = text.split_at(start + mark.len());
        if rest
            .lines()
            .next()
            .is_some_and(|line| line.contains("PRIVATE KEY"))
        {
            let length = rest.find("-----END ").unwrap_or(rest.len());
            found.push(start..start + mark.len() + length);
        }
    }
}

/// Finds users, passwords and queries of addresses.
fn find_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let (_, rest) = text.split_at(start);
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c));
        let (address, _) = rest.split_at(end.unwrap_or(rest.len()));
        let before_query = address.split(['?', '#']).next().unwrap_or_default();
        if let Some(host) = before_query.rfind('@') {
            found.push(start..start + host);
        }
        if let Some((_, query)) = address.split_once('?')
            && !is_filled_in_later(query)
        {
            let end = start + address.len();
            found.push(end - query.len()..end);
        }
    }
}

#[cfg(test)]
mod tests;
