//! Datastores in memory.

use serde_json::{Value, json};

use super::super::super::super::parts::{merge, node};
use super::super::super::case::Case;
use super::super::{row, string};

pub(super) fn cases() -> Vec<Case> {
    let object =
        |title: &str| json!({"title": title, "type": "object", "additionalProperties": {}});
    let objects = |title: &str| json!({"title": title, "type": "array", "items": {"type": "object", "additionalProperties": {}}});
    let pets = json!([
        object("one"),
        object("two"),
        string("who"),
        object("change")
    ]);
    let given = json!({
        "one": {"name": "Ada", "kind": "cat", "age": 3}, "two": {"name": "Bob", "kind": "dog", "age": 4}, "who": "Bob",
        "change": {"kind": "wolf"},
    });
    let both = [create("make_one", "one"), create("make_two", "two")];
    let with = |more: Vec<Value>, outputs: Value| {
        let nodes: Vec<Value> = both.iter().cloned().chain(more).collect();
        let mut flow = row("f", pets.clone(), &nodes, outputs);
        flow["$referenced_components"]["store"] = store();
        flow
    };
    [
        ("rows that are made", with(vec![], json!([object("one_made"), object("two_made")]))),
        ("rows that are listed", with(vec![list("all", json!({})), list("some", json!({"where": {"name": "{{who}}"}})), list("none", json!({"where": {"name": "x"}}))], json!([objects("all"), objects("some"), objects("none")]))),
        ("the first rows", with(vec![list("few", json!({"limit": 1}))], json!([objects("few")]))),
        ("a single row", with(vec![list("only", json!({"where": {"kind": "cat"}, "limit": 1, "unpack_single_entity_from_list": true}))], json!([object("only")]))),
        ("rows that are changed", with(vec![
            of("Update", "alter", json!({"where": {"name": "{{who}}"}, "input_mapping": {"update": "change"}, "output_mapping": {"entities": "changed"}})),
            list("all", json!({})),
        ], json!([objects("changed"), objects("all")]))),
        ("rows that are removed", with(vec![of("Delete", "forget", json!({"where": {"kind": "dog"}})), list("all", json!({}))], json!([objects("all")]))),
    ]
    .into_iter()
    .map(|(name, flow)| Case::of(name, flow).inputs(given.clone()))
    .collect()
}

fn store() -> Value {
    node(
        "InMemoryCollectionDatastore",
        "store",
        json!({"datastore_schema": {"pets": {"type": "object", "properties": {
            "name": {"type": "string"}, "kind": {"type": "string"}, "age": {"type": "integer"},
        }}}}),
    )
}

fn of(kind: &str, id: &str, fields: Value) -> Value {
    let kind = format!("PluginDatastore{kind}Node");
    let mut node = node(
        &kind,
        id,
        json!({"datastore": {"$component_ref": "store"}, "collection_name": "pets"}),
    );
    merge(&mut node, fields);
    node
}

fn create(id: &str, entity: &str) -> Value {
    of(
        "Create",
        id,
        json!({"input_mapping": {"entity": entity}, "output_mapping": {"created_entity": format!("{entity}_made")}}),
    )
}

fn list(output: &str, fields: Value) -> Value {
    let mut list = of(
        "List",
        output,
        json!({
            "where": null, "limit": null, "unpack_single_entity_from_list": null, "output_mapping": {"entities": output},
        }),
    );
    merge(&mut list, fields);
    list
}
