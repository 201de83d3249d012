//! Work at a database that was under way when the program died.

use std::fs;
use std::process::Stdio;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::flows::{datastore_over, document, node};
use super::server::{Database, PASSWORD, USER, shared};
use crate::program::{file, program, ran};

/// A folder with a flow, and a history of its own.
struct Bed(tempfile::TempDir);

impl Bed {
    fn new(flow: &Value, inputs: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".flowdeck")).unwrap();
        file(
            folder.path(),
            "flowdeck.toml",
            "default_profile = \"here\"\n[profiles.here]\ncomponent_files = [\"secrets.json\"]\n",
        );
        let secrets = json!({"$referenced_components": {"connection.user": USER, "connection.password": PASSWORD}});
        file(folder.path(), "secrets.json", secrets.to_string());
        file(folder.path(), "flow.json", flow.to_string());
        file(folder.path(), "inputs.json", inputs.to_string());
        Self(folder)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = program(arguments);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let ran = ran(&mut self.command(arguments));
        let told = serde_json::from_str(&ran.stdout);
        (
            ran.code,
            told.unwrap_or_else(|error| panic!("{error}: {ran:?}")),
        )
    }

    /// Begins, and kills the program while the server keeps the work waiting.
    async fn killed_at(&self, database: &Database, lock: &str) {
        let run = ["run", "flow.json", "--inputs", "inputs.json", "--yes"];
        let mut child = self
            .command(&run)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        shared().unwrap().logged(database, lock).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

const RESUME: [&str; 5] = ["run", "--resume", "last", "--format", "json"];

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_doubt_is_asked_about_and_a_list_is_made_again() {
    let Some(server) = shared() else { return };
    for (kind, in_doubt, state, kept) in [
        ("Create", "again", "finished", "1"),
        ("Create", "fail", "failed", "0"),
        ("List", "", "finished", "0"),
    ] {
        let database = server.database("CREATE TABLE notes (topic text)").await;
        let references = json!({
            "user": {"$component_ref": "connection.user"}, "password": {"$component_ref": "connection.password"},
        });
        let connection = database.connection(&references);
        let store = datastore_over(
            &connection,
            &json!({"notes": {"topic": {"type": "string"}}}),
        );
        let work = match kind {
            "Create" => {
                json!({"collection_name": "notes", "ENTITY": "note", "CREATED_ENTITY": "came"})
            }
            _ => json!({"collection_name": "notes", "ENTITIES": "came"}),
        };
        let flow = document(&store, &[node(kind, "work", work)], &["note"], &["came"]);
        let bed = Bed::new(&flow, &json!({"note": {"topic": "tea"}}));
        database
            .client
            .batch_execute("BEGIN; LOCK TABLE notes")
            .await
            .unwrap();
        bed.killed_at(&database, "still waiting for").await;
        database.client.batch_execute("COMMIT").await.unwrap();
        if kind == "Create" {
            let (code, asked) = bed.run(&RESUME);
            assert_eq!(code, 4, "{asked}");
            assert_eq!(asked["runs"][0]["state"], "needs_input", "{asked}");
        }
        let mut resume = RESUME.to_vec();
        if !in_doubt.is_empty() {
            resume.extend(["--in-doubt", in_doubt]);
        }
        let (_, ended) = bed.run(&resume);
        assert_eq!(
            ended["runs"][0]["state"], state,
            "{kind} {in_doubt}: {ended}"
        );
        let count = database.texts("SELECT count(*)::text FROM notes").await;
        assert_eq!(count, [kept], "{kind} {in_doubt}");
        // The password is not in what is kept of the run.
        for entry in fs::read_dir(bed.0.path().join(".flowdeck")).unwrap() {
            let kept = fs::read(entry.unwrap().path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&kept).contains(PASSWORD), "{kind}");
        }
    }
}
