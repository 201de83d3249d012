//! A workspace whose runs are carried out by workers, with a model and a tool that count what they are asked.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::server::NatsServer;
use crate::awaited;
use crate::history::bed::Bed;
use crate::program::{Ran, ran};

/// After how many seconds the runs of a silent worker go to another one.
pub(super) const ACK_WAIT_SECONDS: u64 = 2;

/// A tool that takes until a file is there.
pub(super) const SLOW_TOOL: &str = "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; while [ ! -e go ]; do sleep 0.05; done; echo noted'";

/// What came of a command.
pub(super) async fn code_of(mut client: Child) -> Option<i32> {
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    awaited::within(code).await.unwrap()
}

/// The workspace and the server.
pub(super) struct Fleet {
    pub(super) bed: Bed,
    pub(super) server: NatsServer,
    n_workers: usize,
    /// What goes before the address of the server.
    user: String,
    scheme: &'static str,
}

/// A worker; killed with the value.
pub(super) struct Worker {
    child: Child,
    /// What it says to people.
    pub(super) notes: PathBuf,
}

impl Fleet {
    /// None where the test is skipped.
    pub(super) async fn new() -> Option<Self> {
        Self::of(Bed::new().await, "").await
    }

    /// The same over a bed of its own, and with lines of the server's configuration.
    pub(super) async fn of(bed: Bed, config: &str) -> Option<Self> {
        let server = NatsServer::start(bed.path(), config).await?;
        let fleet = Self {
            bed,
            server,
            n_workers: 0,
            user: "//".to_owned(),
            scheme: "nats",
        };
        fleet.settings("");
        Some(fleet)
    }

    /// Writes lines of `[nats]` in config.toml, and gives its folder.
    pub(super) fn settings(&self, lines: &str) -> PathBuf {
        let folder = self.bed.path().join("config/flowdeck");
        fs::create_dir_all(&folder).unwrap();
        let settings = format!("[nats]\nack_wait_seconds = {ACK_WAIT_SECONDS}\n{lines}");
        fs::write(folder.join("config.toml"), settings).unwrap();
        folder
    }

    /// From now on the server is reached by another scheme.
    pub(super) fn scheme(&mut self, scheme: &'static str) {
        self.scheme = scheme;
    }

    /// From now on commands show a user and a password.
    pub(super) fn authorize(&mut self, user: &str) {
        self.user = format!("//{user}@");
    }

    fn url(&self) -> String {
        let url = self.server.url().replace("//", &self.user);
        url.replacen("nats", self.scheme, 1)
    }

    /// A command over the queue.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bed.command(arguments);
        command
            .env("FLOWDECK_NATS", self.url())
            .env("XDG_CONFIG_HOME", self.bed.path().join("config"));
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()))
    }

    /// Begins a command, and gives the files of its output and of its notes.
    pub(super) fn begin(&self, name: &str, arguments: &[&str]) -> (Child, PathBuf, PathBuf) {
        let path = |kind: &str| self.bed.path().join(format!("{name}.{kind}"));
        let (output, notes) = (path("out"), path("err"));
        let child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(fs::File::create(&output).unwrap())
            .stderr(fs::File::create(&notes).unwrap())
            .spawn()
            .unwrap();
        (child, output, notes)
    }

    /// Starts a worker, and waits until it takes runs.
    pub(super) async fn worker(&mut self, options: &[&str]) -> Worker {
        self.n_workers += 1;
        let name = format!("worker{}", self.n_workers);
        let mut arguments = vec!["worker", "--name", &name];
        arguments.extend(options);
        let (child, output, notes) = self.begin(&name, &arguments);
        awaited::file(&output, |text| text.contains("takes runs")).await;
        Worker { child, notes }
    }

    /// What is on record here of the newest batch: the events of each run in their order.
    pub(super) fn events(&self) -> HashMap<String, Vec<Value>> {
        let shown = self
            .bed
            .run(&["history", "show", "last", "--format", "jsonl"]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        let mut events: HashMap<String, Vec<Value>> = HashMap::new();
        for line in shown.stdout.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let run = event["run"].as_str().unwrap_or_default().to_owned();
            events.entry(run).or_default().push(event);
        }
        events
    }
}

impl Worker {
    /// As `kill -9` does.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, and gives its exit code.
    pub(super) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Sends a process a signal.
pub(super) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
