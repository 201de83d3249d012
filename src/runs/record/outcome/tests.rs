use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conversation::Role;
use crate::runs::RunRecord;
use crate::runs::script::{Script, message, question, tool_request};
use crate::trace::SpanKind;

#[track_caller]
fn check_pattern(message: &str, expected: &str) {
    assert_eq!(error_pattern(message), expected);
}

#[test]
fn numbers_ids_and_addresses_are_no_part_of_an_error() {
    check_pattern("no order A-1042 in shop 7", "no order <id> in shop #");
    check_pattern(
        "can't reach http://10.0.0.7:8080/v1 (after 12s)",
        "can't reach <address> (after #s)",
    );
    check_pattern(
        "connect to 127.0.0.1:41233: refused",
        "connect to <address>: refused",
    );
    check_pattern("localhost:41233 refused", "<address> refused");
    check_pattern("run r_384e21 took 1.5ms of 20%", "run <id> took #ms of #%");
    check_pattern(
        "request 550e8400-e29b-41d4-a716-446655440000",
        "request <id>",
    );
    check_pattern(
        "retry_after=12, see /tmp/r_384e21/out",
        "retry_after=#, see /tmp/<id>/out",
    );
    check_pattern(
        "mail to ada@example.org bounced",
        "mail to <address> bounced",
    );
    check_pattern("at 12:04:31 on 2026-01-31", "at # on #");
}

#[test]
fn what_tells_kinds_of_errors_apart_stays() {
    check_pattern(
        "the model's server answered 429: slow down",
        "the model's server answered 429: slow down",
    );
    check_pattern("exit code 2", "exit code 2");
    check_pattern("HTTP 500 from `gpt-4o`", "HTTP 500 from `gpt-4o`");
    check_pattern("no such file or directory", "no such file or directory");
    check_pattern("", "");
    check_pattern("- / + … ()", "- / + … ()");
}

#[test]
fn outputs_are_compared_by_what_they_say() {
    let text = digest_of_text;
    assert_eq!(text("It is  rainy.\n"), text("it is rainy"));
    assert_ne!(text("It is 14 degrees"), text("It is 15 degrees"));
    let long = |end: &str| text(&format!("{}{end}", "w\u{f6}rd ".repeat(MAX_READ_BYTES)));
    assert_eq!(long("a"), long("a"));
    assert_ne!(long("a"), long("b"));
    let outputs = |value: Value| digest_of_outputs(value.as_object().unwrap());
    assert_eq!(
        outputs(json!({"a": 14, "b": ["Yes"]})),
        outputs(json!({"b": ["yes "], "a": 14.0}))
    );
    assert_ne!(outputs(json!({"a": "1"})), outputs(json!({"a": 1})));
    assert_ne!(
        outputs(json!({"a": ["x", "y"]})),
        outputs(json!({"a": ["x y"]}))
    );
}

/// How a run goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    Waits,
    Asks,
    Answers(u8),
    Fails(u8),
    GoesOn(u8),
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        Just(Way::Waits),
        Just(Way::Asks),
        (0..4_u8).prop_map(Way::Answers),
        (0..40_u8).prop_map(Way::Fails),
        (0..4_u8).prop_map(Way::GoesOn),
    ]
}

/// The events of a run that goes this way.
fn script(index: usize, way: Way) -> Script {
    let mut script = Script::new(&format!("r_{index}"), index);
    if let Way::Waits = way {
        return script;
    }
    script.state(RunState::Running);
    let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    match way {
        Way::Waits => {}
        Way::Asks => {
            script.traced(&span, tool_request("call", "pay"));
            script.traced(&span, question("ask", "pay", "call"));
            script.state(RunState::NeedsInput);
        }
        Way::Answers(which) => {
            script.traced(&span, message(Role::Agent, &format!("Answer {which}.")));
            script.state(RunState::Answered);
        }
        Way::Fails(which) => {
            let words = format!("server {} answered {}", which, 500 + u16::from(which) / 20);
            let failure = Failure::new(FailureKind::Network, words);
            script.ended(RunState::Failed, Some(failure));
        }
        Way::GoesOn(which) => {
            script.traced(&span, message(Role::Agent, "Once."));
            script.state(RunState::Answered);
            script.state(RunState::Running);
            script.traced(&span, message(Role::Agent, &format!("Answer {which}.")));
            script.ended(RunState::Finished, None);
        }
    }
    script
}

proptest! {
    /// Whatever order the events of many runs come in, the groups are those of the records at last.
    #[test]
    fn groups_are_the_same_in_any_order_of_events(
        ways in proptest::collection::vec(ways(), 1..12),
        turns in proptest::collection::vec(any::<proptest::sample::Index>(), 120),
    ) {
        let scripts: Vec<Script> = ways.iter().enumerate().map(|(at, way)| script(at, *way)).collect();
        let mut records: Vec<RunRecord> = Vec::new();
        let mut groups = OutcomeGroups::default();
        for (at, script) in scripts.iter().enumerate() {
            let record = RunRecord::from_planned(&script.events[0]).unwrap();
            groups.add(at, record.outcome());
            records.push(record);
        }
        let mut folded = vec![1; scripts.len()];
        // In a random order first, then what is left of each.
        let turns = turns.iter().map(|turn| turn.index(scripts.len()));
        let rest = (0..scripts.len()).flat_map(|run| std::iter::repeat_n(run, scripts[run].events.len()));
        for run in turns.chain(rest) {
            if let Some(event) = scripts[run].events.get(folded[run]) {
                let before = records[run].outcome();
                assert!(records[run].apply(event));
                groups.change(run, before, records[run].outcome());
                folded[run] += 1;
            }
        }
        let mut at_once = OutcomeGroups::default();
        for (at, record) in records.iter().enumerate() {
            at_once.add(at, record.outcome());
        }
        prop_assert_eq!(&groups, &at_once);
        let listed = groups.list();
        prop_assert_eq!(&listed, &at_once.list());
        // Each run is in the one group that it says.
        let members: Vec<Vec<usize>> = listed.iter().map(|(group, _)| groups.members(*group)).collect();
        let mut all: Vec<usize> = members.concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..scripts.len()).collect::<Vec<_>>());
        for ((group, count), members) in listed.iter().zip(&members) {
            prop_assert_eq!(*count, members.len());
            for run in members {
                prop_assert_eq!(groups.group_of(records[*run].outcome()), *group);
            }
        }
    }
}

#[test]
fn a_batch_in_a_few_numbers() {
    let ways = [
        Way::Answers(1),
        Way::Answers(1),
        Way::Answers(1),
        Way::Answers(2),
        Way::Answers(3),
        Way::Fails(1),
        Way::Fails(2),
        Way::Fails(21),
        Way::Asks,
        Way::Waits,
    ];
    let mut groups = OutcomeGroups::default();
    for (at, way) in ways.into_iter().enumerate() {
        groups.add(at, script(at, way).record().outcome());
    }
    let expected = OutcomeSummary {
        same: 3,
        other: 2,
        failed: 3,
        ways: 2,
        asking: 1,
        open: 1,
        stopped: 0,
    };
    assert_eq!(OutcomeSummary::of(&groups.list()), expected);
}
