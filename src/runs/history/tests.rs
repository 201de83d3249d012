//! Every event is counted where it happens and in the record, while the disk and the screen are slow.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{Durability, History, HistoryFile, HistoryReader, HistorySettings, Retention};
use crate::base::clock::SystemClock;
use crate::base::ids::{IdSource, RequestId};
use crate::base::keeping::Keeping;
use crate::conversation::{Message, Role, Values};
use crate::llm::{ModelSettings, Models};
use crate::profile::Profile;
use crate::runs::schedule::supervisor::Execute;
use crate::runs::{
    KeptDetail, PlanRequest, ProfileWorlds, Runs, RunsCommand, RunsSettings, Subscription, Update,
    WorldProvider, plan,
};
use crate::runtime::{Halt, RunContext};
use crate::spec::{Component, LoadOptions, load};
use crate::tools::ToolRegistry;
use crate::trace::{ComponentName, Event, RunEvent, RunEventBody};

const RUNS: usize = 12;

/// Events that each run tells, in all more than twice what may wait for the feed; every fourth is a message, the others are
/// pieces of an answer.
const EVENTS: u64 = 3_000;

/// Tells numbered events, and counts them.
#[derive(Debug, Default)]
struct Source {
    told: AtomicU64,
}

impl Execute for Source {
    fn execute<'a>(
        &'a self,
        component: &'a Arc<Component>,
        _inputs: Values,
        context: &'a RunContext,
    ) -> BoxFuture<'a, Result<Values, Halt>> {
        Box::pin(async move {
            for number in 0..EVENTS {
                let said = word(number);
                if number % 4 == 0 {
                    let id = format!("m{number}");
                    let message = Message::text(id, Role::Agent, said);
                    context.add_message(message).await?;
                } else {
                    let piece = Event::LlmGenerationChunkReceived {
                        llm_config: ComponentName::of(component),
                        request_id: RequestId::new("q"),
                        completion_id: None,
                        content: said,
                        tool_calls: Vec::new(),
                        reasoning: String::new(),
                    };
                    context.trace(piece).await?;
                }
                self.told.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Values::new())
        })
    }
}

/// What an event says. Long, so that what waits for a slow reader is soon too much.
fn word(number: u64) -> String {
    format!("{number} {}", "·".repeat(200))
}

/// What the source says with an event, if the event is one of its.
fn said(event: &RunEvent) -> Option<&str> {
    match &event.body {
        RunEventBody::Traced(Event::LlmGenerationChunkReceived { content, .. }) => Some(content),
        RunEventBody::Traced(Event::ConversationMessageAdded { message }) => Some(&message.content),
        _ => None,
    }
}

/// A disk that others keep busy most of the time: the file is locked for 40 ms of every 60. Each time it is free it says so.
fn busy_disk(path: &Path, free: &mpsc::Sender<()>, end: &Receiver<()>) {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_mins(1)).unwrap();
    let has_ended = |within: Duration| end.recv_timeout(within) != Err(RecvTimeoutError::Timeout);
    loop {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let is_over = has_ended(Duration::from_millis(40));
        connection.execute_batch("COMMIT").unwrap();
        // A screen that has not read the one before needs no other.
        let _unread = free.try_send(());
        if is_over || has_ended(Duration::from_millis(20)) {
            return;
        }
    }
}

/// What a screen was told, and what it was told that it missed.
#[derive(Debug, Default)]
struct Seen {
    told: u64,
    missed: u64,
    has_ended: bool,
}

impl Seen {
    fn take(&mut self, update: &Update) {
        match update {
            Update::Events(events) => {
                self.told += events.iter().map(|event| 1 + event.joined).sum::<u64>();
            }
            Update::Snapshot { missed, snapshot } => {
                self.missed += missed;
                self.has_ended |= snapshot
                    .batches
                    .iter()
                    .any(|batch| batch.ended_at.is_some());
            }
            Update::BatchEnded(_) => self.has_ended = true,
            Update::HistoryOff(error) => panic!("nothing is kept any more: {error}"),
            _ => {}
        }
    }
}

/// Reads one update each time the disk was free while the source tells, and then the rest.
async fn slow_screen(
    mut updates: Subscription,
    mut free: mpsc::Receiver<()>,
    source: &Source,
) -> Seen {
    let mut seen = Seen::default();
    while source.told.load(Ordering::Relaxed) < EVENTS * RUNS as u64 {
        if free.recv().await.is_none() {
            break;
        }
        if let Some(update) = updates.try_next() {
            seen.take(&update);
        }
    }
    while !seen.has_ended {
        let update = updates.next().await;
        seen.take(&update.expect("the batch ends first"));
    }
    while let Some(update) = updates.try_next() {
        seen.take(&update);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn while_disk_and_screen_are_slow_each_event_of_the_source_is_in_the_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = HistoryFile::new(folder.path().join("history.db"));
    let history = History::open(&HistorySettings {
        file: file.clone(),
        durability: Durability::Process,
        retention: Retention {
            max_age: None,
            max_bytes: None,
        },
        keeping: Keeping::All,
    });
    let source = Arc::new(Source::default());
    let worlds = ProfileWorlds::new(Models::new(ModelSettings::default()), ToolRegistry::new());
    let settings = RunsSettings {
        worlds: Arc::new(worlds) as Arc<dyn WorldProvider>,
        journal: None,
        history: Some(history.unwrap()),
        kept_detail: KeptDetail::All,
        elsewhere: None,
    };
    let execute = Arc::clone(&source) as Arc<dyn Execute>;
    let (runs, owner) =
        Runs::start_with(SystemClock::shared(), IdSource::Random, settings, execute);
    let (free_tx, free_rx) = mpsc::channel(1);
    let (end_tx, end_rx) = std::sync::mpsc::channel();
    let path = file.path().to_owned();
    let disk = std::thread::spawn(move || busy_disk(&path, &free_tx, &end_rx));

    let screen = slow_screen(runs.subscribe(), free_rx, &source);
    let text = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\nsystem_prompt: ''\n\
                llm_config:\n  component_type: OllamaConfig\n  name: m\n  url: localhost:1\n  model_id: m\n";
    let component = load(text, &LoadOptions::default()).component.unwrap();
    let planned = plan(PlanRequest {
        repeats: RUNS,
        at_once: Some(RUNS),
        messages: vec!["Go on.".to_owned()],
        ..PlanRequest::new(component, Arc::new(Profile::offline()))
    });
    let batch = runs.new_batch_id();
    let launch = RunsCommand::Launch {
        batch,
        plan: Box::new(planned.unwrap().plan),
    };
    runs.send(launch).await.unwrap();
    let seen = screen.await;
    drop(end_tx);
    disk.join().unwrap();
    let snapshot = owner.shutdown().await;

    let told = source.told.load(Ordering::Relaxed);
    assert_eq!(told, EVENTS * RUNS as u64);
    let wanted: String = (0..EVENTS).map(word).collect();
    let reader = HistoryReader::open(&file).unwrap();
    let (mut in_history, mut of_source) = (0, 0);
    for record in snapshot.records() {
        let kept = reader.events(&record.run).unwrap();
        let mut text = String::new();
        let mut next = 0;
        for event in &kept {
            assert_eq!(event.seq, next, "each entry follows the one before");
            next = event.seq + event.joined + 1;
            if let Some(said) = said(event) {
                text.push_str(said);
            }
        }
        assert!(text == wanted, "what was told is there, once and in order");
        // Pieces that wait are joined before they are numbered; each has its number in its words.
        of_source += text.matches(' ').count() as u64;
        assert_eq!(next, record.events, "the record has as many");
        in_history += next;
    }
    assert_eq!(of_source, told);
    assert_eq!(seen.told + seen.missed, in_history, "{seen:?}");
    assert!(seen.missed > 0, "the screen was slow");
}
