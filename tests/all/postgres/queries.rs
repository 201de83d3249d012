//! Queries in SQL.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::flows::{datastore, document, engine, node, run};
use super::server::{Database, shared};

fn asks(database: &Database, query: &str) -> Value {
    let store = datastore(database, &json!({"notes": {"topic": {"type": "string"}}}));
    let ask = node("Query", "ask", json!({ "query": query }));
    document(&store, &[ask], &["bind_variables"], &["result"])
}

async fn notes() -> Option<Database> {
    let statements = "CREATE TABLE notes (id serial, topic text, stars integer, price numeric, made date); \
        INSERT INTO notes (topic, stars, price, made) VALUES ('tea', 5, 1.10, '2026-12-01'), ('cake', 3, 2, NULL)";
    Some(super::server::shared()?.database(statements).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_go_beside_the_query_and_never_into_it() {
    let Some(database) = notes().await else {
        return;
    };
    let engine = engine(60);
    let ask = async |query: &str, values: Value| {
        run(
            &engine,
            &asks(&database, query),
            json!({ "bind_variables": values }),
        )
        .await
        .map(|mut outputs| outputs.remove("result").unwrap())
        .map_err(|failure| failure.message)
    };
    let by_topic = "SELECT id, topic, price, made FROM notes WHERE topic = :topic -- and :nothing";
    assert_eq!(
        ask(by_topic, json!({"topic": "tea"})).await,
        Ok(json!([{"id": 1, "topic": "tea", "price": 1.1, "made": "2026-12-01"}]))
    );
    let hostile = "tea' OR '1'='1'; DROP TABLE notes; --";
    assert_eq!(
        ask(by_topic, json!({"topic": hostile})).await,
        Ok(json!([]))
    );
    // An integer that no number of JSON holds keeps its digits as text, as everywhere.
    assert_eq!(
        ask("SELECT 12345678901234567890123 AS n", json!({})).await,
        Ok(json!([{"n": "12345678901234567890123"}]))
    );
    let kept = "SELECT :text::text AS text, ':text' AS literal, '{1,2}'::int[] AS list, :n + 1 AS sum, \
        topic FROM notes WHERE id = ANY(:ids) ORDER BY id DESC";
    assert_eq!(
        ask(
            kept,
            json!({"text": hostile, "n": 41, "ids": [1, 2], "more": true})
        )
        .await,
        Ok(json!([
            {"text": hostile, "literal": ":text", "list": [1, 2], "sum": 42, "topic": "cake"},
            {"text": hostile, "literal": ":text", "list": [1, 2], "sum": 42, "topic": "tea"},
        ]))
    );
    for (query, values, words) in [
        (
            "SELECT :a + :b",
            json!({"a": 1}),
            "`ask`: the query has `:b`, and `bind_variables` has no value for it",
        ),
        (
            by_topic,
            json!({"topic": 7}),
            "`ask`: `:topic` is a number, and the database wants `text` there",
        ),
        (
            "SELECT topic FROM notes WHERE stars = :n",
            json!({"n": "5"}),
            "`:n` is text, and the database wants `int4` there",
        ),
        (
            "SELECT 1 AS a, 2 AS a",
            json!({}),
            "two columns are called `a`",
        ),
        ("SELECT $1::int AS a", json!({}), "write `:name`"),
        (
            "SELECT topic FROM nots",
            json!({}),
            "refuses: relation \"nots\" does not exist (SQLSTATE 42P01)",
        ),
        (
            "SELECT '10.0.0.1'::inet AS place",
            json!({}),
            "column `place` is of type `inet`, which has no form in JSON: cast it to text",
        ),
        (
            "SELECT 'NaN'::float8 AS n",
            json!({}),
            "column `n` is a number that JSON does not have",
        ),
        (
            "SELECT topic FROM notes WHERE topic = '{{ topic }}'",
            json!({}),
            "values are not written into SQL",
        ),
    ] {
        let message = ask(query, values).await.unwrap_err();
        assert!(message.contains(words), "{query}: {message}");
    }
    assert_eq!(
        database.texts("SELECT topic FROM notes ORDER BY id").await,
        ["tea", "cake"]
    );
    engine.shutdown().await;
}

/// A query is made again after a crash, so it must not be able to change anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_only_reads() {
    let Some(database) = notes().await else {
        return;
    };
    let engine = engine(60);
    for query in [
        "DELETE FROM notes RETURNING topic",
        "WITH gone AS (DELETE FROM notes RETURNING topic) SELECT topic FROM gone",
        "SELECT nextval('notes_id_seq')",
    ] {
        let flow = asks(&database, query);
        let failure = run(&engine, &flow, json!({"bind_variables": {}}))
            .await
            .unwrap_err();
        assert!(failure.message.contains("SQLSTATE 25006"), "{failure}");
        assert!(failure.hint.unwrap().contains("only reads"));
    }
    assert_eq!(
        database.texts("SELECT count(*)::text FROM notes").await,
        ["2"]
    );
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_datastore_than_postgresql_is_refused_before_the_run() {
    if shared().is_none() {
        return;
    }
    let store = json!({
        "component_type": "OracleDatabaseDatastore", "id": "store", "name": "store",
        "datastore_schema": {"notes": {"type": "object", "properties": {"topic": {"type": "string"}}}},
        "connection_config": {
            "component_type": "TlsOracleDatabaseConnectionConfig", "id": "c", "name": "c", "user": "u", "password": "p",
            "dsn": "d",
        },
    });
    let ask = node("Query", "ask", json!({"query": "SELECT 1"}));
    let flow = document(&store, &[ask], &["bind_variables"], &["result"]);
    let failure = run(&engine(60), &flow, json!({"bind_variables": {}}))
        .await
        .unwrap_err();
    assert_eq!(
        failure.message,
        "`OracleDatabaseDatastore` can't be run yet"
    );
}
