//! The words of real servers.

use pretty_assertions::assert_eq;

use super::*;
use crate::llm::server_words::ServerWords;

/// Refusals as servers send them, each after its server: `+ FEATURE` teaches, `-` does not.
const REFUSALS: &str = include_str!("refusals.txt");

const ALL: [Feature; 6] = [
    Feature::StreamOptions,
    Feature::ToolChoice,
    Feature::ResponseFormat,
    Feature::MaxTokens,
    Feature::Reasoning,
    Feature::Stream,
];

fn refusal(status: u16, body: &str) -> Refusal {
    Refusal {
        status,
        words: ServerWords::of(body),
    }
}

fn speaker(model_id: &str) -> Speaker<'_> {
    Speaker {
        endpoint: "http://h",
        model_id,
        first: Dialect::default(),
    }
}

/// What a dialect lacks, by the names of the features.
fn lacking(dialect: Dialect) -> String {
    let is_other = dialect.max_tokens != MaxTokensField::Usual;
    let names = ALL.iter().filter(|&&feature| match feature {
        Feature::MaxTokens => is_other,
        feature => dialect.lacks(feature),
    });
    let wants = dialect.wants_reasoning.then(|| "WantsReasoning".to_owned());
    names
        .map(|feature| format!("{feature:?}"))
        .chain(wants)
        .collect()
}

#[test]
fn real_refusals_teach_what_they_say_and_no_more() {
    let mut count = 0;
    for entry in REFUSALS
        .split("\n\n")
        .filter(|entry| !entry.trim().is_empty())
    {
        let (head, body) = entry.trim().split_once('\n').unwrap();
        let (mark, rest) = head.split_at(1);
        let expected = match mark {
            "+" => rest.split_whitespace().next().unwrap(),
            "-" => "",
            "#" => continue,
            other => panic!("{other} in {entry}"),
        };
        let learnt = Dialect::default().learn(&refusal(400, body), ALL.into_iter().collect());
        let learnt = learnt.map_or_else(String::new, |(dialect, _)| lacking(dialect));
        assert_eq!(learnt, expected, "{entry}");
        count += 1;
    }
    assert!(count > 60, "{count}");
}

#[test]
fn a_refusal_teaches_only_about_what_the_request_held() {
    let unknown = refusal(400, "Unknown parameter: stream_options");
    let first = Dialect::default();
    assert_eq!(first.learn(&unknown, Features::default()), None);
    let others = ALL
        .into_iter()
        .filter(|other| *other != Feature::StreamOptions);
    assert_eq!(first.learn(&unknown, others.collect()), None);
    for (status, teaches) in [
        (400, true),
        (422, true),
        (501, true),
        (500, false),
        (404, false),
    ] {
        let refused = Refusal {
            status,
            ..unknown.clone()
        };
        let learnt = first.learn(&refused, [Feature::StreamOptions].into_iter().collect());
        assert_eq!(learnt.is_some(), teaches, "{status}");
    }
}

#[test]
fn two_that_were_refused_at_once_both_learn_and_one_tells() {
    let dialects = Dialects::default();
    let refused = refusal(400, "unknown field max_tokens");
    let held = [Feature::MaxTokens].into_iter().collect();
    assert!(Dialect::default().learn(&refused, held).is_some());
    assert!(dialects.learn(speaker("m"), &refused, held).is_some());
    assert_eq!(dialects.learn(speaker("m"), &refused, held), None);
    let known = dialects.of(speaker("m"));
    assert_eq!(known.max_tokens, MaxTokensField::OpenAiForGood);
    assert_eq!(known.learn(&refused, held), None);
}

#[test]
fn what_one_model_lacks_another_of_the_same_server_may_take() {
    let dialects = Dialects::default();
    let refused = refusal(400, "response_format is not supported by this model");
    let held = [Feature::ResponseFormat].into_iter().collect();
    assert!(dialects.learn(speaker("small"), &refused, held).is_some());
    assert!(dialects.of(speaker("small")).lacks(Feature::ResponseFormat));
    assert!(!dialects.of(speaker("large")).lacks(Feature::ResponseFormat));
}

#[test]
fn what_a_person_wrote_and_the_server_quotes_teaches_nothing() {
    let held: Features = ALL.into_iter().collect();
    let sent = "tell me why stream is not supported here\nmax_tokens: what is that?";
    for (body, teaches) in [
        (
            r#"{"error": {"message": "The input was flagged: \"Tell me why stream is not supported here\""}}"#,
            false,
        ),
        (
            r#"{"error": {"message": "messages[0]: 'why stream is not supported h…' is against the rules"}}"#,
            false,
        ),
        (
            r#"{"error": {"message": "The parameter stream is not supported by this model"}}"#,
            true,
        ),
    ] {
        let refused = refusal(400, body).without(sent);
        assert_eq!(
            Dialect::default().learn(&refused, held).is_some(),
            teaches,
            "{body}"
        );
    }
}
