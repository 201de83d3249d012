use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use crate::runs::{BatchPlan, RunsCommand};
use crate::tui::command::Command;
use crate::tui::testing::Bench;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

const AGENT: &str = "component_type: Agent
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: You tell the weather of {{city}} for {{days}} days.
inputs:
  - {title: city, type: string}
  - {title: days, type: integer, default: 3}
llm_config:
  component_type: OllamaConfig
  id: model
  name: model
  url: http://localhost:11434
  model_id: llama3.2
";

/// The dialog over an agent with two inputs, its focus on `launch`.
fn opened(size: (u16, u16)) -> Bench {
    let files = [
        ("weather.yaml", AGENT),
        ("cities.csv", "city\nParis\nQuito\nLagos\n"),
        ("days.csv", "city,days\nParis,two\n"),
    ];
    let mut bench = Bench::new(size, &files);
    bench.press("enter");
    bench
}

/// Goes up from `launch` to a field and writes over it.
fn fill(bench: &mut Bench, fields_up: usize, text: &str) {
    for _ in 0..fields_up {
        bench.press("up");
    }
    bench.press("ctrl-u").type_text(text);
    for _ in 0..fields_up {
        bench.press("down");
    }
}

/// What was launched.
fn launched(bench: &Bench) -> &BatchPlan {
    let plans: Vec<_> = bench
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Runs(RunsCommand::Launch { plan, .. }) => Some(plan.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(plans.len(), 1, "launched once");
    plans[0]
}

#[test]
fn the_first_sample_is_filled_in_with_its_example() {
    for (name, size) in [("example_80", NARROW), ("example_120", WIDE)] {
        let mut bench = Bench::samples(size);
        bench.press("enter");
        assert_snapshot!(name, bench.picture());
    }
}

#[test]
fn what_is_missing_is_told_beside_its_field_and_nothing_starts() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 3, "many");
    assert_snapshot!("problems_80", bench.picture());
    bench.press("enter");
    let is_launch =
        |command: &Command| matches!(command, Command::Runs(RunsCommand::Launch { .. }));
    assert!(!bench.commands.iter().any(is_launch));
}

#[test]
fn each_row_is_a_run_and_what_no_column_gives_is_one_value_for_all() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 2, "cities.csv");
    fill(&mut bench, 3, "5");
    assert_snapshot!("rows_80", bench.picture());
    bench.press("enter y");
    let plan = launched(&bench);
    let inputs: Vec<_> = plan
        .runs
        .iter()
        .map(|run| serde_json::to_string(&run.inputs).unwrap())
        .collect();
    assert_eq!(
        inputs,
        [
            r#"{"city":"Paris","days":5}"#,
            r#"{"city":"Quito","days":5}"#,
            r#"{"city":"Lagos","days":5}"#,
        ]
    );
}

#[test]
fn rows_that_can_not_be_used_are_told_with_their_place() {
    for (file, words) in [("days.csv", "row 1"), ("nowhere.csv", "nowhere.csv")] {
        let mut bench = opened(WIDE);
        fill(&mut bench, 2, file);
        bench.press("enter");
        let picture = bench.picture();
        assert!(picture.contains(words), "{file}:\n{picture}");
        assert!(
            picture.contains("launch weather"),
            "it stays open:\n{picture}"
        );
    }
}

#[test]
fn what_was_launched_last_is_filled_in_again() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 2, "cities.csv");
    bench.press("enter y alt-1 enter");
    assert!(
        bench.picture().contains("cities.csv"),
        "{}",
        bench.picture()
    );
}
