//! What many runs at once cost, beside a bare client that makes the same requests: `cargo bench --bench many_runs`.
//!
//! Each row is run by a model server in a process of its own, then by the bare client and by `flowdeck run --format json`
//! with its history on, in turn (A B A B …); the table has the medians, and ratios of them. A row's name as the first
//! argument runs only that one. With `WAYFLOW_PYTHON`, a Python that has `wayflowcore`, WayFlow runs a row, too.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[path = "many_runs/agent.rs"]
mod agent;
#[path = "many_runs/bare.rs"]
mod bare;
#[path = "many_runs/model.rs"]
mod model;
#[path = "many_runs/row.rs"]
mod row;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;
use wait4::Wait4;

use row::Row;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TURNS: usize = 5;

const ROWS: [(&str, Row); 5] = [
    ("agents", Row::new(1_000, 2, 32, 0)),
    ("flows", Row::new(1_000, 0, 32, 200)),
    ("crowd", Row::new(10_000, 2, 32, 200)),
    ("tokens", Row::new(100, 1, 4_096, 0)),
    ("rounds", Row::new(20, 50, 32, 0)),
];

/// What WayFlow is given: fewer, for it takes long.
const WAYFLOW: Row = Row::new(100, 2, 32, 0);

/// Does not come into any figure, but is what a run's memory is counted from.
const IDLE: Row = Row::new(1, 2, 32, 0);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    match &arguments[..] {
        [mode, row] if mode == "model" => runtime()?.block_on(model::serve(row.parse()?)),
        [mode, row, url] if mode == "bare" => {
            runtime()?.block_on(bare::converse(row.parse()?, url))
        }
        only => table(only.first().map(String::as_str)),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

fn table(only: Option<&str>) -> Result<()> {
    println!(
        "{:<8} {:>21} {:>6}  {:>23} {:>6}  {:>17} {:>9}",
        "",
        "wall s: bare, flowdeck",
        "ratio",
        "CPU ms/run: bare, fd",
        "ratio",
        "peak MB: bare, fd",
        "KB a run"
    );
    for (name, row) in ROWS {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let bed = Bed::start(row)?;
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            bare.push(bed.bare()?);
            ours.push(bed.flowdeck()?);
        }
        let (bare, ours) = (Cost::median(&bare), Cost::median(&ours));
        let one = Bed::start(IDLE)?.flowdeck()?;
        let runs = u32::try_from(row.runs)?;
        let milliseconds = |cost: &Cost| cost.cpu.as_secs_f64() * 1e3 / f64::from(runs);
        println!(
            "{name:<8} {:>12.2} {:>9.2} {:>6.2}  {:>14.2} {:>8.2} {:>6.2}  {:>9} {:>7} {:>9}",
            bare.wall.as_secs_f64(),
            ours.wall.as_secs_f64(),
            ours.wall.as_secs_f64() / bare.wall.as_secs_f64(),
            milliseconds(&bare),
            milliseconds(&ours),
            milliseconds(&ours) / milliseconds(&bare),
            bare.memory / 1024 / 1024,
            ours.memory / 1024 / 1024,
            ours.memory.saturating_sub(one.memory) / 1024 / u64::from(runs),
        );
    }
    match std::env::var_os("WAYFLOW_PYTHON") {
        Some(python) if only.is_none_or(|only| only == "wayflow") => wayflow(Path::new(&python)),
        _ => Ok(()),
    }
}

/// The ratio of WayFlow's time to ours.
fn wayflow(python: &Path) -> Result<()> {
    let bed = Bed::start(WAYFLOW)?;
    let mut ours = Vec::new();
    for _ in 0..TURNS {
        ours.push(bed.flowdeck()?);
    }
    let ours = Cost::median(&ours).wall.as_secs_f64();
    let mut command = Command::new(python);
    command.args(["-c", include_str!("many_runs/wayflow.py")]);
    command.args([&bed.url, &WAYFLOW.runs.to_string()]);
    let told = command.stderr(Stdio::null()).output()?;
    let seconds: f64 = String::from_utf8(told.stdout)?.trim().parse()?;
    println!(
        "wayflow {seconds:.2} s, flowdeck {ours:.3} s: {:.0} x",
        seconds / ours
    );
    Ok(())
}

/// What a process took.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    /// Bytes.
    memory: u64,
}

impl Cost {
    fn median(costs: &[Self]) -> Self {
        fn middle<T: Ord + Copy + Default>(costs: &[Cost], of: impl Fn(&Cost) -> T) -> T {
            let mut values: Vec<T> = costs.iter().map(of).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default()
        }
        Self {
            wall: middle(costs, |cost| cost.wall),
            cpu: middle(costs, |cost| cost.cpu),
            memory: middle(costs, |cost| cost.memory),
        }
    }
}

/// A model server of a row, and a workspace whose spec asks it.
struct Bed {
    row: Row,
    model: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Drop for Bed {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.model.kill();
        let _reaped = self.model.wait();
    }
}

impl Bed {
    fn start(row: Row) -> Result<Self> {
        let mut model = Command::new(std::env::current_exe()?)
            .args(["model", &row.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(model.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim().to_owned();
        let folder = tempfile::tempdir()?;
        let spec = if row.is_agent() {
            agent::agent(&url)
        } else {
            flow(&url)
        };
        std::fs::write(folder.path().join("spec.yaml"), spec)?;
        std::fs::write(
            folder.path().join("flowdeck.toml"),
            "[tools.look]\nvalue = \"sunny\"\n",
        )?;
        std::fs::create_dir(folder.path().join(".flowdeck"))?;
        Ok(Self {
            row,
            model,
            url,
            folder,
        })
    }

    fn bare(&self) -> Result<Cost> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", &self.row.to_string(), &self.url]);
        cost(&mut command)
    }

    fn flowdeck(&self) -> Result<Cost> {
        let runs = self.row.runs.to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowdeck"));
        command
            .args(["run", "spec.yaml", "--profile", "spec", "--format", "json"])
            .args(["--runs", &runs, "--at-once", &runs])
            .current_dir(self.folder.path());
        if self.row.is_agent() {
            let rounds = (self.row.rounds + 1).to_string();
            command.args(["--message", "Look at the sea.", "--max-rounds", &rounds]);
        }
        cost(&mut command)
    }
}

fn cost(command: &mut Command) -> Result<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null());
    let begun = Instant::now();
    let used = command.spawn()?.wait4()?;
    let wall = begun.elapsed();
    if !used.status.success() {
        return Err(format!("{command:?} ended with {}", used.status).into());
    }
    Ok(Cost {
        wall,
        cpu: used.rusage.utime + used.rusage.stime,
        memory: used.rusage.maxrss,
    })
}

fn flow(url: &str) -> String {
    let edge = |from: &str, to: &str| {
        format!(
            "- {{component_type: ControlFlowEdge, name: {from}_{to}, from_node: {{$component_ref: {from}}}, to_node: {{$component_ref: {to}}}}}\n"
        )
    };
    format!(
        "component_type: Flow\nagentspec_version: 26.1.2\nid: f\nname: asker\nstart_node: {{$component_ref: start}}\n\
         nodes: [{{$component_ref: start}}, {{$component_ref: ask}}, {{$component_ref: end}}]\n\
         control_flow_connections:\n{}{}data_flow_connections: null\n\
         $referenced_components:\n\
         \x20 start: {{component_type: StartNode, id: start, name: start}}\n\
         \x20 ask:\n    component_type: LlmNode\n    id: ask\n    name: ask\n    prompt_template: Say sea.\n\
         \x20   outputs: [{{title: said, type: string}}]\n\
         \x20   llm_config: {{component_type: OpenAiCompatibleConfig, id: m, name: m, url: \"{url}\", model_id: m}}\n\
         \x20 end: {{component_type: EndNode, id: end, name: end, outputs: [{{title: said, type: string}}]}}\n",
        edge("start", "ask"),
        edge("ask", "end")
    )
}
