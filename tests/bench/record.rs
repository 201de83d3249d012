//! What a conversation costs its record: bytes and time by the number of turns.
//!
//! `cargo bench --bench record`. Each turn is a message of the user and an answer of the offline model, some 100 words in
//! all. *Events* is what the record keeps, as JSON; *whole* is the same with each prompt written out, as `--format jsonl`
//! writes it, and as the record held it before prompts named what they repeat.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;

use flowdeck::llm::{ModelSettings, Models, Pace};
use flowdeck::profile::Profile;
use flowdeck::runs::{
    Answers, BatchPlan, KeptDetail, Limits, PlanRequest, ProfileWorlds, Runs, RunsCommand,
    RunsSettings, Update, WorldProvider, plan,
};
use flowdeck::spec::IdSource;
use flowdeck::spec::{LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::SystemClock;
use flowdeck::trace::{Event, JsonLines, RunEventBody};
use tokio::sync::mpsc;
use tokio::time::Instant;

const SPEC: &str = "component_type: Agent\nagentspec_version: 26.1.2\nname: talker\nsystem_prompt: You talk.\n\
    llm_config: {component_type: OllamaConfig, name: m, url: 'localhost:1', model_id: m}\n";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    println!(
        "{:>6} {:>12} {:>12} {:>10} {:>10}",
        "turns", "events KB", "whole KB", "ratio", "seconds"
    );
    for turns in [50, 100, 200, 400, 800] {
        let begun = Instant::now();
        let (events, whole) = runtime.block_on(converse(turns))?;
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{turns:>6} {:>12} {:>12} {:>10} {seconds:>10.2}",
            events / 1024,
            whole / 1024,
            format!("{}x", whole / events.max(1))
        );
    }
    Ok(())
}

/// Has a conversation, and gives the bytes of its events and of its lines.
async fn converse(turns: usize) -> Result<(usize, usize), Box<dyn Error>> {
    let models = Models::new(ModelSettings {
        offline_pace: Pace::INSTANT,
        ..ModelSettings::default()
    });
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let (journal_tx, mut journal) = mpsc::channel(64);
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: Some(journal_tx),
        history: None,
        kept_detail: KeptDetail::All,
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(SystemClock::shared(), IdSource::Random, settings);
    let launch = RunsCommand::Launch {
        batch: runs.new_batch_id(),
        plan: Box::new(conversation(turns)?),
    };
    runs.send(launch).await?;
    let mut lines = JsonLines::new(false);
    let (mut events, mut whole) = (0, 0);
    while let Some(update) = journal.recv().await {
        match update {
            Update::Events(told) => {
                for event in told.iter() {
                    let is_piece = matches!(
                        event.body,
                        RunEventBody::Traced(Event::LlmGenerationChunkReceived { .. })
                    );
                    // The record keeps no pieces of answers.
                    if !is_piece {
                        events += serde_json::to_vec(event.as_ref())?.len();
                        let line = lines.line(event);
                        whole += line.map_or(0, |line| line.to_string().len());
                    }
                }
            }
            Update::BatchEnded(_) => break,
            Update::BatchStarted(_)
            | Update::BatchChanged(_)
            | Update::LetGo(_)
            | Update::HistoryOff(_)
            | Update::Forgotten { .. }
            | Update::Snapshot { .. } => {}
        }
    }
    drop(journal);
    owner.shutdown().await;
    worlds.shutdown().await;
    Ok((events, whole))
}

fn conversation(turns: usize) -> Result<BatchPlan, Box<dyn Error>> {
    let agent = load(SPEC, &LoadOptions::default()).component;
    let agent = agent.ok_or("the spec does not load")?;
    let said = |turn| {
        format!(
            "Message {turn}: {}",
            "tell me more of the sea and its ships. ".repeat(5)
        )
    };
    let request = PlanRequest {
        answers: Answers {
            messages: (0..turns).map(said).collect::<VecDeque<_>>(),
            ..Answers::default()
        },
        limits: Limits::default(),
        ..PlanRequest::new(agent, Arc::new(Profile::offline()))
    };
    Ok(plan(request)?.plan)
}
