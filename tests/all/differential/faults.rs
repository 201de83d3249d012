//! Documents with one fault each.

mod components;
mod fields;
mod flows;
mod ports;
pub(super) mod schemas;
mod structure;

use flowdeck::spec::Format;
use serde_json::{Map, Value, json};

use super::document::{Document, remove};
use super::generator::Generator;

/// A document in which one rule is broken.
#[derive(Debug)]
pub(super) struct Fault {
    /// The rule.
    pub(super) code: &'static str,
    pub(super) document: Document,
    /// Whether it was found by trying a value in a field.
    pub(super) is_of_field: bool,
}

impl Fault {
    fn new(code: &'static str, what: &str, document: &Value) -> Self {
        Self {
            code,
            document: Document::of(format!("{code} {what}"), document),
            is_of_field: false,
        }
    }

    /// A document that only a text can be.
    fn text(code: &'static str, what: &str, format: Format, text: &str) -> Self {
        Self {
            code,
            document: Document {
                name: format!("{code} {what}"),
                text: text.to_owned(),
                format,
                supplied: Map::new(),
            },
            is_of_field: false,
        }
    }
}

/// Every fault of every rule.
pub(super) fn of_rules(g: &mut Generator) -> Vec<Fault> {
    let mut faults = structure::faults();
    faults.extend(schemas::faults(g));
    faults.extend(ports::faults(g));
    faults.extend(flows::faults());
    faults.extend(components::faults(g));
    faults
}

pub(super) use self::fields::{lenient, of_fields};

/// A fault as a change of a valid document.
type Change = (&'static str, &'static str, fn(&mut Value));

/// The documents that changes make of a valid one.
fn changed(valid: &Value, changes: &[Change]) -> Vec<Fault> {
    changes
        .iter()
        .map(|(code, what, change)| {
            let mut document = valid.clone();
            change(&mut document);
            Fault::new(code, what, &document)
        })
        .collect()
}

/// A valid document of a type with these fields, in the newest version.
fn with(g: &mut Generator, type_name: &str, fields: Value) -> Value {
    let mut component = g.make(type_name);
    if let Value::Object(fields) = fields {
        component.extend(fields);
    }
    component.insert("agentspec_version".to_owned(), json!("26.3.1"));
    Value::Object(component)
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    if let Some(at) = document.pointer_mut(pointer) {
        *at = value;
    } else {
        let (owner, key) = pointer.rsplit_once('/').expect("a pointer");
        document.pointer_mut(owner).expect("an object")[key] = value;
    }
}

fn push(document: &mut Value, pointer: &str, value: Value) {
    let list = document.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.expect("a list").push(value);
}

fn take(document: &mut Value, pointer: &str) {
    remove(document, pointer).expect("something to leave out");
}
