use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::runs::Given;
use crate::spec::{LoadOptions, load};
use crate::trace::{Planned, RunTerms};

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

fn agent_with_a_box() -> Arc<Component> {
    let text = "\
component_type: Agent
agentspec_version: 26.1.2
id: searcher
name: searcher
system_prompt: Find {{city}}.
llm_config: {component_type: VllmConfig, id: model, name: model, url: 'http://model.example', model_id: m}
toolboxes: [{component_type: PluginToolBox, id: box, name: box}]
";
    let loaded = load(text, &LoadOptions::default());
    loaded.component.expect("an agent")
}

fn request() -> PlanRequest {
    PlanRequest::new(agent(), Arc::new(Profile::offline()))
}

fn texts(cells: &[(&str, &str)]) -> Row {
    cells
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Given::Cell((*text).to_owned())))
        .collect()
}

fn problems(request: PlanRequest) -> Vec<String> {
    let error = plan(request).expect_err("something is wrong");
    error.problems().iter().map(ToString::to_string).collect()
}

/// The agent with each of these values of what it is told; one of them has an input less.
fn varied() -> Vec<Variant> {
    let prompts = [
        "About {{city}} in {{limit}} words",
        "About {{city}} {{limit}}",
    ];
    let variant = |prompt: &str| Variant {
        settings: [("weather.system_prompt".to_owned(), prompt.to_owned())].into(),
        component: agent(),
        spec: Arc::new(SpecText::of(&agent()).expect("it is complete")),
        notes: Vec::new(),
    };
    prompts.map(variant).into()
}

#[test]
fn each_row_is_run_with_each_variant() {
    let planned = plan(PlanRequest {
        rows: vec![texts(&[("city", "Paris")]), texts(&[("city", "Rome")])],
        repeats: 2,
        variants: varied(),
        seed: Some(7),
        ..request()
    })
    .expect("nothing is wrong");
    let runs: Vec<(&str, Option<usize>, Option<u64>)> = planned
        .plan
        .runs
        .iter()
        .map(|run| (run.inputs["city"].as_str().unwrap(), run.variant, run.seed))
        .collect();
    let expected = [
        ("Paris", Some(0), Some(7)),
        ("Paris", Some(0), Some(8)),
        ("Paris", Some(1), Some(9)),
        ("Paris", Some(1), Some(10)),
        ("Rome", Some(0), Some(11)),
        ("Rome", Some(0), Some(12)),
        ("Rome", Some(1), Some(13)),
        ("Rome", Some(1), Some(14)),
    ];
    assert_eq!(runs, expected);
    let words = planned
        .plan
        .terms()
        .iter()
        .map(RunTerms::variant)
        .collect::<Vec<_>>();
    assert_eq!(words[1], "system_prompt=About {{city}} {{limit}}");
    // What is missing is told once, not once for each variant.
    let missing = problems(PlanRequest {
        variants: varied(),
        ..request()
    });
    assert_eq!(missing.len(), 1, "{missing:?}");
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
        told[1].starts_with("row 2, column `city`: no value"),
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
fn what_a_person_says_goes_before_the_at_once_of_the_profile_and_the_smaller_rate_holds() {
    let profile = Arc::new(Profile {
        at_once: Some(3),
        requests_per_second: Some(2.0),
        ..Profile::offline()
    });
    for (asked, expected) in [(Some(8), 8), (Some(2), 2), (None, 3)] {
        let planned = plan(PlanRequest {
            profile: Arc::clone(&profile),
            inputs: texts(&[("city", "Paris")]),
            at_once: asked,
            requests_per_second: Some(1.0),
            ..request()
        })
        .expect("nothing is wrong");
        assert_eq!(planned.plan.at_once, expected);
        assert_eq!(planned.plan.requests_per_second, Some(1.0));
    }
}

#[test]
fn a_column_that_is_written_in_other_letters_is_understood_and_told() {
    let planned = plan(PlanRequest {
        rows: vec![texts(&[
            ("City", "Paris"),
            (" LIMIT", "7"),
            ("Guest", "Ada"),
        ])],
        messages: vec!["Hello {{guest}}".to_owned()],
        ..request()
    })
    .expect("nothing is wrong");
    let run = &planned.plan.runs[0];
    assert_eq!(
        Value::Object(run.inputs.clone()),
        json!({"city": "Paris", "limit": 7})
    );
    assert_eq!(run.answers.messages, ["Hello Ada"]);
    assert_eq!(
        planned.notes,
        [
            "column `City` is read as `city`",
            "column `Guest` is read as `guest`",
            "column ` LIMIT` is read as `limit`",
        ]
    );
    // The one that is written as the input is the one that is meant.
    let planned = plan(PlanRequest {
        rows: vec![texts(&[("City", "Paris"), ("city", "Rome")])],
        ..request()
    })
    .expect("nothing is wrong");
    assert_eq!(planned.plan.runs[0].inputs["city"], "Rome");
    let told = problems(PlanRequest {
        rows: vec![texts(&[("City", "Paris"), ("CITY", "Rome")])],
        ..request()
    });
    assert!(
        told[0].contains("`City` and `CITY` could both be meant"),
        "{told:#?}"
    );
}

#[test]
fn a_problem_of_a_row_has_its_line_in_the_file_and_the_columns_that_were_read() {
    let told = problems(PlanRequest {
        rows: vec![texts(&[("town", "Paris"), ("limit", "7")])],
        lines: vec![5],
        ..request()
    });
    assert_eq!(
        told,
        ["line 5: row 1, column `city`: no value, and no default; \
          the row has `town`, `limit`"]
    );
}

#[test]
fn a_component_that_can_not_be_run_yet_is_told_alone() {
    let told = problems(PlanRequest {
        inputs: texts(&[("nonesuch", "1")]),
        ..PlanRequest::new(agent_with_a_box(), Arc::new(Profile::offline()))
    });
    assert_eq!(told, ["`PluginToolBox` can't be run yet"]);
}

#[test]
fn of_thousands_of_bad_rows_the_first_are_told_and_the_others_counted() {
    let bad = texts(&[("city", "Paris"), ("limit", "seven"), ("zip", "1")]);
    let error = plan(PlanRequest {
        rows: vec![bad; 30_000],
        ..request()
    })
    .expect_err("all rows are bad");
    assert_eq!((error.problems().len(), error.n_more()), (20, 29_980));
    let told = error.to_string();
    assert!(told.starts_with("row 1, column `limit`: "), "{told}");
    assert!(told.ends_with("\nand 29980 more problems"), "{told}");
    assert_eq!(told.lines().count(), 21);
}

#[test]
fn of_many_columns_that_nothing_uses_the_first_are_named_and_the_others_counted() {
    let names: Vec<String> = (0..500).map(|number| format!("idle {number}")).collect();
    let idle = names.iter().map(|name| (name.as_str(), "x"));
    let cells: Vec<_> = idle.chain([("city", "Paris")]).collect();
    let planned = plan(PlanRequest {
        rows: vec![texts(&cells)],
        ..request()
    })
    .expect("nothing is wrong");
    assert_eq!(planned.notes.len(), 11);
    assert_eq!(
        planned.notes.last().map(String::as_str),
        Some("490 more columns are left out too")
    );
}

#[test]
fn what_is_planned_can_be_written_and_loaded_again_with_its_ids_and_without_secrets() {
    let text = "component_type: Agent\nagentspec_version: 26.1.2\nname: a\nsystem_prompt: Hi.\nllm_config:\n  \
                component_type: OpenAiConfig\n  name: m\n  model_id: gpt-5\n  api_key: sk-hopscotch\n";
    let agent = load(text, &LoadOptions::default())
        .component
        .expect("an agent");
    let mut answers = Answers::default();
    let amount = crate::base::written::Written::number("1.10").expect("a number");
    answers.tools.insert("pay".to_owned(), [amount].into());
    let batch = plan(PlanRequest {
        answers,
        messages: vec!["Hello".to_owned()],
        timeout: Some(Duration::from_secs(5)),
        seed: Some(3),
        ..PlanRequest::new(Arc::clone(&agent), Arc::new(Profile::spec()))
    })
    .expect("a plan")
    .plan;
    let planned = Planned {
        batch: crate::base::ids::BatchId::new("b"),
        index: 0,
        retry_of: None,
        forked_from: None,
        terms: Arc::new(batch.terms().remove(0)),
        run: Arc::clone(&batch.runs[0]),
    };
    let written = serde_json::to_string(&planned).expect("it can be written");
    let whole = serde_json::to_string(&batch).expect("it can be written");
    assert!(!written.contains("sk-hopscotch") && !whole.contains("sk-hopscotch"));
    assert_eq!(
        serde_json::from_str::<Planned>(&written).ok(),
        Some(planned)
    );
    // The key has to be supplied anew; all else is there.
    let key = format!("{}.api_key", agent.id());
    assert!(
        batch.spec.text.contains(agent.id()) && batch.spec.text.contains("api_key"),
        "{key}"
    );
    let options = LoadOptions::default();
    let again = load(&batch.spec.text, &options).component;
    let again = again.expect("the text is an agent");
    assert_eq!(again.id(), agent.id());
}

#[test]
fn an_empty_message_to_an_agent_is_refused() {
    let rows = vec![texts(&[("city", "Paris"), ("m", "")])];
    for (rows, message) in [(rows, "{{m}}"), (Vec::new(), " ")] {
        let told = problems(PlanRequest {
            rows,
            inputs: texts(&[("city", "Rome")]),
            messages: vec![message.to_owned()],
            ..request()
        });
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("a message is empty"), "{told:?}");
    }
}
