//! Edits that add and remove entries of objects and items of lists.

use std::ops::Range;

use serde_json::Value;

use crate::spec::assist::cursor::Cursor;
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::write::{Layout, line_before};
use crate::spec::syntax::{Format, NodeId};

/// Makes an edit that adds entries to an object: after `component_type` if the object has one, else
/// after the first entry.
pub(super) fn add_entries(
    cursor: &Cursor<'_>,
    object: NodeId,
    values: &[(&str, Value)],
) -> TextEdit {
    let tree = cursor.tree();
    let layout = Layout::of(tree, cursor.text, cursor.format, object);
    let entries = tree.entries(object).unwrap_or_default();
    let anchor = entries
        .iter()
        .find(|entry| entry.key == "component_type")
        .or(entries.first());
    let end = anchor.map_or(tree.span(object).end(), |entry| {
        entry.key_span.end().max(tree.span(entry.value).end())
    });
    let at = match layout {
        Layout::Block(_) => line_end(cursor.text, end),
        Layout::Flow | Layout::Lines(_) | Layout::Line => end,
    };
    let mut text = String::new();
    for (key, value) in values {
        let value = written(layout, value);
        let gap = if value.starts_with('\n') { ":" } else { ": " };
        text.extend([&layout.separator(), &layout.text(key), gap, &value]);
    }
    TextEdit::insert(at, text)
}

/// Formats a value for a layout, as written after a key and its colon.
pub(super) fn written(layout: Layout, value: &Value) -> String {
    let inner = layout.inner();
    match value {
        Value::String(text) => layout.text(text),
        Value::Object(entries) if !entries.is_empty() => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}{}", inner.key(key), written(inner, value)))
                .collect();
            let joined = entries.join(&inner.separator());
            match (layout, inner) {
                (Layout::Block(_), _) => format!("{}{joined}", inner.separator()),
                (Layout::Lines(outer), Layout::Lines(indent)) => {
                    let (indent, outer) = (" ".repeat(indent), " ".repeat(outer));
                    format!("{{\n{indent}{joined}\n{outer}}}")
                }
                _ => format!("{{{joined}}}"),
            }
        }
        other => other.to_string(),
    }
}

/// Returns the bytes to remove so that an entry of an object disappears with its comma or its
/// lines; `None` if the rest would not parse.
pub(super) fn remove_entry(
    cursor: &Cursor<'_>,
    object: NodeId,
    entry: usize,
) -> Option<Range<usize>> {
    let (text, tree) = (cursor.text, cursor.tree());
    let entries = tree.entries(object)?;
    let removed = entries.get(entry)?;
    let start = removed.key_span.start();
    let value = tree.span(removed.value);
    // What an alias repeats is written elsewhere.
    let end = if value.start() >= start {
        value.end().max(removed.key_span.end())
    } else {
        line_end(text, start)
    };
    let next = entries
        .iter()
        .map(|entry| entry.key_span.start())
        .filter(|next| *next > start)
        .min();
    let is_block = matches!(
        Layout::of(tree, text, cursor.format, object),
        Layout::Block(_)
    );
    if !is_block || cursor.format == Format::Json {
        return Some(with_comma(text, start..end));
    }
    let before = line_before(text, start);
    if before.trim().is_empty() {
        let line_start = start - before.len();
        let end = line_end(text, end);
        let rest = text.get(end..)?;
        let after = end + usize::from(rest.starts_with('\r')) + usize::from(!rest.is_empty());
        // At the end of a text without a last line break, the one before goes.
        let is_last = rest.is_empty() && line_start > 0;
        return Some(line_start - usize::from(is_last)..after.min(text.len()));
    }
    next.map(|next| start..next)
}

/// Returns the end of the line that contains a byte, before the line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\r', '\n']).unwrap_or(rest.len())
}

/// Extends a range between brackets by one comma: the one before the range, else the one after it.
fn with_comma(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default().trim_end();
    if before.ends_with(',') {
        return before.len() - 1..range.end;
    }
    let after = text.get(range.end..).unwrap_or_default();
    match after.trim_start().strip_prefix(',') {
        Some(rest) => range.start..text.len() - rest.trim_start().len(),
        None => range,
    }
}

/// Makes an edit that appends an object in brackets to a list; `None` unless the list is written in
/// brackets or with dashes.
pub(super) fn add_item(cursor: &Cursor<'_>, list: NodeId, object: &Value) -> Option<TextEdit> {
    let (text, tree) = (cursor.text, cursor.tree());
    let items = tree.items(list)?;
    let place = tree.place(list);
    let is_in_brackets = text.get(place.start..)?.starts_with('[');
    let layout = match cursor.format {
        Format::Json => Layout::Line,
        Format::Yaml => Layout::Flow,
    };
    let object = written(layout, object);
    let Some(before_end) = items.last() else {
        return is_in_brackets.then(|| TextEdit::replace(place.bytes(), format!("[{object}]")));
    };
    let item = tree.place(*before_end);
    if is_in_brackets {
        let before = line_before(text, item.start);
        let gap = if before.trim().is_empty() {
            format!(",\n{before}")
        } else {
            ", ".to_owned()
        };
        return Some(TextEdit::insert(item.end, format!("{gap}{object}")));
    }
    let end = text.get(..item.end)?.trim_end().len();
    let indent = " ".repeat(line_before(text, item.start).rfind('-')?);
    let line = format!("\n{indent}- {object}");
    Some(TextEdit::insert(line_end(text, end), line))
}

/// Makes an edit that removes an item of a list, with its comma or its lines.
pub(super) fn remove_item(cursor: &Cursor<'_>, list: NodeId, at: usize) -> Option<TextEdit> {
    let (text, tree) = (cursor.text, cursor.tree());
    let items = tree.items(list)?;
    let item = tree.place(*items.get(at)?);
    let place = tree.place(list);
    let is_in_brackets = text.get(place.start..)?.starts_with('[');
    let written_end = text.get(..item.end)?.trim_end().len();
    if is_in_brackets {
        return Some(TextEdit::remove(with_comma(text, item.start..item.end)));
    }
    let before = line_before(text, item.start);
    if items.len() == 1 {
        let dash = item.start - before.len() + before.rfind('-')?;
        // Further in than the key, which a list in brackets must be and one with dashes need not.
        return Some(TextEdit::replace(dash..written_end, "  []"));
    }
    if !before.chars().all(|c| matches!(c, ' ' | '-')) {
        return None;
    }
    let start = item.start - before.len();
    let end = line_end(text, written_end);
    let rest = text.get(end..)?;
    let after = end + usize::from(rest.starts_with('\r')) + usize::from(!rest.is_empty());
    // At the end of a text without a last line break, the one before goes.
    let is_last = rest.is_empty() && start > 0;
    Some(TextEdit::remove(
        start - usize::from(is_last)..after.min(text.len()),
    ))
}
