//! The Runs screen in the whole workbench: events in, pictures and commands out.

mod batches;
mod by_turn;
mod exporting;
mod filtered;
mod finding;
mod forgetting;
mod forking;
mod header;
mod in_view;
mod inbox;
mod leaving;
mod messages;
mod narrow;
mod numbers;
mod ordering;
mod outcomes;
mod pausing;
mod question;
mod steering;
mod telling;
mod waits;

use std::time::Duration;

use serde_json::json;

use crate::base::ids::{RequestId, RunId, SpanId};
use crate::conversation::{AuthorizationStep, Role};
use crate::runs::{Reply, RunsCommand, Target};
use crate::spec::Format;
use crate::spec::templates::Template;
use crate::trace::{Event, RequestKind, RunEventBody, RunState, SpanKind, SpanOutcome};
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::testing::Harness;
use crate::tui::testing::stage::{self, Runs, component};

fn bench(size: (u16, u16)) -> Harness {
    Harness::new(size, &[("a.yaml", "component_type: Agent\n")])
}

#[test]
fn without_runs_it_says_how_to_get_some() {
    let mut bench = bench((80, 24));
    bench.press("2");
    insta::assert_snapshot!(bench.picture());
}

#[test]
fn runs_in_every_state_at_80x24() {
    insta::assert_snapshot!(Runs::mixed(bench((80, 24))).bench.picture());
}

#[test]
fn runs_in_every_state_at_120x40() {
    insta::assert_snapshot!(Runs::mixed(bench((120, 40))).bench.picture());
}

#[test]
fn runs_in_ascii() {
    let bench = Harness::ascii((120, 40), &[("a.yaml", "component_type: Agent\n")]);
    insta::assert_snapshot!(Runs::mixed(bench).bench.picture());
}

#[test]
fn a_tool_at_work_shows_its_output_and_what_is_told_of_it() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern"]);
    runs.state(0, RunState::Running);
    let (tool, id) = (component("ServerTool", "count"), RequestId::new("call_1"));
    let span = Some("s_tool");
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::ToolExecutionSpan,
        component: tool.clone(),
    };
    runs.tell(0, span, started);
    let request = Event::ToolExecutionRequest {
        tool: tool.clone(),
        request_id: id.clone(),
        inputs: json!({"to": 5}).into(),
        binding: "work.py:count".to_owned(),
        lane: "python loop".to_owned(),
        key: None,
    };
    runs.tell(0, span, RunEventBody::Traced(request));
    for pieces in ["1 of 5", "2 of 5\n3 of 5"] {
        let chunk = Event::ToolExecutionStreamingChunkReceived {
            tool: tool.clone(),
            request_id: id.clone(),
            content: json!(pieces),
        };
        runs.tell(0, span, RunEventBody::Traced(chunk));
    }
    let notice = Event::ToolExecutionNotice {
        tool,
        request_id: id,
        notice: "`count` blocks the loop that all async Python tools share".to_owned(),
    };
    runs.tell(0, span, RunEventBody::Traced(notice));
    let picture = runs.bench.picture();
    let line = picture.lines().find(|line| line.contains("▸ count"));
    assert!(
        line.is_some_and(|line| line.contains("→ \"3 of 5\"")),
        "{picture}"
    );
    runs.bench.press("tab right");
    insta::assert_snapshot!("a_tool_at_work_open", runs.bench.picture());
    runs.bench.press("3");
    assert!(runs.bench.picture().contains("`count` blocks the loop"));
    runs.bench.press("tab right");
    insta::assert_snapshot!("a_tool_at_work_in_inspect", runs.bench.picture());
}

#[test]
fn a_failed_run_zoomed_says_what_to_do() {
    let mut runs = Runs::mixed(bench((80, 24)));
    runs.bench.press("down down down enter");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_yes_is_asked_for_in_its_pane_and_sent_after_a_moment() {
    let mut runs = Runs::mixed(bench((80, 24)));
    runs.bench.press("! i y");
    insta::assert_snapshot!(runs.bench.picture());
    assert!(
        runs.bench.commands.is_empty(),
        "too soon: {:?}",
        runs.bench.commands
    );
    runs.bench.wait(Duration::from_millis(300));
    runs.bench.press("enter");
    assert!(runs.bench.commands.is_empty(), "a yes is never on enter");
    runs.bench.press("y");
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Answer { run, reply, .. })] => {
            assert_eq!(*run, RunId::new("r_2"));
            assert_eq!(*reply, Reply::Confirm { arguments: None });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_server_asks_is_filled_in_before_it_is_sent() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.ask_for(
        0,
        RequestKind::Elicitation {
            server: "https://mcp.example/mcp".to_owned(),
            message: "No table for 4. Another day?".to_owned(),
            values: json!({"day": null}),
            inputs: vec![json!({"title": "day", "type": "string", "description": "as 2026-12-31"})],
        },
    );
    runs.bench.press("! i");
    let picture = runs.bench.picture();
    for shown in [
        "a server asks you",
        "Asked by https://mcp.example/mcp:",
        "No table for 4. Another day?",
        "day: as 2026-12-31",
    ] {
        assert!(picture.contains(shown), "{shown}: {picture}");
    }
    runs.bench.wait(Duration::from_millis(300));
    runs.bench.press("y");
    assert!(
        runs.bench.commands.is_empty(),
        "nothing is sent that does not fit"
    );
    assert!(
        runs.bench.picture().contains("`day`: is missing"),
        "{}",
        runs.bench.picture()
    );
}

/// A run that a server asks to sign in, or to do what comes before it.
fn runs_that_sign_in(step: AuthorizationStep) -> Runs {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern"]);
    runs.state(0, RunState::Running);
    let server = "https://mcp.example/mcp".to_owned();
    runs.ask_for(0, RequestKind::Authorization { server, step });
    runs
}

#[test]
fn to_register_takes_a_yes() {
    let address = "https://login.example/register";
    let mut runs = runs_that_sign_in(AuthorizationStep::Register(address.to_owned()));
    runs.bench.press("i");
    insta::assert_snapshot!(runs.bench.picture());
    runs.bench.wait(Duration::from_millis(301));
    runs.bench.press("y");
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Answer { reply, .. })] => {
            assert_eq!(*reply, Reply::Confirm { arguments: None });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_shows_its_address_which_can_be_copied() {
    let address = "https://login.example/authorize?response_type=code&client_id=flowdeck&state=x1&\
        code_challenge=0123456789abcdef0123456789abcdef&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fback";
    let mut runs = runs_that_sign_in(AuthorizationStep::SignIn(address.to_owned()));
    insta::assert_snapshot!("a_run_that_wants_a_sign_in", runs.bench.picture());
    runs.bench.press("i");
    runs.bench.wait(Duration::from_millis(301));
    // There is no yes to it: it goes on when the browser comes back.
    runs.bench.press("y c");
    insta::assert_snapshot!(runs.bench.picture());
    match runs.bench.commands.as_slice() {
        [Effect::Terminal(TerminalCommand::Copy { text, .. })] => assert_eq!(text, address),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_marked_runs_are_cancelled_and_held_by_one_command() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern", "Oslo", "Rome"]);
    for run in 0..3 {
        runs.state(run, RunState::Running);
    }
    runs.bench.wait(Duration::ZERO);
    runs.bench.press("space space space p x");
    let all: Vec<RunId> = (0..3).map(|run| RunId::new(format!("r_{run}"))).collect();
    match runs.bench.commands.as_slice() {
        [
            Effect::Runs(RunsCommand::Pause { target, is_paused }),
            Effect::Runs(RunsCommand::Cancel(cancelled)),
        ] => {
            let expected = Target::Runs(all);
            assert_eq!(
                (target, *is_paused, cancelled),
                (&expected, true, &expected)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cancelled_run_says_so_only_when_it_is() {
    let mut runs = Runs::mixed(bench((120, 40)));
    runs.bench.press("x");
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Cancel(Target::Runs(runs)))] => {
            assert_eq!(*runs, [RunId::new("r_0")]);
        }
        other => panic!("{other:?}"),
    }
    runs.bench.wait(Duration::ZERO);
    assert!(runs.bench.picture().contains("cancelling"));
    let ended = RunEventBody::Ended {
        state: RunState::Cancelled,
        status: None,
        outputs: Box::default(),
        error: None,
    };
    runs.tell(0, None, ended);
    let picture = runs.bench.picture();
    assert!(picture.contains("cancelled") && !picture.contains("cancelling"));
}

#[test]
fn a_filter_is_applied_as_it_is_written_and_esc_takes_it_away() {
    let mut runs = Runs::mixed(bench((120, 40)));
    runs.bench.press("/").type_text("state:failed");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("Oslo") && !picture.contains("Perth"),
        "{picture}"
    );
    runs.bench.press("enter esc esc");
    assert!(runs.bench.picture().contains("Perth"));
}

#[test]
fn nothing_moves_under_the_cursor() {
    let mut runs = Runs::mixed(bench((120, 40)));
    runs.bench.press("s down");
    let row = |bench: &Harness| bench.state.screens.runs.target().cloned();
    let before = (
        row(&runs.bench),
        runs.bench.picture().lines().nth(5).map(str::to_owned),
    );
    runs.state(5, RunState::Running);
    runs.bench.wait(Duration::from_secs(2));
    assert_eq!(row(&runs.bench), before.0);
    assert!(
        runs.bench.picture().contains("held"),
        "it says that the order waits"
    );
    runs.bench.press("esc");
    assert!(!runs.bench.picture().contains("held"));
}

#[test]
fn ten_thousand_runs_are_told_and_drawn() {
    let cities = vec!["Paris"; 10_000];
    let mut runs = Runs::launch(bench((120, 40)), &cities);
    runs.bench.press("end");
    assert!(runs.bench.picture().contains("10000"));
}

/// A run of the flow of the templates that has decided which way to go.
fn flow_run(size: (u16, u16)) -> Runs {
    let spec = Template::find("flow").unwrap().text(Format::Yaml);
    let mut runs = Runs::launch_spec(bench(size), &spec, &["Paris"]);
    runs.state(0, RunState::Running);
    for (node, ty, outcome) in [
        ("start", "StartNode", Some(SpanOutcome::Ok)),
        ("classify", "LlmNode", Some(SpanOutcome::Ok)),
        ("route", "BranchingNode", Some(SpanOutcome::Ok)),
        ("apologise", "LlmNode", None),
    ] {
        let started = RunEventBody::SpanStarted {
            parent: None,
            kind: SpanKind::NodeExecutionSpan,
            component: component(ty, node),
        };
        runs.tell(0, Some(node), started);
        runs.bench.wait(Duration::from_millis(1200));
        if let Some(outcome) = outcome {
            runs.tell(0, Some(node), RunEventBody::SpanEnded { outcome });
        }
    }
    runs
}

#[test]
fn a_pane_shows_the_graph_with_the_node_that_runs_lit_at_80x24() {
    let mut runs = flow_run((80, 24));
    runs.bench.press("G enter");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_pane_shows_the_graph_with_the_node_that_runs_lit_at_120x40() {
    let mut runs = flow_run((120, 40));
    runs.bench.press("G enter");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("✓ classify") && picture.contains("1.2s"),
        "{picture}"
    );
    insta::assert_snapshot!(picture);
}

#[test]
fn a_graph_is_scrolled_and_follows_again() {
    let mut runs = flow_run((80, 24));
    runs.bench.press("G enter");
    let followed = runs.bench.picture();
    runs.bench.press("home");
    let scrolled = runs.bench.picture();
    assert!(scrolled.contains("start"), "{scrolled}");
    assert_ne!(followed, scrolled);
    runs.bench.press("esc");
    assert_eq!(runs.bench.picture(), followed);
    runs.bench.press("G");
    assert!(!runs.bench.picture().contains("▼"));
}

#[test]
fn inspect_shows_the_graph_in_place_of_the_spans() {
    let mut runs = flow_run((120, 40));
    runs.bench.press("3 G");
    insta::assert_snapshot!(runs.bench.picture());
    runs.bench.press("G");
    assert!(runs.bench.picture().contains("BranchingNode route"));
}

/// A run whose sub-agent is done, and which waits for a yes.
fn party(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Bern"]);
    runs.state(0, RunState::Running);
    let agent = |name: &str| component("Agent", name);
    let spans = [
        (
            "s_1",
            None,
            SpanKind::AgentExecutionSpan,
            agent("party_planner"),
        ),
        (
            "s_2",
            Some("s_1"),
            SpanKind::AgentExecutionSpan,
            agent("caterer"),
        ),
        (
            "s_3",
            Some("s_2"),
            SpanKind::ToolExecutionSpan,
            component("ServerTool", "find_menu"),
        ),
    ];
    for (id, parent, kind, component) in spans {
        let parent = parent.map(SpanId::new);
        let started = RunEventBody::SpanStarted {
            parent,
            kind,
            component,
        };
        runs.tell(0, Some(id), started);
        runs.bench.wait(Duration::from_millis(100));
    }
    let (tool, request_id) = (
        component("ServerTool", "find_menu"),
        RequestId::new("call_2"),
    );
    let request = Event::ToolExecutionRequest {
        tool: tool.clone(),
        request_id: request_id.clone(),
        inputs: json!({"guests": 12}).into(),
        binding: "value".to_owned(),
        lane: "fixed".to_owned(),
        key: None,
    };
    let response = Event::ToolExecutionResponse {
        tool,
        request_id,
        outputs: json!(["tomato soup", "mushroom pie", "lemon sorbet"]).into(),
        key: None,
        error: None,
        waited_ms: 0.0,
        held_ms: None,
    };
    for traced in [request, response] {
        runs.tell(0, Some("s_3"), RunEventBody::Traced(traced));
    }
    for id in ["s_3", "s_2"] {
        let outcome = SpanOutcome::Ok;
        runs.tell(0, Some(id), RunEventBody::SpanEnded { outcome });
    }
    runs.say(
        0,
        Role::Agent,
        "I suggest tomato soup, mushroom pie and lemon sorbet.",
    );
    runs.ask(0);
    runs
}

#[test]
fn a_sub_agent_and_a_yes_at_80x24() {
    let mut runs = party((80, 24));
    insta::assert_snapshot!("party_in_runs_80", runs.bench.picture());
    runs.bench.press("3");
    insta::assert_snapshot!("party_in_inspect_80", runs.bench.picture());
}

#[test]
fn a_sub_agent_and_a_yes_at_120x36() {
    let mut runs = party((120, 36));
    runs.bench.press("! i");
    insta::assert_snapshot!("party_in_runs_120", runs.bench.picture());
}
