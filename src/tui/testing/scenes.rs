//! Every screen and every overlay in the states in which a person meets them.

use std::time::Duration;

use serde_json::json;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::conversation::{AuthorizationStep, Role, Usage, Values};
use crate::runs::{ListedRun, Recording, Step, StepPair};
use crate::trace::{Failure, FailureKind, RequestKind, RunState};
use crate::tui::action::KeyContext;
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::history::{Compared, HistoryNews};
use crate::tui::testing::stage::Runs;
use crate::tui::testing::{Harness, OnTerminal};

/// What is written in a scene.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts {
    /// A city, which is an input.
    pub(crate) city: &'static str,
    /// What an agent answers.
    pub(crate) answer: &'static str,
    /// The name of a file, without its ending.
    pub(crate) file: &'static str,
}

/// As they are most of the time.
pub(crate) const USUAL: Texts = Texts {
    city: "Paris",
    answer: "It is 14 °C, with light rain.",
    file: "weather",
};

/// Longer than any line.
pub(crate) const LONGEST: Texts = Texts {
    city: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch by the sea, on the island of Anglesey in Wales, where it rains",
    answer: "It is fourteen degrees with light rain in the morning, seventeen with some sun and a breeze from the west after noon, and twelve with a clear sky in the night, so that a coat is of more use than an umbrella, and an umbrella of more use than a hat.",
    file: "a_weather_agent_with_a_very_long_name_that_says_all_that_it_is_good_for_and_then_some_more_of_it",
};

/// Wide letters, letters with marks, and pictures of several characters.
pub(crate) const WIDE: Texts = Texts {
    city: "東京都千代田区 🌧 é\u{301}a\u{308}",
    answer: "東京の天気は晴れです。気温は二十度で、風は弱いです。👩\u{200d}👩\u{200d}👧 すばらしい。",
    file: "天気予報",
};

/// A state of a screen or an overlay.
pub(crate) struct Scene {
    /// The screen or the overlay.
    pub(crate) screen: &'static str,
    /// The state: `many`.
    pub(crate) state: &'static str,
    /// Makes it.
    pub(crate) make: fn(OnTerminal) -> Harness,
}

const fn scene(
    screen: &'static str,
    state: &'static str,
    make: fn(OnTerminal) -> Harness,
) -> Scene {
    Scene {
        screen,
        state,
        make,
    }
}

/// All scenes, those of one screen together.
pub(crate) const ALL: &[Scene] = &[
    scene("specs", "empty", |on| Harness::on(on, &[])),
    scene("specs", "one", |on| specs(on, USUAL)),
    scene("specs", "many", Harness::samples_on),
    scene("specs", "failed", failed_spec),
    scene("specs", "longest", |on| specs(on, LONGEST)),
    scene("specs", "wide", |on| specs(on, WIDE)),
    scene("specs", "find", |on| {
        pressed(specs(on, USUAL), "e ctrl-f w")
    }),
    scene("specs", "complete", |on| {
        pressed(specs(on, USUAL), "e ctrl-space")
    }),
    scene("specs", "tabs", |on| {
        let files = [
            ("weather.yaml", agent(USUAL)),
            ("rome.yaml", agent(USUAL)),
            ("oslo.yaml", agent(USUAL)),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .chain([OFFLINE])
            .collect();
        pressed(
            Harness::on(on, &files),
            "e x esc down e esc down e esc alt-,",
        )
    }),
    scene("form", "one", |on| pressed(specs(on, USUAL), "f")),
    scene("form", "longest", |on| pressed(specs(on, LONGEST), "f x")),
    scene("form", "wide", |on| pressed(specs(on, WIDE), "f x")),
    scene("graph", "one", |on| {
        pressed(Harness::samples_on(on), "end G")
    }),
    scene("runs", "empty", |on| pressed(Harness::on(on, &[]), "2")),
    scene("runs", "loading", |on| launched(on, USUAL).bench),
    scene("runs", "one", |on| mixed(on, USUAL, 1).bench),
    scene("runs", "many", |on| mixed(on, USUAL, 60).bench),
    scene("runs", "failed", |on| failed(on, USUAL).bench),
    scene("runs", "longest", |on| mixed(on, LONGEST, 6).bench),
    scene("runs", "wide", |on| mixed(on, WIDE, 6).bench),
    scene("outcomes", "many", |on| {
        pressed(mixed(on, USUAL, 60).bench, "o")
    }),
    scene("outcomes", "few", |on| {
        pressed(mixed(on, USUAL, 6).bench, "o")
    }),
    scene("by turn", "many", |on| {
        pressed(called(on, USUAL).bench, "v n")
    }),
    scene("by turn", "longest", |on| {
        pressed(called(on, LONGEST).bench, "v n")
    }),
    scene("by turn", "wide", |on| {
        pressed(called(on, WIDE).bench, "v n")
    }),
    scene("compare", "empty", |on| pressed(Harness::on(on, &[]), "4")),
    scene("compare", "some", |on| {
        pressed(called(on, USUAL).bench, "space space c")
    }),
    scene("compare", "longest", |on| {
        pressed(called(on, LONGEST).bench, "space space space c")
    }),
    scene("compare", "wide", |on| {
        pressed(called(on, WIDE).bench, "space space c")
    }),
    scene("compare", "variants", |on| {
        pressed(varied(on, USUAL).bench, "c down right")
    }),
    scene("compare", "longest variants", |on| {
        pressed(varied(on, LONGEST).bench, "c down right")
    }),
    scene("zoomed", "one", |on| {
        pressed(answered(on, USUAL).bench, "enter")
    }),
    scene("zoomed", "failed", |on| {
        pressed(failed(on, USUAL).bench, "enter")
    }),
    scene("zoomed", "longest", |on| {
        pressed(answered(on, LONGEST).bench, "enter")
    }),
    scene("zoomed", "wide", |on| {
        pressed(answered(on, WIDE).bench, "enter")
    }),
    scene("answer", "yes or no", |on| asked(on, USUAL)),
    scene("answer", "longest", |on| asked(on, LONGEST)),
    scene("answer", "a message", |on| {
        pressed(answered(on, USUAL).bench, "i")
    }),
    scene("answer", "sign in", signs_in),
    scene("inspect", "empty", |on| pressed(Harness::on(on, &[]), "3")),
    scene("inspect", "one", |on| {
        pressed(answered(on, USUAL).bench, "3 down down")
    }),
    scene("inspect", "result", |on| {
        pressed(answered(on, USUAL).bench, "3 down down tab right down down")
    }),
    scene("inspect", "failed", |on| {
        pressed(failed(on, USUAL).bench, "3 tab right")
    }),
    scene("inspect", "longest", |on| {
        pressed(answered(on, LONGEST).bench, "3 down down tab")
    }),
    scene("inspect", "wide", |on| {
        pressed(answered(on, WIDE).bench, "3 down down tab")
    }),
    scene("history", "empty", |on| history(on, Some(Vec::new()))),
    scene("history", "loading", |on| history(on, None)),
    scene("history", "one", |on| history(on, Some(listed(USUAL, 1)))),
    scene("history", "many", |on| history(on, Some(listed(USUAL, 60)))),
    scene("history", "longest", |on| {
        history(on, Some(listed(LONGEST, 6)))
    }),
    scene("history", "wide", |on| history(on, Some(listed(WIDE, 6)))),
    scene("launch", "one", |on| pressed(specs(on, USUAL), "enter")),
    scene("launch", "many", |on| {
        pressed(Harness::samples_on(on), "enter")
    }),
    scene("launch", "longest", |on| {
        pressed(specs(on, LONGEST), "enter")
    }),
    scene("launch", "wide", |on| pressed(specs(on, WIDE), "enter")),
    scene("inbox", "empty", |on| inbox(on, USUAL, 0)),
    scene("inbox", "many", |on| inbox(on, USUAL, 20)),
    scene("inbox", "longest", |on| inbox(on, LONGEST, 3)),
    scene("inbox", "wide", |on| inbox(on, WIDE, 3)),
    scene("palette", "all", |on| {
        pressed(Harness::samples_on(on), "ctrl-p")
    }),
    scene("palette", "longest", |on| {
        pressed(mixed(on, LONGEST, 6).bench, "ctrl-p L l a n")
    }),
    scene("help", "specs", |on| pressed(Harness::samples_on(on), "?")),
    scene("help", "find", |on| {
        pressed(Harness::samples_on(on), "? / r u n")
    }),
    scene("notices", "empty", |on| pressed(Harness::on(on, &[]), "L")),
    scene("notices", "many", |on| {
        pressed(Harness::on(on, &[]), "T T 2 x X r R L")
    }),
    scene("question", "quit", |on| {
        pressed(mixed(on, USUAL, 6).bench, "q")
    }),
    scene("question", "longest", |on| {
        pressed(specs(on, LONGEST), "e x esc q")
    }),
    scene("export", "spec", |on| pressed(specs(on, USUAL), "x")),
    scene("export", "run", |on| {
        pressed(answered(on, USUAL).bench, "e")
    }),
    scene("export", "batch", |on| {
        pressed(mixed(on, USUAL, 6).bench, "E")
    }),
    scene("export", "longest", |on| pressed(specs(on, LONGEST), "x")),
    scene("prompt", "rename", |on| pressed(specs(on, USUAL), "r")),
    scene("prompt", "longest", |on| pressed(specs(on, LONGEST), "r")),
    scene("prompt", "a bound", |on| {
        pressed(mixed(on, USUAL, 6).bench, "B")
    }),
    scene("new spec", "all", |on| pressed(specs(on, USUAL), "N")),
    scene("comparison", "some", compared),
    scene("side by side", "some", |on| side_by_side(on, USUAL)),
    scene("side by side", "longest", |on| side_by_side(on, LONGEST)),
    scene("side by side", "wide", |on| side_by_side(on, WIDE)),
    scene("fork", "one", |on| pressed(answered(on, USUAL).bench, "f")),
    scene("fork", "longest", |on| {
        pressed(answered(on, LONGEST).bench, "f")
    }),
    scene("call again", "one", |on| {
        pressed(answered(on, USUAL).bench, "3 down down R")
    }),
    scene("call again", "longest", |on| {
        pressed(answered(on, LONGEST).bench, "3 down down R")
    }),
    scene("call again", "wide", |on| {
        pressed(answered(on, WIDE).bench, "3 down down R")
    }),
    scene("trust", "one", trust),
];

fn pressed(mut bench: Harness, keys: &str) -> Harness {
    bench.press(keys);
    bench
}

/// An agent whose prompt is the text.
fn agent(texts: Texts) -> String {
    let prompt = json!(format!("{} {{{{city}}}}", texts.answer));
    let city = json!(texts.city);
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: weather\nname: weather\nsystem_prompt: {prompt}\nllm_config:\n  component_type: OllamaConfig\n  name: llama\n  url: http://localhost:11434\n  model_id: llama3.2\ninputs:\n  - {{title: city, type: string, default: {city}}}\n"
    )
}

const OFFLINE: (&str, &str) = ("flowdeck.toml", "default_profile = \"offline\"\n");

fn specs(on: OnTerminal, texts: Texts) -> Harness {
    let file = format!("{}.yaml", texts.file);
    Harness::on(on, &[(file.as_str(), agent(texts).as_str()), OFFLINE])
}

fn failed_spec(on: OnTerminal) -> Harness {
    let text = agent(USUAL).replace("url:", "urll:");
    let mut bench = Harness::on(on, &[("weather.yaml", text.as_str()), OFFLINE]);
    bench.press("e");
    bench
}

fn compared(on: OnTerminal) -> Harness {
    let other = agent(USUAL).replace("light rain", "some sun");
    let mut bench = Harness::on(
        on,
        &[
            ("a.yaml", agent(USUAL).as_str()),
            ("b.yaml", other.as_str()),
            OFFLINE,
        ],
    );
    bench.press("D down D");
    bench
}

/// A spec that was not looked over yet.
fn trust(on: OnTerminal) -> Harness {
    let mut bench = Harness::on(on, &[("weather.yaml", agent(USUAL).as_str())]);
    bench.press("enter enter");
    bench
}

/// A batch whose runs wait in the queue.
fn launched(on: OnTerminal, texts: Texts) -> Runs {
    let cities: Vec<String> = (1..=3).map(|n| format!("{} {n}", texts.city)).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    Runs::launch(Harness::on(on, &[]), &cities)
}

/// Runs of which one in six is in each state that matters.
fn mixed(on: OnTerminal, texts: Texts, count: usize) -> Runs {
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
fn called(on: OnTerminal, texts: Texts) -> Runs {
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
fn varied(on: OnTerminal, texts: Texts) -> Runs {
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

fn ask_for_taxi(runs: &mut Runs, run: usize, texts: Texts) {
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

fn failed(on: OnTerminal, texts: Texts) -> Runs {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.state(0, RunState::Running);
    runs.stream(0, texts.answer);
    runs.fail(0);
    runs
}

fn answered(on: OnTerminal, texts: Texts) -> Runs {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.call_and_answer(texts.city, texts.answer);
    runs
}

fn asked(on: OnTerminal, texts: Texts) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.state(0, RunState::Running);
    ask_for_taxi(&mut runs, 0, texts);
    runs.bench.press("i");
    runs.bench
}

fn signs_in(on: OnTerminal) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &["Paris"]);
    runs.state(0, RunState::Running);
    let address = format!(
        "https://login.example/authorize?client_id=flowdeck&state={}",
        "0f".repeat(60)
    );
    let server = "https://mcp.example/mcp".to_owned();
    let step = AuthorizationStep::SignIn(address);
    runs.ask_for(0, RequestKind::Authorization { server, step });
    runs.bench.press("i");
    runs.bench
}

fn inbox(on: OnTerminal, texts: Texts, count: usize) -> Harness {
    let mut runs = launched(on, texts);
    if count == 0 {
        // It is open while the last request is closed by its run.
        for run in 0..2 {
            runs.state(run, RunState::Running);
            ask_for_taxi(&mut runs, run, texts);
        }
        runs.bench.press("!");
        for run in 0..2 {
            runs.fail(run);
        }
        return runs.bench;
    }
    runs.launch_more((0..count).map(|n| json!({"city": format!("{} {n}", texts.city)})));
    for run in 0..count + 3 {
        runs.state(run, RunState::Running);
        runs.bench.wait(Duration::from_secs(2));
        if run % 3 == 2 {
            runs.say(run, Role::Agent, texts.answer);
            let tool = RequestKind::ToolResult {
                tool: "look_up".to_owned(),
                call_id: "call_1".to_owned(),
                arguments: json!({"number": run, "for": texts.city}),
                outputs: vec![json!({"title": "found", "type": "string"})],
            };
            runs.ask_for(run, tool);
        } else {
            ask_for_taxi(&mut runs, run, texts);
        }
    }
    runs.bench.press("!");
    runs.bench
}

/// The History screen with these runs; none while they are looked for.
fn history(on: OnTerminal, listed: Option<Vec<ListedRun>>) -> Harness {
    let mut bench = Harness::on(on, &[]);
    bench.reads_history = false;
    bench.press("5");
    if let (Some(listed), Some(question)) = (listed, bench.asked_history) {
        let result = Ok(Some(listed));
        let news = HistoryNews::Listed { question, result };
        bench.update(AppEvent::Job(JobResult::History(news)));
    }
    bench
}

fn listed(texts: Texts, count: usize) -> Vec<ListedRun> {
    let states = [
        RunState::Finished,
        RunState::Failed,
        RunState::Interrupted,
        RunState::Answered,
    ];
    let run = |index: usize| {
        let state = states[index % states.len()];
        let launched_at =
            Timestamp::from_ns((1_767_225_600 + index as u64 / 4 * 3600) * 1_000_000_000);
        let failure = Failure::new(
            FailureKind::Model,
            "the model's server answered 429: slow down",
        );
        ListedRun {
            run: RunId::new(format!("r_{index:04}")),
            batch: BatchId::new(format!("b_{:04}84e2", index / 4)),
            index: index % 4,
            spec: texts.file.to_owned(),
            state,
            is_over: state != RunState::Interrupted,
            launched_at,
            workspace: "/home/ada/specs".to_owned(),
            started_at: Some(launched_at),
            duration_ms: 1234.0,
            label: format!("{} {index}", texts.city),
            result: if state == RunState::Failed {
                ""
            } else {
                texts.answer
            }
            .to_owned(),
            inputs: Values::new(),
            outputs: Values::new(),
            error: (state == RunState::Failed).then_some(failure),
            usage: Usage {
                total_tokens: 211,
                ..Usage::default()
            },
            streamed_tokens: 0,
            tools: Vec::new(),
            forked_from: None,
            is_elsewhere: false,
        }
    };
    (0..count).map(run).collect()
}

fn side_by_side(on: OnTerminal, texts: Texts) -> Harness {
    let step = |title: &str, text: &str| {
        Some(Step {
            title: title.to_owned(),
            text: text.to_owned(),
        })
    };
    let pairs = vec![
        StepPair {
            sides: [step("user", texts.city), step("user", texts.city)],
        },
        StepPair {
            sides: [step("agent", texts.answer), step("agent", "It is dry.")],
        },
        StepPair {
            sides: [step("finished", ""), None],
        },
    ];
    let mut bench = Harness::on(on, &[]);
    let names = [
        format!("past b_384e21#1 {}", texts.city),
        format!("A#1 {}", texts.city),
    ];
    let news = HistoryNews::SideBySide(Ok(Compared { names, pairs }));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench
}

/// Makes a scene with some texts.
type Make = fn(OnTerminal, Texts) -> Harness;

/// Every scene that shows what others wrote.
pub(crate) fn with_texts() -> Vec<(&'static str, Make)> {
    vec![
        ("specs", specs),
        ("runs", |on, texts| mixed(on, texts, 6).bench),
        ("outcomes", |on, texts| {
            pressed(mixed(on, texts, 6).bench, "o")
        }),
        ("by turn", |on, texts| pressed(called(on, texts).bench, "v")),
        ("compare", |on, texts| {
            pressed(called(on, texts).bench, "space space c")
        }),
        ("zoomed", |on, texts| {
            pressed(answered(on, texts).bench, "enter")
        }),
        ("answer", asked),
        ("inspect", |on, texts| {
            pressed(answered(on, texts).bench, "3 down down tab")
        }),
        ("history", |on, texts| history(on, Some(listed(texts, 6)))),
        ("launch", |on, texts| pressed(specs(on, texts), "enter")),
        ("inbox", |on, texts| inbox(on, texts, 3)),
        ("palette", |on, texts| {
            pressed(mixed(on, texts, 6).bench, "ctrl-p")
        }),
        ("side by side", side_by_side),
        ("fork", |on, texts| pressed(answered(on, texts).bench, "f")),
        ("call again", |on, texts| {
            pressed(answered(on, texts).bench, "3 down down R")
        }),
    ]
}

/// How a context of keys is reached, by the keyboard alone.
pub(crate) fn reaching(context: KeyContext) -> fn(OnTerminal) -> Harness {
    match context {
        KeyContext::Always
        | KeyContext::Global
        | KeyContext::Moving
        | KeyContext::Specs
        | KeyContext::SpecsTree => |on| specs(on, USUAL),
        KeyContext::SpecsEditor => |on| pressed(specs(on, USUAL), "e"),
        KeyContext::SpecsPassing => |on| pressed(specs(on, USUAL), "tab"),
        KeyContext::SpecsCompletions => |on| pressed(specs(on, USUAL), "e end enter ctrl-space"),
        KeyContext::SpecsChoice => |on| {
            pressed(
                failed_spec(on),
                "down down down down down down down down alt-enter",
            )
        },
        KeyContext::SpecsFind => |on| pressed(specs(on, USUAL), "/"),
        KeyContext::SpecsProblems => |on| pressed(failed_spec(on), "esc alt-j"),
        KeyContext::SpecsOutline => |on| pressed(specs(on, USUAL), "alt-l alt-l"),
        KeyContext::Runs => |on| mixed(on, USUAL, 6).bench,
        KeyContext::RunsHeld => |on| {
            let mut runs = mixed(on, USUAL, 6);
            runs.change_batch(|batch| batch.canary = Some(2));
            pressed(runs.bench, "")
        },
        KeyContext::RunsZoomed => |on| pressed(answered(on, USUAL).bench, "enter"),
        KeyContext::RunsByTurn => |on| pressed(called(on, USUAL).bench, "v"),
        KeyContext::Compare => |on| pressed(called(on, USUAL).bench, "space space c"),
        KeyContext::CompareMatrix => |on| pressed(varied(on, USUAL).bench, "c"),
        KeyContext::RunsFilter => |on| pressed(mixed(on, USUAL, 6).bench, "/ P"),
        KeyContext::RunsFind => |on| pressed(answered(on, USUAL).bench, "enter / I"),
        KeyContext::Inspect => |on| pressed(answered(on, USUAL).bench, "3 down down"),
        KeyContext::InspectFind => |on| pressed(answered(on, USUAL).bench, "3 / P"),
        KeyContext::History => |on| history(on, Some(listed(USUAL, 6))),
        KeyContext::HistoryFilter => |on| pressed(history(on, Some(listed(USUAL, 6))), "/ P"),
        KeyContext::Launch => |on| pressed(specs(on, USUAL), "enter"),
        KeyContext::Inbox => |on| inbox(on, USUAL, 6),
        KeyContext::Answer => |on| pressed(answered(on, USUAL).bench, "i H"),
        KeyContext::AnswerConfirm => |on| later(asked(on, USUAL)),
        KeyContext::AnswerRegistration => |on| later(authorizes(on, AuthorizationStep::Register)),
        KeyContext::AnswerSignIn => |on| later(authorizes(on, AuthorizationStep::SignIn)),
        KeyContext::Fork => |on| pressed(answered(on, USUAL).bench, "f H"),
        KeyContext::Form => |on| pressed(specs(on, USUAL), "f x"),
        KeyContext::CallAgain => |on| pressed(answered(on, USUAL).bench, "3 down down R x"),
        KeyContext::Export => |on| pressed(answered(on, USUAL).bench, "e"),
        KeyContext::Prompt => |on| pressed(specs(on, USUAL), "r"),
        KeyContext::Templates => |on| pressed(specs(on, USUAL), "N"),
        KeyContext::Comparison => compared,
        KeyContext::SideBySide => |on| side_by_side(on, USUAL),
        KeyContext::Replay => replay,
        KeyContext::Trust => trust,
        KeyContext::Palette => |on| pressed(specs(on, USUAL), "ctrl-p"),
        KeyContext::Confirm => |on| pressed(mixed(on, USUAL, 6).bench, "q"),
        KeyContext::Help => |on| pressed(specs(on, USUAL), "?"),
        KeyContext::HelpFind => |on| pressed(specs(on, USUAL), "? / r"),
        KeyContext::Notices => |on| pressed(Harness::on(on, &[]), "T L"),
    }
}

/// A moment later: a question ignores keys right after it appears.
fn later(mut bench: Harness) -> Harness {
    bench.wait(Duration::from_secs(1));
    bench
}

fn authorizes(on: OnTerminal, step: fn(String) -> AuthorizationStep) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &["Paris"]);
    runs.state(0, RunState::Running);
    let server = "https://mcp.example/mcp".to_owned();
    let step = step("https://login.example/a".to_owned());
    runs.ask_for(0, RequestKind::Authorization { server, step });
    runs.bench.press("i");
    runs.bench
}

/// A run of the past that is played again.
fn replay(on: OnTerminal) -> Harness {
    let runs = answered(on, USUAL);
    let record = runs
        .bench
        .state
        .runs_model()
        .at(0)
        .and_then(|run| run.record().cloned());
    let record = record.unwrap();
    let batch = runs
        .bench
        .state
        .runs_model()
        .batch(&record.batch)
        .cloned()
        .unwrap();
    let recording = Recording::of_record(&batch, &record);
    let mut bench = Harness::on(on, &[]);
    let news = HistoryNews::Replay(Ok(Box::new(recording)));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench
}
