//! A week in one open workbench: the memory that 20,000 conversations leave behind.
//!
//! `cargo bench --bench week [-- [RUNS] [--kept-detail-mib N] [--forget-after N] [--keep-all]]`
//!
//! Batches of 100 runs of 20 messages each against the offline model, with hub, feed, event loop and pictures. A batch is
//! closed (`X`) once all of it has answered, as conversations stay open until then, and when the screen has shown that the
//! next one is launched. `--forget-after` forgets a batch (`d`) once so many younger runs are there; `--keep-all` lets go of
//! nothing. *Ratio* is to the memory after the first 1,000 runs.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[path = "shared/startup.rs"]
mod startup;

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowdeck::llm::{ModelSettings, Models, Pace};
use flowdeck::profile::Profile;
use flowdeck::program::{Console, Services, Settings, run_on};
use flowdeck::runs::{
    Answers, BatchPlan, KeptDetail, PlanRequest, ProfileWorlds, Runs, RunsCommand, RunsHandle,
    RunsSettings, Subscription, Target, Update, WorldProvider, plan,
};
use flowdeck::spec::{IdSource, LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::{BatchId, SystemClock};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use startup::startup;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

const SPEC: &str = "component_type: Agent\nagentspec_version: 26.1.2\nname: talker\nsystem_prompt: You talk.\n\
    llm_config: {component_type: OllamaConfig, name: m, url: 'localhost:1', model_id: m}\n";

const MESSAGES: usize = 20;

const RUNS_IN_BATCH: usize = 100;

/// After so many runs a line is printed.
const RUNS_IN_LINE: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok());
    let after = |name: &str| arguments.iter().position(|argument| argument == name);
    let kept_mib = after("--kept-detail-mib").and_then(|at| arguments.get(at + 1)?.parse().ok());
    let forget_after = after("--forget-after")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(usize::MAX);
    let is_first = arguments
        .first()
        .is_some_and(|first| first.parse::<usize>().is_ok());
    let n_runs = if is_first { numbers.next() } else { None }.unwrap_or(20_000);
    let settings = Settings {
        kept_detail_mib: kept_mib,
        ..Settings::default()
    };
    let kept_detail = match after("--keep-all") {
        Some(_) => KeptDetail::All,
        None => KeptDetail::Bytes(settings.kept_detail_bytes()),
    };
    tokio::runtime::Runtime::new()?.block_on(week(n_runs, kept_detail, forget_after))
}

async fn week(
    n_runs: usize,
    kept_detail: KeptDetail,
    forget_after: usize,
) -> Result<(), Box<dyn Error>> {
    let clock = SystemClock::shared();
    let models = Models::new(ModelSettings {
        offline_pace: Pace::INSTANT,
        ..ModelSettings::default()
    });
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let settings = RunsSettings {
        history: None,
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: None,
        kept_detail,
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let services = Services {
        runs: runs.clone(),
        clock,
        editor: "true".to_owned(),
        profile: None,
        problems_rx: tokio::sync::mpsc::channel(1).1,
    };
    let (quit_tx, quit_rx) = watch::channel(false);
    let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
    let drawn = Arc::new(Notify::new());
    let paper = Paper {
        terminal,
        drawn: Arc::clone(&drawn),
        quit_rx,
    };
    let worked = async {
        let measured = work(&runs, n_runs, forget_after, &drawn).await;
        let _gone = quit_tx.send(true);
        measured
    };
    let (ended, measured) = tokio::join!(run_on(paper, startup("offline")?, services), worked);
    ended?;
    measured?;
    owner.shutdown().await;
    worlds.shutdown().await;
    Ok(())
}

/// Lets all runs be run, and prints what memory there is from time to time.
async fn work(
    runs: &RunsHandle,
    n_runs: usize,
    forget_after: usize,
    drawn: &Notify,
) -> Result<(), Box<dyn Error>> {
    let mut subscription = runs.subscribe();
    let begun = Instant::now();
    let conversations = conversations()?;
    println!(
        "{:>8} {:>10} {:>8} {:>10}",
        "runs", "RSS MB", "ratio", "seconds"
    );
    println!("{:>8} {:>10}", 0, memory_mb());
    let mut first = None;
    let mut known = VecDeque::new();
    for done in (RUNS_IN_BATCH..=n_runs).step_by(RUNS_IN_BATCH) {
        let batch = runs.new_batch_id();
        let plan = Box::new(conversations.clone());
        runs.send(RunsCommand::Launch {
            batch: batch.clone(),
            plan,
        })
        .await?;
        until_ended(&mut subscription, &batch).await;
        runs.send(RunsCommand::Cancel(Target::Batch(batch.clone())))
            .await?;
        known.push_back(batch);
        if known.len() * RUNS_IN_BATCH > forget_after
            && let Some(oldest) = known.pop_front()
        {
            runs.send(RunsCommand::Forget(Target::Batch(oldest)))
                .await?;
        }
        drawn.notified().await;
        if done % RUNS_IN_LINE == 0 {
            let (mb, seconds) = (memory_mb(), begun.elapsed().as_secs_f64());
            let ratio = mb / *first.get_or_insert(mb);
            println!("{done:>8} {mb:>10.0} {ratio:>8.2} {seconds:>10.0}");
        }
    }
    Ok(())
}

async fn until_ended(subscription: &mut Subscription, batch: &BatchId) {
    let is_it = |update: &Update| match update {
        Update::BatchEnded(ended) => ended.id == *batch,
        Update::Snapshot { snapshot, .. } => {
            let mut batches = snapshot.batches.iter();
            batches.any(|known| known.id == *batch && known.ended_at.is_some())
        }
        _ => false,
    };
    while let Some(update) = subscription.next().await {
        if is_it(&update) {
            return;
        }
    }
}

fn conversations() -> Result<BatchPlan, Box<dyn Error>> {
    let agent = load(SPEC, &LoadOptions::default()).component;
    let said = |turn| {
        format!(
            "Message {turn}: {}",
            "tell me more of the sea and its ships. ".repeat(2)
        )
    };
    let request = PlanRequest {
        answers: Answers {
            messages: (0..MESSAGES).map(said).collect::<VecDeque<_>>(),
            ..Answers::default()
        },
        repeats: RUNS_IN_BATCH,
        is_attended: true,
        ..PlanRequest::new(
            agent.ok_or("the spec does not load")?,
            Arc::new(Profile::offline()),
        )
    };
    Ok(plan(request)?.plan)
}

/// Memory of this process, in MB; 0 where the system does not tell.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

/// Size of the terminal, in cells.
const SIZE: Size = Size {
    width: 120,
    height: 36,
};

/// A terminal of paper, on which somebody goes to the Runs screen and looks on.
struct Paper {
    terminal: Terminal<TestBackend>,
    drawn: Arc<Notify>,
    quit_rx: watch::Receiver<bool>,
}

impl Console for Paper {
    type Input = BoxStream<'static, io::Result<Event>>;

    fn input(&self) -> Self::Input {
        let key = KeyEvent::new(KeyCode::Char('2'), KeyModifiers::NONE);
        let mut quit_rx = self.quit_rx.clone();
        let end = async move {
            let _gone = quit_rx.wait_for(|is_asked| *is_asked).await;
        };
        let keys = stream::iter([Ok(Event::Key(key))]);
        keys.chain(stream::once(end).filter_map(|()| std::future::ready(None)))
            .boxed()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(SIZE)
    }

    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let Ok(_drawn) = self.terminal.draw(picture);
        self.drawn.notify_waiters();
        Ok(())
    }
}
