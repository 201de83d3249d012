use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conversation::Role;
use crate::runs::RunRecord;
use crate::runs::script::{Script, message, tool_request_with, tool_response};
use crate::trace::SpanKind;

/// What a run does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Calls a tool with arguments, by their numbers.
    Call(u8, u8),
    /// Asks for a call whose arguments a person changes before it is made.
    EditedCall(u8, u8),
    Answer,
    GoOn,
    Fail,
}

fn script(index: usize, acts: &[Act]) -> Script {
    let mut script = Script::new(&format!("r_{index}"), index);
    script.state(RunState::Running);
    let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    for (at, act) in acts.iter().enumerate() {
        let id = format!("c{at}");
        match act {
            Act::Call(tool, given) => {
                let name = format!("tool_{tool}");
                let arguments = json!({"n": given});
                script.traced(&span, tool_request_with(&id, &name, arguments));
                script.traced(&span, tool_response(&id, &name, None));
            }
            Act::EditedCall(tool, given) => {
                let name = format!("tool_{tool}");
                let before = json!({"n": "before"});
                script.traced(&span, tool_request_with(&id, &name, before));
                let after = json!({"n": given});
                script.traced(&span, tool_request_with(&id, &name, after));
                script.traced(&span, tool_response(&id, &name, None));
            }
            Act::Answer => {
                script.traced(&span, message(Role::Agent, "Well."));
                script.state(RunState::Answered);
            }
            Act::GoOn => script.state(RunState::Running),
            Act::Fail => {
                script.ended(RunState::Failed, None);
                break;
            }
        }
    }
    script
}

/// Where each run leaves, by one look at the records.
fn at_once(records: &[RunRecord]) -> Vec<Option<Leaving>> {
    let mut divergence = Divergence::default();
    for (at, record) in records.iter().enumerate() {
        divergence.update(at, record);
    }
    let runs = records.iter().enumerate();
    runs.map(|(at, record)| divergence.leaving(at, record))
        .collect()
}

fn leavings(runs: &[&[Act]]) -> Vec<Option<Leaving>> {
    let scripts = runs.iter().enumerate();
    let records: Vec<RunRecord> = scripts
        .map(|(at, acts)| script(at, acts).record())
        .collect();
    at_once(&records)
}

const fn leaving(step: usize, majority: usize, of: usize, did: Did) -> Leaving {
    Leaving {
        step,
        majority,
        of,
        did,
    }
}

#[test]
fn one_that_answers_directly_leaves_those_that_call() {
    use Act::{Answer, Call};
    let found = leavings(&[
        &[Call(1, 1), Answer],
        &[Answer],
        &[Call(1, 1)],
        &[Call(1, 1), Call(2, 1)],
        &[],
    ]);
    let called = Did::Called("tool_1".to_owned());
    let expected = [None, Some(leaving(0, 3, 4, called)), None, None, None];
    assert_eq!(found, expected);
}

#[test]
fn those_that_went_another_way_are_compared_with_one_another() {
    use Act::{Answer, Call};
    let most: &[Act] = &[Call(1, 1), Answer];
    let other: &[Act] = &[Call(2, 1), Call(3, 1), Answer];
    let found = leavings(&[most, most, most, most, other, other]);
    let called = || Did::Called("tool_1".to_owned());
    assert_eq!(found[..4], [None, None, None, None]);
    assert_eq!(found[4], Some(leaving(0, 4, 6, called())));
    assert_eq!(found[5], Some(leaving(0, 4, 6, called())));
    let found = leavings(&[most, most, &[Call(1, 1), Call(2, 1)]]);
    assert_eq!(found[2], Some(leaving(1, 2, 3, Did::Ended)));
}

#[test]
fn arguments_count_where_the_tools_are_the_same_and_most_have_them_in_common() {
    use Act::{Answer, Call};
    let found = leavings(&[
        &[Call(1, 1), Answer],
        &[Call(1, 1), Answer],
        &[Call(1, 2), Answer],
    ]);
    let other = Did::OtherArguments("tool_1".to_owned());
    assert_eq!(found, [None, None, Some(leaving(0, 2, 3, other))]);
    // Each asks for its own city: nobody leaves anybody.
    let found = leavings(&[&[Call(1, 1)], &[Call(1, 2)], &[Call(1, 3)]]);
    assert_eq!(found, [None, None, None]);
    // The tools say more than the arguments.
    let found = leavings(&[
        &[Call(1, 1), Call(2, 1)],
        &[Call(1, 1), Call(2, 1)],
        &[Call(1, 2), Call(3, 1)],
    ]);
    let called = Did::Called("tool_2".to_owned());
    assert_eq!(found[2], Some(leaving(1, 2, 3, called)));
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..3_u8, 0..3_u8).prop_map(|(tool, given)| Act::Call(tool, given)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(tool, given)| Act::EditedCall(tool, given)),
        1 => Just(Act::Answer),
        1 => Just(Act::GoOn),
        1 => Just(Act::Fail),
    ];
    proptest::collection::vec(act, 0..6)
}

proptest! {
    /// Whatever order the events of many runs come in, each leaves where the records say at last.
    #[test]
    fn any_order_of_events_gives_what_one_pass_gives(
        all in proptest::collection::vec(acts(), 1..10),
        turns in proptest::collection::vec(any::<proptest::sample::Index>(), 120),
    ) {
        let scripts: Vec<Script> = all.iter().enumerate().map(|(at, acts)| script(at, acts)).collect();
        let mut divergence = Divergence::default();
        let mut records: Vec<RunRecord> = scripts
            .iter()
            .map(|script| RunRecord::from_planned(&script.events[0]).unwrap())
            .collect();
        let mut folded = vec![1; scripts.len()];
        let turns = turns.iter().map(|turn| turn.index(scripts.len()));
        let rest = (0..scripts.len()).flat_map(|run| std::iter::repeat_n(run, scripts[run].events.len()));
        for run in turns.chain(rest) {
            if let Some(event) = scripts[run].events.get(folded[run]) {
                assert!(records[run].apply(event));
                divergence.update(run, &records[run]);
                folded[run] += 1;
            }
        }
        let found: Vec<_> = records.iter().enumerate().map(|(at, record)| divergence.leaving(at, record)).collect();
        prop_assert_eq!(found, at_once(&records));
        let mut fresh = Divergence::default();
        for (at, record) in records.iter().enumerate() {
            fresh.update(at, record);
        }
        prop_assert_eq!(divergence.after, fresh.after);
    }
}
