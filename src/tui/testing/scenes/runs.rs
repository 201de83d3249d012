//! Makes scenes of batches of runs.

use std::time::Duration;

use serde_json::json;

use super::texts::Texts;
use crate::conversation::Role;
use crate::trace::{RequestKind, RunState};
use crate::tui::testing::stage::Runs;
use crate::tui::testing::{Harness, OnTerminal};

/// A batch whose runs wait in the queue.
pub(super) fn launched(on: OnTerminal, texts: Texts) -> Runs {
    let cities: Vec<String> = (1..=3).map(|n| format!("{} {n}", texts.city)).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    Runs::launch(Harness::on(on, &[]), &cities)
}

/// Runs of which one in six is in each state that matters.
pub(super) fn mixed(on: OnTerminal, texts: Texts, count: usize) -> Runs {
    let cities: Vec<String> = (1..=count).map(|n| format!("{} {n}", texts.city)).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(Harness::on(on, &[]), &cities);
    for (run, city) in cities.iter().enumerate() {
        if run % 6 == 5 {
            continue;
        }
        runs.state(run, RunState::Running);
        runs.say(run, Role::User, &format!("How is the weather in {city}?"));
    }
    runs.bench.wait(Duration::from_millis(1400));
    for run in 0..count {
        match run % 6 {
            0 => runs.stream(run, texts.answer),
            1 => {
                runs.say(run, Role::Agent, texts.answer);
                runs.state(run, RunState::Answered);
            }
            2 => ask_for_taxi(&mut runs, run, texts),
            3 => runs.fail(run),
            _ => {}
        }
    }
    runs
}

/// Runs that call a tool, one of which calls another one; two have answered.
pub(super) fn called(on: OnTerminal, texts: Texts) -> Runs {
    let cities: Vec<String> = (1..=4).map(|n| format!("{} {n}", texts.city)).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(Harness::on(on, &[]), &cities);
    for (run, city) in cities.iter().enumerate() {
        runs.state(run, RunState::Running);
        runs.say(run, Role::User, &format!("How is the weather in {city}?"));
        runs.bench.wait(Duration::from_millis(300));
        let tool = if run == 2 { "guess" } else { "get_weather" };
        runs.call(
            run,
            (tool, json!({"city": city})),
            json!({"high": 14 + run}),
        );
    }
    runs.answer(0, texts.answer);
    runs.answer(1, "It is dry.");
    runs
}

/// A batch whose prompt was varied in two.
pub(super) fn varied(on: OnTerminal, texts: Texts) -> Runs {
    let cities = [texts.city, "Oslo"];
    let mut runs = Runs::launch(Harness::on(on, &[]), &["first"]);
    runs.launch_varied(
        &cities,
        ("weather.system_prompt", &["Be brief.", texts.answer]),
    );
    for run in 1..=4 {
        runs.state(run, RunState::Running);
        runs.bench.wait(Duration::from_millis(200));
        if run == 3 {
            runs.fail(run);
        } else {
            runs.answer(run, texts.answer);
        }
    }
    runs
}

pub(super) fn ask_for_taxi(runs: &mut Runs, run: usize, texts: Texts) {
    runs.ask_for(
        run,
        RequestKind::ToolConfirmation {
            tool: "book_taxi".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: json!({"to": texts.city, "why": texts.answer}),
            inputs: Vec::new(),
        },
    );
}

pub(super) fn failed(on: OnTerminal, texts: Texts) -> Runs {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.state(0, RunState::Running);
    runs.stream(0, texts.answer);
    runs.fail(0);
    runs
}

pub(super) fn answered(on: OnTerminal, texts: Texts) -> Runs {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.call_and_answer(texts.city, texts.answer);
    runs
}
