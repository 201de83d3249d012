//! Rows are created, listed, updated and deleted; columns hold what the schema declares.

use flowdeck::trace::FailureKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::flows::{datastore, document, engine, node, run};
use super::server::shared;

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_created_listed_updated_and_deleted() {
    let Some(server) = shared() else { return };
    let database = server
        .database("CREATE TABLE pets (id serial PRIMARY KEY, name text NOT NULL, age integer, kind text DEFAULT 'cat')")
        .await;
    let store = datastore(
        &database,
        &json!({"pets": {
            "id": {"type": "integer"}, "name": {"type": "string"}, "kind": {"type": "string"},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        }}),
    );
    let nodes = [
        node(
            "Create",
            "first",
            json!({"collection_name": "pets", "ENTITY": "ada", "CREATED_ENTITY": "made"}),
        ),
        node(
            "Create",
            "second",
            json!({"collection_name": "{{ where_to }}", "ENTITY": "bob", "CREATED_ENTITY": "other"}),
        ),
        node(
            "Update",
            "change",
            json!({
                "collection_name": "pets", "where": {"name": "{{ who }}"}, "UPDATE": "older", "ENTITIES": "changed",
            }),
        ),
        node(
            "List",
            "cats",
            json!({"collection_name": "pets", "where": {"kind": "cat"}, "ENTITIES": "cats"}),
        ),
        node(
            "List",
            "one",
            json!({
                "collection_name": "pets", "where": {"name": "Ada"}, "unpack_single_entity_from_list": true, "ENTITIES": "only",
            }),
        ),
        node(
            "Delete",
            "forget",
            json!({"collection_name": "pets", "where": {"age": null}}),
        ),
        node(
            "List",
            "left",
            json!({"collection_name": "pets", "limit": 5, "ENTITIES": "left"}),
        ),
    ];
    let flow = document(
        &store,
        &nodes,
        &["ada", "bob", "older", "who", "where_to"],
        &["made", "changed", "cats", "only", "left"],
    );
    let inputs = json!({
        "ada": {"name": "Ada"}, "bob": {"name": "Bob", "age": 3, "kind": "dog"}, "older": {"age": 4},
        "who": "Bob", "where_to": "pets",
    });
    let engine = engine(60);
    let outputs = run(&engine, &flow, inputs).await.unwrap();
    let ada = json!({"id": 1, "name": "Ada", "kind": "cat", "age": null});
    let bob = json!({"id": 2, "name": "Bob", "kind": "dog", "age": 4});
    assert_eq!(
        json!(outputs),
        json!({"made": ada, "changed": [bob], "cats": [ada], "only": ada, "left": [bob]})
    );
    assert_eq!(database.texts("SELECT name FROM pets").await, ["Bob"]);
    engine.shutdown().await;
}

/// A value of each type of column comes back as it was given, and can be looked for.
#[tokio::test(flavor = "multi_thread")]
async fn every_type_gives_back_what_it_was_given() {
    let Some(server) = shared() else { return };
    let database = server
        .database(
            "CREATE TYPE mood AS ENUM ('calm', 'cross'); CREATE DOMAIN posint AS integer CHECK (VALUE > 0); \
             CREATE TABLE things (t text, v varchar(20), e mood, u uuid, d date, h time, ts timestamp, tz timestamptz, \
             s smallint, i integer, b bigint, r real, f double precision, n numeric, digits numeric(40, 12), p posint, \
             yes boolean, j json, jb jsonb, list jsonb, words text[], numbers bigint[])",
        )
        .await;
    let text = json!({"type": "string"});
    let (integer, number) = (json!({"type": "integer"}), json!({"type": "number"}));
    let array = |items: &str| json!({"type": "array", "items": {"type": items}});
    let object = json!({"type": "object", "additionalProperties": {}});
    let store = datastore(
        &database,
        &json!({"things": {
            "t": text, "v": text, "e": text, "u": {"type": "string", "format": "uuid"},
            "d": {"type": "string", "format": "date"}, "h": text, "ts": text,
            "tz": {"type": "string", "format": "date-time"},
            "s": integer, "i": integer, "b": integer, "r": number, "f": number, "n": number, "digits": text, "p": integer,
            "yes": {"type": "boolean"}, "j": object, "jb": object, "list": {"type": "array", "items": {}},
            "words": array("string"), "numbers": array("integer"),
        }}),
    );
    let thing = json!({
        "t": "it's \"quoted\" \\ and ünïcode 🦀\n", "v": "v", "e": "cross", "u": "0190163d-8694-739b-aea5-966c26f8ad91",
        "d": "2026-12-01", "h": "23:59:58.5", "ts": "2026-12-01T05:06:07.123456", "tz": "2026-12-01T05:06:07Z",
        "s": -32768, "i": i32::MAX, "b": i64::MAX - 1, "r": 0.1, "f": 1e300, "n": -12.5,
        "digits": "1234567890123456789012345678.012345678901", "p": 7, "yes": false,
        "j": {"a": [1, null, {"b": "c"}]}, "jb": {"x": 0.1, "y": "z"}, "list": ["a", 1, null],
        "words": ["plain", "with \"quotes\" and \\", "NULL", "a,b{}", ""], "numbers": [1, -2, i64::MIN],
    });
    // Each column by itself, as a condition of its own.
    let mut conditions = thing.clone();
    // A template of a condition is text of Jinja, which has its own way with backslashes in braces.
    conditions
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !matches!(name.as_str(), "t" | "words"));
    let nodes = [
        node(
            "Create",
            "make",
            json!({"collection_name": "things", "ENTITY": "thing", "CREATED_ENTITY": "made"}),
        ),
        node(
            "List",
            "find",
            json!({"collection_name": "things", "where": conditions, "ENTITIES": "found"}),
        ),
    ];
    let flow = document(&store, &nodes, &["thing"], &["made", "found"]);
    let engine = engine(60);
    let outputs = run(&engine, &flow, json!({ "thing": thing }))
        .await
        .unwrap();
    assert_eq!(outputs["made"], thing);
    assert_eq!(outputs["found"], json!([thing]));
    engine.shutdown().await;
}

/// Names of WayFlow's specs may differ in case; those of the database may be any text.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_those_of_the_database_whatever_they_are() {
    let Some(server) = shared() else { return };
    let database = server
        .database(
            "CREATE TABLE staff (id integer, full_name text); CREATE TABLE \"Ähren\" (größe text); \
             CREATE TABLE \"a\"\"; DROP TABLE staff; --\" (\"select\" text, \"x\"\" y'\" text)",
        )
        .await;
    let text = json!({"type": "string"});
    let store = datastore(
        &database,
        &json!({
            "Ähren": {"größe": text}, "STAFF": {"ID": {"type": "integer"}, "Full_Name": text},
            "a\"; DROP TABLE staff; --": {"select": text, "x\" y'": text},
        }),
    );
    let nodes = [
        node(
            "Create",
            "hire",
            json!({"collection_name": "STAFF", "ENTITY": "one", "CREATED_ENTITY": "hired"}),
        ),
        node(
            "Create",
            "odd",
            json!({
                "collection_name": "a\"; DROP TABLE staff; --", "ENTITY": "odd", "CREATED_ENTITY": "kept",
            }),
        ),
        node(
            "Update",
            "change",
            json!({
                "collection_name": "a\"; DROP TABLE staff; --", "where": {"x\" y'": "2"}, "UPDATE": "change",
                "ENTITIES": "changed",
            }),
        ),
    ];
    let flow = document(
        &store,
        &nodes,
        &["one", "odd", "change"],
        &["hired", "changed"],
    );
    let inputs = json!({
        "one": {"ID": 1, "Full_Name": "Ada"}, "odd": {"select": "1", "x\" y'": "2"}, "change": {"select": "3"},
    });
    let engine = engine(60);
    let outputs = run(&engine, &flow, inputs).await.unwrap();
    assert_eq!(outputs["hired"], json!({"ID": 1, "Full_Name": "Ada"}));
    assert_eq!(outputs["changed"], json!([{"select": "3", "x\" y'": "2"}]));
    assert_eq!(database.texts("SELECT full_name FROM staff").await, ["Ada"]);
    engine.shutdown().await;
}

/// What the database has is held against the schema before anything is done.
#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_as_declared_are_told_all_at_once() {
    let Some(server) = shared() else { return };
    let database = server
        .database("CREATE TABLE pets (name text, age text, home inet)")
        .await;
    let store = datastore(
        &database,
        &json!({
            "pets": {
                "name": {"type": "string"}, "age": {"type": "integer"}, "fur": {"type": "string"},
                "home": {"type": "string"},
            },
            "cars": {"wheels": {"type": "integer"}},
        }),
    );
    let list = node(
        "List",
        "list",
        json!({"collection_name": "pets", "ENTITIES": "found"}),
    );
    let flow = document(&store, &[list], &[], &["found"]);
    let engine = engine(60);
    let failure = run(&engine, &flow, json!({})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Profile, "{failure}");
    for words in [
        "the database has no table `cars`",
        "table `pets` has column `age` of type `text`, which does not hold what the datastore declares for it: integer",
        "table `pets` has no column `fur`",
        "has column `home` of type `inet`",
    ] {
        assert!(failure.message.contains(words), "{failure}");
    }
    assert!(failure.hint.unwrap().contains("create them"));
    engine.shutdown().await;
}

/// More than may be read is told, and never cut.
#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_as_a_whole() {
    let Some(server) = shared() else { return };
    let database = server
        .database(
            "CREATE TABLE many (n integer); INSERT INTO many SELECT generate_series(1, 10001); \
             CREATE TABLE large (t text); INSERT INTO large SELECT repeat('x', 1000000) FROM generate_series(1, 6)",
        )
        .await;
    let store = datastore(
        &database,
        &json!({"many": {"n": {"type": "integer"}}, "large": {"t": {"type": "string"}}}),
    );
    let list = |collection: &str, limit: Value| {
        let fields = json!({"collection_name": collection, "limit": limit, "ENTITIES": "found"});
        document(&store, &[node("List", "list", fields)], &[], &["found"])
    };
    let engine = engine(60);
    let failure = run(&engine, &list("many", Value::Null), json!({})).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.message, "`list`: there are more than 10000 rows");
    let outputs = run(&engine, &list("many", json!(10000)), json!({})).await;
    assert_eq!(outputs.unwrap()["found"].as_array().unwrap().len(), 10000);
    let failure = run(&engine, &list("large", Value::Null), json!({})).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.message, "`list`: the rows are larger than 4 MB");
    engine.shutdown().await;
}
