//! The same flows and teams come to the same in WayFlow 26.3.1 and in flowdeck: outputs, what was said, what tools were
//! called with, what models were asked, and the order of nodes where the language fixes it.
//!
//! What differs on purpose is in [`known`], or is said by the case itself; each has a row in `docs/differences.md`, and the
//! test fails when it no longer differs.

mod case;
#[expect(
    clippy::needless_pass_by_value,
    reason = "specs are written as values inside values, without a `&` at each level"
)]
mod cases;
mod graph;
mod known;
mod members;
mod run;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use self::case::{Case, Differs};
use self::run::Run;
use super::known::{KNOWN, without_empty_tools};
use super::responses;
use super::runners::Wayflow;
use super::server::Server;

/// How much of a value is shown that differs.
const SHOWN: usize = 1000;

const DIFFERENCES: &str = include_str!("../../../docs/differences.md");

#[tokio::test]
async fn flows_and_teams_come_to_the_same_as_in_wayflow() {
    let Some(mut wayflow) = Wayflow::start() else {
        return;
    };
    let cases = cases::all();
    assert!(cases.len() >= 140);
    let mut report = String::new();
    let mut seen = BTreeSet::new();
    for case in &cases {
        let server = Server::choosing(case.answers.clone());
        let mut ours = run::ours(case, &server.url).await;
        ours.requests = server.stop();
        let server = Server::choosing(case.their_answers());
        let mut theirs = run::theirs(case, &server.url, &mut wayflow);
        theirs.requests = server.stop();
        let objections = match &case.differs {
            Some(differs) => differing(differs, &ours, &theirs),
            None => compare(case, ours, theirs, &mut seen),
        };
        if !objections.is_empty() {
            write!(report, "\n=== {}\n{objections}", case.name).unwrap();
        }
    }
    for known in &known::KNOWN {
        if !seen.contains(known.name) {
            writeln!(report, "no case shows any more: {}", known.name).unwrap();
        }
        if !DIFFERENCES.contains(&format!("| {} |", known.name)) {
            writeln!(report, "docs/differences.md has no row `{}`", known.name).unwrap();
        }
    }
    assert!(report.is_empty(), "of {} cases:{report}", cases.len());
}

/// What is not as it is known to differ.
fn differing(differs: &Differs, ours: &Run, theirs: &Run) -> String {
    let mut report = String::new();
    for (side, expected, run) in [
        ("here", &differs.ours, ours),
        ("in WayFlow", &differs.theirs, theirs),
    ] {
        let is_as_expected = match (&run.error, expected["error"].as_str()) {
            (Some(error), Some(part)) => error.contains(part),
            (None, None) => expected["outputs"] == run.outputs,
            _ => false,
        };
        if !is_as_expected {
            writeln!(report, "{side} it comes to {run:?}").unwrap();
        }
    }
    if !DIFFERENCES.contains(&format!("| {} |", differs.row)) {
        writeln!(report, "docs/differences.md has no row `{}`", differs.row).unwrap();
    }
    report
}

/// What differs beyond what is known, and notes what is known.
fn compare(case: &Case, mut ours: Run, mut theirs: Run, seen: &mut BTreeSet<&str>) -> String {
    for run in [&mut ours, &mut theirs] {
        let requests = std::mem::take(&mut run.requests);
        run.requests = requests.into_iter().map(responses::as_chat).collect();
    }
    for known in &KNOWN {
        (known.even)(&mut ours.requests, &mut theirs.requests);
    }
    for known in &known::KNOWN {
        let before = format!("{ours:?}{theirs:?}");
        (known.even)(&mut ours, &mut theirs);
        if before != format!("{ours:?}{theirs:?}") {
            seen.insert(known.name);
        }
    }
    for run in [&mut ours, &mut theirs] {
        run.requests.iter_mut().for_each(without_empty_tools);
        if case.is_parallel {
            for list in [&mut run.requests, &mut run.calls, &mut run.nodes] {
                list.sort_by_key(Value::to_string);
            }
        }
    }
    let mut report = String::new();
    let fails_rightly = |error: &Option<String>| match (error, case.fails) {
        (Some(error), Some(part)) => error.contains(part),
        (None, None) => true,
        _ => false,
    };
    if !fails_rightly(&ours.error) || !fails_rightly(&theirs.error) {
        writeln!(
            report,
            "here: {:?}, in WayFlow: {:?}",
            ours.error, theirs.error
        )
        .unwrap();
    }
    for (what, here, there) in [
        ("outputs", vec![ours.outputs], vec![theirs.outputs]),
        ("messages", ours.messages, theirs.messages),
        ("nodes", vec![json!(ours.nodes)], vec![json!(theirs.nodes)]),
        ("calls", ours.calls, theirs.calls),
        ("requests", ours.requests, theirs.requests),
    ] {
        if here.len() != there.len() {
            writeln!(
                report,
                "{} {what} here, {} in WayFlow",
                here.len(),
                there.len()
            )
            .unwrap();
        }
        for index in 0..here.len().max(there.len()) {
            let (one, other) = (here.get(index), there.get(index));
            if one != other {
                let shown = |it: &Value| it.to_string().chars().take(SHOWN).collect::<String>();
                let [one, other] = [one, other].map(|it| it.map_or("none".to_owned(), shown));
                write!(
                    report,
                    "{what} {index}\n  here:    {one}\n  WayFlow: {other}\n"
                )
                .unwrap();
            }
        }
    }
    report
}
