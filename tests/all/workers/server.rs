//! A NATS server with JetStream, on a port of its own, that can be killed and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::awaited;

/// Names the program: what `.ci/run` installs.
const SERVER: &str = "FLOWDECK_TEST_NATS";

/// The server; it ends with the value.
pub(super) struct NatsServer {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Further lines of its configuration.
    config: String,
    child: Option<Child>,
    n_starts: usize,
}

impl NatsServer {
    /// Starts one that keeps its streams in a folder; none where the test is skipped.
    pub(super) async fn start(folder: &Path, config: &str) -> Option<Self> {
        let program = installed()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = folder.join("nats");
        fs::create_dir_all(&folder).unwrap();
        let mut server = Self {
            program,
            folder,
            port,
            config: config.to_owned(),
            child: None,
            n_starts: 0,
        };
        server.begin().await;
        Some(server)
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Other lines of its configuration from the next beginning on.
    pub(super) fn configure(&mut self, config: &str) {
        config.clone_into(&mut self.config);
    }

    /// Starts it, and waits until it takes connections.
    pub(super) async fn begin(&mut self) {
        self.n_starts += 1;
        let log = self.folder.join(format!("log.{}", self.n_starts));
        let config = self.folder.join("server.conf");
        let text = format!(
            "listen: \"127.0.0.1:{}\"\njetstream: {{ store_dir: \"{}\" }}\nlog_file: \"{}\"\n{}\n",
            self.port,
            self.folder.join("streams").display(),
            log.display(),
            self.config
        );
        fs::write(&config, text).unwrap();
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        awaited::file(&log, |text| text.contains("Server is ready")).await;
    }

    /// Deletes all that it keeps; it must be dead.
    pub(super) fn lose_all(&self) {
        fs::remove_dir_all(self.folder.join("streams")).unwrap();
    }

    /// Kills it as `kill -9` does.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where the server is installed. Without it tests say so and pass on a developer's machine, and fail where `CI` is `true`.
fn installed() -> Option<PathBuf> {
    let named = std::env::var_os(SERVER).map(PathBuf::from);
    if named.is_none() {
        let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!is_ci, "{SERVER} must name a `nats-server` in CI");
        println!("skipped: {SERVER} names no `nats-server`");
    }
    named
}
