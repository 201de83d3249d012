//! Nodes that read and write a datastore, in memory or in a database.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, node};
use super::script::{Ran, Script};
use super::wayflow_nodes::row;
use super::world::ScriptedAction;
use crate::trace::{Event, FailureKind};

/// Runs nodes in a row over one datastore of pets; data goes by name.
async fn run(nodes: &[(&str, Value)], given: Value, outputs: Value) -> Ran {
    let inputs: Vec<Value> = given
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| match value {
            Value::Object(_) => {
                json!({"title": name, "type": "object", "additionalProperties": {}})
            }
            _ => json!({"title": name, "type": "string"}),
        })
        .collect();
    let nodes = nodes.iter().enumerate().map(|(index, (kind, fields))| {
        let mut made = node(
            &format!("PluginDatastore{kind}Node"),
            &format!("n{index}"),
            json!({"datastore": {"$component_ref": "store"}, "collection_name": "pets"}),
        );
        if *kind == "List" {
            for optional in ["where", "limit", "unpack_single_entity_from_list"] {
                made[optional] = Value::Null;
            }
        }
        let fields = fields.as_object().unwrap().clone();
        made.as_object_mut().unwrap().extend(fields);
        made
    });
    let nodes: Vec<Value> = nodes.collect();
    let mut spec = document(row(&Value::from(inputs), &nodes, &outputs));
    spec["$referenced_components"]["store"] = json!({
        "component_type": "InMemoryCollectionDatastore", "id": "store", "name": "store",
        "datastore_schema": {"pets": {"type": "object", "properties": {
            "name": {"type": "string"}, "age": {"type": "integer"},
            "home": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "kind": {"type": "string", "default": "cat"},
        }}},
    });
    Script::of(&spec).inputs(given).run().await
}

fn rows(title: &str) -> Value {
    json!({"title": title, "type": "array", "items": {"type": "object", "additionalProperties": {}}})
}

#[tokio::test(start_paused = true)]
async fn rows_are_created_listed_updated_and_deleted() {
    let ran = run(
        &[
            (
                "Create",
                json!({"ENTITY": "first", "CREATED_ENTITY": "made"}),
            ),
            (
                "Create",
                json!({"ENTITY": "second", "CREATED_ENTITY": "other"}),
            ),
            (
                "Update",
                json!({"where": {"name": "{{ who }}"}, "UPDATE": "change", "ENTITIES": "changed"}),
            ),
            (
                "List",
                json!({"where": {"kind": "cat"}, "ENTITIES": "cats"}),
            ),
            ("List", json!({"limit": 1, "ENTITIES": "one"})),
            ("Delete", json!({"where": {"home": null}})),
            ("List", json!({"ENTITIES": "left"})),
        ],
        json!({
            "first": {"name": "Ada", "age": 3}, "second": {"name": "Bob", "age": 4, "kind": "dog"},
            "change": {"home": "Rome"}, "who": "Bob",
        }),
        json!([rows("changed"), rows("cats"), rows("one"), rows("left")]),
    )
    .await;
    let ada = json!({"name": "Ada", "age": 3, "home": null, "kind": "cat"});
    let bob = json!({"name": "Bob", "age": 4, "home": "Rome", "kind": "dog"});
    assert_eq!(
        ran.outputs(),
        json!({"changed": [bob], "cats": [ada], "one": [ada], "left": [bob]})
    );
    let recorded = ran.events.iter().filter(|event| {
        matches!(&event.body, crate::trace::RunEventBody::Operated { operation, .. } if operation == "datastore")
    });
    assert_eq!(recorded.count(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_single_row_is_given_as_such_or_its_number_is_told() {
    let create = ("Create", json!({"ENTITY": "pet"}));
    let single = (
        "List",
        json!({"unpack_single_entity_from_list": true, "ENTITIES": "found"}),
    );
    let found = json!([{"title": "found", "type": "object", "additionalProperties": {}}]);
    let given = json!({"pet": {"name": "Ada", "age": 3}});
    let ran = run(
        &[create.clone(), single.clone()],
        given.clone(),
        found.clone(),
    )
    .await;
    assert_eq!(ran.outputs()["found"]["name"], "Ada");
    let twice = json!({"ENTITY": "pet", "CREATED_ENTITY": "again"});
    let ran = run(&[create, ("Create", twice), single], given, found).await;
    assert_eq!(
        ran.failure().message,
        "`pets` has 2 such rows, and exactly one is needed"
    );
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_the_schema_is_refused_and_names_the_column() {
    for (pet, kind, words) in [
        (
            json!({"name": "Ada", "age": "old"}),
            FailureKind::Input,
            "collection `pets`: `age` ",
        ),
        (
            json!({"name": "Ada", "fur": "long"}),
            FailureKind::Spec,
            "collection `pets` has no column `fur`",
        ),
    ] {
        let ran = run(
            &[("Create", json!({"ENTITY": "pet"}))],
            json!({ "pet": pet }),
            json!([]),
        )
        .await;
        let failure = ran.failure();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.starts_with(words), "{failure}");
    }
}

/// A flow of nodes over a datastore in a database, in the scripted world.
fn over_database(nodes: &[Value], outputs: &Value) -> Script {
    let inputs = json!([{"title": "pet", "type": "object", "additionalProperties": {}}]);
    let mut spec = document(row(&inputs, nodes, outputs));
    spec["$referenced_components"]["store"] = json!({
        "component_type": "PostgresDatabaseDatastore", "id": "store", "name": "store",
        "datastore_schema": {"pets": {"type": "object", "properties": {
            "name": {"type": "string"}, "kind": {"type": "string", "default": "cat"},
        }}},
        "connection_config": {
            "component_type": "TlsPostgresDatabaseConnectionConfig", "id": "c", "name": "c", "url": "h",
            "user": "u", "password": "p",
        },
    });
    Script::of(&spec).inputs(json!({"pet": {"name": "Ada"}}))
}

fn over_store(kind: &str, fields: Value) -> Value {
    let mut made = node(&format!("PluginDatastore{kind}Node"), kind, fields);
    made["datastore"] = json!({"$component_ref": "store"});
    made
}

#[tokio::test(start_paused = true)]
async fn work_at_a_database_is_a_call_with_values_that_fit() {
    let ada = json!({"name": "Ada", "kind": "cat"});
    let nodes = [
        over_store(
            "Create",
            json!({"collection_name": "pets", "ENTITY": "pet", "CREATED_ENTITY": "made"}),
        ),
        over_store(
            "List",
            json!({
                "collection_name": "pets", "where": {"name": "{{ pet.name }}"}, "limit": null,
                "unpack_single_entity_from_list": true, "ENTITIES": "found",
            }),
        ),
    ];
    let outputs = json!([
        {"title": "made", "type": "object", "additionalProperties": {}},
        {"title": "found", "type": "object", "additionalProperties": {}},
    ]);
    let ran = over_database(&nodes, &outputs)
        .tool("Create", ScriptedAction::Give(ada.clone()))
        .tool("List", ScriptedAction::Give(json!([ada])))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"made": ada, "found": ada}));
    let asked = ran.traced().filter_map(|event| match event {
        Event::ToolExecutionRequest { inputs, .. } => Some(Value::clone(inputs)),
        _ => None,
    });
    assert_eq!(
        asked.collect::<Vec<_>>(),
        [
            json!({"operation": "create", "collection": "pets", "row": ada}),
            json!({"operation": "list", "collection": "pets", "where": {"name": "Ada"}, "limit": null}),
        ]
    );
    let refused = over_store(
        "Create",
        json!({"collection_name": "cars", "ENTITY": "pet"}),
    );
    let ran = over_database(&[refused], &json!([])).run().await;
    assert_eq!(
        ran.failure().message,
        "the datastore has no collection `cars`"
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_is_never_made_of_values() {
    let ask = |query: &str| {
        over_store(
            "Query",
            json!({"query": query, "input_mapping": {"bind_variables": "pet"}}),
        )
    };
    let outputs = json!([rows("result")]);
    let ran = over_database(&[ask("SELECT * FROM pets WHERE name = :name")], &outputs)
        .tool("Query", ScriptedAction::Give(json!([{"name": "Ada"}])))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"result": [{"name": "Ada"}]}));
    let ran = over_database(
        &[ask("SELECT * FROM pets WHERE name = '{{name}}'")],
        &outputs,
    )
    .run()
    .await;
    assert_eq!(
        ran.failure().message,
        "the query holds `{{name}}`, but values are not written into SQL"
    );
}
