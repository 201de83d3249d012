//! What is varied, combined and replaced.

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{AGENT, NARROW, fill, launched, opened};
use crate::tui::testing::Harness;

#[test]
fn what_is_varied_makes_a_run_for_each_value_and_what_can_not_be_is_told() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "city", "Paris");
    fill(
        &mut bench,
        "vary",
        "weather.description=brief,kind; model.model_id=a",
    );
    assert_snapshot!("vary_80", bench.picture());
    fill(&mut bench, "vary", "weather.colour=red");
    let picture = bench.picture();
    assert!(picture.contains("no such field"), "{picture}");
    fill(&mut bench, "vary", "weather.description=brief,kind");
    bench.press("enter y");
    let plan = launched(&bench);
    let variants: Vec<_> = plan.runs.iter().map(|run| run.variant).collect();
    assert_eq!(variants, [Some(0), Some(1)]);
    assert!(plan.variants[1].spec.text.contains("kind"));
}

#[test]
fn every_combination_of_inputs_is_a_row() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "combine", "city=Paris,Rome,Oslo; nowhere=1");
    let picture = bench.picture();
    assert!(picture.contains("no such input"), "{picture}");
    fill(&mut bench, "combine", "city=Paris,Rome,Oslo; days=1,2");
    assert_snapshot!("combine_80", bench.picture());
    fill(&mut bench, "vary", "weather.description=brief,kind");
    assert!(bench.picture().contains("= 12 runs"), "{}", bench.picture());
    bench.press("enter y");
    let plan = launched(&bench);
    let rows: Vec<_> = plan
        .runs
        .iter()
        .map(|run| (run.inputs["city"].as_str().unwrap(), run.row, run.variant))
        .collect();
    assert_eq!(rows.len(), 12);
    assert_eq!(rows[0], ("Paris", Some(0), Some(0)));
    assert_eq!(rows[1], ("Paris", Some(0), Some(1)));
    assert_eq!(rows[11], ("Oslo", Some(5), Some(1)));
}

#[test]
fn a_comma_too_many_and_a_prompt_without_its_input_start_nothing() {
    let mut bench = opened((120, 36));
    fill(&mut bench, "city", "Paris");
    for (text, words) in [
        ("weather.description=a,,b", "has an extra comma"),
        (
            "weather.system_prompt=\"About {{city}}, {{days}}.\",Brief.",
            "leaves out `{{city}}`",
        ),
    ] {
        fill(&mut bench, "vary", text);
        let picture = bench.picture();
        assert!(
            picture.contains(words) && picture.contains("= nothing yet"),
            "{picture}"
        );
    }
    fill(&mut bench, "vary", "");
    fill(&mut bench, "combine", "city=Paris,,Rome");
    assert!(
        bench.picture().contains("an extra comma"),
        "{}",
        bench.picture()
    );
}

/// An agent with a tool that only a person could carry out.
fn with_a_tool() -> String {
    format!(
        "{AGENT}tools:\n- {{component_type: ClientTool, id: taxi, name: book_taxi, inputs: [{{title: to, type: string}}], \
         outputs: [{{title: receipt, type: string}}]}}\n"
    )
}

#[test]
fn a_tool_that_is_replaced_says_so_and_one_that_is_not_there_is_refused() {
    let agent = with_a_tool();
    let mut bench = Harness::new((120, 36), &[("weather.yaml", agent.as_str())]);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    assert!(
        bench.picture().contains("book_taxi  asks you"),
        "{}",
        bench.picture()
    );
    fill(&mut bench, "stubs", "book_tax={}");
    let picture = bench.picture();
    assert!(picture.contains("did you mean `book_taxi`?"), "{picture}");
    fill(&mut bench, "stubs", "book_taxi");
    let picture = bench.picture();
    assert!(picture.contains("TOOL=RESULT"), "{picture}");
    fill(&mut bench, "stubs", "book_taxi@2s={\"receipt\": \"T-1\"}");
    assert_snapshot!("stubbed_120", bench.picture());
    bench.press("enter y");
    let plan = launched(&bench);
    assert_eq!(plan.profile.stubs["book_taxi"].delay.as_secs(), 2);
}
