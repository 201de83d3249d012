//! What keys and texts come to in the box.

use crate::tui::effect::Effect;
use crate::tui::message::Command;
use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::json;

use super::*;
use crate::base::ids::RequestId;

const OPENED: Timestamp = Timestamp::from_ns(1_000_000_000);

fn later(ms: u64) -> Timestamp {
    OPENED.plus(Duration::from_millis(ms))
}

fn answer(kind: RequestKind) -> Answer {
    let request = OpenRequest {
        id: RequestId::new("q_1"),
        kind,
        since: OPENED,
    };
    Answer::new(RunId::new("r_1"), request, false, OPENED)
}

fn confirmation() -> Answer {
    answer(RequestKind::ToolConfirmation {
        tool: "book_taxi".to_owned(),
        call_id: "call_1".to_owned(),
        arguments: json!({"at": "18:00"}),
        inputs: vec![json!({"title": "at", "type": "string"})],
    })
}

fn type_text(answer: &mut Answer, text: &str) {
    for character in text.chars() {
        answer.text(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE));
    }
}

#[track_caller]
fn check(outcome: Outcome, expected: &Reply) {
    match outcome {
        Outcome::Answers(reply) => assert_eq!(reply, *expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_yes_is_taken_only_after_a_moment_and_never_on_enter() {
    let mut answer = confirmation();
    assert!(matches!(
        answer.act(Action::ConfirmCall, later(299)),
        Outcome::Stays
    ));
    assert!(matches!(
        answer.act(Action::Accept, later(400)),
        Outcome::Stays
    ));
    let outcome = answer.act(Action::ConfirmCall, later(300));
    check(outcome, &Reply::Confirm { arguments: None });
}

#[test]
fn a_no_takes_a_reason_and_esc_goes_back_one_level() {
    let mut answer = confirmation();
    answer.act(Action::RefuseCall, later(400));
    assert!(matches!(
        answer.act(Action::Back, later(500)),
        Outcome::Stays
    ));
    answer.act(Action::RefuseCall, later(600));
    type_text(&mut answer, "too late");
    let reason = Some("too late".to_owned());
    check(
        answer.act(Action::Accept, later(700)),
        &Reply::Reject { reason },
    );
    assert!(matches!(
        confirmation().act(Action::Back, later(0)),
        Outcome::Closes
    ));
}

#[test]
fn edited_arguments_must_be_an_object() {
    let mut answer = confirmation();
    answer.act(Action::EditArguments, later(400));
    answer.paste("]");
    assert!(matches!(
        answer.act(Action::Accept, later(500)),
        Outcome::Stays
    ));
    assert!(
        answer
            .problem
            .is_some_and(|told| told.starts_with("not JSON"))
    );
    let mut answer = confirmation();
    answer.act(Action::EditArguments, later(400));
    if let Mode::Arguments(area) = &mut answer.mode {
        **area = *text_area(r#"{"ad": "19:00"}"#);
    }
    answer.act(Action::Accept, later(500));
    let problem = answer.problem.clone().unwrap();
    assert!(problem.contains("did you mean `at`?"), "{problem}");
    if let Mode::Arguments(area) = &mut answer.mode {
        **area = *text_area("{}");
    }
    answer.act(Action::Accept, later(600));
    let problem = answer.problem.unwrap();
    assert_eq!(problem, "`at` can be changed, but not taken out");
    let mut answer = confirmation();
    answer.act(Action::EditArguments, later(400));
    let arguments = json!({"at": "18:00"}).as_object().cloned();
    check(
        answer.act(Action::Accept, later(500)),
        &Reply::Confirm { arguments },
    );
}

#[test]
fn a_result_must_fit_the_outputs() {
    let request = || {
        answer(RequestKind::ToolResult {
            tool: "count".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: json!({}),
            outputs: vec![json!({"title": "n", "type": "integer"})],
        })
    };
    for (written, told) in [("many", "not JSON"), ("[1]", "expected integer")] {
        let mut answer = request();
        answer.mode = Mode::Result(text_area(written));
        answer.act(Action::Accept, later(0));
        let problem = answer.problem.unwrap();
        assert!(problem.contains(told), "{problem}");
    }
    let mut answer = request();
    answer.mode = Mode::Result(text_area("7"));
    check(
        answer.act(Action::Accept, later(0)),
        &Reply::ToolResult(json!(7)),
    );
}

#[test]
fn an_empty_message_is_not_sent() {
    let mut answer = answer(RequestKind::UserMessage {
        message: String::new(),
        may_end: false,
    });
    assert!(matches!(
        answer.act(Action::Accept, later(0)),
        Outcome::Stays
    ));
    type_text(&mut answer, "one");
    answer.act(Action::NewLine, later(0));
    type_text(&mut answer, "two");
    check(
        answer.act(Action::Accept, later(0)),
        &Reply::message("one\ntwo"),
    );
}

#[test]
fn a_message_with_pictures_is_sent_when_they_are_read() {
    let mut answer = answer(RequestKind::UserMessage {
        message: String::new(),
        may_end: false,
    });
    type_text(&mut answer, "What is it?");
    answer.act(Action::NewLine, later(0));
    answer.paste("/home/ann/cat.png");
    let Outcome::Does(Command::Outside(Effect::File(FileCommand::ReadPictures {
        request,
        text,
        paths,
    }))) = answer.act(Action::Accept, later(0))
    else {
        panic!("the picture is not read");
    };
    assert_eq!(paths, [std::path::PathBuf::from("/home/ann/cat.png")]);
    let again = answer.act(Action::Accept, later(0));
    assert!(matches!(again, Outcome::Stays), "it is sent once");
    let lost = answer.take_pictures(&request, text.clone(), Err("no picture".to_owned()));
    assert!(matches!(lost, Outcome::Stays));
    assert_eq!(answer.problem.as_deref(), Some("no picture"));
    answer.act(Action::Accept, later(0));
    let image = Image {
        name: Some("cat.png".to_owned()),
        media_type: "image/png".to_owned(),
        base64: "AAAA".to_owned(),
    };
    check(
        answer.take_pictures(&request, text, Ok(vec![image.clone()])),
        &Reply::Message {
            text: "What is it?".to_owned(),
            images: vec![image],
        },
    );
}

#[test]
fn keys_of_a_shells_line_take_out_what_they_take_out_everywhere() {
    let ctrl = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    let written = |keys: &[KeyEvent]| {
        let mut answer = answer(RequestKind::UserMessage {
            message: String::new(),
            may_end: false,
        });
        type_text(&mut answer, "go by train");
        for key in keys {
            answer.text(*key);
        }
        let area = answer.text_area_mut().unwrap();
        area.lines().join("\n")
    };
    let left = KeyEvent::new(KeyCode::Left, KeyModifiers::CONTROL);
    assert_eq!(written(&[ctrl('u')]), "");
    assert_eq!(written(&[ctrl('w')]), "go by ");
    assert_eq!(written(&[left, ctrl('k')]), "go by ");
    assert_eq!(written(&[left, ctrl('u')]), "train");
    // The widget's own keys, which would paste, move or take out, do nothing.
    for letter in "abcdefhjmnpqrvxyz".chars() {
        assert_eq!(written(&[ctrl('w'), ctrl(letter)]), "go by ", "{letter}");
    }
}

#[test]
fn what_was_taken_out_of_an_answer_comes_back_with_undo() {
    let mut answer = answer(RequestKind::UserMessage {
        message: String::new(),
        may_end: false,
    });
    type_text(&mut answer, "half");
    answer.text(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
    answer.act(Action::Undo, later(0));
    check(
        answer.act(Action::Accept, later(0)),
        &Reply::message("half"),
    );
}

#[test]
fn what_is_typed_over_a_default_is_the_whole_answer() {
    for (schema, typed, result) in [
        (
            json!({"title": "n", "type": "integer", "default": 3}),
            "5",
            json!(5),
        ),
        (json!({"title": "n", "type": "integer"}), "5", json!(5)),
        (
            json!({"title": "b", "type": "boolean"}),
            "true",
            json!(true),
        ),
        (
            json!({"title": "s", "type": "string", "default": "Rome"}),
            "Oslo",
            json!("Oslo"),
        ),
    ] {
        let mut answer = answer(RequestKind::ToolResult {
            tool: "t".to_owned(),
            call_id: "c".to_owned(),
            arguments: json!({}),
            outputs: vec![schema],
        });
        type_text(&mut answer, typed);
        check(
            answer.act(Action::Accept, later(500)),
            &Reply::ToolResult(result),
        );
    }
}
