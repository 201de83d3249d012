//! A PostgreSQL server of the tests' own, on a port of this machine, which ends with them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use crate::awaited;

/// Who owns the server and its data where the tests are root's, since PostgreSQL does not run as root: `nobody`.
const OTHER_THAN_ROOT: u32 = 65534;

/// Starts the server, says so, and ends it with all its data as soon as nobody holds the other end of standard input.
const GUARD: &str = "\
    \"$1/pg_ctl\" -D \"$2/data\" -l \"$2/log\" -w -t 60 start >/dev/null || { cat \"$2/log\" >&2; exit 1; }\n\
    echo up\n\
    read -r _\n\
    \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop >/dev/null\n\
    rm -rf \"$2\"";

/// Who owns all databases.
pub(super) const USER: &str = "owner";
pub(super) const PASSWORD: &str = "hopscotch-7f3a9c1e";

/// Which connections are taken, by the name of the user.
const RULES: &str = "\
    host      all owner      127.0.0.1/32 scram-sha-256\n\
    hostssl   all over_tls   127.0.0.1/32 scram-sha-256\n\
    hostnossl all in_clear   127.0.0.1/32 scram-sha-256\n\
    hostssl   all client     127.0.0.1/32 cert\n";

/// A server.
pub(super) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    pub(super) port: u16,
    /// The shell that ends it when this end of its standard input is closed.
    _guard: Child,
}

/// A database of one test.
pub(super) struct Database {
    pub(super) name: String,
    /// Its address.
    pub(super) url: String,
    /// For what the test itself asks.
    pub(super) client: Client,
    _connection: JoinSet<()>,
}

/// The server that the tests of this process share. Without PostgreSQL tests say so and pass on a developer's machine, and
/// fail where `CI` is `true`.
pub(super) fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| Server::start("shared"));
    shared.as_ref()
}

/// The folder with PostgreSQL's own programs, which Debian keeps out of the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let version = version.ok()?;
            let number = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = folders.into_iter().rev().map(|(_, folder)| folder);
    all.find(|folder| folder.join("pg_ctl").exists())
        .or_else(|| std::env::split_paths(&path).find(|folder| folder.join("pg_ctl").exists()))
}

impl Server {
    /// Starts a server with empty data. None where PostgreSQL is not installed.
    pub(super) fn start(name: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            assert_ne!(
                std::env::var_os("CI").as_deref(),
                Some("true".as_ref()),
                "PostgreSQL is not installed: `apt-get install postgresql`"
            );
            println!("skipped: PostgreSQL is not installed");
            return None;
        };
        // Outside of the target folder, which another user need not be able to read.
        let folder = std::env::temp_dir().join(format!("flowdeck-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        own(&folder, 0o700);
        let password = write(&folder, "password", PASSWORD);
        let made = command(&programs.join("initdb"))
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-U", USER, "-A", "scram-sha-256", "-E", "UTF8"])
            .args(["--locale=C", "-N", "--pwfile"])
            .arg(password)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb");
        let port = free_port();
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys/tls");
        for name in ["ca.pem", "server.pem", "server.key"] {
            let text = fs::read_to_string(keys.join(name)).unwrap();
            write(&folder.join("data"), name, &text);
        }
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nfsync = off\n\
             max_connections = 60\nshared_buffers = 16MB\nssl = on\nssl_cert_file = 'server.pem'\n\
             ssl_key_file = 'server.key'\nssl_ca_file = 'ca.pem'\nlog_line_prefix = '%d '\nlog_statement = 'all'\n\
             log_lock_waits = on\ndeadlock_timeout = 50ms\n"
        );
        write(&folder.join("data"), "postgresql.conf", &settings);
        write(&folder.join("data"), "pg_hba.conf", RULES);
        let mut guard = command(Path::new("/bin/sh"))
            .args(["-c", GUARD, "sh"])
            .args([&programs, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let stdout = guard.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        assert_eq!(said, "up\n", "PostgreSQL did not start");
        Some(Self {
            programs,
            folder,
            port,
            _guard: guard,
        })
    }

    /// Ends it as a crash does: nothing is put away, and nobody is told.
    pub(super) fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again.
    pub(super) fn restart(&self) {
        let log = self.folder.join("log");
        self.control(&["-l", log.to_str().unwrap(), "-w", "-t", "60", "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let done = command(&self.programs.join("pg_ctl"))
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(arguments)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success(), "pg_ctl {arguments:?}");
    }

    /// Waits until the server has logged a line of a database that holds a text.
    pub(super) async fn logged(&self, database: &Database, text: &str) {
        self.logged_times(database, text, 1).await;
    }

    /// Waits until the server has logged so many lines of a database that hold a text.
    pub(super) async fn logged_times(&self, database: &Database, text: &str, times: usize) {
        let is_wanted = |line: &str| {
            line.strip_prefix(&database.name)
                .is_some_and(|line| line.contains(text))
        };
        let log = self.folder.join("log");
        awaited::file(&log, |log| {
            log.lines().filter(|line| is_wanted(line)).count() >= times
        })
        .await;
    }

    /// A new database, after these statements.
    pub(super) async fn database(&self, statements: &str) -> Database {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let (admin, _connection) = self.connected("postgres").await;
        let create = format!("CREATE DATABASE {name}");
        admin.batch_execute(&create).await.unwrap();
        let (client, connection) = self.connected(&name).await;
        client.batch_execute(statements).await.unwrap();
        Database {
            url: format!("postgresql://127.0.0.1:{}/{name}", self.port),
            name,
            client,
            _connection: connection,
        }
    }

    /// A client of a database, and the task of its connection.
    pub(super) async fn connected(&self, database: &str) -> (Client, JoinSet<()>) {
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(USER)
            .password(PASSWORD)
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // A server that crashes ends it with an error.
            let _ended = connection.await;
        });
        (client, tasks)
    }
}

impl Database {
    /// What one column of a query gives, as text.
    pub(super) async fn texts(&self, query: &str) -> Vec<String> {
        let rows = self.client.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The connection of a datastore; `fields` are put over its own.
    pub(super) fn connection(&self, fields: &serde_json::Value) -> serde_json::Value {
        let mut connection = serde_json::json!({
            "component_type": "TlsPostgresDatabaseConnectionConfig", "id": "connection", "name": "connection",
            "user": USER, "password": PASSWORD, "url": self.url, "sslmode": "disable",
        });
        let fields = fields.as_object().unwrap().clone();
        connection.as_object_mut().unwrap().extend(fields);
        connection
    }
}

/// A program of PostgreSQL, as a user that it accepts.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_remove("LD_LIBRARY_PATH");
    if rustix::process::geteuid().is_root() {
        command.uid(OTHER_THAN_ROOT).gid(OTHER_THAN_ROOT);
    }
    command
}

fn own(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(path, Some(OTHER_THAN_ROOT), Some(OTHER_THAN_ROOT)).unwrap();
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    own(&path, 0o600);
    path
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
