//! The Compare screen in the whole workbench: events in, pictures and commands out.

use std::time::Duration;

use serde_json::json;

use crate::base::ids::RunId;
use crate::conversation::Role;
use crate::runs::Recording;
use crate::trace::RunState;
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::history::HistoryNews;
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::Screen;
use crate::tui::testing::Harness;
use crate::tui::testing::stage::Runs;

fn bench(size: (u16, u16)) -> Harness {
    Harness::new(size, &[("a.yaml", "component_type: Agent\n")])
}

/// Three runs that look for the weather; the second looks twice, the third fails.
fn launched(bench: Harness) -> Runs {
    let cities = ["Paris", "Parma", "Oslo", "Lima", "Rome"];
    let mut runs = Runs::launch(bench, &cities);
    for (run, city) in cities.iter().enumerate() {
        runs.state(run, RunState::Running);
        runs.say(run, Role::User, &format!("What is the weather in {city}?"));
    }
    for (run, city) in cities.iter().enumerate().take(3) {
        runs.bench.wait(Duration::from_millis(700));
        runs.call(
            run,
            ("get_weather", json!({"city": city})),
            json!({"temp": 14}),
        );
    }
    runs.call(
        1,
        ("get_weather", json!({"city": "Parma, Italy"})),
        json!({"temp": 16}),
    );
    runs.answer(0, "It is 14 °C in Paris, with light rain and some wind.");
    runs.bench.wait(Duration::from_millis(500));
    runs.answer(1, "It is 16 °C in Parma, with light rain and no wind.");
    runs.fail(2);
    runs
}

#[test]
fn nothing_is_compared_at_first() {
    let mut bench = bench((80, 24));
    bench.press("4");
    insta::assert_snapshot!(bench.picture());
    bench.press("n");
    assert!(bench.picture().contains("nothing is compared yet"));
}

#[test]
fn two_runs_at_80x24() {
    let mut runs = launched(bench((80, 24)));
    runs.bench.press("space space c");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn three_runs_at_120x36() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("space space space c");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn four_runs_at_200x60() {
    let mut runs = launched(bench((200, 60)));
    runs.bench.press("space space space space 4");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn two_runs_in_ascii() {
    let of_ascii = Harness::ascii((120, 36), &[("a.yaml", "component_type: Agent\n")]);
    let mut runs = launched(of_ascii);
    runs.bench.press("space space c");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn too_few_and_too_many_marks_are_told() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("c");
    assert!(runs.bench.picture().contains("mark two to four runs"));
    runs.bench.press("space c");
    assert!(runs.bench.picture().contains("one run is marked"));
    runs.bench.press("space space space space c");
    assert!(runs.bench.picture().contains("more than four runs"));
    assert_eq!(runs.bench.state.screen, Screen::Runs);
}

#[test]
fn keys_go_through_the_differences_and_out_to_the_run() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("space space c N");
    assert!(runs.bench.picture().contains("no difference before"));
    runs.bench.press("n n n n n n n n n n n n");
    assert!(runs.bench.picture().contains("no further difference"));
    runs.bench.press("left enter");
    assert_eq!(runs.bench.state.screen, Screen::Inspect);
    assert!(runs.bench.picture().contains("A#1"));
    runs.bench.press("esc");
    assert_eq!(runs.bench.state.screen, Screen::Compare);
    runs.bench.press("right o");
    assert_eq!(
        runs.bench.state.screens.runs.target(),
        Some(&RunId::new("r_1"))
    );
    runs.bench.press("4 esc");
    assert_eq!(runs.bench.state.screen, Screen::Runs);
}

#[test]
fn what_is_compared_goes_on_while_its_runs_do() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("down down down space space c");
    let before = runs.bench.picture();
    assert!(before.contains("D#") || before.contains("A#4"), "{before}");
    runs.answer(3, "It is dry in Lima.");
    let after = runs.bench.picture();
    assert!(after.contains("It is dry in Lima."), "{after}");
    assert!(after.contains("answered"), "{after}");
}

/// A batch of three prompts over four cities, most of which are over.
fn varied(bench: Harness) -> Runs {
    let cities = ["Paris", "Rome", "Oslo", "Lima"];
    let mut runs = Runs::launch(bench, &["Bern"]);
    let prompts = [
        "\"Be brief.\"",
        "\"Be kind.\"",
        "\"Ask before you answer.\"",
    ];
    runs.launch_varied(&cities, ("weather.system_prompt", &prompts));
    for run in 1..=10 {
        runs.state(run, RunState::Running);
        runs.bench
            .wait(Duration::from_millis(300 * (run as u64 % 3 + 1)));
        match run {
            3 | 6 => runs.fail(run),
            10 => {}
            _ => runs.answer(run, &format!("It is {run} °C, with light rain.")),
        }
    }
    runs.bench.press("2");
    runs
}

#[test]
fn a_varied_batch_at_80x24() {
    let mut runs = varied(bench((80, 24)));
    runs.bench.press("4");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_varied_batch_at_120x36() {
    let mut runs = varied(bench((120, 36)));
    runs.bench.press("c down right");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_varied_batch_at_200x60() {
    let mut runs = varied(bench((200, 60)));
    runs.bench.press("c down right");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_cell_opens_its_runs_and_a_row_is_compared() {
    let mut runs = varied(bench((120, 36)));
    runs.bench.press("4 right down enter");
    assert_eq!(runs.bench.state.screen, Screen::Runs);
    assert_eq!(
        runs.bench.state.screens.runs.target(),
        Some(&RunId::new("r_5"))
    );
    assert!(runs.bench.picture().contains("1 marked"));
    runs.bench.press("4 c");
    let picture = runs.bench.picture();
    assert!(picture.contains("compare 3 runs"), "{picture}");
    assert!(picture.contains("B#4 Rome"), "{picture}");
    runs.bench.press("D");
    let picture = runs.bench.picture();
    assert!(picture.contains("system_prompt"), "{picture}");
    runs.bench.press("q esc");
    assert!(
        runs.bench.picture().contains("4 inputs"),
        "{}",
        runs.bench.picture()
    );
    runs.bench.press("home left left left D");
    let picture = runs.bench.picture();
    assert!(picture.contains("variant a → b"), "{picture}");
}

/// A batch of six prompts that begin alike, over three cities.
fn varied_in_six(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Bern"]);
    let prompts = ["brief", "kind", "formal", "funny", "exact", "quick"]
        .map(|manner| format!("\"You are a guide to the cities of the world. Be {manner}.\""));
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let cities = ["Paris", "Rome", "Oslo"];
    runs.launch_varied(&cities, ("weather.system_prompt", &prompts));
    for run in 1..=18 {
        runs.state(run, RunState::Running);
        runs.bench.wait(Duration::from_millis(300));
        // Two of three come to a good end.
        if run % 6 == 1 && run < 7 {
            runs.fail(run);
        } else {
            runs.answer(run, "It is dry.");
        }
    }
    runs.bench.press("2");
    runs
}

#[test]
fn of_six_variants_those_on_show_are_told_apart_and_the_others_named() {
    let mut runs = varied_in_six((80, 24));
    runs.bench.press("4");
    insta::assert_snapshot!("six_variants_80", runs.bench.picture());
    // 66.7 % is not 66 %.
    assert!(
        runs.bench.picture().contains(" 67 %  2/3"),
        "{}",
        runs.bench.picture()
    );
    runs.bench.press("right right right right right down");
    insta::assert_snapshot!("six_variants_far_80", runs.bench.picture());
    // The run of the far cell is among those that are laid beside each other, and keys are about it.
    runs.bench.press("c enter");
    assert_eq!(runs.bench.state.screen, Screen::Inspect);
    assert!(
        runs.bench.picture().contains("B#12"),
        "{}",
        runs.bench.picture()
    );
}

#[test]
fn runs_of_a_varied_batch_are_named_by_their_variant_first() {
    let runs = varied(bench((120, 36)));
    let picture = runs.bench.picture();
    // In the table, and in the title of a pane.
    for words in ["b Be kind.", "B#10 a Be brief. · Lima"] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
}

#[test]
fn a_run_in_inspect_is_laid_beside_another_one() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("3 d");
    let picture = runs.bench.picture();
    assert!(picture.contains("┌ compare with"), "{picture}");
    runs.bench.type_text("Parma").press("enter");
    let picture = runs.bench.picture();
    assert!(picture.contains("compare 2 runs"), "{picture}");
    assert!(picture.contains("A#1 Paris"), "{picture}");
    assert!(picture.contains("A#2 Parma"), "{picture}");
}

#[test]
fn a_matrix_says_how_many_runs_had_no_room() {
    let mut runs = Runs::launch(bench((120, 36)), &["first"]);
    runs.launch_varied(
        &["Paris"],
        ("weather.system_prompt", &["Be brief.", "Be kind."]),
    );
    runs.answer(1, "It is 14 °C.");
    let model = runs.bench.state.runs_model();
    let record = model.at(1).and_then(|run| run.record().cloned()).unwrap();
    let batch = model.batch(&record.batch).cloned().unwrap();
    let recording = Recording {
        left_out: 3,
        ..Recording::of_record(&batch, &record)
    };
    let news = HistoryNews::Variants {
        batch: record.batch.clone(),
        result: Ok(Box::new(RunsModel::of_recording(recording))),
    };
    runs.bench.update(AppEvent::Job(JobResult::History(news)));
    let picture = runs.bench.picture();
    let words = "3 runs more don't fit into memory and are not counted";
    assert!(picture.contains(words), "{picture}");
}
