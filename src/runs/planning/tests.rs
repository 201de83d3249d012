use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::spec::{LoadOptions, load};

/// An agent that takes a city, a text, and a limit, an integer with a default.
fn agent() -> Arc<Component> {
    let text = r"
component_type: Agent
agentspec_version: 26.1.2
id: a
name: weather
system_prompt: 'About {{city}} in {{limit}} words'
inputs:
  - {title: city, type: string}
  - {title: limit, type: integer, default: 5}
llm_config: {component_type: OllamaConfig, name: m, url: 'localhost:1', model_id: m}
";
    let loaded = load(text, &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.expect("an agent")
}

fn request() -> PlanRequest {
    PlanRequest::new(agent(), Arc::new(Profile::offline()))
}

fn texts(cells: &[(&str, &str)]) -> Row {
    cells
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Given::Text((*text).to_owned())))
        .collect()
}

fn problems(request: PlanRequest) -> Vec<String> {
    let error = plan(request).expect_err("something is wrong");
    error.0.iter().map(ToString::to_string).collect()
}

#[test]
fn rows_times_repeats_make_the_runs_in_order() {
    let planned = plan(PlanRequest {
        rows: vec![
            texts(&[("city", "Paris"), ("limit", "7")]),
            texts(&[("city", "5"), ("limit", "")]),
        ],
        repeats: 2,
        messages: vec!["How is {{city}}?".to_owned()],
        seed: Some(40),
        ..request()
    })
    .expect("nothing is wrong");
    let runs: Vec<_> = planned
        .plan
        .runs
        .iter()
        .map(|run| (Value::Object(run.inputs.clone()), run.seed))
        .collect();
    let (paris, five) = (
        json!({"city": "Paris", "limit": 7}),
        json!({"city": "5", "limit": 5}),
    );
    assert_eq!(
        runs,
        [
            (paris.clone(), Some(40)),
            (paris, Some(41)),
            (five.clone(), Some(42)),
            (five, Some(43))
        ]
    );
    assert_eq!(planned.plan.runs[0].answers.messages, ["How is Paris?"]);
    assert_eq!(planned.plan.at_once, DEFAULT_AT_ONCE);
    assert!(planned.notes.is_empty());
}

#[test]
fn every_bad_value_is_told_with_its_row_and_column() {
    let rows = vec![
        texts(&[("city", "Paris"), ("limit", "seven")]),
        texts(&[("limit", "7.5 ")]),
    ];
    let told = problems(PlanRequest { rows, ..request() });
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].starts_with("row 1, column `limit`: "), "{told:#?}");
    assert!(told[0].contains("seven"), "{told:#?}");
    assert!(
        told[1].starts_with("row 2, column `city`: is missing"),
        "{told:#?}"
    );
    assert!(told[2].starts_with("row 2, column `limit`: "), "{told:#?}");
}

#[test]
fn a_misspelt_input_is_wrong_and_an_idle_column_is_only_odd() {
    let told = problems(PlanRequest {
        inputs: texts(&[("ctiy", "Paris")]),
        ..request()
    });
    assert!(told[0].contains("did you mean `city`?"), "{told:#?}");
    let planned = plan(PlanRequest {
        rows: vec![texts(&[("city", "Paris"), ("zip", "1"), ("guest", "Ada")])],
        messages: vec!["Hello from {{guest}}".to_owned()],
        ..request()
    })
    .expect("nothing is wrong");
    assert_eq!(planned.notes.len(), 1);
    assert!(
        planned.notes[0].starts_with("column `zip`"),
        "{:?}",
        planned.notes
    );
    assert_eq!(planned.plan.runs[0].answers.messages, ["Hello from Ada"]);
}

#[test]
fn a_message_that_nothing_fills_is_told() {
    let told = problems(PlanRequest {
        inputs: texts(&[("city", "Paris")]),
        messages: vec!["{{nobody}}".to_owned()],
        ..request()
    });
    assert_eq!(told, ["nothing fills `nobody` of the message"]);
}

#[test]
fn the_bounds_of_the_profile_hold_too() {
    let profile = Profile {
        at_once: Some(3),
        requests_per_second: Some(2.0),
        ..Profile::offline()
    };
    let planned = plan(PlanRequest {
        profile: Arc::new(profile),
        inputs: texts(&[("city", "Paris")]),
        at_once: Some(8),
        requests_per_second: Some(1.0),
        ..request()
    })
    .expect("nothing is wrong");
    assert_eq!(planned.plan.at_once, 3);
    assert_eq!(planned.plan.requests_per_second, Some(1.0));
}
