//! What it costs to have runs carried out by workers over NATS, and what further workers bring: `cargo bench --bench fleet`.
//!
//! `FLOWDECK_TEST_NATS` names a `nats-server`. *cost*: the same 1,000 agent runs in one process and over NATS with one worker, on
//! the same machine, in turn (A B A B …), with histories on. *grows*: runs of a model that takes 200 ms, over one worker and over
//! three, of 50 slots each. The table has the medians, and ratios of them; `cost` or `grows` as the first argument runs only that.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[path = "many_runs/agent.rs"]
mod agent;
#[path = "many_runs/model.rs"]
mod model;
#[path = "many_runs/row.rs"]
mod row;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use row::Row;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TURNS: usize = 5;

/// As the row `agents` of `many_runs` is.
const COST: Row = Row::new(1_000, 2, 32, 0);

/// How many of them are carried out at the same time, here and by the worker: few waves of many runs, and many of few.
const COST_AT_ONCE: [usize; 2] = [1_000, 100];

const GROWS: Row = Row::new(1_500, 1, 32, 200);

/// How many runs one worker carries out at the same time.
const SLOTS: usize = 50;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    match &arguments[..] {
        [mode, row] if mode == "model" => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(model::serve(row.parse()?)),
        only => {
            let only = only.first().map(String::as_str);
            if only.is_none_or(|only| only == "cost") {
                COST_AT_ONCE.into_iter().try_for_each(cost)?;
            }
            if only.is_none_or(|only| only == "grows") {
                grows()?;
            }
            Ok(())
        }
    }
}

/// The same runs here and over NATS with one worker.
fn cost(at_once: usize) -> Result<()> {
    let bed = Bed::start(COST)?;
    let _worker = bed.worker(at_once)?;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        here.push(bed.run(None, at_once)?);
        there.push(bed.run(Some(&bed.queue.url), at_once)?);
    }
    let (here, there) = (median(here), median(there));
    println!(
        "cost   {} runs, {at_once} at once: here {:.2} s, over NATS with one worker {:.2} s: {:.2} x",
        COST.runs,
        here.as_secs_f64(),
        there.as_secs_f64(),
        there.as_secs_f64() / here.as_secs_f64(),
    );
    Ok(())
}

/// The same runs over one worker and over three.
fn grows() -> Result<()> {
    let bed = Bed::start(GROWS)?;
    let mut workers = vec![bed.worker(SLOTS)?];
    let (mut one, mut three) = (Vec::new(), Vec::new());
    for _ in 0..TURNS.div_ceil(2) {
        one.push(bed.run(Some(&bed.queue.url), 3 * SLOTS)?);
    }
    workers.push(bed.worker(SLOTS)?);
    workers.push(bed.worker(SLOTS)?);
    for _ in 0..TURNS.div_ceil(2) {
        three.push(bed.run(Some(&bed.queue.url), 3 * SLOTS)?);
    }
    let (one, three) = (median(one), median(three));
    println!(
        "grows  {} runs, model {} ms: one worker of {SLOTS} slots {:.2} s, three {:.2} s: {:.2} x",
        GROWS.runs,
        GROWS.delay_ms,
        one.as_secs_f64(),
        three.as_secs_f64(),
        one.as_secs_f64() / three.as_secs_f64(),
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A process that ends with the value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A NATS server with a folder of its own.
struct Queue {
    url: String,
    _server: Process,
}

impl Queue {
    fn start(folder: &Path) -> Result<Self> {
        let program = std::env::var_os("FLOWDECK_TEST_NATS");
        let program = program.ok_or("FLOWDECK_TEST_NATS must name a `nats-server`")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Command::new(program)
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(folder.join("streams"))
            .stderr(Stdio::piped())
            .spawn()?;
        let told = BufReader::new(server.stderr.take().ok_or("no output")?);
        let server = Process(server);
        let mut lines = told.lines();
        let is_ready = |line: &std::io::Result<String>| {
            line.as_ref()
                .is_ok_and(|line| line.contains("Server is ready"))
        };
        let _line = lines.find(is_ready).ok_or("the server did not start")??;
        // What it says from here on must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            url: format!("nats://127.0.0.1:{port}"),
            _server: server,
        })
    }
}

/// A model server of a row, a queue, and a workspace whose spec asks the model.
struct Bed {
    row: Row,
    queue: Queue,
    _model: Process,
    folder: tempfile::TempDir,
}

impl Bed {
    fn start(row: Row) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut model = Command::new(std::env::current_exe()?)
            .args(["model", &row.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(model.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let model = Process(model);
        if !row.is_agent() {
            return Err("the runs are of an agent".into());
        }
        std::fs::write(folder.path().join("spec.yaml"), agent::agent(line.trim()))?;
        std::fs::write(
            folder.path().join("flowdeck.toml"),
            "default_profile = \"spec\"\n[tools.look]\nvalue = \"sunny\"\n",
        )?;
        std::fs::create_dir(folder.path().join(".flowdeck"))?;
        Ok(Self {
            row,
            queue: Queue::start(folder.path())?,
            _model: model,
            folder,
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowdeck"));
        command
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"))
            .stdin(Stdio::null());
        command
    }

    /// A worker, once it takes runs.
    fn worker(&self, slots: usize) -> Result<Process> {
        let mut worker = self
            .command()
            .args([
                "worker",
                "--nats",
                &self.queue.url,
                "--at-once",
                &slots.to_string(),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = BufReader::new(worker.stdout.take().ok_or("no output")?);
        let worker = Process(worker);
        let mut line = String::new();
        output.read_line(&mut line)?;
        if !line.contains("takes runs") {
            output.read_to_string(&mut line)?;
            return Err(format!("no worker: {line}").into());
        }
        Ok(worker)
    }

    /// How long the runs of the row take, here or by a queue.
    fn run(&self, queue: Option<&str>, at_once: usize) -> Result<Duration> {
        let rounds = (self.row.rounds + 1).to_string();
        let mut command = self.command();
        command
            .args([
                "run",
                "spec.yaml",
                "--format",
                "json",
                "--nats",
                queue.unwrap_or("none"),
            ])
            .args([
                "--runs",
                &self.row.runs.to_string(),
                "--at-once",
                &at_once.to_string(),
            ])
            .args(["--message", "Look at the sea.", "--max-rounds", &rounds])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let begun = Instant::now();
        let status = command.status()?;
        let wall = begun.elapsed();
        if !status.success() {
            return Err(format!("{command:?} ended with {status}").into());
        }
        Ok(wall)
    }
}
