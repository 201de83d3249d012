use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use crate::runs::{BatchPlan, RunsCommand};
use crate::tui::effect::Effect;
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::testing::Bench;
use crate::workspace::Changes;

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
            Effect::Runs(RunsCommand::Launch { plan, .. }) => Some(plan.as_ref()),
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
    let is_launch = |command: &Effect| matches!(command, Effect::Runs(RunsCommand::Launch { .. }));
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
fn what_is_varied_makes_a_run_for_each_value_and_what_can_not_be_is_told() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 4, "Paris");
    fill(
        &mut bench,
        5,
        "weather.description=brief,kind; model.model_id=a",
    );
    assert_snapshot!("vary_80", bench.picture());
    fill(&mut bench, 5, "weather.colour=red");
    let picture = bench.picture();
    assert!(picture.contains("no such field"), "{picture}");
    fill(&mut bench, 5, "weather.description=brief,kind");
    bench.press("enter y");
    let plan = launched(&bench);
    let variants: Vec<_> = plan.runs.iter().map(|run| run.variant).collect();
    assert_eq!(variants, [Some(0), Some(1)]);
    assert!(plan.variants[1].spec.text.contains("kind"));
}

#[test]
fn every_combination_of_inputs_is_a_row() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 6, "city=Paris,Rome,Oslo; nowhere=1");
    let picture = bench.picture();
    assert!(picture.contains("no such input"), "{picture}");
    fill(&mut bench, 6, "city=Paris,Rome,Oslo; days=1,2");
    assert_snapshot!("combine_80", bench.picture());
    fill(&mut bench, 5, "weather.description=brief,kind");
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

#[test]
fn the_rows_are_read_as_their_file_is_typed_and_the_count_is_never_an_old_one() {
    let mut bench = opened(NARROW);
    bench.press("up up").type_text("cities.csv");
    let picture = bench.picture();
    assert!(picture.contains("= 3 runs in 1 batch"), "{picture}");
    // While another name is typed, nothing is said of the old file.
    bench.press("backspace");
    let picture = bench.picture();
    assert!(picture.contains("= nothing yet"), "{picture}");
    bench.press("ctrl-u");
    let picture = bench.picture();
    assert!(!picture.contains("3 runs"), "{picture}");
}

#[test]
fn while_rows_are_read_the_count_says_so_and_enter_is_kept() {
    let mut bench = opened(NARROW);
    bench.press("up up").type_text("cities.csv");
    bench.reads_rows = false;
    bench.press("backspace").type_text("v");
    assert_snapshot!("reading_80", bench.picture());
    bench.press("enter");
    assert_eq!(bench.commands.len(), 0, "nothing starts");
    let picture = bench.picture();
    assert!(
        picture.contains("= reading cities.csv… and then starting"),
        "{picture}"
    );
    let path = bench.path("cities.csv");
    let result = crate::runs::read_rows(&path).map(std::sync::Arc::new);
    let result = result.map_err(|error| error.to_string());
    bench.update(AppEvent::Job(JobResult::Rows { path, result }));
    bench.press("y");
    assert_eq!(launched(&bench).runs.len(), 3);
}

#[test]
fn what_has_the_focus_decides_which_keys_are_offered() {
    let mut bench = opened((120, 36));
    let footer = |bench: &Bench| bench.picture().lines().last().unwrap().to_owned();
    fill(&mut bench, 4, "Paris");
    assert!(!footer(&bench).contains("complete") && !footer(&bench).contains("new line"));
    bench.press("up");
    assert!(
        footer(&bench).contains("alt-enter new line"),
        "{}",
        footer(&bench)
    );
    bench.press("up");
    assert!(
        footer(&bench).contains("ctrl-space complete"),
        "{}",
        footer(&bench)
    );
    bench.press("alt-enter");
    assert!(
        footer(&bench).contains("this field has one line"),
        "{}",
        footer(&bench)
    );
    // It is told no longer than it is so.
    bench.press("down");
    assert!(!footer(&bench).contains("one line"), "{}", footer(&bench));
}

#[test]
fn over_the_dialog_the_palette_offers_first_what_acts_there() {
    let mut bench = opened((120, 36));
    bench.press("ctrl-p").type_text("launch runs of");
    let picture = bench.picture();
    assert!(picture.contains("close the dialog first"), "{picture}");
    bench.press("esc");
    fill(&mut bench, 4, "Paris");
    bench.press("ctrl-p enter y");
    assert_eq!(launched(&bench).runs.len(), 1, "its first entry acts");
}

#[test]
fn what_stands_in_the_way_is_told_whole_in_the_log() {
    let mut bench = opened((80, 24));
    let name = format!("{}.csv", "a very long name of a file ".repeat(12));
    fill(&mut bench, 2, &name);
    bench.press("enter");
    assert!(
        bench.picture().contains("nothing is started yet"),
        "{}",
        bench.picture()
    );
    bench.press("esc L");
    let picture = bench.picture();
    let words = picture.replace(['│', '\n'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(name.trim_end_matches(".csv").trim()),
        "{picture}"
    );
}

#[test]
fn rows_that_change_on_disk_are_read_again() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 2, "cities.csv");
    let path = bench.path("cities.csv");
    std::fs::write(&path, "city\nRome\n").unwrap();
    let changes = Changes::Paths([path].into());
    bench.update(AppEvent::Workspace(changes));
    let picture = bench.picture();
    assert!(picture.contains("= 1 run in 1 batch"), "{picture}");
}

#[test]
fn tab_completes_the_name_of_the_file_and_then_goes_on() {
    let mut bench = opened(NARROW);
    bench.press("up up").type_text("ci");
    let picture = bench.picture();
    assert!(picture.contains("tab completes"), "{picture}");
    bench.press("tab");
    let picture = bench.picture();
    assert!(
        picture.contains("cities.csv") && picture.contains("= 3 runs"),
        "{picture}"
    );
    assert!(!picture.contains("tab completes"), "{picture}");
    assert!(picture.contains("tab to the fields"), "{picture}");
    bench.press("tab").type_text("Hello");
    assert!(bench.picture().contains("Hello"), "{}", bench.picture());
    let mut bench = opened(NARROW);
    bench.press("up up");
    assert!(
        bench.picture().contains("cities.csv  days.csv"),
        "{}",
        bench.picture()
    );
    bench.press("ctrl-space ctrl-space");
    assert!(
        bench.picture().contains("rows from      days.csv"),
        "{}",
        bench.picture()
    );
}

#[test]
fn what_was_understood_of_rows_is_shown() {
    let files = [
        ("weather.yaml", AGENT),
        ("rows.csv", "City;Days\nParis;2\n;\n"),
    ];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 2, "rows.csv");
    assert_snapshot!("notes_80", bench.picture());
    bench.press("enter y");
    let run = &launched(&bench).runs[0];
    assert_eq!(run.inputs["city"], "Paris");
    assert_eq!(run.inputs["days"], 2);
}

const PROFILES: &str = "default_profile = \"small\"

[profiles.small]
model = \"offline\"
at_once = 2

[profiles.wide]
at_once = 30
";

#[test]
fn a_mistake_in_the_profile_file_starts_nothing_by_other_servers() {
    let files = [
        ("weather.yaml", AGENT),
        ("flowdeck.toml", "default_profile = 7\n"),
    ];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 4, "Paris");
    let picture = bench.picture();
    assert!(picture.contains("= nothing yet"), "{picture}");
    assert!(picture.contains("default_profile"), "{picture}");
    bench.press("enter");
    let is_launch = |command: &Effect| matches!(command, Effect::Runs(RunsCommand::Launch { .. }));
    assert!(!bench.commands.iter().any(is_launch));
}

#[test]
fn a_default_profile_that_is_put_right_is_taken_when_the_dialog_is_opened_anew() {
    let files = [
        ("weather.yaml", AGENT),
        ("flowdeck.toml", "default_profile = 7\n"),
    ];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 4, "Paris");
    bench.press("esc");
    let path = bench.path("flowdeck.toml");
    std::fs::write(&path, PROFILES).unwrap();
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
    bench.press("enter");
    let picture = bench.picture();
    assert!(
        picture.contains("small") && picture.contains("Paris"),
        "{picture}"
    );
    // One that a person has chosen stays.
    bench.press("down right");
    assert!(bench.picture().contains("wide"), "{}", bench.picture());
    bench.press("esc enter");
    assert!(bench.picture().contains("wide"), "{}", bench.picture());
}

#[test]
fn an_example_fills_the_dialog_as_it_is_written() {
    let profiles = "[examples.\"weather.yaml\"]\ninput = { city = 1.10 }\n";
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", profiles)];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    let picture = bench.picture();
    assert!(picture.contains("1.10"), "{picture}");
}

#[test]
fn a_number_at_once_that_replaces_the_profiles_is_told_whole() {
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", PROFILES)];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 4, "Paris");
    fill(&mut bench, 13, "500");
    fill(&mut bench, 12, "100");
    assert_snapshot!("more_than_the_profile_80", bench.picture());
}

#[test]
fn the_number_at_once_is_the_profiles_until_one_is_written_which_then_holds() {
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", PROFILES)];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 4, "Paris");
    fill(&mut bench, 13, "50");
    let picture = bench.picture();
    assert!(
        picture.contains("= 50 runs in 1 batch, 2 at once"),
        "{picture}"
    );
    // The profile is turned, its number and the header with it.
    for _ in 0..14 {
        bench.press("up");
    }
    bench.press("right");
    assert_snapshot!("profile_80", bench.picture());
    bench.press("down down ctrl-u").type_text("40");
    let picture = bench.picture();
    assert!(
        picture.contains("50 runs in 1 batch, 40 at once"),
        "{picture}"
    );
    assert!(picture.contains("instead of the profile's 30"), "{picture}");
    bench.press("up up left");
    assert!(
        bench.picture().contains("instead of the profile's 2"),
        "{}",
        bench.picture()
    );
    bench.press("enter y");
    assert_eq!(launched(&bench).at_once, 40);
}

#[test]
fn a_first_message_has_lines_typed_or_pasted() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 4, "Paris");
    bench.press("up").type_text("Hello").press("alt-enter");
    assert!(bench.picture().contains("new line"), "{}", bench.picture());
    bench.paste("one\r\ntwo").press("ctrl-j").type_text("end");
    assert!(
        bench.picture().contains("Hello↵one↵two↵end"),
        "{}",
        bench.picture()
    );
    bench.press("enter y");
    let messages = &launched(&bench).runs[0].answers.messages;
    assert_eq!(messages, &["Hello\none\ntwo\nend"]);
}

#[test]
fn what_was_filled_in_is_there_again_after_esc() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 4, "Paris");
    bench.press("esc enter");
    assert!(bench.picture().contains("Paris"), "{}", bench.picture());
}

/// The dialog over so many rows, which are read; what is planned of them is up to the test.
fn with_unplanned_rows() -> Bench {
    let mut bench = opened(NARROW);
    fill(&mut bench, 2, "cities.csv");
    bench.plans = false;
    bench
}

#[test]
fn while_rows_are_planned_the_dialog_says_reading_and_nothing_of_the_old_plan() {
    let mut bench = with_unplanned_rows();
    fill(&mut bench, 3, "many");
    assert_snapshot!("planning_80", bench.picture());
    bench.press("enter");
    assert!(
        bench.picture().contains("and then starting"),
        "{}",
        bench.picture()
    );
    assert_eq!(bench.commands.len(), 0, "nothing starts");
    bench.finish_plan(bench.wishes.len() - 1);
    let picture = bench.picture();
    assert!(
        picture.contains("= nothing yet") && picture.contains("row 1"),
        "{picture}"
    );
}

#[test]
fn only_the_newest_wish_counts() {
    let mut bench = with_unplanned_rows();
    fill(&mut bench, 3, "many");
    fill(&mut bench, 3, "5");
    while bench.wishes.len() > 1 {
        bench.finish_plan(0);
        assert!(
            bench.picture().contains("= reading cities.csv"),
            "{}",
            bench.picture()
        );
    }
    bench.finish_plan(0);
    assert!(bench.picture().contains("= 3 runs"), "{}", bench.picture());
}

#[test]
fn what_enter_asks_for_starts_when_it_is_planned_unless_it_was_changed_or_left_meanwhile() {
    let mut bench = with_unplanned_rows();
    bench.press("enter enter");
    assert_eq!(
        bench.wishes.len(),
        1,
        "a second enter asks for nothing more"
    );
    assert!(
        bench.picture().contains("= starting 3 runs"),
        "{}",
        bench.picture()
    );
    bench.finish_plan(0);
    bench.press("y");
    assert_eq!(launched(&bench).runs.len(), 3);

    for meanwhile in ["up x", "esc", "F1"] {
        let mut bench = with_unplanned_rows();
        bench.press("enter").press(meanwhile);
        bench.finish_plan(0);
        bench.press("y");
        assert_eq!(bench.commands.len(), 0, "{meanwhile}:\n{}", bench.picture());
    }
}

#[test]
fn of_many_bad_rows_the_first_are_shown_and_all_are_counted() {
    let rows = format!("city,days\n{}", "Paris,two\n".repeat(3_000));
    let files = [("weather.yaml", AGENT), ("rows.csv", rows.as_str())];
    let mut bench = Bench::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, 2, "rows.csv");
    assert!(
        bench.picture().contains("  and 2997 more"),
        "{}",
        bench.picture()
    );
}

#[test]
fn a_key_that_changes_nothing_of_the_rows_has_none_of_them_looked_at() {
    let mut bench = with_unplanned_rows();
    // From the first field below the profile to the last one above the inputs, but what is varied.
    for (fields_up, text) in [
        (13, "4"),
        (12, "2"),
        (11, "30"),
        (10, "7"),
        (9, "5000"),
        (8, "1"),
    ] {
        fill(&mut bench, fields_up, text);
    }
    assert_eq!(bench.wishes.len(), 0, "nothing is planned again");
    let picture = bench.picture();
    assert!(
        picture.contains("= 12 runs in 1 batch, 2 at once, 1 of them first"),
        "{picture}"
    );
    // A value for all runs is looked at in each of them.
    fill(&mut bench, 3, "5");
    assert!(!bench.wishes.is_empty());
    bench.finish_plan(bench.wishes.len() - 1);
    assert!(bench.picture().contains("= 12 runs"), "{}", bench.picture());
}

#[test]
fn what_stands_in_the_way_of_a_launch_alone_is_looked_for_again_after_a_change() {
    let mut bench = opened(NARROW);
    fill(&mut bench, 2, "cities.csv");
    fill(&mut bench, 13, "100000");
    bench.press("enter");
    assert!(
        bench.picture().contains("runs; a batch has at most"),
        "{}",
        bench.picture()
    );
    fill(&mut bench, 13, "2");
    assert!(bench.picture().contains("= 6 runs"), "{}", bench.picture());
}

#[test]
fn many_rows_are_left_alone_while_somebody_types() {
    for (n_rows, is_left_alone) in [(10, false), (2_000, true)] {
        let rows = format!("city\n{}", "Paris\n".repeat(n_rows));
        let files = [("weather.yaml", AGENT), ("rows.csv", rows.as_str())];
        let mut bench = Bench::new(NARROW, &files);
        bench.press("enter");
        fill(&mut bench, 2, "rows.csv");
        bench.plans = false;
        bench.press("up").type_text("Well?");
        assert_eq!(bench.wishes.len(), 5);
        let waits = bench.wishes.iter().map(|wish| !wish.delay.is_zero());
        assert_eq!(
            waits.collect::<Vec<_>>(),
            [is_left_alone; 5],
            "{n_rows} rows"
        );
        bench.finish_plan(4);
        let wanted = format!("= {n_rows} runs");
        assert!(bench.picture().contains(&wanted), "{}", bench.picture());
    }
}
