//! The workbench at full stream: how far what is on the screen is behind what the model has sent,
//! how long a key takes to its frame, and what memory it costs. Shows figures; judges nothing.
//!
//! Everything is real but the terminal: runs over HTTP against a server that writes a word every
//! few milliseconds into each of its streams, the event loop with its queues, drawing. Each word
//! says when it was sent, so each frame says how old what it shows is.
//!
//! `cargo bench --bench screen [-- [STREAMS] [--interval-ms N] [--words N] [--busy] [--rows N]]`
//!
//! Without STREAMS it takes 200 and 1,000, each on a free machine and then beside two loops that
//! take half of each core (`--busy` alone; it needs `taskset`). Then, or with `--rows` alone, it opens the launch dialog over a file of
//! that many rows, else of 100,000.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[path = "screen/console.rs"]
mod console;
#[path = "screen/model.rs"]
mod model;
#[path = "screen/rows.rs"]
mod rows;
#[path = "shared/startup.rs"]
mod startup;

use std::collections::VecDeque;
use std::error::Error;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use console::{Figures, Paper};
use flowdeck::llm::{ModelSettings, Models};
use flowdeck::profile::{Keeping, Profile};
use flowdeck::program::{Services, on_this_thread, run_on};
use flowdeck::runs::{
    Answers, BatchPlan, KeptDetail, Origin, ProfileWorlds, RunPlan, Runs, RunsCommand,
    RunsSettings, Subscription, Update, WorldProvider,
};
use flowdeck::runtime::Limits;
use flowdeck::spec::{IdSource, LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::{SpecText, SystemClock};
use model::Model;
use startup::startup;
use tokio::task::JoinSet;
use tokio::time::Instant;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One measurement.
#[derive(Clone, Copy, Debug)]
struct Case {
    streams: usize,
    words: usize,
    interval: Duration,
    is_busy: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<usize>().ok()
    };
    if let Some(n_rows) = after("--rows") {
        return rows::measure(n_rows);
    }
    let streams = arguments.iter().find_map(|argument| argument.parse().ok());
    let only_busy = arguments.iter().any(|argument| argument == "--busy");
    let sizes = streams.map_or_else(|| vec![200, 1_000], |streams| vec![streams]);
    for streams in sizes {
        // Some 20,000 words a second in all, unless another interval is asked for.
        let interval_ms = after("--interval-ms").unwrap_or(streams / 20).max(1);
        let case = Case {
            streams,
            words: after("--words").unwrap_or(10_000 / interval_ms),
            interval: Duration::from_millis(u64::try_from(interval_ms)?),
            is_busy: true,
        };
        if !only_busy {
            measure(Case {
                is_busy: false,
                ..case
            })?;
        }
        measure(case)?;
    }
    if streams.is_none() {
        rows::measure(100_000)?;
    }
    Ok(())
}

fn measure(case: Case) -> Result<(), Box<dyn Error>> {
    let _loops = if case.is_busy {
        BusyLoops::start()?
    } else {
        BusyLoops(Vec::new())
    };
    let begun = Instant::now();
    let model = Model::start(begun, case.words, case.interval)?;
    let before = memory_mb("VmRSS");
    let figures = tokio::runtime::Runtime::new()?.block_on(show(case, &model, begun))?;
    println!(
        "{} streams of {} words, one each {} ms, {}",
        case.streams,
        case.words,
        case.interval.as_millis(),
        if case.is_busy {
            "half of each core taken"
        } else {
            "machine free"
        }
    );
    println!(
        "  server done after {:.1} s, screen {:.2} s later; {} frames",
        figures.server_done.as_secs_f64(),
        figures.behind_at_end.as_secs_f64(),
        figures.frames.len(),
    );
    report("lag         ", &figures.lags);
    report("key to frame", &figures.keys);
    report("one frame   ", &figures.frames);
    println!(
        "  memory: {before} MB before, {} MB at most, {} MB in the end",
        figures.most_mb, figures.mb_after
    );
    Ok(())
}

/// Lets the workbench show a batch of streams until its end has been on the screen.
async fn show(case: Case, model: &Model, begun: Instant) -> Result<Figures, Box<dyn Error>> {
    let clock = SystemClock::shared();
    let models = Models::new(ModelSettings::default());
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: None,
        history: None,
        kept_detail: KeptDetail::All,
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let mut subscription = runs.subscribe();
    let services = Services {
        runs: runs.clone(),
        clock,
        editor: "true".to_owned(),
        profile: None,
        problems_rx: tokio::sync::mpsc::channel(1).1,
    };
    let (paper, quit, figures) = Paper::new(begun);
    let batch = runs.new_batch_id();
    let plan = Box::new(plan(case.streams, model.port)?);
    let mut watching = JoinSet::new();
    watching.spawn(async move {
        // The first picture is there: the screen reads what happens from here on.
        quit.a_frame().await;
        let _gone = runs.send(RunsCommand::Launch { batch, plan }).await;
        until_ended(&mut subscription).await;
        // The screen has the same news; its next frame shows them.
        quit.a_frame().await;
        quit.now();
    });
    on_this_thread(run_on(paper, startup("spec")?, services))?;
    watching.join_all().await;
    owner.shutdown().await;
    worlds.shutdown().await;
    let mut figures = std::mem::take(&mut *figures.lock().unwrap_or_else(PoisonError::into_inner));
    figures.finish(model.done_after(), memory_mb("VmRSS"));
    Ok(figures)
}

/// Reads seldom, so that it costs next to nothing beside the screen's own reading.
async fn until_ended(subscription: &mut Subscription) {
    let mut seldom = tokio::time::interval(Duration::from_millis(50));
    loop {
        seldom.tick().await;
        while let Some(update) = subscription.try_next() {
            if matches!(update, Update::BatchEnded(_)) {
                return;
            }
        }
    }
}

fn plan(streams: usize, port: u16) -> Result<BatchPlan, Box<dyn Error>> {
    let spec = format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nname: talker\nsystem_prompt: You talk.\n\
         llm_config:\n  component_type: OpenAiCompatibleConfig\n  name: words\n  \
         url: http://127.0.0.1:{port}\n  model_id: words\n"
    );
    let loaded = load(&spec, &LoadOptions::default());
    let component = loaded.component.ok_or("the spec does not load")?;
    let run = Arc::new(RunPlan {
        answers: Answers {
            messages: VecDeque::from(["Tell me of the sea.".to_owned()]),
            ..Answers::default()
        },
        ..RunPlan::default()
    });
    Ok(BatchPlan {
        spec_name: "talker".to_owned(),
        spec: Arc::new(SpecText::of(&component)?),
        component,
        variants: Vec::new(),
        limits: Limits::default(),
        profile: Arc::new(Profile::spec()),
        runs: vec![run; streams],
        at_once: streams,
        requests_per_second: None,
        max_tokens_total: None,
        canary: None,
        timeout: None,
        is_fail_fast: false,
        is_attended: false,
        is_steered: false,
        keeping: Keeping::All,
        origin: Origin::default(),
    })
}

fn report(what: &str, times: &[Duration]) {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |part: usize| {
        let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
        times
            .get(index)
            .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    println!(
        "  {what}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
}

/// Memory of this process, with the server in it, in MB; 0 where the system does not tell.
fn memory_mb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}

/// A loop on each core that takes half of it from whatever else wants it.
struct BusyLoops(Vec<Child>);

impl BusyLoops {
    fn start() -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let mut loops = Self(Vec::new());
        for core in 0..cores {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string(), "sh", "-c", "while :; do :; done"]);
            loops.0.push(command.stdin(Stdio::null()).spawn()?);
        }
        Ok(loops)
    }
}

impl Drop for BusyLoops {
    fn drop(&mut self) {
        for busy in &mut self.0 {
            let _gone = busy.kill();
            let _gone = busy.wait();
        }
    }
}
