//! Every screen and every overlay in the states in which a person meets them.
//!
//! Here is the list; the modules make what it names: folders of specs, batches of runs, requests to a person, past runs. The
//! texts in them come in three sets.

mod contexts;
mod past;
mod requests;
mod runs;
mod specs;
mod texts;

pub(crate) use self::contexts::reaching;
use self::past::{history, listed, side_by_side};
use self::requests::{asked, inbox, signs_in};
use self::runs::{answered, called, failed, launched, mixed, varied};
use self::specs::{OFFLINE, agent, compared, failed_spec, specs, trust};
use self::texts::{LONGEST, WIDE};
pub(crate) use self::texts::{Texts, USUAL};
use crate::tui::testing::{Harness, OnTerminal};

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
