//! The same flows in WayFlow, over the same tables.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::flows::{datastore_over, engine, flow, node, run};
use super::server::{Database, shared};
use crate::wayflow::Wayflow;

const MAKE: &str = "DROP TABLE IF EXISTS notes; CREATE TABLE notes (id serial PRIMARY KEY, topic text, stars integer, \
    price numeric, open boolean DEFAULT true)";

/// The rows as they are left behind.
async fn left(database: &Database) -> Vec<String> {
    database
        .texts("SELECT to_jsonb(notes)::text FROM notes ORDER BY id")
        .await
}

/// Nodes in a row. WayFlow goes by the names of its own, and maps them.
fn nodes() -> Vec<Value> {
    let of_notes = |kind: &str, id: &str, fields: &Value| {
        let mut node = node(kind, id, json!({"collection_name": "notes"}));
        let fields = fields.as_object().unwrap().clone();
        node.as_object_mut().unwrap().extend(fields);
        node
    };
    let create = |id: &str, entity: &str| {
        let made = format!("{entity}_made");
        let names = json!({"input_mapping": {"entity": entity}, "output_mapping": {"created_entity": made}});
        of_notes("Create", id, &names)
    };
    let list = |id: &str, fields: Value| {
        let mut list = of_notes("List", id, &fields);
        list["output_mapping"] = json!({ "entities": id });
        list
    };
    let mut ask = node(
        "Query",
        "ask",
        json!({"query": "SELECT topic, stars, price FROM notes WHERE stars > :least OR topic = :topic ORDER BY id"}),
    );
    ask["output_mapping"] = json!({"result": "asked"});
    vec![
        create("one", "tea"),
        create("two", "cake"),
        list("all", json!({})),
        list("some", json!({"where": {"topic": "{{ which }}"}})),
        list("null_ones", json!({"where": {"stars": null}})),
        list("first", json!({"limit": 1})),
        list(
            "only",
            json!({"where": {"topic": "tea"}, "unpack_single_entity_from_list": true, "limit": 1}),
        ),
        of_notes(
            "Update",
            "change",
            &json!({
                "where": {"topic": "tea"}, "input_mapping": {"update": "better"},
                "output_mapping": {"entities": "changed"},
            }),
        ),
        ask,
        of_notes(
            "Delete",
            "forget",
            &json!({"where": {"open": true, "topic": "cake"}}),
        ),
        list("rest", json!({"where": {}})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_that_wayflow_gives_and_leaves() {
    let (Some(server), Some(mut wayflow)) = (shared(), Wayflow::start()) else {
        return;
    };
    // An address without a database, so that both take the same one.
    let mut database = server.database("").await;
    let (client, _connection) = server.connected("postgres").await;
    database.client = client;
    let url = format!("127.0.0.1:{}", server.port);
    let connection = database.connection(&json!({ "url": url }));
    let store = datastore_over(
        &connection,
        &json!({"notes": {
            "id": {"type": "integer"}, "topic": {"type": "string"}, "price": {"type": "number"},
            "stars": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "open": {"type": "boolean"},
        }}),
    );
    let nodes = nodes();
    let row = |title: &str| json!({"title": title, "type": "object", "additionalProperties": {}});
    let rows = |title: &str| json!({"title": title, "type": "array", "items": {"type": "object", "additionalProperties": {}}});
    let which = json!({"title": "which", "type": "string"});
    let given = json!([
        row("tea"),
        row("cake"),
        which,
        row("better"),
        row("bind_variables")
    ]);
    let one = ["tea_made", "cake_made", "only"].map(row);
    let many = [
        "all",
        "some",
        "null_ones",
        "first",
        "changed",
        "asked",
        "rest",
    ]
    .map(rows);
    let outputs: Vec<Value> = one.into_iter().chain(many).collect();
    let mut flow = flow("flow", &nodes, &given, &json!(outputs));
    flow["agentspec_version"] = json!("26.1.2");
    flow["$referenced_components"]["store"] = store;
    let inputs = json!({
        "tea": {"topic": "tea", "stars": 5, "price": 1.5}, "cake": {"topic": "cake", "price": 2.5},
        "which": "it's '; DROP TABLE notes; --", "better": {"stars": 6, "open": false},
        "bind_variables": {"least": 5, "topic": "cake"},
    });
    database.client.batch_execute(MAKE).await.unwrap();
    let theirs = wayflow.reply(&json!({
        "spec": flow.to_string(), "inputs": inputs, "messages": [], "tools": {}, "starts": false,
    }));
    assert_eq!(theirs["error"], Value::Null);
    let theirs_left = left(&database).await;
    database.client.batch_execute(MAKE).await.unwrap();
    let engine = engine(60);
    let ours = run(&engine, &flow, inputs).await.unwrap();
    assert_eq!(json!(ours), theirs["outputs"]);
    assert_eq!(left(&database).await, theirs_left);
    engine.shutdown().await;
}
