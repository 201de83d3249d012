//! Messages with pictures, and messages of one agent to another.

use super::*;
use crate::conversation::{Image, Message, ToolResult};

fn with_message(bench: Harness, message: Message) -> Runs {
    let mut runs = Runs::launch(bench, &["Paris"]);
    runs.state(0, RunState::Running);
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::AgentExecutionSpan,
        component: component("Agent", "weather"),
    };
    runs.tell(0, Some("s_agent"), started);
    let added = Event::ConversationMessageAdded {
        message: message.into(),
    };
    runs.tell(0, Some("s_agent"), RunEventBody::Traced(added));
    runs
}

fn asked(mut runs: Runs) -> Runs {
    let asked = Event::HumanInTheLoopRequest {
        request_id: RequestId::new("q_ask"),
        content: RequestKind::UserMessage {
            message: "And?".to_owned(),
            may_end: true,
        }
        .into(),
        key: None,
    };
    runs.tell(0, None, RunEventBody::Traced(asked));
    runs.state(0, RunState::Answered);
    runs
}

#[test]
fn a_message_shows_its_pictures() {
    let cat = Image {
        name: Some("cat.png".to_owned()),
        media_type: "image/png".to_owned(),
        base64: "AAAA".repeat(4000),
    };
    let message = Message {
        images: vec![cat],
        ..Message::text("m1", Role::User, "What is **this**?")
    };
    let mut runs = with_message(bench((80, 24)), message);
    insta::assert_snapshot!("pictures_in_runs", runs.bench.picture());
    runs.bench.press("3").press("tab right right");
    insta::assert_snapshot!("pictures_in_inspect", runs.bench.picture());
}

#[test]
fn a_message_to_a_sub_agent_says_whom_it_goes_to() {
    let message = Message::text("m1", Role::User, "Find the river.")
        .from_sender("weather")
        .to_recipient("expert of rivers");
    insta::assert_snapshot!(with_message(bench((80, 24)), message).bench.picture());
}

#[test]
fn a_picture_that_can_not_be_read_is_told_in_the_box() {
    let message = Message::text("m1", Role::Agent, "And?").from_sender("weather");
    let mut runs = asked(with_message(bench((80, 24)), message));
    let bench = &mut runs.bench;
    bench.press("i").type_text("What is it?").press("alt-enter");
    bench.type_text("/image /no/such/cat.png").press("enter");
    insta::assert_snapshot!(bench.picture());
}

#[test]
fn inspect_names_a_tools_result_for_what_it_is_and_not_for_a_person() {
    let result = ToolResult {
        call_id: "call_1".to_owned(),
        content: "light rain".to_owned(),
        is_error: false,
    };
    let message = Message {
        tool_result: Some(result),
        ..Message::text("m1", Role::User, "")
    };
    let mut runs = with_message(bench((80, 24)), message);
    runs.bench.press("3").press("tab right right");
    let picture = runs.bench.picture();
    assert!(picture.contains("tool result"), "{picture}");
    assert!(picture.contains("light rain"), "{picture}");
    assert!(!picture.contains("user"), "{picture}");
}
