//! Connections over TLS, in each mode.

use std::path::PathBuf;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::flows::{datastore_over, document, engine, node, run};
use super::server::{Server, shared};

fn key(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/tls");
    PathBuf::from(folder)
        .join(name)
        .to_str()
        .unwrap()
        .to_owned()
}

/// The users whose connections are taken in one way alone.
async fn prepared(server: &Server) {
    let (admin, _connection) = server.connected("postgres").await;
    let users = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'over_tls') THEN \
        CREATE ROLE over_tls LOGIN PASSWORD 'hopscotch-7f3a9c1e'; CREATE ROLE in_clear LOGIN PASSWORD 'hopscotch-7f3a9c1e'; \
        CREATE ROLE client LOGIN; END IF; END $$";
    admin.batch_execute(users).await.unwrap();
}

/// What is put over the fields of a connection, and whether it is encrypted then, or why there is none.
fn cases(url: &str) -> Vec<(Value, Result<bool, &'static str>)> {
    let localhost = url.replace("127.0.0.1", "localhost");
    // The address is that of the server, and the name is not in its certificate.
    let elsewhere = url.replace("127.0.0.1", "elsewhere.example");
    let elsewhere = format!("{elsewhere}?hostaddr=127.0.0.1");
    let ca = key("ca.pem");
    vec![
        (json!({"sslmode": "disable"}), Ok(false)),
        (json!({"sslmode": "allow"}), Ok(false)),
        (json!({"sslmode": "allow", "user": "over_tls"}), Ok(true)),
        (json!({"sslmode": "prefer"}), Ok(true)),
        (json!({"sslmode": "prefer", "user": "in_clear"}), Ok(false)),
        (
            json!({"sslmode": "prefer", "sslrootcert": key("client.pem")}),
            Ok(false),
        ),
        (json!({"sslmode": "require"}), Ok(true)),
        (json!({"sslmode": "require", "sslrootcert": ca}), Ok(true)),
        (json!({"sslmode": "verify-ca", "sslrootcert": ca}), Ok(true)),
        (
            json!({"sslmode": "verify-full", "sslrootcert": ca}),
            Ok(true),
        ),
        (
            json!({"sslmode": "verify-full", "sslrootcert": ca, "url": localhost}),
            Ok(true),
        ),
        (
            json!({"sslmode": "verify-ca", "sslrootcert": ca, "url": elsewhere}),
            Ok(true),
        ),
        (
            json!({"sslmode": "verify-full", "sslrootcert": ca, "url": elsewhere}),
            Err("not valid for name"),
        ),
        (
            json!({"sslmode": "disable", "user": "over_tls"}),
            Err("no pg_hba.conf entry"),
        ),
        (
            json!({"sslmode": "require", "user": "in_clear"}),
            Err("no pg_hba.conf entry"),
        ),
        (
            json!({"sslmode": "require", "sslrootcert": key("client.pem")}),
            Err("invalid peer certificate"),
        ),
        (
            json!({"sslmode": "verify-ca", "sslrootcert": key("client.pem")}),
            Err("invalid peer certificate"),
        ),
        (
            json!({"sslmode": "verify-ca"}),
            Err("needs an authority of your own"),
        ),
        (
            json!({"sslmode": "verify-full"}),
            Err("invalid peer certificate"),
        ),
        (
            json!({"sslmode": "require", "sslrootcert": "no/such.pem"}),
            Err("`sslrootcert`"),
        ),
        (
            json!({"user": "client", "sslmode": "verify-full", "sslrootcert": ca, "sslcert": key("client.pem"), "sslkey": key("client.key")}),
            Ok(true),
        ),
        (
            json!({"user": "client", "sslmode": "require"}),
            Err("SQLSTATE 28000"),
        ),
        (
            json!({"sslmode": "require", "sslcrl": ca}),
            Err("the server's certificate is not checked"),
        ),
        (
            json!({"sslmode": "disable", "sslrootcert": "no/such.pem"}),
            Ok(false),
        ),
        (
            json!({"sslmode": "require", "sslcert": key("client.pem")}),
            Err("`sslcert` and `sslkey` must be given together"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_asks_of_tls_what_it_says() {
    let Some(server) = shared() else { return };
    prepared(server).await;
    let database = server
        .database("CREATE TABLE notes (topic text); GRANT SELECT ON notes TO PUBLIC")
        .await;
    let engine = engine(60);
    // Whether the connection is encrypted.
    let encrypted = async |fields: Value| {
        let connection = database.connection(&fields);
        let store = datastore_over(
            &connection,
            &json!({"notes": {"topic": {"type": "string"}}}),
        );
        let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let ask = node("Query", "ask", json!({ "query": query }));
        let flow = document(&store, &[ask], &["bind_variables"], &["result"]);
        run(&engine, &flow, json!({"bind_variables": {}}))
            .await
            .map(|outputs| outputs["result"][0]["ssl"].as_bool().unwrap())
            .map_err(|failure| failure.message)
    };
    for (fields, wanted) in cases(&database.url) {
        match (encrypted(fields.clone()).await, wanted) {
            (Err(message), Err(words)) => assert!(message.contains(words), "{fields}: {message}"),
            (found, wanted) => assert_eq!(found, wanted.map_err(str::to_owned), "{fields}"),
        }
    }
    engine.shutdown().await;
}
