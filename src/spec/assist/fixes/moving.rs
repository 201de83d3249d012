//! Fixes that move a part of a document elsewhere.

use std::ops::Range;

use serde_json::{Map, Value};

use super::settling::entry_of_value;
use super::{Fault, Proposal};
use crate::spec::assist::cursor::Cursor;
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::entries::{add_entries, line_end, remove_entry, written};
use crate::spec::assist::recover::Token;
use crate::spec::assist::write::{INDENT, Layout, line_before};
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::{Format, NodeId, Place};

/// Moves a definition that is not visible from its reference to the definitions of the document.
pub(super) fn define_at_the_root(fault: &Fault<'_>) -> Vec<Proposal> {
    let definition = fault.problem.related.first().and_then(|(place, _)| {
        let cursor = Cursor::on(fault.text, fault.options, place.start)?;
        let Token::Key(definitions, entry) = cursor.token else {
            return None;
        };
        let name = cursor.content()?.to_owned();
        let removed = removed_definition(&cursor, definitions, entry)?;
        let entry = cursor.tree().entries(definitions)?.get(entry)?;
        let comments = comments_above(&cursor, entry.key_span.start());
        let added = add_definition(&cursor, &name, entry.value, &comments)?;
        let above: usize = comments.iter().map(|line| line.len() + 1).sum();
        let key = entry.key_span.start();
        let line = key - line_before(fault.text, key).len();
        let start = match above {
            0 => removed.start,
            above => removed.start.min(line - above),
        };
        let edits = put_instead(fault.text, start..removed.end, added);
        Some((title(&name), edits))
    });
    definition.into_iter().collect()
}

/// Moves an inline component to the definitions of the document and leaves a reference in its
/// place.
pub(super) fn define_what_is_inline(fault: &Fault<'_>) -> Vec<Proposal> {
    let moved = fault.problem.related.first().and_then(|(place, _)| {
        let cursor = fault.cursor;
        let inline = object_at(cursor, *place)?;
        let name = cursor.tree().text(cursor.tree().get(inline, "id")?)?;
        let added = add_definition(cursor, name, inline, &[])?;
        let layout = match cursor.format {
            Format::Json => Layout::Line,
            Format::Yaml => Layout::Flow,
        };
        let start = place.start;
        let value = fault.text.get(place.bytes())?;
        let end = start + value.trim_end().len();
        let reference = TextEdit::replace(start..end, layout.reference(name));
        Some((title(name), vec![reference, added]))
    });
    moved.into_iter().collect()
}

/// Makes edits that remove a range and insert a text elsewhere or in the same place.
fn put_instead(text: &str, removed: Range<usize>, added: TextEdit) -> Vec<TextEdit> {
    let at = added.range.start;
    if !(removed.start..removed.end).contains(&at) {
        return vec![TextEdit::remove(removed), added];
    }
    let is_whole_lines = text.get(removed.clone()).is_some_and(|t| t.ends_with('\n'));
    let added = if is_whole_lines {
        format!("{}\n", added.text.trim_start_matches('\n'))
    } else {
        added.text
    };
    vec![TextEdit::replace(removed, added)]
}

/// Returns the comment lines directly above an entry of a YAML block that have the same indent as
/// the entry.
fn comments_above<'t>(cursor: &Cursor<'t>, key: usize) -> Vec<&'t str> {
    let before = line_before(cursor.text, key);
    if cursor.format == Format::Json || !before.trim().is_empty() {
        return Vec::new();
    }
    let above = cursor.text.get(..key - before.len()).unwrap_or_default();
    let lines = above.strip_suffix('\n').unwrap_or_default().rsplit('\n');
    let is_comment = |line: &&str| {
        let comment = line.strip_prefix(before);
        comment.is_some_and(|comment| comment.starts_with('#'))
    };
    let mut comments: Vec<&str> = lines.take_while(is_comment).collect();
    comments.reverse();
    comments
}

fn title(name: &str) -> String {
    format!("move `{name}` to the document's `{DEFINITIONS_KEY}`")
}

/// Moves a header that looks like a secret from `headers` to `sensitive_headers`.
pub(super) fn make_header_secret(fault: &Fault<'_>) -> Vec<Proposal> {
    const SECRET: &str = "sensitive_headers";
    let header = header(fault).filter(|_| fault.help().contains(SECRET));
    let Some((headers, at, owner)) = header else {
        return Vec::new();
    };
    let cursor = fault.cursor;
    let tree = cursor.tree();
    let entries = tree.entries(headers).unwrap_or_default();
    let Some(header) = entries.get(at) else {
        return Vec::new();
    };
    let name = header.key.as_str();
    let title = format!("move `{name}` to `{SECRET}`");
    let field = tree.entry(owner, "headers");
    let secret = tree.get(owner, SECRET);
    let is_empty = |node| tree.entries(node).is_some_and(<[_]>::is_empty);
    let value = tree.to_json(header.value);
    let edits = match (secret, field) {
        (None, Some(field)) if entries.len() == 1 => {
            let key = tree.key_place(field).bytes();
            Some(vec![TextEdit::replace(key, fault.written(SECRET))])
        }
        (None, Some(_)) => remove_entry(cursor, headers, at).map(|range| {
            let mut object = Map::new();
            object.insert(name.to_owned(), value);
            let added = add_entries(cursor, owner, &[(SECRET, Value::Object(object))]);
            vec![TextEdit::remove(range), added]
        }),
        (Some(secret), Some(field)) if tree.entries(secret).is_some() => {
            let is_only = entries.len() == 1;
            let fields = tree.entries(owner).unwrap_or_default();
            let of_field = fields.iter().position(|entry| entry.key == field.key);
            let removed = if is_only {
                of_field.and_then(|of_field| remove_entry(cursor, owner, of_field))
            } else {
                remove_entry(cursor, headers, at)
            };
            let added = if is_empty(secret) {
                let mut object = Map::new();
                object.insert(name.to_owned(), value);
                let layout = match cursor.format {
                    Format::Json => Layout::Line,
                    Format::Yaml => Layout::Flow,
                };
                let text = written(layout, &Value::Object(object));
                TextEdit::replace(tree.place(secret).bytes(), text)
            } else {
                add_entries(cursor, secret, &[(name, value)])
            };
            removed.map(|range| vec![TextEdit::remove(range), added])
        }
        _ => None,
    };
    edits
        .into_iter()
        .map(|edits| (title.clone(), edits))
        .collect()
}

/// Replaces the value of a header or query parameter with a placeholder, in components whose
/// placeholders are inputs.
pub(super) fn leave_to_an_input(fault: &Fault<'_>) -> Vec<Proposal> {
    let Some((map, at, owner)) = header(fault) else {
        return Vec::new();
    };
    let cursor = fault.cursor;
    let tree = cursor.tree();
    let ty = tree.get(owner, "component_type");
    let takes_inputs = ty
        .and_then(|ty| tree.text(ty))
        .is_some_and(|ty| matches!(ty, "RemoteTool" | "ApiNode"));
    let entry = tree.entries(map).and_then(|entries| entries.get(at));
    let Some(entry) = entry.filter(|_| takes_inputs) else {
        return Vec::new();
    };
    let as_name = |c: char| {
        let is_part = c.is_ascii_alphanumeric();
        if is_part { c.to_ascii_lowercase() } else { '_' }
    };
    let name: String = entry.key.chars().map(as_name).collect();
    let value = format!("{{{{{name}}}}}");
    let edit = TextEdit::replace(fault.problem.place.bytes(), quoted(fault, &value));
    vec![(format!("let an input supply it: `{value}`"), vec![edit])]
}

/// Formats a text with double quotes, which both formats need because the text begins with a brace.
fn quoted(fault: &Fault<'_>, text: &str) -> String {
    let written = fault.written(text);
    let is_quoted = written.starts_with(['"', '\'']);
    if is_quoted {
        written
    } else {
        Layout::Line.text(text)
    }
}

/// Returns the object of headers or query parameters with the problem, the index of the entry
/// there, and the component.
fn header(fault: &Fault<'_>) -> Option<(NodeId, usize, NodeId)> {
    let (map, at) = entry_of_value(fault)?;
    let owner = fault.cursor.owner()?.node;
    let tree = fault.cursor.tree();
    let is_of_owner = ["headers", "query_params"]
        .into_iter()
        .any(|field| tree.get(owner, field) == Some(map));
    is_of_owner.then_some((map, at, owner))
}

/// Returns the object of the tree at a position.
fn object_at(cursor: &Cursor<'_>, place: Place) -> Option<NodeId> {
    let tree = cursor.tree();
    let mut objects = tree.objects(tree.root()?);
    objects
        .find(|(node, _)| tree.place(*node) == place)
        .map(|(node, _)| node)
}

/// Returns the bytes to remove for one definition. If the definition is the only one, they include
/// the key of all definitions.
fn removed_definition(
    cursor: &Cursor<'_>,
    definitions: NodeId,
    entry: usize,
) -> Option<Range<usize>> {
    let tree = cursor.tree();
    let is_only = tree.entries(definitions)?.len() == 1;
    let outer = cursor.levels.get(cursor.levels.len().wrapping_sub(2));
    match outer {
        Some(outer) if is_only && cursor.key_of(outer) == Some(DEFINITIONS_KEY) => {
            remove_entry(cursor, outer.node, outer.step)
        }
        _ => remove_entry(cursor, definitions, entry),
    }
}

/// Makes an edit that adds a copy of an object as the last definition of the document, with
/// `comments` above the object in a block. `None` where the existing definitions have another
/// layout than the object.
fn add_definition(
    cursor: &Cursor<'_>,
    name: &str,
    value: NodeId,
    comments: &[&str],
) -> Option<TextEdit> {
    let (text, tree) = (cursor.text, cursor.tree());
    let root = tree.root()?;
    let definitions = tree.get(root, DEFINITIONS_KEY);
    let object = definitions.unwrap_or(root);
    let layout = Layout::of(tree, text, cursor.format, object);
    let last = tree.entries(object)?.iter().map(|entry| {
        let value = tree.span(entry.value).end();
        entry.key_span.end().max(value)
    });
    let end = text.get(..last.max()?)?.trim_end().len();
    let (at, indent) = match layout {
        Layout::Block(indent) => (line_end(text, end), indent),
        Layout::Lines(indent) => (end, indent),
        Layout::Flow | Layout::Line => (end, 0),
    };
    let own_indent = if definitions.is_some() {
        indent
    } else {
        indent + INDENT
    };
    let value = moved(cursor, value, layout, own_indent)?;
    let mut entry = String::new();
    for comment in comments
        .iter()
        .filter(|_| matches!(layout, Layout::Block(_)))
    {
        entry.extend([comment.trim(), "\n", &" ".repeat(own_indent)]);
    }
    entry.extend([&layout.text(name), ":", &value]);
    let separator = layout.separator();
    let added = if definitions.is_some() {
        format!("{separator}{entry}")
    } else {
        let key = layout.text(DEFINITIONS_KEY);
        let (inner, outer) = (" ".repeat(own_indent), " ".repeat(indent));
        match layout {
            Layout::Block(_) => format!("{separator}{key}:\n{inner}{entry}"),
            Layout::Lines(_) => format!("{separator}{key}: {{\n{inner}{entry}\n{outer}}}"),
            Layout::Flow | Layout::Line => format!("{separator}{key}: {{{entry}}}"),
        }
    };
    Some(TextEdit::insert(at, added))
}

/// Formats an object of the text as the value of a key with this indent.
fn moved(cursor: &Cursor<'_>, object: NodeId, to: Layout, indent: usize) -> Option<String> {
    let (text, tree) = (cursor.text, cursor.tree());
    let place = tree.place(object);
    let source = text.get(place.bytes())?.trim_end();
    let is_block = cursor.format == Format::Yaml && !source.starts_with('{');
    match to {
        Layout::Block(_) if is_block => {
            let lines = shifted(source, place.column - 1, indent + INDENT);
            Some(format!("\n{}{lines}", " ".repeat(indent + INDENT)))
        }
        // Lines of a block are not allowed in brackets.
        Layout::Flow if is_block => None,
        Layout::Block(_) | Layout::Lines(_) => {
            let before = line_before(text, place.start);
            let own = before.len() - before.trim_start().len();
            Some(format!(" {}", shifted(source, own, indent)))
        }
        Layout::Flow | Layout::Line => Some(format!(" {source}")),
    }
}

/// Changes the indent of all lines but the first from `from` to `to`.
fn shifted(source: &str, from: usize, to: usize) -> String {
    let mut lines = source.split('\n');
    let mut shifted = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        shifted.push('\n');
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if line.trim().is_empty() {
            shifted.push_str(line.trim_matches(' '));
        } else {
            shifted.push_str(&" ".repeat((blanks + to).saturating_sub(from)));
            shifted.push_str(line.get(blanks..).unwrap_or_default());
        }
    }
    shifted
}
