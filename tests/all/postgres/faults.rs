//! What goes wrong: constraints, hostile values, servers that are slow, elsewhere or refuse.

use flowdeck::spec::{LoadOptions, load};
use flowdeck::trace::{Failure, FailureKind};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::flows::{datastore, datastore_over, document, engine, flow, node, run};
use super::server::{Database, shared};
use crate::awaited::within;

const NOTES: &str =
    "CREATE TABLE notes (topic text PRIMARY KEY, stars integer CHECK (stars > 0), doc jsonb)";

fn notes(database: &Database) -> Value {
    datastore(
        database,
        &json!({"notes": {
            "topic": {"type": "string"}, "stars": {"type": "integer"}, "doc": {"type": "object", "additionalProperties": {}},
        }}),
    )
}

fn creates(store: &Value) -> Value {
    let create = node(
        "Create",
        "add",
        json!({"collection_name": "notes", "ENTITY": "note", "CREATED_ENTITY": "made"}),
    );
    document(store, &[create], &["note"], &["made"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_constraint_is_named_and_nothing_is_kept() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let flow = creates(&notes(&database));
    let engine = engine(60);
    let create = async |note: Value| run(&engine, &flow, json!({ "note": note })).await;
    create(json!({"topic": "tea", "stars": 5})).await.unwrap();
    let twice = create(json!({"topic": "tea", "stars": 4}))
        .await
        .unwrap_err();
    assert_eq!(twice.kind, FailureKind::Tool);
    assert!(twice.message.contains("notes_pkey"), "{twice}");
    assert!(twice.message.contains("(SQLSTATE 23505)"), "{twice}");
    let checked = create(json!({"topic": "cake", "stars": 0}))
        .await
        .unwrap_err();
    assert!(checked.message.contains("notes_stars_check"), "{checked}");
    assert_eq!(database.texts("SELECT topic FROM notes").await, ["tea"]);
    engine.shutdown().await;
}

/// Quotes, braces, controls and ten megabytes are values like others; what PostgreSQL can't keep is refused by its name.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_values_are_only_values() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let store = notes(&database);
    let engine = engine(60);
    let topics = [
        "'; DROP TABLE notes; --".to_owned(),
        "$1 :topic {{ topic }} \\' \" \u{1} \u{7f} \u{202e}".to_owned(),
        "Robert'); DELETE FROM notes WHERE ('1'='1".to_owned(),
    ];
    for topic in topics {
        let note = json!({"topic": topic, "stars": 1, "doc": {topic.clone(): topic}});
        let outputs = run(&engine, &creates(&store), json!({ "note": note })).await;
        assert_eq!(outputs.unwrap()["made"], note);
        let find = node(
            "List",
            "find",
            json!({
                "collection_name": "notes", "where": {"topic": "{{ topic }}"}, "ENTITIES": "found",
            }),
        );
        let flow = document(&store, &[find], &["topic"], &["found"]);
        let found = run(&engine, &flow, json!({ "topic": topic }))
            .await
            .unwrap();
        assert_eq!(found["found"], json!([note]));
    }
    let large =
        json!({"topic": "large", "stars": 1, "doc": {"text": "'x\"".repeat(10_000_000 / 3)}});
    let failure = run(&engine, &creates(&store), json!({ "note": large }))
        .await
        .unwrap_err();
    // More than may be read back: what was written is taken back with it.
    assert_eq!(failure.message, "`add`: the rows are larger than 4 MB");
    let change = node(
        "Update",
        "change",
        json!({
            "collection_name": "notes", "where": {"topic": "nowhere"}, "UPDATE": "note", "ENTITIES": "changed",
        }),
    );
    let flow = document(&store, &[change], &["note"], &["changed"]);
    let outputs = run(&engine, &flow, json!({ "note": large })).await.unwrap();
    assert_eq!(
        outputs["changed"],
        json!([]),
        "ten megabytes went to the server"
    );
    let nul = json!({"topic": "a\0b", "stars": 1});
    let failure = run(&engine, &creates(&store), json!({ "note": nul }))
        .await
        .unwrap_err();
    assert_eq!(
        failure.message,
        "`add`: `topic` holds the character NUL, which PostgreSQL does not keep in text"
    );
    let nul = json!({"topic": "in json", "stars": 1, "doc": {"a": "\0"}});
    let failure = run(&engine, &creates(&store), json!({ "note": nul }))
        .await
        .unwrap_err();
    assert!(failure.message.contains("\\u0000"), "{failure}");
    assert_eq!(
        database.texts("SELECT count(*)::text FROM notes").await,
        ["3"]
    );
    engine.shutdown().await;
}

/// A flow whose part fails goes on with what the failure is.
#[tokio::test(flavor = "multi_thread")]
async fn the_node_that_catches_failures_catches_those_of_a_database() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let create = node(
        "Create",
        "add",
        json!({"collection_name": "notes", "ENTITY": "note", "CREATED_ENTITY": "made"}),
    );
    let made = json!([{"title": "made", "default": null}]);
    let mut inner = flow("inner", &[create], &json!([{"title": "note"}]), &made);
    inner["$referenced_components"]["store"] = notes(&database);
    let catching = json!({
        "component_type": "CatchExceptionNode", "id": "catching", "name": "catching", "subflow": inner,
    });
    let told = json!([made[0], {"title": "caught_exception_info", "default": null}]);
    let mut flow = flow("flow", &[catching], &json!([{"title": "note"}]), &told);
    let edges = flow["control_flow_connections"].as_array_mut().unwrap();
    let mut caught = edges[1].clone();
    for (field, value) in [
        ("id", "caught"),
        ("name", "caught"),
        ("from_branch", "caught_exception_branch"),
    ] {
        caught[field] = json!(value);
    }
    edges.push(caught);
    flow["agentspec_version"] = json!("26.3.1");
    let engine = engine(60);
    let note = json!({"note": {"topic": "tea", "stars": -1}});
    let outputs = run(&engine, &flow, note).await.unwrap();
    let info = outputs["caught_exception_info"]
        .as_str()
        .unwrap_or_default();
    assert!(info.contains("notes_stars_check"), "{outputs:?}");
    engine.shutdown().await;
}

/// A flow whose one query takes ten minutes.
fn sleeping(database: &Database) -> Value {
    let query = json!({"query": "SELECT pg_sleep(600) AS slept"});
    let sleep = node("Query", "sleep", query);
    document(&notes(database), &[sleep], &["bind_variables"], &["result"])
}

/// A query that takes too long is stopped on the server, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_query_is_stopped_on_the_server_when_its_time_is_over() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let engine = engine(1);
    let flow = sleeping(&database);
    let failure = run(&engine, &flow, json!({"bind_variables": {}}))
        .await
        .unwrap_err();
    assert_eq!(
        failure.message,
        "the database did not finish `sleep` within 1 s, and its work was cancelled"
    );
    server
        .logged(&database, "canceling statement due to user request")
        .await;
    engine.shutdown().await;
}

/// A run that is cancelled stops what the server does for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_stops_its_query() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let engine = engine(600);
    let flow = sleeping(&database);
    let flow = load(&flow.to_string(), &LoadOptions::default())
        .component
        .unwrap();
    let inputs = Map::from_iter([("bind_variables".to_owned(), json!({}))]);
    let mut conversation = engine.start_conversation(&flow, &inputs).unwrap();
    tokio::select! {
        ended = conversation.execute() => panic!("{ended:?}"),
        () = server.logged(&database, "SELECT pg_sleep(600)") => {}
    }
    drop(conversation);
    server
        .logged(&database, "canceling statement due to user request")
        .await;
    engine.shutdown().await;
}

/// Many at once share the connections of one store.
#[tokio::test(flavor = "multi_thread")]
async fn many_runs_at_once_share_a_few_connections() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let flow = creates(&notes(&database));
    let engine = engine(60);
    let runs = (0..60).map(|n| {
        let note = json!({"note": {"topic": n.to_string(), "stars": 1}});
        let (engine, flow) = (&engine, &flow);
        async move { run(engine, flow, note).await }
    });
    for outputs in futures_util::future::join_all(runs).await {
        outputs.unwrap();
    }
    assert_eq!(
        database.texts("SELECT count(*)::text FROM notes").await,
        ["60"]
    );
    let connections = "SELECT count(*)::text FROM pg_stat_activity WHERE application_name = 'flowdeck' \
        AND datname = current_database()";
    let open: usize = database.texts(connections).await[0].parse().unwrap();
    assert!((1..=16).contains(&open), "{open}");
    engine.shutdown().await;
}

/// A server that is not there, a user that it does not know, an address that is none: each says so, without a secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_says_why_and_shows_no_secret() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let engine = engine(60);
    let columns = json!({"notes": {"topic": {"type": "string"}}});
    let fails = async |fields: Value| -> Failure {
        let store = datastore_over(&database.connection(&fields), &columns);
        let list = node(
            "List",
            "list",
            json!({"collection_name": "notes", "ENTITIES": "found"}),
        );
        let flow = document(&store, &[list], &[], &["found"]);
        let failure = run(&engine, &flow, json!({})).await.unwrap_err();
        assert!(!format!("{failure:?}").contains("hopscotch"), "{failure:?}");
        failure
    };
    let nowhere = fails(json!({"url": "127.0.0.1:9/app"})).await;
    assert_eq!(nowhere.kind, FailureKind::Network);
    assert!(
        nowhere
            .message
            .starts_with("`list` can't reach 127.0.0.1:9/app: Connection refused"),
        "{nowhere}"
    );
    let refused = fails(json!({"password": "hopscotch-of-another"})).await;
    assert_eq!(refused.kind, FailureKind::Profile);
    assert!(refused.message.contains("SQLSTATE 28P01"), "{refused}");
    assert!(!refused.message.contains("owner"), "{refused}");
    let at = |address: &str| address.replace("PORT", &server.port.to_string());
    let missing = fails(json!({"url": at("postgres://127.0.0.1:PORT/nothing_there")})).await;
    assert!(
        missing
            .message
            .contains("database \"nothing_there\" does not exist"),
        "{missing}"
    );
    for (url, words) in [
        (
            "https://127.0.0.1:PORT/app",
            "does not begin with `https://`",
        ),
        (
            "postgres://me:hopscotch-9@127.0.0.1:PORT/app",
            "its address holds a user",
        ),
        (
            "postgres://127.0.0.1:PORT/app?sslmode=disable",
            "its address sets `sslmode`",
        ),
        ("postgres://127.0.0.1:PORT/app?colour=red", "colour"),
        ("postgres://127.0.0.1:port/app", "can't be used"),
    ] {
        let failure = fails(json!({ "url": at(url) })).await;
        assert_eq!(failure.kind, FailureKind::Profile, "{failure}");
        assert!(failure.message.contains(words), "{url}: {failure}");
    }
    // WayFlow's form of an address has no scheme, and names no database.
    let usual = fails(json!({"url": at("127.0.0.1:PORT")})).await;
    assert!(
        usual.message.contains("the database has no table `notes`"),
        "{usual}"
    );
    engine.shutdown().await;
}

/// The flow is given up while the run waits for a lock, and the row is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_given_up_is_taken_back() {
    let Some(server) = shared() else { return };
    let database = server.database(NOTES).await;
    let engine = engine(600);
    database
        .client
        .batch_execute("BEGIN; LOCK TABLE notes")
        .await
        .unwrap();
    let flow = creates(&notes(&database));
    let flow = load(&flow.to_string(), &LoadOptions::default())
        .component
        .unwrap();
    let inputs = Map::from_iter([("note".to_owned(), json!({"topic": "tea", "stars": 1}))]);
    let mut conversation = engine.start_conversation(&flow, &inputs).unwrap();
    within(async {
        tokio::select! {
            ended = conversation.execute() => panic!("{ended:?}"),
            () = server.logged(&database, "still waiting for RowExclusiveLock") => {}
        }
    })
    .await;
    drop(conversation);
    server
        .logged(&database, "canceling statement due to user request")
        .await;
    database.client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(
        database.texts("SELECT count(*)::text FROM notes").await,
        ["0"]
    );
    engine.shutdown().await;
}
