//! Sets a field of a component in the text and changes nothing else.

use std::ops::Range;

use serde_json::Value;

use super::cursor::Cursor;
use super::edit::{TextEdit, apply};
use super::entries::{add_entries, add_item, line_end, remove_entry, remove_item};
use super::write::{Layout, block_text};
use crate::spec::component::{Component, FieldValue};
use crate::spec::load::{LoadOptions, Loaded, load};
use crate::spec::source::REFERENCE_KEY;
use crate::spec::syntax::NodeId;

/// A reason why a field was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The component is in another text.
    #[error("the component is no longer in this text, or the text can't be read")]
    Elsewhere,
    /// The value breaks a rule; contains the rule's message.
    #[error("{0}")]
    Unfit(String),
    /// The field is written in a form that can't be edited on its own.
    #[error("`{0}` is written in a way that only the editor can change")]
    Unusual(String),
}

/// A change of the tools of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChange {
    /// Adds a reference to this definition of the document.
    Add(String),
    /// Removes the tool at this index (from 0); an inline definition is removed as well.
    Remove(usize),
}

/// Makes the edits that set a field of the component at byte `at`; `Null` removes the field. `path`
/// leads through objects: `["default_generation_parameters", "temperature"]`. Missing objects on
/// the path are added.
///
/// # Errors
/// [`SetError`], if the value has no place or breaks a rule that the text keeps now.
pub fn set_field(
    text: &str,
    options: &LoadOptions,
    at: usize,
    path: &[&str],
    value: &Value,
) -> Result<Vec<TextEdit>, SetError> {
    let site = Site::of(text, options, at)?;
    let ways = site.ways(path, value);
    site.checked(ways, path, |component| is_set(component, path, value))
}

/// Makes the edits that set a field to a number. The digits of `written` are kept where all readers
/// take them for the same number (`1.10` stays so). Otherwise the number is written as in JSON, for
/// example `1e3` in YAML, which YAML 1.1 reads as text.
///
/// # Errors
/// [`SetError`], as for [`set_field`]; also if `written` is no JSON number.
pub fn set_number(
    text: &str,
    options: &LoadOptions,
    at: usize,
    path: &[&str],
    written: &str,
) -> Result<Vec<TextEdit>, SetError> {
    let written = written.trim();
    let Ok(value @ Value::Number(_)) = serde_json::from_str(written) else {
        return Err(SetError::Unfit(format!("`{written}` is not a number")));
    };
    let site = Site::of(text, options, at)?;
    let plain = site.ways(path, &value);
    let in_digits = plain
        .iter()
        .filter_map(|edits| in_digits(edits, &value.to_string(), written));
    let ways = in_digits.chain(plain.iter().cloned()).collect();
    site.checked(ways, path, |component| is_set(component, path, &value))
}

/// Replaces the digits of a number in edits that write it; `None` if the edits do not contain the
/// number.
fn in_digits(edits: &[TextEdit], number: &str, digits: &str) -> Option<Vec<TextEdit>> {
    let (last, before) = edits.split_last()?;
    // Whatever is written around it, such as the braces of an object that is added, the number
    // comes last.
    let (start, end) = last.text.rsplit_once(number)?;
    let mut edits = before.to_vec();
    edits.push(TextEdit::replace(
        last.range.clone(),
        format!("{start}{digits}{end}"),
    ));
    Some(edits)
}

/// Makes the edits that change the tools of the component at byte `at`.
///
/// # Errors
/// [`SetError`].
pub fn set_tools(
    text: &str,
    options: &LoadOptions,
    at: usize,
    change: &ToolChange,
) -> Result<Vec<TextEdit>, SetError> {
    let site = Site::of(text, options, at)?;
    let count = site.n_tools;
    let (edits, wanted) = match change {
        ToolChange::Add(name) => (site.add_tool(name), count + 1),
        ToolChange::Remove(tool) => (site.remove_tool(*tool), count.saturating_sub(1)),
    };
    site.checked(edits.into_iter().collect(), &["tools"], |component| {
        tools(component).len() == wanted
    })
}

/// Returns the tools of a component.
pub(super) fn tools(component: &Component) -> &[FieldValue] {
    let tools = component.field("tools").and_then(FieldValue::as_list);
    tools.unwrap_or_default()
}

/// A component, with its position in the text.
struct Site<'t> {
    text: &'t str,
    options: &'t LoadOptions,
    /// The byte at which the component's object begins.
    at: usize,
    cursor: Cursor<'t>,
    object: NodeId,
    n_errors: usize,
    n_problems: usize,
    n_tools: usize,
}

impl<'t> Site<'t> {
    fn of(text: &'t str, options: &'t LoadOptions, at: usize) -> Result<Self, SetError> {
        let loaded = load(text, options);
        let component = find(&loaded, at).ok_or(SetError::Elsewhere)?;
        let place = loaded.tree.place(component.origin.node);
        // Before its first key there is nothing to put a cursor on.
        let first = loaded.tree.entries(component.origin.node);
        let first = first.and_then(|entries| entries.first());
        let key = first.ok_or(SetError::Elsewhere)?.key_span.start();
        let cursor = Cursor::on(text, options, key).ok_or(SetError::Elsewhere)?;
        let tree = cursor.tree();
        let is_it = |node: &NodeId| tree.entries(*node).is_some() && tree.place(*node) == place;
        let object = cursor.levels.iter().map(|level| level.node).find(is_it);
        Ok(Self {
            text,
            options,
            at,
            object: object.ok_or(SetError::Elsewhere)?,
            cursor,
            n_errors: n_errors(&loaded),
            n_problems: loaded.diagnostics.len(),
            n_tools: tools(component).len(),
        })
    }

    /// Returns several ways to write the value, the most readable first.
    fn ways(&self, path: &[&str], value: &Value) -> Vec<Vec<TextEdit>> {
        let tree = self.cursor.tree();
        let mut object = self.object;
        let Some((last, way)) = path.split_last() else {
            return Vec::new();
        };
        for (at, key) in way.iter().enumerate() {
            match tree.get(object, key) {
                Some(inner) if tree.entries(inner).is_some_and(|all| !all.is_empty()) => {
                    object = inner;
                }
                found => {
                    if value.is_null() {
                        return vec![Vec::new()];
                    }
                    let rest = path.get(at + 1..).unwrap_or_default();
                    let nested = rest.iter().rev().fold(value.clone(), |inner, key| {
                        Value::Object([((*key).to_owned(), inner)].into_iter().collect())
                    });
                    return self.put(object, key, found, &nested);
                }
            }
        }
        let found = tree.get(object, last);
        self.put(object, last, found, value)
    }

    /// Makes edits that replace the value of a key, add the key, or remove it.
    fn put(
        &self,
        object: NodeId,
        key: &str,
        found: Option<NodeId>,
        value: &Value,
    ) -> Vec<Vec<TextEdit>> {
        let (cursor, tree) = (&self.cursor, self.cursor.tree());
        let Some(found) = found else {
            if value.is_null() {
                return vec![Vec::new()];
            }
            return vec![vec![add_entries(cursor, object, &[(key, value.clone())])]];
        };
        if value.is_null() {
            let entries = tree.entries(object).unwrap_or_default();
            let at = entries.iter().position(|entry| entry.key == key);
            let range = at.and_then(|at| remove_entry(cursor, object, at));
            return range.map_or_else(Vec::new, |range| vec![vec![TextEdit::remove(range)]]);
        }
        let layout = Layout::of(tree, self.text, cursor.format, object);
        let bytes = tree.place(found).bytes();
        // Of a block the header and the lines are replaced by themselves: a comment behind the header stays.
        let (header, lines) = match self.block(object, key, found) {
            Some((header, lines)) => (header, Some(lines)),
            None => (bytes, None),
        };
        let replaced = |by: &str, below: &str| {
            let mut edits = match &lines {
                Some(lines) => vec![
                    TextEdit::replace(header.clone(), by),
                    TextEdit::replace(lines.clone(), below),
                ],
                None => vec![TextEdit::replace(header.clone(), format!("{by}{below}"))],
            };
            edits.retain(|edit| self.text.get(edit.range.clone()) != Some(edit.text.as_str()));
            edits
        };
        let mut ways = Vec::new();
        if let Value::String(text) = value {
            if let Layout::Block(indent) = layout
                && text.contains('\n')
                && let Some((header, lines)) = block_text(text, indent)
            {
                ways.push(replaced(header, &lines));
            }
            if !text.contains('\n') {
                ways.push(replaced(&layout.text(text), ""));
            }
        }
        ways.push(replaced(&value.to_string(), ""));
        ways
    }

    /// Returns the ranges of the block header and of the lines, for a value that is written as a
    /// YAML block.
    fn block(
        &self,
        object: NodeId,
        key: &str,
        value: NodeId,
    ) -> Option<(Range<usize>, Range<usize>)> {
        let tree = self.cursor.tree();
        let key_end = tree.entry(object, key)?.key_span.end();
        let place = tree.place(value);
        let between = self.text.get(key_end..place.start)?;
        let start = key_end + between.find(['|', '>'])?;
        let is_header = |c: char| matches!(c, '|' | '>' | '+' | '-') || c.is_ascii_digit();
        let rest = self.text.get(start..)?;
        let end = start + rest.find(|c: char| !is_header(c))?;
        let lines = line_end(self.text, end);
        let is_block = tree.text(value).is_some() && lines < place.start;
        is_block.then_some((start..end, lines..place.end))
    }

    fn add_tool(&self, name: &str) -> Option<Vec<TextEdit>> {
        let reference = serde_json::json!({ REFERENCE_KEY: name });
        let edit = if let Some(list) = self.cursor.tree().get(self.object, "tools") {
            add_item(&self.cursor, list, &reference)?
        } else {
            let tools = serde_json::json!([reference]);
            add_entries(&self.cursor, self.object, &[("tools", tools)])
        };
        Some(vec![edit])
    }

    fn remove_tool(&self, tool: usize) -> Option<Vec<TextEdit>> {
        let list = self.cursor.tree().get(self.object, "tools")?;
        Some(vec![remove_item(&self.cursor, list, tool)?])
    }

    /// Returns the first of the ways that has the wanted effect without a new problem, else without
    /// a new error.
    fn checked(
        &self,
        ways: Vec<Vec<TextEdit>>,
        path: &[&str],
        is_done: impl Fn(&Component) -> bool,
    ) -> Result<Vec<TextEdit>, SetError> {
        let mut unfit = None;
        let mut warned = None;
        for edits in ways {
            let loaded = load(&apply(self.text, &edits), self.options);
            if n_errors(&loaded) > self.n_errors {
                let mut problems = loaded.diagnostics.iter();
                let problem = problems.find(|problem| problem.is_error());
                unfit = unfit.or(problem.map(|problem| problem.message.clone()));
            } else if find(&loaded, self.at).is_some_and(&is_done) {
                if loaded.diagnostics.len() <= self.n_problems {
                    return Ok(edits);
                }
                warned = warned.or(Some(edits));
            }
        }
        if let Some(edits) = warned {
            return Ok(edits);
        }
        Err(unfit.map_or_else(|| SetError::Unusual(path.join(".")), SetError::Unfit))
    }
}

fn n_errors(loaded: &Loaded) -> usize {
    let problems = loaded.diagnostics.iter();
    problems.filter(|problem| problem.is_error()).count()
}

/// Returns the component whose object begins at a byte of the document.
fn find(loaded: &Loaded, at: usize) -> Option<&Component> {
    let mut parts = loaded.component.as_ref()?.walk().into_iter();
    let part = parts.find(|part| {
        let origin = part.origin;
        origin.source == 0 && loaded.tree.place(origin.node).start == at
    });
    part.map(|part| &**part)
}

/// Returns whether a field has the wanted value; `Null` is the same as a missing field.
fn is_set(component: &Component, path: &[&str], wanted: &Value) -> bool {
    let Some((field, rest)) = path.split_first() else {
        return false;
    };
    let value = component.field(field).and_then(FieldValue::as_value);
    let mut value = value.cloned().unwrap_or_default();
    for key in rest {
        value = value.get(key).cloned().unwrap_or_default();
    }
    let is_same_number = value.as_f64().is_some() && value.as_f64() == wanted.as_f64();
    value == *wanted || is_same_number || wanted.is_null()
}

#[cfg(test)]
mod tests;
