//! Turns of a run, at every moment of it.

use std::sync::Arc;

use pretty_assertions::assert_eq;

use super::*;
use crate::runs::script::{Script, llm_chunk, llm_request, message};
use crate::trace::{Reply, SpanKind};

/// A run that has come so far.
fn record(events: &[Arc<RunEvent>]) -> RunRecord {
    let mut record = RunRecord::from_planned(&events[0]).unwrap();
    for event in &events[1..] {
        assert!(record.apply(event));
    }
    record
}

/// The turns of a record that is read at once.
fn turns(record: &RunRecord) -> Turns {
    let mut turns = Turns::default();
    turns.catch_up(record);
    turns
}

fn turn(record: &RunRecord, number: usize) -> Option<Turn> {
    turns(record).turn(record, number)
}

fn asks(id: &str, may_end: bool) -> Event {
    Event::HumanInTheLoopRequest {
        request_id: RequestId::new(id),
        content: RequestKind::UserMessage {
            message: String::new(),
            may_end,
        }
        .into(),
        key: None,
    }
}

fn told(id: &str, text: &str, prepared: Option<u64>) -> Event {
    Event::HumanInTheLoopResponse {
        request_id: RequestId::new(id),
        key: None,
        prepared,
        client_message: None,
        content: Reply::message(text).into(),
    }
}

/// A conversation of two turns; the second one asks.
fn two_turns() -> Vec<Arc<RunEvent>> {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let root = script.start(None, SpanKind::RootSpan, "helper");
    let agent = script.start(Some(&root), SpanKind::AgentExecutionSpan, "helper");
    script.traced(&agent, told("q0", "hi", Some(0)));
    script.traced(&agent, message(Role::User, "hi"));
    let call = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&call, llm_request("l1"));
    script.traced(&call, llm_chunk("l1", "He"));
    script.traced(&call, llm_chunk("l1", "llo."));
    script.traced(&call, crate::runs::script::llm_response("l1", "Hello."));
    script.traced(&agent, message(Role::Agent, "Hello."));
    script.traced(&agent, asks("q1", true));
    script.state(RunState::Answered);
    script.traced(&agent, told("q1", "and?", None));
    script.state(RunState::Running);
    script.traced(&agent, message(Role::User, "and?"));
    script.traced(&agent, message(Role::Agent, "Which one?"));
    script.traced(&agent, asks("q2", false));
    script.state(RunState::NeedsInput);
    script.events
}

#[test]
fn a_turn_changed_last_when_it_was_cancelled() {
    let mut script = Script::new("r_1", 0);
    script.events = two_turns();
    let asked = turn(&record(&script.events), 2).unwrap().changed_at;
    script.pass(std::time::Duration::from_secs(5));
    let at = script.now();
    script.ended(RunState::Cancelled, None);
    let cancelled = turn(&record(&script.events), 2).unwrap().changed_at;
    assert_eq!(cancelled, at);
    assert!(cancelled > asked);
}

fn said(turn: &Turn) -> Vec<&str> {
    turn.messages
        .iter()
        .map(|message| message.content.as_str())
        .collect()
}

#[test]
fn a_turn_is_over_only_when_its_run_waits_for_what_it_asked_in_it() {
    let events = two_turns();
    let states = |number: usize| -> Vec<Option<TurnState>> {
        let moments = 1..=events.len();
        let mut states: Vec<_> = moments
            .map(|n_events| turn(&record(&events[..n_events]), number))
            .map(|turn| turn.map(|turn| turn.state))
            .collect();
        states.dedup();
        states
    };
    assert_eq!(
        states(1),
        [
            Some(TurnState::Waiting),
            Some(TurnState::Working),
            Some(TurnState::Answered)
        ]
    );
    // The run says that it has answered until it has taken the reply.
    assert_eq!(
        states(2),
        [None, Some(TurnState::Working), Some(TurnState::Asks)]
    );
    assert_eq!(states(3), [None]);
}

#[test]
fn each_turn_has_its_own_words_and_what_was_asked_at_its_end() {
    let record = record(&two_turns());
    assert_eq!(turns(&record).latest(), 2);
    let (first, second) = (turn(&record, 1).unwrap(), turn(&record, 2).unwrap());
    assert_eq!(said(&first), ["hi", "Hello."]);
    assert_eq!(said(&second), ["and?", "Which one?"]);
    let asked = |turn: &Turn| {
        turn.requests
            .keys()
            .map(RequestId::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (asked(&first), asked(&second)),
        (vec!["q1".to_owned()], vec!["q2".to_owned()])
    );
    assert_eq!(
        (first.usage.total_tokens, second.usage.total_tokens),
        (12, 0)
    );
}

#[test]
fn what_an_agent_is_saying_is_known_while_it_says_it() {
    let events = two_turns();
    let speaking: Vec<String> = (1..=events.len())
        .filter_map(|n_events| turn(&record(&events[..n_events]), 1))
        .map(|turn| turn.speaking)
        .filter(|speaking| !speaking.is_empty())
        .collect();
    assert_eq!(speaking, ["He", "Hello."]);
}

#[test]
fn of_a_run_that_was_stopped_a_turn_that_had_begun_is_over() {
    let mut events = two_turns();
    events.truncate(14);
    let before = record(&events);
    assert!(turn(&before, 2).is_none());
    let mut script = Script::new("r_1", 0);
    script.events = events;
    script.ended(RunState::Cancelled, None);
    let stopped = record(&script.events);
    assert_eq!(turn(&stopped, 2).unwrap().state, TurnState::Cancelled);
}
