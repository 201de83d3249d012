//! Secrets in the text of a document, which are hidden wherever a line of the text or a message
//! about it is shown.
//!
//! A secret is recognized by its position (a sensitive field, even if misspelt), by its name (an
//! `Authorization` header) or by its form (the key format of a well-known service; user, password
//! and query of a URL). A text that is too broken to parse is searched line by line. In doubt, text
//! is hidden.

mod broken;

use std::ops::Range;

use super::language::{self, ComponentType};
use super::placeholder;
use super::syntax::{Entry, NodeId, NodeValue, Seen, Tree};
use crate::base::redact::Redactor;
use crate::base::secret::{is_secret_name, looks_like_secret};
use crate::base::suggest::closest;
use crate::spec::diagnostic::Diagnostic;

/// The maximum number of characters beside placeholders for which the text of a sensitive field is
/// not a secret, as in `Bearer {{token}}`.
const MAX_BESIDE_PLACEHOLDERS: usize = 8;

/// The byte ranges of the secrets in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    ranges: Vec<Range<usize>>,
}

impl Hidden {
    /// Finds the secrets of a parsed text. `is_broken` says that the tree may lack parts of the
    /// text.
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

    /// Finds the secrets of a text that is never shown itself but whose problems are reported.
    pub(super) fn of_text(text: &str) -> Self {
        let mut hidden = Self::default();
        broken::find(text, &mut hidden.ranges);
        hidden
    }

    /// Returns the text with its secrets replaced by asterisks, byte for byte, so that all
    /// positions stay valid.
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

    /// Removes the secrets of a text from the messages of its problems.
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

    /// Hides command-line arguments that look like secrets.
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

    /// Hides all strings and numbers of a value, except for references.
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

/// Which part of a key's value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrecy {
    /// No part.
    None,
    /// The value, if it is a string or number.
    Text,
    /// The value with everything inside.
    Whole,
}

/// Returns which part of the value under a key is secret; the type of the object may be unknown.
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

/// Returns whether a name is that of a sensitive field, possibly misspelt.
fn is_nearly_sensitive(name: &str) -> bool {
    name.len() > 2 && closest(name, language::sensitive_names().iter().copied()).is_some()
}

/// Returns whether a text is completed only at run time and so contains no secret itself.
fn is_filled_in_later(text: &str) -> bool {
    let filled: usize = placeholder::find(text).map(|found| found.range.len()).sum();
    filled > 0 && text.len() - filled <= MAX_BESIDE_PLACEHOLDERS
}

/// Finds texts with the form of a key anywhere, and private keys with all their lines.
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

/// Finds users, passwords and queries of URLs.
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
