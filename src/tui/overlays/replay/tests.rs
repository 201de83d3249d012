use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId, SpanId};
use crate::conversation::{Message, Role, Values};
use crate::runs::Recording;
use crate::runs::script::{llm_chunk, llm_request};
use crate::trace::{ComponentName, Event, Planned, RunEvent, RunEventBody, RunState, SpanKind};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::history::HistoryNews;
use crate::tui::testing::{Harness, batch_record};

const SPEC: &str = "{component_type: Agent, agentspec_version: 26.1.2, id: weather, name: weather}";

/// When what is played began.
const BEGIN: u64 = 1_700_000_000_000;

fn component(component_type: &str, name: &str) -> ComponentName {
    ComponentName::new(component_type, name, name)
}

#[derive(Default)]
struct Events(Vec<(Timestamp, Arc<RunEvent>)>);

impl Events {
    fn at(&mut self, ms: u64, run: usize, body: RunEventBody) {
        let run = RunId::new(format!("r_{run}"));
        let before = self.0.iter().filter(|(_, event)| event.run == run);
        let seq = before.count() as u64;
        let timestamp = Timestamp::from_ns((BEGIN + ms) * 1_000_000);
        let span = matches!(
            body,
            RunEventBody::SpanStarted { .. }
                | RunEventBody::Traced(
                    Event::LlmGenerationRequest { .. } | Event::LlmGenerationChunkReceived { .. }
                )
        );
        let event = RunEvent {
            run,
            seq,
            joined: 0,
            timestamp,
            span: span.then(|| SpanId::new("s_llm")),
            body,
        };
        self.0.push((timestamp, Arc::new(event)));
    }

    fn state(&mut self, ms: u64, run: usize, state: RunState) {
        self.at(ms, run, RunEventBody::StateChanged { state });
    }

    fn say(&mut self, ms: u64, run: usize, role: Role, text: &str) {
        let message = Message::text("m", role, text).from_sender("weather").into();
        let added = Event::ConversationMessageAdded { message };
        self.at(ms, run, RunEventBody::Traced(added));
    }
}

/// Two runs of a minute: Paris answers after three seconds, Lima fails at the end.
fn recording() -> Recording {
    let mut events = Events::default();
    for (run, city) in ["Paris", "Lima"].into_iter().enumerate() {
        let mut inputs = Values::new();
        inputs.insert("city".to_owned(), city.into());
        let planned = Planned::of_test("b_past", run, component("Agent", "weather"), inputs);
        events.at(0, run, RunEventBody::Planned(Box::new(planned)));
    }
    events.state(100, 0, RunState::Running);
    events.say(200, 0, Role::User, "How is Paris?");
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::LlmGenerationSpan,
        component: component("OllamaConfig", "model"),
    };
    events.at(300, 0, started);
    let traced = RunEventBody::Traced;
    events.at(300, 0, traced(llm_request("q")));
    events.at(1_000, 0, traced(llm_chunk("q", "It is ")));
    events.at(2_000, 0, traced(llm_chunk("q", "14 °C.")));
    events.say(3_000, 0, Role::Agent, "It is 14 °C.");
    events.state(3_000, 0, RunState::Answered);
    events.state(60_000, 1, RunState::Running);
    let ended = RunEventBody::Ended {
        state: RunState::Failed,
        status: None,
        outputs: Box::default(),
        error: None,
    };
    events.at(60_000, 1, ended);
    let mut batch = batch_record("b_past", SPEC, 0, Timestamp::from_ns(BEGIN * 1_000_000));
    batch.total = 2;
    Recording {
        batch: Arc::new(batch),
        events: events.0,
        left_out: 0,
    }
}

fn played(size: (u16, u16)) -> Harness {
    let mut bench = Harness::new(size, &[]);
    bench.press("5");
    let news = HistoryNews::Replay(Ok(Box::new(recording())));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench
}

fn wait(bench: &mut Harness, ms: u64) {
    bench.wait(Duration::from_millis(ms));
}

#[test]
fn it_plays_with_the_times_of_then_and_leaves_the_screen_as_it_was() {
    let mut bench = Harness::new((80, 24), &[]);
    bench.press("5");
    let before = bench.picture();
    let mut bench = played((80, 24));
    wait(&mut bench, 1_500);
    assert_snapshot!("replay_80_half_an_answer", bench.picture());
    wait(&mut bench, 2_000);
    let picture = bench.picture();
    assert!(picture.contains("◆ answered"), "{picture}");
    assert!(
        picture.contains("nothing for 56.5s, w skips it"),
        "{picture}"
    );
    bench.press("w");
    wait(&mut bench, 400);
    let picture = bench.picture();
    assert!(picture.contains("✗ failed"), "{picture}");
    assert!(picture.contains("1:00 / 1:00"), "{picture}");
    assert_eq!(bench.wait_while_it_changes(9), 0, "it stands at its end");
    bench.press("esc");
    assert_eq!(bench.picture(), before);
    assert_eq!(
        bench.state.runs_model().runs().len(),
        0,
        "nothing is left of it"
    );
}

#[test]
fn its_time_is_moved_both_ways() {
    let mut bench = played((120, 30));
    bench.press("end");
    assert!(bench.picture().contains("✗ failed"), "{}", bench.picture());
    bench.press("home p");
    wait(&mut bench, 5_000);
    let picture = bench.picture();
    assert!(
        picture.contains("0.0s / 1:00"),
        "it stands still: {picture}"
    );
    assert!(!picture.contains("How is"), "{picture}");
    bench.press("right");
    let picture = bench.picture();
    assert!(picture.contains("1.5s / 1:00"), "{picture}");
    assert!(picture.contains("It is"), "{picture}");
    assert!(!picture.contains("14 °C"), "{picture}");
    assert_snapshot!("replay_120_stands_still", picture);
    bench.press("right left left");
    assert!(bench.picture().contains("0.0s / 1:00"));
    bench.press("p + +");
    wait(&mut bench, 100);
    let picture = bench.picture();
    assert!(picture.contains("max"), "{picture}");
    assert!(picture.contains("1:00 / 1:00"), "{picture}");
    bench.press("+");
    assert!(bench.picture().contains("it plays at full speed"));
}

#[test]
fn nothing_is_carried_out_while_it_is_played() {
    let mut bench = played((100, 24));
    wait(&mut bench, 4_000);
    for key in ["x", "X", "r", "R", "P", "A", "f", "e", "i"] {
        bench.press(key);
        let picture = bench.picture();
        assert!(
            picture.contains("a replay only shows what was recorded"),
            "{key}: {picture}"
        );
    }
    assert!(bench.commands.is_empty(), "{:?}", bench.commands);
    // What only looks works: a run fills the screen, words are found, and esc goes back one level.
    bench.press("enter / 1 4 enter");
    assert!(bench.picture().contains("/ 14"), "{}", bench.picture());
    bench.press("enter");
    assert!(bench.picture().contains("esc leaves the replay"));
    bench.press("esc");
    assert!(bench.picture().contains("replay"), "{}", bench.picture());
    bench.press("esc esc");
    assert!(!bench.picture().contains("replay"), "{}", bench.picture());
    assert!(
        bench
            .state
            .runs_model()
            .batch(&BatchId::new("b_past"))
            .is_none()
    );
}

#[test]
fn what_there_is_no_room_for_is_told() {
    let mut bench = Harness::new((100, 24), &[]);
    let recording = Recording {
        left_out: 38,
        ..recording()
    };
    let news = HistoryNews::Replay(Ok(Box::new(recording)));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench.wait(Duration::from_millis(100));
    assert!(
        bench.picture().contains("2 of 40 runs"),
        "{}",
        bench.picture()
    );
}
