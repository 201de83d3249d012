//! The screen under load: how long it takes from a key to its frame while 1,000 runs of the offline
//! model stream at once. Shows figures; judges nothing.
//!
//! `cargo bench --bench screen [RUNS AT ONCE]`
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::collections::VecDeque;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::FixedOffset;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowdeck::base::clock::SystemClock;
use flowdeck::base::ids::IdSource;
use flowdeck::llm::{ModelSettings, Models};
use flowdeck::profile::Profile;
use flowdeck::runs::{
    Answers, BatchPlan, ProfileWorlds, RunPlan, Runs, RunsCommand, RunsSettings, Update, Worlds,
};
use flowdeck::runtime::Limits;
use flowdeck::settings::Settings;
use flowdeck::spec::{LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::tui::app::{Startup, State, update};
use flowdeck::tui::event::AppEvent;
use flowdeck::tui::theme::{ColourDepth, Theme};
use flowdeck::workspace::{Trust, Workspace};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

const SPEC: &str = "\
component_type: Agent
agentspec_version: 26.1.2
name: talker
system_prompt: You talk.
llm_config:
  component_type: OllamaConfig
  name: llama
  url: http://localhost:11434
  model_id: llama3.2
";

/// Size of the terminal, in cells.
const SIZE: (u16, u16) = (120, 36);
/// How often a key is pressed.
const KEY_EVERY: Duration = Duration::from_millis(20);
/// How often run events lead to a frame, at most.
const FRAME_EVERY: Duration = Duration::from_millis(33);
/// How long updates are taken before the loop looks at keys again.
const DRAIN_FOR: Duration = Duration::from_millis(8);

fn main() -> Result<(), Box<dyn Error>> {
    let at_once = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(1_000);
    tokio::runtime::Runtime::new()?.block_on(measure(at_once))
}

async fn measure(at_once: usize) -> Result<(), Box<dyn Error>> {
    let clock = SystemClock::shared();
    let models = Models::new(ModelSettings::default());
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn Worlds>,
        limits: Limits::default(),
        journal: None,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let mut subscription = runs.subscribe();
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let (mut state, _work_on_files) = State::new(startup()?, area, clock.now());
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let plan = plan(at_once)?;
    let batch = runs.new_batch_id();
    runs.send(RunsCommand::Launch {
        batch,
        plan: Box::new(plan),
    })
    .await?;
    update(&mut state, AppEvent::Terminal(key('2')), clock.now());

    let mut keys = interval(KEY_EVERY);
    keys.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut latencies = Vec::new();
    let mut draws = Vec::new();
    let mut drains = Vec::new();
    let mut updates: u64 = 0;
    let mut last_frame = Instant::now();
    let started = Instant::now();
    let mut is_over = false;
    while !is_over {
        let mut is_due = false;
        let pressed = tokio::select! {
            biased;
            due = keys.tick() => Some(due),
            next = subscription.next() => {
                let mut next = next;
                let begin = Instant::now();
                while let Some(news) = next {
                    updates += 1;
                    is_over |= matches!(news, Update::BatchEnded(_));
                    let commands = update(&mut state, AppEvent::Runs(news), clock.now());
                    if !commands.is_empty() {
                        let snapshot = runs.snapshot().await;
                        let event = AppEvent::Job(flowdeck::tui::event::JobResult::Snapshot(snapshot));
                        update(&mut state, event, clock.now());
                    }
                    if begin.elapsed() >= DRAIN_FOR {
                        break;
                    }
                    next = subscription.try_next();
                }
                drains.push(begin.elapsed());
                is_due = last_frame.elapsed() >= FRAME_EVERY;
                None
            }
        };
        if pressed.is_some() {
            let down = if latencies.len() % 40 < 20 { 'j' } else { 'k' };
            update(&mut state, AppEvent::Terminal(key(down)), clock.now());
        }
        if pressed.is_some() || is_due {
            let begin = Instant::now();
            let now = clock.now();
            state.prepare(now);
            terminal.draw(|frame| {
                state.draw(now, frame.area(), frame.buffer_mut());
            })?;
            last_frame = Instant::now();
            draws.push(begin.elapsed());
        }
        if let Some(due) = pressed {
            latencies.push(due.elapsed());
        }
    }
    let took = started.elapsed();
    println!(
        "{at_once} runs at once, {} in all, {:.1} s",
        at_once * 3,
        took.as_secs_f64()
    );
    println!("updates folded: {updates}; frames drawn: {}", draws.len());
    tell("key to frame", &mut latencies);
    tell("one frame   ", &mut draws);
    tell("one drain   ", &mut drains);
    // Nothing runs any more: whatever comes now would be work for nothing.
    let idle = timeout(Duration::from_secs(1), subscription.next()).await;
    println!("updates in an idle second: {}", u8::from(idle.is_ok()));
    owner.shutdown().await;
    worlds.shutdown().await;
    Ok(())
}

/// An empty workbench.
fn startup() -> Result<Startup, Box<dyn Error>> {
    Ok(Startup {
        workspace: Workspace {
            root: PathBuf::from("."),
            file: None,
            is_samples: false,
            kept_samples: Vec::new(),
        },
        settings: Settings::default(),
        themes: Theme::all(&[], ColourDepth::True).0,
        profile: "offline model".to_owned(),
        notices: Vec::new(),
        is_ascii: false,
        has_mouse: false,
        utc_offset: FixedOffset::east_opt(0).ok_or("no offset")?,
        ids: IdSource::Random,
        trust: Trust::default(),
    })
}

fn plan(at_once: usize) -> Result<BatchPlan, Box<dyn Error>> {
    let loaded = load(SPEC, &LoadOptions::default());
    let run = |seed: usize| RunPlan {
        seed: u64::try_from(seed).ok(),
        answers: Answers {
            messages: VecDeque::from(["Tell me of the sea.".to_owned()]),
            ..Answers::default()
        },
        ..RunPlan::default()
    };
    Ok(BatchPlan {
        spec_name: "talker".to_owned(),
        component: loaded.component.ok_or("the spec does not load")?,
        profile: Arc::new(Profile::offline()),
        runs: (0..at_once * 3).map(run).collect(),
        at_once,
        requests_per_second: None,
        timeout: None,
        is_fail_fast: false,
        is_attended: false,
    })
}

fn key(character: char) -> Event {
    Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE))
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: usize| {
        let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
        times
            .get(index)
            .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    println!(
        "{what}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
}
