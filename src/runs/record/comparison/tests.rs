use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::conversation::{Role, Values};
use crate::runs::script::{
    Script, llm_request, llm_response, message, tool_request_with, tool_response,
};
use crate::trace::{Failure, FailureKind, RunEventBody, RunState, SpanKind};

/// A run that looks for these things, each in a turn of its own, and then says this.
fn run(looked_for: &[&str], said: &str) -> RunRecord {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(&span, message(Role::User, "Paris?"));
    for (turn, what) in looked_for.iter().enumerate() {
        let id = format!("q{turn}");
        script.traced(&span, llm_request(&id));
        script.traced(&span, llm_response(&id, ""));
        let call = format!("c{turn}");
        script.traced(
            &span,
            tool_request_with(&call, "search", json!({"for": what})),
        );
        script.traced(&span, tool_response(&call, "search", None));
    }
    script.traced(&span, llm_request("q"));
    script.traced(&span, llm_response("q", said));
    script.state(RunState::Answered);
    script.record()
}

/// The parts as lines: `1 agent: It [is] | It [was]`, what differs in brackets.
fn lines(records: &[&RunRecord]) -> Vec<String> {
    let side = |side: &Option<Vec<Words>>| match side {
        None => "-".to_owned(),
        Some(words) => words
            .iter()
            .map(|words| {
                if words.differs {
                    format!("[{}]", words.text)
                } else {
                    words.text.clone()
                }
            })
            .collect(),
    };
    let mut lines = Vec::new();
    for turn in compare_runs(records).turns {
        for part in turn.parts {
            let sides: Vec<String> = part.sides.iter().map(side).collect();
            let sign = if part.is_same { "=" } else { ":" };
            let number = turn
                .number
                .map_or("end".to_owned(), |number| number.to_string());
            lines.push(format!(
                "{number} {}{sign} {}",
                part.title,
                sides.join(" | ")
            ));
        }
    }
    lines
}

#[test]
fn runs_stand_beside_each_other_turn_by_turn_with_the_words_that_differ() {
    let (one, other) = (
        run(&["rain"], "It is dry."),
        run(&["sun", "wind"], "It was dry."),
    );
    assert_eq!(
        lines(&[&one, &other]),
        [
            "1 user= Paris? | Paris?",
            r#"1 search: [{"for":"rain"}] | [{"for":"sun"}]"#,
            "1 = sunny | sunny",
            r#"2 search: - | {"for":"wind"}"#,
            "2 : - | sunny",
            "2 agent: It is dry. | -",
            "3 agent: - | It was dry.",
        ]
    );
}

#[test]
fn words_are_compared_with_those_of_the_first_run() {
    let runs = [
        run(&[], "It is dry."),
        run(&[], "It is dry."),
        run(&[], "It is wet."),
        run(&[], "It was dry."),
    ];
    let all: Vec<&RunRecord> = runs.iter().collect();
    assert_eq!(
        lines(&all)[1],
        "1 agent: It is [dry.] | It is dry. | It is [wet.] | It [was] dry."
    );
}

#[test]
fn outputs_stand_at_the_end_and_an_error_in_its_turn() {
    let ended = |state: RunState, failure: Option<Failure>, outputs: Values| {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let ended = RunEventBody::Ended {
            state,
            status: None,
            outputs: Box::new(outputs),
            error: failure.map(Box::new),
        };
        script.push(None, ended);
        script.record()
    };
    let failure = Failure::new(FailureKind::Model, "slow down");
    let failed = ended(RunState::Failed, Some(failure), Values::new());
    let outputs = Values::from_iter([("temp".to_owned(), json!(14))]);
    let finished = ended(RunState::Finished, None, outputs);
    assert_eq!(
        lines(&[&failed, &finished]),
        ["1 error: slow down | -", r#"end outcome:  | [{"temp":14}]"#]
    );
}
