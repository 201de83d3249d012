//! Fixes that set a field, or leave it out, as the problem's help says.

use serde_json::{Value, json};

use super::{Fault, Proposal};
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::entries::{add_entries, remove_entry};
use crate::spec::assist::write::Layout;
use crate::spec::syntax::{Format, NodeId};

/// Takes the list out that the problem is about: what it should hold is inferred without it. Of a node that lists inputs
/// and outputs, either.
pub(super) fn leave_out(fault: &Fault<'_>) -> Vec<Proposal> {
    if !fault.help().contains("leave") {
        return Vec::new();
    }
    let Some((object, entry)) = entry_of_value(fault) else {
        return Vec::new();
    };
    let tree = fault.cursor.tree();
    let entries = tree.entries(object).unwrap_or_default();
    let is_of_two = fault.help().contains("one of the two");
    let lists = (0..entries.len()).filter(|at| {
        let is_list = |name: &str| matches!(name, "inputs" | "outputs");
        *at == entry || (is_of_two && entries.get(*at).is_some_and(|other| is_list(&other.key)))
    });
    lists
        .filter_map(|at| {
            let range = remove_entry(fault.cursor, object, at)?;
            let title = format!("leave `{}` out", entries.get(at)?.key);
            Some((title, vec![TextEdit::remove(range)]))
        })
        .collect()
}

/// Sets one of the fields to null that exclude each other.
pub(super) fn set_to_null(fault: &Fault<'_>) -> Vec<Proposal> {
    const FIELDS: [&str; 3] = ["max_num_characters", "max_num_messages", "initial_message"];
    let Some(owner) = fault
        .cursor
        .owner()
        .filter(|_| fault.help().contains("to null"))
    else {
        return Vec::new();
    };
    let tree = fault.cursor.tree();
    let has_field = |name| {
        let ty = fault.cursor.type_at(owner);
        ty.is_some_and(|ty| ty.field(name).is_some())
    };
    let fields = FIELDS.into_iter().filter(|name| has_field(name));
    fields
        .map(|name| {
            let edit = match tree.get(owner.node, name) {
                Some(value) => TextEdit::replace(tree.place(value).bytes(), "null"),
                None => add_entries(fault.cursor, owner.node, &[(name, Value::Null)]),
            };
            (format!("set `{name}` to null"), vec![edit])
        })
        .collect()
}

/// Makes a schema one of objects.
pub(super) fn make_object_schema(fault: &Fault<'_>) -> Vec<Proposal> {
    let title = "write `type: object` and `properties`".to_owned();
    if !fault.help().starts_with(&title) {
        return Vec::new();
    }
    let Some(node) = node_of_problem(fault) else {
        return Vec::new();
    };
    let tree = fault.cursor.tree();
    let Some(entries) = tree.entries(node) else {
        return Vec::new();
    };
    if entries.is_empty() {
        let schema = json!({"type": "object", "properties": {}}).to_string();
        let edit = TextEdit::replace(tree.place(node).bytes(), schema);
        return vec![(title, vec![edit])];
    }
    let mut edits = Vec::new();
    let mut missing = Vec::new();
    match tree.get(node, "type") {
        Some(value) => {
            let edit = TextEdit::replace(tree.place(value).bytes(), fault.written("object"));
            edits.push(edit);
        }
        None => missing.push(("type", json!("object"))),
    }
    if tree.get(node, "properties").is_none() {
        missing.push(("properties", json!({})));
    }
    if !missing.is_empty() {
        edits.push(add_entries(fault.cursor, node, &missing));
    }
    vec![(title, edits)]
}

/// Gives a property a name: `input_2` for the second of the inputs.
pub(super) fn add_title(fault: &Fault<'_>) -> Vec<Proposal> {
    let cursor = fault.cursor;
    let Some(node) = node_of_problem(fault) else {
        return Vec::new();
    };
    let list = cursor.levels.iter().enumerate().find(|(_, level)| {
        let items = cursor.tree().items(level.node).unwrap_or_default();
        items.get(level.step) == Some(&node)
    });
    let Some((at, list)) = list else {
        return Vec::new();
    };
    let outer = at.checked_sub(1).and_then(|outer| cursor.levels.get(outer));
    let key = outer.and_then(|outer| cursor.key_of(outer));
    let one = key.map_or("property", |key| key.strip_suffix('s').unwrap_or(key));
    let name = format!("{one}_{}", list.step + 1);
    let has_entries = cursor
        .tree()
        .entries(node)
        .is_some_and(|all| !all.is_empty());
    if !has_entries {
        return Vec::new();
    }
    let edit = add_entries(cursor, node, &[("title", name.as_str().into())]);
    vec![(format!("add `title: {name}`"), vec![edit])]
}

/// Puts the reference in place of a secret that its profile is to supply.
pub(super) fn refer_to_secret(fault: &Fault<'_>) -> Vec<Proposal> {
    let Some((object, _)) = entry_of_value(fault) else {
        return Vec::new();
    };
    // Without an id of its own the component has another one each time it is read.
    let tree = fault.cursor.tree();
    let (Some(_), Some(value)) = (
        tree.get(object, "id"),
        fault.help().strip_prefix("write `{\"$component_ref\": \""),
    ) else {
        return Vec::new();
    };
    let Some(name) = value.split('"').next() else {
        return Vec::new();
    };
    let layout = match fault.cursor.format {
        Format::Json => Layout::Line,
        Format::Yaml => Layout::Flow,
    };
    let edit = TextEdit::replace(fault.problem.place.bytes(), layout.reference(name));
    let title = format!("refer to `{name}`; give its value in the profile");
    vec![(title, vec![edit])]
}

/// Takes the header out that is among the secret ones, too.
pub(super) fn remove_open_header(fault: &Fault<'_>) -> Vec<Proposal> {
    let cursor = fault.cursor;
    let tree = cursor.tree();
    let open = cursor
        .owner()
        .zip(cursor.content())
        .and_then(|(owner, name)| {
            let headers = tree.get(owner.node, "headers")?;
            let entries = tree.entries(headers)?;
            let at = entries.iter().position(|entry| entry.key == name)?;
            let range = remove_entry(cursor, headers, at)?;
            let title = format!("leave `{name}` in `sensitive_headers` alone");
            Some((title, vec![TextEdit::remove(range)]))
        });
    open.into_iter().collect()
}

/// Writes a key as the language spells it now.
pub(super) fn spell_as_now(fault: &Fault<'_>) -> Vec<Proposal> {
    match fault.cursor.content() {
        Some("type") => fault.replace("component_type"),
        Some("$ref") => fault.replace("$component_ref"),
        _ => Vec::new(),
    }
}

/// The entry whose value the problem is about: its object and its number there.
fn entry_of_value(fault: &Fault<'_>) -> Option<(NodeId, usize)> {
    let tree = fault.cursor.tree();
    let levels = fault.cursor.levels.iter().rev();
    let mut entries = levels.map(|level| (level.node, level.step));
    entries.find(|(object, step)| {
        let entry = tree.entries(*object).and_then(|entries| entries.get(*step));
        entry.is_some_and(|entry| tree.place(entry.value) == fault.problem.place)
    })
}

/// What the problem is about, if it is an object.
fn node_of_problem(fault: &Fault<'_>) -> Option<NodeId> {
    let tree = fault.cursor.tree();
    let levels = fault.cursor.levels.iter().rev();
    // A list with dashes begins where its first item does.
    let is_it =
        |node: &NodeId| tree.entries(*node).is_some() && tree.place(*node) == fault.problem.place;
    levels.map(|level| level.node).find(is_it)
}
