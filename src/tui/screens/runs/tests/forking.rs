//! Forking a run: what can be changed where, what is wanted then, and what is said where that can't be.

use insta::assert_snapshot;

use super::*;
use crate::runs::Change;
use crate::trace::TracedToolCall;
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::fork::{ForkSource, ForkWish};

/// A run whose model called a tool and then answered; it can be written to.
fn answered(bench: Harness) -> Runs {
    let mut runs = Runs::launch(bench, &["Paris"]);
    runs.state(0, RunState::Running);
    let span = |parent: Option<&str>, kind, of: (&str, &str)| RunEventBody::SpanStarted {
        parent: parent.map(SpanId::new),
        kind,
        component: component(of.0, of.1),
    };
    let agent = span(None, SpanKind::AgentExecutionSpan, ("Agent", "weather"));
    runs.tell(0, Some("s_agent"), agent);
    let model = ("OllamaConfig", "model");
    let asked = span(Some("s_agent"), SpanKind::LlmGenerationSpan, model);
    runs.tell(0, Some("s_llm"), asked);
    let mut traced = |span: &str, event| {
        runs.tell(0, Some(span), RunEventBody::Traced(event));
    };
    traced("s_llm", crate::runs::script::llm_request("q_1"));
    let mut answer = crate::runs::script::llm_response("q_1", "");
    if let Event::LlmGenerationResponse(answer) = &mut answer {
        answer.tool_calls.push(TracedToolCall {
            call_id: "call_1".to_owned(),
            tool_name: "get_weather".to_owned(),
            arguments: r#"{"city": "Paris", "days": 1.10}"#.to_owned(),
            extra: None,
        });
    }
    traced("s_llm", answer);
    let tool = component("ServerTool", "get_weather");
    let called = span(
        Some("s_agent"),
        SpanKind::ToolExecutionSpan,
        ("ServerTool", "get_weather"),
    );
    runs.tell(0, Some("s_tool"), called);
    let request = Event::ToolExecutionRequest {
        tool: tool.clone(),
        request_id: RequestId::new("call_1"),
        inputs: json!({"city": "Paris", "days": 1.1}).into(),
        binding: "a fixed value".to_owned(),
        lane: "fixed".to_owned(),
        key: None,
    };
    runs.tell(0, Some("s_tool"), RunEventBody::Traced(request));
    let response = Event::ToolExecutionResponse {
        tool,
        request_id: RequestId::new("call_1"),
        key: None,
        outputs: json!({"temp": 14, "sky": ["rain", "sun"]}).into(),
        error: None,
        waited_ms: 0.0,
        held_ms: None,
    };
    runs.tell(0, Some("s_tool"), RunEventBody::Traced(response));
    let outcome = SpanOutcome::Ok;
    runs.tell(0, Some("s_tool"), RunEventBody::SpanEnded { outcome });
    runs.say(0, Role::Agent, "It is 14 °C.");
    runs.ask_for(
        0,
        RequestKind::UserMessage {
            message: "It is 14 °C.".to_owned(),
            may_end: true,
        },
    );
    runs.state(0, RunState::Answered);
    runs
}

/// The forks that are wanted, the newest last.
fn wishes(bench: &Harness) -> Vec<&ForkWish> {
    let effects = bench.commands.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Fork(wish) => Some(&**wish),
            _ => None,
        })
        .collect()
}

#[test]
fn a_run_is_forked_at_its_end_by_what_is_said_next() {
    let mut runs = answered(bench((80, 24)));
    let bench = &mut runs.bench;
    bench.press("f").type_text("And in Rome?");
    assert_snapshot!("fork_at_the_end", bench.picture());
    bench.press("enter");
    assert!(bench.picture().contains("forking"), "{}", bench.picture());
    bench.press("enter");
    let [wish] = wishes(bench)[..] else {
        panic!("it is wanted once: {:?}", wishes(bench));
    };
    assert_eq!(wish.change, Change::Message("And in Rome?".to_owned()));
    assert!(matches!(wish.source, ForkSource::Known(..)), "it is alive");
    let (at, ticket) = (wish.at, wish.ticket.clone());
    let events = runs.bench.state.runs_model().at(0).unwrap().events;
    assert!(at < events && at + 4 > events, "{at} of {events}");
    // What can't be made says why, and what is written stays.
    let result = Err("the spec would have a problem: no model".to_owned());
    let news = JobResult::Forked { ticket, result };
    runs.bench.update(AppEvent::Job(news));
    let picture = runs.bench.picture();
    assert!(picture.contains("no model"), "{picture}");
    assert!(picture.contains("And in Rome?"), "{picture}");
    // A fork that comes when the dialog is closed is not begun.
    runs.bench.press("enter esc");
    assert_eq!(wishes(&runs.bench).len(), 2);
    assert!(!runs.bench.picture().contains("what to change"));
}

#[test]
fn a_tool_call_is_forked_by_its_result_or_its_arguments() {
    let mut runs = answered(bench((120, 30)));
    let bench = &mut runs.bench;
    bench.press("3 down down f");
    assert_snapshot!("fork_of_a_call", bench.picture());
    bench.press("backspace enter");
    assert!(bench.picture().contains("not JSON"), "{}", bench.picture());
    bench.press("alt-u enter");
    let result = json!({"temp": 14, "sky": ["rain", "sun"]});
    assert_eq!(wishes(bench)[0].change, Change::Result(result));
    bench.press("esc f tab enter");
    let arguments = r#"{"city": "Paris", "days": 1.10}"#.to_owned();
    assert_eq!(wishes(bench)[1].change, Change::Arguments(arguments));
    assert_eq!(wishes(bench)[1].at, wishes(bench)[0].at);
    // A field of which the path is written, too.
    bench.press("esc f shift-tab").type_text("weather");
    bench.press("enter");
    assert!(
        bench.picture().contains("COMPONENT.FIELD=VALUE"),
        "{}",
        bench.picture()
    );
    bench.type_text(".system_prompt=Be brief.").press("enter");
    let wish = *wishes(bench).last().unwrap();
    assert_eq!(wish.change, Change::Spec);
    let field = ("weather.system_prompt".to_owned(), "Be brief.".to_owned());
    assert_eq!(wish.fields, [field]);
}

#[test]
fn an_event_that_is_chosen_is_where_it_is_forked() {
    let mut runs = answered(bench((120, 30)));
    let bench = &mut runs.bench;
    // The request of the tool, then its result.
    bench.press("3 down down right right tab f tab tab enter esc");
    bench.press("end f tab tab enter esc");
    let at: Vec<u64> = wishes(bench).iter().map(|wish| wish.at).collect();
    assert_eq!(at.len(), 2, "{:?}", wishes(bench));
    assert_eq!(at[0] + 1, at[1]);
    assert_eq!(wishes(bench)[1].change, Change::Nothing);
}

#[test]
fn without_a_run_nothing_is_forked() {
    let mut bench = bench((80, 24));
    bench.press("2 f");
    assert!(bench.picture().contains("there are no runs yet"));
    bench.press("3 f");
    assert!(bench.picture().contains("No run is open."));
}

#[test]
fn the_conversation_of_a_client_is_forked_and_not_run_again() {
    let mut runs = answered(bench((120, 36)));
    runs.state(0, RunState::Failed);
    runs.change_batch(|batch| {
        let mut terms = crate::runs::BatchTerms::clone(&batch.terms);
        terms.origin.served = Some("mine".to_owned());
        batch.terms = terms.into();
    });
    for key in ["r", "R"] {
        runs.bench.press(key);
        let picture = runs.bench.picture();
        assert!(
            picture.contains("a client of `flowdeck serve` has"),
            "{picture}"
        );
    }
    let is_retry = |effect: &Effect| matches!(effect, Effect::Runs(RunsCommand::Retry(_)));
    assert!(!runs.bench.commands.iter().any(is_retry));
}
