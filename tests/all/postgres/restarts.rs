//! A server that crashes and comes back in the middle of a run.

use flowdeck::runtime::ExecutionStatus;
use flowdeck::spec::{LoadOptions, load};
use flowdeck::trace::FailureKind;
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::flows::{datastore, document, engine, node, run};
use super::server::{Database, Server};
use crate::awaited::within;

/// The datastore of the notes.
fn notes(database: &Database) -> Value {
    datastore(database, &json!({"notes": {"topic": {"type": "string"}}}))
}

/// A flow that adds a note.
fn adds(store: &Value) -> Value {
    let fields = json!({"collection_name": "notes", "ENTITY": "note", "CREATED_ENTITY": "made"});
    document(
        store,
        &[node("Create", "add", fields)],
        &["note"],
        &["made"],
    )
}

const NOTES: &str = "CREATE TABLE notes (topic text PRIMARY KEY)";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_when_the_server_is_back() {
    let Some(server) = Server::start("restarts") else {
        return;
    };
    let database = server.database(NOTES).await;
    let store = datastore(&database, &json!({"notes": {"topic": {"type": "string"}}}));
    let create = |id: &str, entity: &str| {
        let fields = json!({"collection_name": "notes", "ENTITY": entity, "CREATED_ENTITY": format!("{entity}_made")});
        node("Create", id, fields)
    };
    let list = node(
        "List",
        "list",
        json!({"collection_name": "notes", "ENTITIES": "found"}),
    );
    let wait = json!({"component_type": "InputMessageNode", "id": "wait", "name": "wait", "outputs": [{"title": "said"}]});
    let nodes = [
        create("before", "first"),
        wait,
        create("after", "second"),
        list,
    ];
    let flow = document(&store, &nodes, &["first", "second"], &["found"]);
    let flow = load(&flow.to_string(), &LoadOptions::default())
        .component
        .unwrap();
    let inputs = Map::from_iter(
        ["first", "second"].map(|topic| (topic.to_owned(), json!({"topic": topic}))),
    );
    let engine = engine(60);
    let mut conversation = engine.start_conversation(&flow, &inputs).unwrap();
    // Nothing is under way while it waits; the connection that the first node used is dead then.
    let waits = within(conversation.execute()).await.unwrap();
    assert!(
        matches!(waits, ExecutionStatus::UserMessageRequest { .. }),
        "{waits:?}"
    );
    server.crash();
    server.restart();
    conversation.append_user_message("go on");
    let ExecutionStatus::Finished { outputs } = within(conversation.execute()).await.unwrap()
    else {
        panic!("the flow ends");
    };
    assert_eq!(
        outputs["found"],
        json!([{"topic": "first"}, {"topic": "second"}])
    );

    // In the middle of a query, and it stays away for longer than the call may take.
    let hasty = super::flows::engine(12);
    let (other, _connection) = server.connected(&database.name).await;
    let slow = node(
        "Query",
        "slow",
        json!({"query": "SELECT pg_sleep(600) AS slept"}),
    );
    let flow = document(&store, &[slow], &["bind_variables"], &["result"]);
    let crash = async {
        server.logged(&database, "SELECT pg_sleep(600)").await;
        server.crash();
    };
    let (failed, ()) = tokio::join!(run(&hasty, &flow, json!({"bind_variables": {}})), crash);
    let failure = failed.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(failure.message.starts_with("`slow` can't"), "{failure}");
    drop(other);
    hasty.shutdown().await;

    // The server ends one connection in the middle of a change.
    server.restart();
    let (other, _connection) = server.connected(&database.name).await;
    other
        .batch_execute("BEGIN; LOCK TABLE notes")
        .await
        .unwrap();
    let flow = document(
        &store,
        &[create("add", "third")],
        &["third"],
        &["third_made"],
    );
    let end = async {
        server
            .logged(&database, "still waiting for RowExclusiveLock")
            .await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted";
        let ended = other.query(end, &[]).await.unwrap();
        assert_eq!(ended.len(), 1, "{ended:?}");
        other.batch_execute("ROLLBACK").await.unwrap();
    };
    let (made, ()) = tokio::join!(
        run(&engine, &flow, json!({"third": {"topic": "third"}})),
        end
    );
    // It had not been told to keep it, so the row was made again.
    assert_eq!(made.unwrap()["third_made"], json!({"topic": "third"}));
    let (other, _connection) = server.connected(&database.name).await;
    let topics = other.query("SELECT topic FROM notes", &[]).await.unwrap();
    assert_eq!(topics.len(), 3);
    engine.shutdown().await;
}

/// Runs that hold connections of a pool go on when the server restarts on the same port, however often it was asked for in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_connections_outlives_a_restart_of_the_server() {
    const RUNS: usize = 4;
    let Some(server) = Server::start("away") else {
        return;
    };
    let database = server.database(NOTES).await;
    let (store, engine) = (notes(&database), engine(60));
    let flow = adds(&store);
    let topic = |name: &str| json!({"note": {"topic": name}});
    // All wait for the lock at once, so that the pool has a connection for each.
    let lock = "BEGIN; LOCK TABLE notes";
    database.client.batch_execute(lock).await.unwrap();
    let release = async {
        let waits = "still waiting for RowExclusiveLock";
        server.logged_times(&database, waits, RUNS).await;
        database.client.batch_execute("COMMIT").await.unwrap();
    };
    let made = futures_util::future::join_all(
        (0..RUNS).map(|number| run(&engine, &flow, topic(&format!("before {number}")))),
    );
    let (made, ()) = tokio::join!(made, release);
    assert!(made.iter().all(Result::is_ok), "{made:?}");

    server.crash();
    // Instead of the server a listener takes its port, and counts who comes.
    let door = tokio::net::TcpListener::bind(("127.0.0.1", server.port))
        .await
        .unwrap();
    let restart = async {
        // More than three attempts of each run, which is all that a server gets that was never there.
        for _ in 0..=3 * RUNS {
            drop(door.accept().await.unwrap());
        }
        drop(door);
        server.restart();
    };
    let after = futures_util::future::join_all(
        (0..RUNS).map(|number| run(&engine, &flow, topic(&format!("after {number}")))),
    );
    let mut restart = std::pin::pin!(restart);
    let mut after = std::pin::pin!(after);
    let after = tokio::select! {
        gave_up = &mut after => panic!("they did not wait for the server: {gave_up:?}"),
        () = &mut restart => after.await,
    };
    assert!(after.iter().all(Result::is_ok), "{after:?}");
    let (client, _connection) = server.connected(&database.name).await;
    let rows = client.query("SELECT topic FROM notes", &[]).await.unwrap();
    assert_eq!(rows.len(), 2 * RUNS);
    engine.shutdown().await;
}

/// One process of the server is killed, so that it ends all its connections, recovers and takes new ones, by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_when_the_server_has_restarted_by_itself() {
    let Some(server) = Server::start("recovers") else {
        return;
    };
    let database = server.database(NOTES).await;
    let (store, engine) = (notes(&database), engine(60));
    let flow = adds(&store);
    let (other, _connection) = server.connected(&database.name).await;
    other
        .batch_execute("BEGIN; LOCK TABLE notes")
        .await
        .unwrap();
    let kill = async {
        server
            .logged(&database, "still waiting for RowExclusiveLock")
            .await;
        let waiting = "SELECT pid FROM pg_locks WHERE NOT granted";
        let process: i32 = other.query_one(waiting, &[]).await.unwrap().get(0);
        let process = rustix::process::Pid::from_raw(process).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    };
    let note = json!({"note": {"topic": "tea"}});
    let (made, ()) = tokio::join!(run(&engine, &flow, note), kill);
    assert_eq!(made.unwrap()["made"], json!({"topic": "tea"}));
    let (client, _connection) = server.connected(&database.name).await;
    let rows = client.query("SELECT topic FROM notes", &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
    engine.shutdown().await;
}

/// Where nobody knows whether a change was kept, that is said, and it is not made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_may_have_been_kept_is_not_made_again() {
    let Some(server) = Server::start("lost") else {
        return;
    };
    let database = server
        .database(
            "CREATE TABLE notes (topic text); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await;
    let store = datastore(&database, &json!({"notes": {"topic": {"type": "string"}}}));
    let create = node(
        "Create",
        "add",
        json!({"collection_name": "notes", "ENTITY": "note", "CREATED_ENTITY": "made"}),
    );
    let flow = document(&store, &[create], &["note"], &["made"]);
    let engine = engine(60);
    let crash = async {
        server.logged(&database, "statement: COMMIT").await;
        server.crash();
    };
    let note: Value = json!({"note": {"topic": "tea"}});
    let (failed, ()) = tokio::join!(run(&engine, &flow, note), crash);
    let failure = failed.unwrap_err();
    assert!(
        failure
            .message
            .contains("it is unknown whether the change was made"),
        "{failure}"
    );
    assert!(failure.hint.unwrap().contains("check the database"));
    engine.shutdown().await;
}
