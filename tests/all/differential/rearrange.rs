//! The same components, written otherwise: by reference, shared, supplied from outside.

use flowdeck::spec::language::{self, ComponentKind};
use serde_json::{Map, Value, json};

use super::document::Document;
use super::generator::Generator;

const DEFINITIONS: &str = "$referenced_components";

/// Families of which one component may fill several slots without breaking a rule.
const SHAREABLE: [ComponentKind; 5] = [
    ComponentKind::LlmConfig,
    ComponentKind::Tool,
    ComponentKind::ClientTransport,
    ComponentKind::OciClientConfig,
    ComponentKind::Datastore,
];

/// Defines about half of the nested components at one of the components around them, under their ids or other keys.
pub(super) fn by_reference(g: &mut Generator, document: &mut Value) {
    // Deepest first: what is moved later takes with it what was moved before.
    for slot in slots(document).into_iter().rev() {
        if g.random.bool() {
            define(g, document, &slot);
        }
    }
}

/// Makes slots that hold components of one type hold one and the same. Tells whether there were any.
pub(super) fn share(g: &mut Generator, document: &mut Value) -> bool {
    let mut first_of: Map<String, Value> = Map::new();
    let mut is_shared = false;
    for slot in slots(document).into_iter().rev() {
        let component = document.pointer(&slot).expect("a slot");
        let type_name = type_of(component).to_owned();
        let ty = language::find(&type_name).expect("a type of the table");
        if !SHAREABLE.iter().any(|family| ty.is_a(*family)) {
            continue;
        }
        if let Some(first) = first_of.get(&type_name) {
            *document.pointer_mut(&slot).expect("a slot") = first.clone();
            is_shared = true;
        } else {
            let key = format!("shared-{}", g.number());
            let component = replace(document, &slot, &key);
            define_at(document, "", &key, component);
            first_of.insert(type_name, reference(&key));
        }
    }
    is_shared
}

/// Makes the document a reference to its only definition.
pub(super) fn referred(document: Value) -> Value {
    let mut component = document;
    let version = component
        .as_object_mut()
        .and_then(|it| it.shift_remove("agentspec_version"));
    let mut root = json!({"$component_ref": "the root", DEFINITIONS: {"the root": component}});
    if let Some(version) = version {
        root["agentspec_version"] = version;
    }
    root
}

/// Supplies the outermost component's plain values from outside. Not those that the SDK wants as objects of its own.
pub(super) fn supply_values(name: &str, document: &Value) -> Document {
    let kept = [
        "component_type",
        "agentspec_version",
        "id",
        "inputs",
        "outputs",
        "datastore_schema",
        "response_format",
        "variable",
        "read_variables",
        "write_variables",
        DEFINITIONS,
    ];
    let mut supplied = Map::new();
    let mut document = document.clone();
    let entries = document.as_object_mut().expect("a component");
    for (field, value) in entries.iter_mut() {
        let is_plain = slots(value).is_empty() && type_of(value).is_empty();
        if !kept.contains(&field.as_str()) && is_plain && !refers_outside(value) {
            let key = format!("value of {field}");
            let value = std::mem::replace(value, reference(&key));
            supplied.insert(key, value);
        }
    }
    Document {
        supplied,
        ..Document::of(name, &Value::Object(entries.clone()))
    }
}

/// Supplies the components in the outermost one's slots from outside.
pub(super) fn supply_components(name: &str, document: &Value) -> Document {
    let mut supplied = Map::new();
    let mut document = document.clone();
    for slot in slots(&document) {
        // Those within went with the ones around them.
        let stands = |it: &Value| !type_of(it).is_empty() && !refers_outside(it);
        if document.pointer(&slot).is_some_and(stands) {
            let key = format!("supplied {}", supplied.len());
            let component = replace(&mut document, &slot, &key);
            supplied.insert(key, component);
        }
    }
    Document {
        supplied,
        ..Document::of(name, &document)
    }
}

/// JSON pointers to all components below the outermost one that stand in a slot, outer ones first.
pub(super) fn slots(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(document, "", &mut found);
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let is_definition = at.rsplit('/').next() == Some(DEFINITIONS);
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                if !type_of(value).is_empty() && !is_definition {
                    found.push(at.clone());
                }
                collect(value, &at, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let at = format!("{at}/{index}");
                if !type_of(value).is_empty() {
                    found.push(at.clone());
                }
                collect(value, &at, found);
            }
        }
        _ => {}
    }
}

/// Whether a value refers to what is not defined in it.
fn refers_outside(value: &Value) -> bool {
    fn visit<'v>(value: &'v Value, used: &mut Vec<&'v str>, defined: &mut Vec<&'v str>) {
        used.extend(value.get("$component_ref").and_then(Value::as_str));
        if let Some(definitions) = value.get(DEFINITIONS).and_then(Value::as_object) {
            defined.extend(definitions.keys().map(String::as_str));
        }
        match value {
            Value::Object(entries) => entries.values().for_each(|it| visit(it, used, defined)),
            Value::Array(items) => items.iter().for_each(|it| visit(it, used, defined)),
            _ => {}
        }
    }
    let (mut used, mut defined) = (Vec::new(), Vec::new());
    visit(value, &mut used, &mut defined);
    used.iter().any(|key| !defined.contains(key))
}

/// The type of a component; empty if it is none.
pub(super) fn type_of(value: &Value) -> &str {
    value
        .get("component_type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn reference(key: &str) -> Value {
    json!({"$component_ref": key})
}

/// Moves a component to the definitions of one of those around it.
fn define(g: &mut Generator, document: &mut Value, slot: &str) {
    let component = document.pointer(slot).expect("a slot");
    let id = component
        .get("id")
        .and_then(Value::as_str)
        .filter(|_| g.random.bool());
    let key = id.map_or_else(|| format!("key {}", g.number()), str::to_owned);
    let ends = slot
        .char_indices()
        .filter(|(_, c)| *c == '/')
        .map(|(at, _)| at);
    let around: Vec<&str> = ends
        .filter_map(|at| slot.get(..at))
        .filter(|at| {
            document
                .pointer(at)
                .is_some_and(|it| !type_of(it).is_empty())
        })
        .collect();
    let owner = (*g.random.choice(&around).expect("the outermost component")).to_owned();
    let component = replace(document, slot, &key);
    define_at(document, &owner, &key, component);
}

/// Puts a reference in place of a component.
fn replace(document: &mut Value, slot: &str, key: &str) -> Value {
    let component = document.pointer_mut(slot).expect("a slot");
    std::mem::replace(component, reference(key))
}

fn define_at(document: &mut Value, owner: &str, key: &str, component: Value) {
    let owner = document.pointer_mut(owner).expect("a component");
    owner[DEFINITIONS][key] = component;
}
