//! What the history costs, and how fast it is looked through: `cargo bench --bench history`.
//!
//! Runs of an agent with a tool, of a model that answers at once, with and without a history, in turn; then a file of 100,000
//! runs, which are copies of these, listed and searched.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flowdeck::runs::{HistoryFile, HistoryFilter, HistoryReader};
use flowdeck::trace::RunState;
use rusqlite::Connection;
use tokio::time::Instant;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 1_000;
const COPIES: usize = 100;
const TURNS: usize = 3;
const ITEMS: usize = 4_600;

/// A tool for each item of a list, in parallel.
const MAPPED: &str = include_str!("shared/mapped.json");

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut server, address) = serve()?;
    let spec = folder.path().join("agent.yaml");
    std::fs::write(&spec, agent(&address))?;
    std::fs::write(
        folder.path().join("flowdeck.toml"),
        "[tools.look]\nvalue = \"sunny\"\n",
    )?;
    std::fs::create_dir(folder.path().join(".flowdeck"))?;
    let (mut kept, mut unkept) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        unkept.push(run(folder.path(), &["--no-history"])?);
        kept.push(run(folder.path(), &[])?);
    }
    server.kill()?;
    server.wait()?;
    let ratio = least(&kept).as_secs_f64() / least(&unkept).as_secs_f64();
    println!(
        "{RUNS} runs, least of {TURNS}: {:.2?} kept, {:.2?} not kept, {ratio:.3} x",
        least(&kept),
        least(&unkept)
    );

    let file = folder.path().join(".flowdeck/history.db");
    flowdeck_history(folder.path(), &["vacuum"])?;
    let n_runs = multiply(&file)?;
    let reader = HistoryReader::open(&HistoryFile::new(&file))?;
    let page = HistoryFilter {
        limit: Some(300),
        ..HistoryFilter::default()
    };
    let filters = [
        ("newest", page.clone()),
        (
            "failed",
            HistoryFilter {
                states: vec![RunState::Failed],
                ..page.clone()
            },
        ),
        (
            "said `sunny`",
            HistoryFilter {
                text: Some("sunny".to_owned()),
                ..page.clone()
            },
        ),
        (
            "said `nonesuch`",
            HistoryFilter {
                text: Some("nonesuch".to_owned()),
                ..page.clone()
            },
        ),
        (
            "by tool",
            HistoryFilter {
                tool: Some("look".to_owned()),
                ..page.clone()
            },
        ),
        (
            "by another tool",
            HistoryFilter {
                tool: Some("nonesuch".to_owned()),
                ..page
            },
        ),
    ];
    println!("{n_runs} runs in the file:");
    for (what, filter) in filters {
        let begun = Instant::now();
        let found = reader.list(&filter)?.len();
        println!("  {what:<16} {found:>4} runs in {:.1?}", begun.elapsed());
    }
    let first_frames: Vec<Duration> = (0..TURNS)
        .map(|_| first_frame(folder.path()))
        .collect::<Result<_>>()?;
    println!("  start to first frame {:.1?}", least(&first_frames));
    long_run(folder.path(), &reader)
}

/// A run of more than 100,000 entries is read and folded, as when it is opened.
fn long_run(folder: &Path, reader: &HistoryReader) -> Result<()> {
    std::fs::write(folder.join("items.json"), MAPPED)?;
    let items: Vec<String> = (0..ITEMS).map(|item| format!("\"{item}\"")).collect();
    let row = format!("{{\"places\": [{}]}}\n", items.join(","));
    std::fs::write(folder.join("items.jsonl"), row)?;
    let ended = program()
        .args(["run", "items.json", "--profile", "offline"])
        .args(["--inputs", "items.jsonl"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !ended.success() {
        return Err(format!("the long run ended with {ended}").into());
    }
    flowdeck_history(folder, &["vacuum"])?;
    let newest = HistoryFilter {
        limit: Some(1),
        ..HistoryFilter::default()
    };
    let run = reader.list(&newest)?.remove(0).run;
    let mut times = Vec::new();
    let mut n_events = 0;
    for _ in 0..2 * TURNS {
        let begun = Instant::now();
        let record = reader.record(&run)?.ok_or("it has no beginning")?;
        times.push(begun.elapsed());
        n_events = record.events;
    }
    println!(
        "a run of {n_events} entries is read in {:.1?}",
        least(&times)
    );
    Ok(())
}

/// How long it takes from the start of the workbench until its tree of specs is drawn.
fn first_frame(folder: &Path) -> Result<Duration> {
    const ROWS: NonZero<u16> = NonZero::new(24).expect("it is more");
    const COLUMNS: NonZero<u16> = NonZero::new(80).expect("it is more");
    let size = portable_pty::PtySize {
        rows: ROWS.get(),
        cols: COLUMNS.get(),
        ..portable_pty::PtySize::default()
    };
    let pty = portable_pty::native_pty_system().openpty(size)?;
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_flowdeck"));
    command.arg(".");
    command.cwd(folder);
    command.env("TERM", "xterm-256color");
    let begun = Instant::now();
    let mut child = pty.slave.spawn_command(command)?;
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader()?;
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut bytes = [0; 8192];
    let elapsed = loop {
        let count = reader.read(&mut bytes)?;
        if count == 0 {
            return Err("the workbench ended before it had drawn anything".into());
        }
        parser.process(bytes.get(..count).unwrap_or_default());
        if parser.screen().contents().contains("agent.yaml") {
            break begun.elapsed();
        }
    };
    child.kill()?;
    child.wait()?;
    Ok(elapsed)
}

fn least(times: &[Duration]) -> Duration {
    times.iter().min().copied().unwrap_or_default()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_flowdeck"))
}

/// The offline model as a server that answers at once, and its address.
fn serve() -> Result<(Child, String)> {
    let mut server = program()
        .args([
            "mock-llm",
            "--port",
            "0",
            "--tokens",
            "8",
            "--token-interval-ms",
            "0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = server.stdout.take().ok_or("no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line
        .trim()
        .rsplit(' ')
        .next()
        .ok_or("no address")?
        .to_owned();
    Ok((server, address))
}

fn agent(address: &str) -> String {
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: looker\nsystem_prompt: Look.\n\
         llm_config: {{component_type: OpenAiCompatibleConfig, id: m, name: m, url: \"{address}\", model_id: m}}\n\
         tools:\n- component_type: ServerTool\n  id: look\n  name: look\n  description: Looks.\n\
         \x20 inputs: [{{title: at, type: string}}]\n  outputs: [{{title: seen, type: string}}]\n"
    )
}

fn run(folder: &Path, more: &[&str]) -> Result<Duration> {
    let runs = RUNS.to_string();
    let begun = Instant::now();
    let ended = program()
        .args([
            "run",
            "agent.yaml",
            "--profile",
            "spec",
            "--message",
            "Look at the sea.",
            "--at-once",
            "20",
        ])
        .args(["--runs", &runs])
        .args(more)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !ended.success() {
        return Err(format!("the runs ended with {ended}").into());
    }
    Ok(begun.elapsed())
}

fn flowdeck_history(folder: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = program();
    command.arg("history").args(arguments).current_dir(folder);
    let ended = command.status()?;
    if ended.success() {
        Ok(())
    } else {
        Err("the history failed".into())
    }
}

/// Copies runs and what they said, without their entries.
fn multiply(file: &Path) -> Result<usize> {
    let connection = Connection::open(file)?;
    let copies = COPIES.saturating_sub(1);
    connection.execute_batch(&format!(
        "BEGIN;
         CREATE TEMP TABLE first AS SELECT * FROM runs WHERE batch = (SELECT id FROM batches ORDER BY launched_at DESC LIMIT 1);
         CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) SELECT i FROM n;
         INSERT INTO batches SELECT b.id || '_' || i, workspace, spec, launched_at - i * 1000000000, plan
             FROM batches b, n WHERE b.id IN (SELECT batch FROM first);
         UPDATE first SET number = NULL;
         INSERT INTO runs SELECT NULL, f.id || '_' || i, f.batch || '_' || i, idx, spec, spec_hash, state, is_over, owner,
                planned_at - i * 1000000000, started_at, ended_at, duration_ms, label, result, inputs, outputs, error, usage,
                tools, forked_from, 1
             FROM first f, n;
         INSERT INTO calls SELECT number, value FROM runs, json_each(tools) WHERE runs.id LIKE '%\\_%\\_%' ESCAPE '\\';
         INSERT INTO words (rowid, said) SELECT number, label || ' ' || result || ' sunny' FROM runs
             WHERE id LIKE '%\\_%\\_%' ESCAPE '\\';
         COMMIT;"
    ))?;
    Ok(connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?)
}
