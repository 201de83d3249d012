//! The same agents send the same requests to their models in WayFlow 26.3.1 and in flowdeck: messages, tools, parameters
//! and response formats. Where they differ on purpose, [`known`] says so, and the test fails when they no longer do.

mod cases;
mod known;
mod parts;
mod responses;
mod runners;
mod runs;
mod server;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use self::cases::Case;
use self::known::KNOWN;
pub(crate) use self::runners::Wayflow;
use self::server::Server;

#[tokio::test]
async fn requests_are_those_of_wayflow() {
    let Some(mut wayflow) = Wayflow::start() else {
        return;
    };
    let cases = cases::all();
    assert!(cases.len() >= 25);
    let mut seen = BTreeSet::new();
    let mut report = String::new();
    for case in &cases {
        let server = Server::start(case.answers.clone());
        if let Err(error) = runners::run(case, &server.url).await {
            write!(report, "\n=== {}: fails here: {error}\n", case.name).unwrap();
        }
        let ours = server.stop();
        let server = Server::start(case.theirs.clone().unwrap_or_else(|| case.answers.clone()));
        if let Err(error) = wayflow.run(case, &server.url) {
            write!(report, "\n=== {}: fails in WayFlow: {error}\n", case.name).unwrap();
        }
        report.push_str(&compare(case, ours, server.stop(), &mut seen));
    }
    assert!(report.is_empty(), "{report}");
    let documented = include_str!("../../docs/differences.md");
    for known in &KNOWN {
        let row = format!("| {} |", known.name);
        assert!(
            documented.contains(&row),
            "docs/differences.md has no row {row}"
        );
    }
    let gone: Vec<&str> = KNOWN
        .iter()
        .map(|known| known.name)
        .filter(|name| !seen.contains(name))
        .collect();
    assert!(
        gone.is_empty(),
        "no case shows these differences any more: {gone:?}"
    );
}

/// What differs beyond what is known, and notes what is known.
fn compare(
    case: &Case,
    mut ours: Vec<Value>,
    mut theirs: Vec<Value>,
    seen: &mut BTreeSet<&'static str>,
) -> String {
    for requests in [&mut ours, &mut theirs] {
        let read = std::mem::take(requests);
        *requests = read.into_iter().map(responses::as_chat).collect();
    }
    for known in &KNOWN {
        let before = (ours.clone(), theirs.clone());
        (known.even)(&mut ours, &mut theirs);
        if before != (ours.clone(), theirs.clone()) {
            seen.insert(known.name);
        }
    }
    ours.iter_mut()
        .chain(&mut theirs)
        .for_each(known::without_empty_tools);
    if ours == theirs {
        return String::new();
    }
    let mut report = format!(
        "\n=== {}: {} requests here, {} in WayFlow\n",
        case.name,
        ours.len(),
        theirs.len()
    );
    for (index, (one, other)) in ours.iter().zip(&theirs).enumerate() {
        if one != other {
            write!(
                report,
                "request {index}\n  here:    {one}\n  WayFlow: {other}\n"
            )
            .unwrap();
        }
    }
    report
}
