//! The generated documents, in the order in which they are judged.

use flowdeck::spec::AgentSpecVersion;
use flowdeck::spec::language::kind::DefaultValue;
use flowdeck::spec::language::{ComponentType, EndNode, Node, StartNode};
use serde_json::{Value, json};

use super::document::{Depth, Document};
use super::generator::{Extent, Generator};
use super::{flows, rearrange, versioned};

/// Valid documents of every type, most of them compared in full, and those again at versions that may be too low.
pub(super) fn documents(g: &mut Generator) -> Vec<(Document, Depth)> {
    let mut documents = Vec::new();
    for ty in g.types() {
        let name = ty.name();
        for extent in extents(ty) {
            let value = g.document(ty, extent);
            let name = format!("{name} {extent:?}");
            documents.extend(at_its_version(&name, &value));
        }
        let bare = without_ids(g.document(ty, Extent::Least));
        documents.push((
            Document::of(format!("{name} without ids"), &bare),
            Depth::Meaning,
        ));
        let full = g.document(ty, Extent::Full);
        documents.extend(rearranged(g, name, &full));
        if ty.is::<Node>() && !ty.is::<StartNode>() && !ty.is::<EndNode>() {
            let node = g.component(ty, Extent::Chance);
            let flow = flows::around(g, node);
            documents.push((
                Document::of(format!("Flow around {name}"), &flow),
                Depth::Meaning,
            ));
        }
    }
    documents
}

/// Without options, with each option alone, with all of them, and with some.
fn extents(ty: &ComponentType) -> Vec<Extent> {
    let options = ty
        .fields()
        .filter(|field| field.default != DefaultValue::Required && field.name != "id")
        .map(|field| Extent::Only(field.name));
    [Extent::Least]
        .into_iter()
        .chain(options)
        .chain([Extent::Full, Extent::Chance])
        .collect()
}

/// At the first version that will do, as we see it, and at the one before, which will not.
fn at_its_version(name: &str, value: &Value) -> Vec<(Document, Depth)> {
    let documents = AgentSpecVersion::ALL.map(|version| {
        let value = versioned(value, version.as_str());
        Document::of(format!("{name} at {version}"), &value)
    });
    let is_enough = |document: &Document| !document.load().has_errors();
    let first = documents.iter().position(is_enough).unwrap_or_default();
    let before = first.checked_sub(1);
    documents
        .into_iter()
        .enumerate()
        .filter_map(|(at, document)| match at {
            at if at == first => Some((document, Depth::Meaning)),
            at if Some(at) == before => Some((document, Depth::Verdict)),
            _ => None,
        })
        .collect()
}

/// Written in all the other ways.
fn rearranged(g: &mut Generator, name: &str, value: &Value) -> Vec<(Document, Depth)> {
    let named = |how: &str| format!("{name} {how}");
    let mut documents = vec![
        Document::of(
            named("as the target of a reference"),
            &rearrange::referred(value.clone()),
        ),
        rearrange::supply_values(&named("with values supplied"), value),
    ];
    if !rearrange::slots(value).is_empty() {
        let mut by_reference = value.clone();
        rearrange::by_reference(g, &mut by_reference);
        documents.push(Document::of(named("by reference"), &by_reference));
        let supplied = rearrange::supply_components(&named("with components supplied"), value);
        documents.push(supplied);
        let mut shared = value.clone();
        if rearrange::share(g, &mut shared) {
            documents.push(Document::of(named("shared"), &shared));
        }
    }
    documents
        .into_iter()
        .map(|document| (document, Depth::Meaning))
        .collect()
}

/// Without the ids that nothing refers to.
fn without_ids(mut value: Value) -> Value {
    if let Some(component) = value.as_object_mut() {
        component.shift_remove("id");
    }
    for slot in rearrange::slots(&value) {
        if let Some(component) = value.pointer_mut(&slot).and_then(Value::as_object_mut) {
            component.shift_remove("id");
        }
    }
    json!(value)
}
