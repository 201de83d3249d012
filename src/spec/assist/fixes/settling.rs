//! Fixes that set or remove a field, as the help of the problem says.

use serde_json::{Value, json};

use super::{Fault, Proposal};
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::entries::{add_entries, add_item, remove_entry};
use crate::spec::assist::write::Layout;
use crate::spec::component::{Component, Origin};
use crate::spec::infer::infer;
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::{Format, NodeId, Tree};

/// Removes the list with the problem, so that the list is inferred. For a node that lists both
/// inputs and outputs, proposes either list.
pub(super) fn leave_out(fault: &Fault<'_>) -> Vec<Proposal> {
    let help = fault.help();
    if !help.contains("leave") && !help.ends_with("or nobody") {
        return Vec::new();
    }
    let Some((object, entry)) = entry_of_value(fault) else {
        return Vec::new();
    };
    let tree = fault.cursor.tree();
    let entries = tree.entries(object).unwrap_or_default();
    let is_of_two = help.contains("one of the two");
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

/// Sets a field to null: one of two fields that exclude each other, or a field that must be null.
pub(super) fn set_to_null(fault: &Fault<'_>) -> Vec<Proposal> {
    const FIELDS: [&str; 8] = [
        "max_num_characters",
        "max_num_messages",
        "initial_message",
        "host",
        "credential_name",
        "api_provider",
        "api_type",
        "api_key",
    ];
    let Some(owner) = fault
        .cursor
        .owner()
        .filter(|_| fault.help().contains("null"))
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

/// Changes a schema to `type: object`.
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

/// Replaces a secret with a reference, whose value the profile must supply.
pub(super) fn refer_to_secret(fault: &Fault<'_>) -> Vec<Proposal> {
    let Some((object, at)) = entry_of_value(fault) else {
        return Vec::new();
    };
    let tree = fault.cursor.tree();
    let Some(field) = tree.entries(object).and_then(|entries| entries.get(at)) else {
        return Vec::new();
    };
    let text = |key| tree.get(object, key).and_then(|node| tree.text(node));
    let mut edits = Vec::new();
    let id = match (text("id"), text("name")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(name)) if !is_an_id(tree, name) => {
            edits.push(add_entries(fault.cursor, object, &[("id", name.into())]));
            name.to_owned()
        }
        (None, _) => return Vec::new(),
    };
    let name = format!("{id}.{}", field.key);
    let layout = match fault.cursor.format {
        Format::Json => Layout::Line,
        Format::Yaml => Layout::Flow,
    };
    let place = fault.problem.place.bytes();
    edits.push(TextEdit::replace(place, layout.reference(&name)));
    let title = format!("refer to `{name}`; give its value in the profile");
    vec![(title, edits)]
}

/// Returns whether a component of the document has this id, or a definition has this name.
fn is_an_id(tree: &Tree, name: &str) -> bool {
    let root = tree.root().into_iter();
    let mut objects = root.flat_map(|root| tree.objects(root));
    objects.any(|(node, _)| {
        let id = tree.get(node, "id").and_then(|id| tree.text(id));
        let definitions = tree.get(node, DEFINITIONS_KEY);
        id == Some(name) || definitions.is_some_and(|all| tree.get(all, name).is_some())
    })
}

/// Removes a header from `headers` that is also in `sensitive_headers`.
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

/// Replaces an old spelling of a key with the current one.
pub(super) fn spell_as_now(fault: &Fault<'_>) -> Vec<Proposal> {
    match fault.cursor.content() {
        Some("type") => fault.replace("component_type"),
        Some("$ref") => fault.replace("$component_ref"),
        _ => Vec::new(),
    }
}

/// Returns the object and the index of the entry whose value has the problem.
pub(super) fn entry_of_value(fault: &Fault<'_>) -> Option<(NodeId, usize)> {
    let tree = fault.cursor.tree();
    let levels = fault.cursor.levels.iter().rev();
    let mut entries = levels.map(|level| (level.node, level.step));
    entries.find(|(object, step)| {
        let entry = tree.entries(*object).and_then(|entries| entries.get(*step));
        entry.is_some_and(|entry| tree.place(entry.value) == fault.problem.place)
    })
}

/// Returns the object with the problem; `None` if it is not an object.
fn node_of_problem(fault: &Fault<'_>) -> Option<NodeId> {
    let tree = fault.cursor.tree();
    let levels = fault.cursor.levels.iter().rev();
    // A list with dashes begins where its first item does.
    let is_it =
        |node: &NodeId| tree.entries(*node).is_some() && tree.place(*node) == fault.problem.place;
    let mut nodes = levels.flat_map(|level| {
        let entry = tree.entries(level.node).and_then(|all| all.get(level.step));
        entry
            .map(|entry| entry.value)
            .into_iter()
            .chain([level.node])
    });
    nodes.find(is_it)
}

/// Proposes concrete types: the types of an abstract family, or the types of JSON Schema.
pub(super) fn name_a_type(fault: &Fault<'_>) -> Vec<Proposal> {
    let help = fault.help();
    let names = ["use one of ", "types are "]
        .into_iter()
        .find_map(|before| help.strip_prefix(before));
    let names = names.into_iter().flat_map(|names| names.split(", "));
    names.flat_map(|name| fault.replace(name)).collect()
}

/// Adds a missing input or output, which follows from the configuration, to an explicit list.
pub(super) fn list_what_is_inferred(fault: &Fault<'_>) -> Vec<Proposal> {
    let listed = fault.help().strip_prefix("list `").and_then(|rest| {
        let title = rest.split('`').next()?;
        let cursor = fault.cursor;
        let tree = cursor.tree();
        let owner = cursor.owner()?.node;
        let list = ["inputs", "outputs"].into_iter().find_map(|key| {
            let list = tree.get(owner, key)?;
            (tree.place(list) == fault.problem.place).then_some((key, list))
        });
        let (key, list) = list?;
        let loaded = cursor.load(fault.options);
        let components = Component::walk(loaded.component.as_ref()?);
        let at = Origin {
            source: 0,
            node: owner,
        };
        let component = components.into_iter().find(|part| part.origin == at)?;
        let inferred = infer(component)?;
        let rule = if key == "inputs" {
            inferred.inputs
        } else {
            inferred.outputs
        };
        let properties = rule.into_list();
        let property = properties.iter().find(|known| known.title() == title)?;
        let edit = add_item(cursor, list, property.schema())?;
        Some((format!("list `{title}` in `{key}`"), vec![edit]))
    });
    listed.into_iter().collect()
}

/// Replaces an outdated value with the current name for it.
pub(super) fn write_what_is_read(fault: &Fault<'_>) -> Vec<Proposal> {
    let name = fault.help().strip_prefix("write \"");
    let name = name.and_then(|name| name.strip_suffix('"'));
    name.map_or_else(Vec::new, |name| {
        let edit = TextEdit::replace(fault.problem.place.bytes(), fault.written(name));
        vec![(format!("write \"{name}\""), vec![edit])]
    })
}
