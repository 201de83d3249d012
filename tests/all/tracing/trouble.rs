//! A collector that is not there, takes nothing, or not all: no run is the worse for it, and a person is told.

use std::time::Duration;

use axum::http::StatusCode;
use pretty_assertions::assert_eq;
use tokio::net::TcpListener;

use super::collector::{Answer, Collector};
use super::{bed, job, run};
use crate::program::Ran;

/// The warnings about traces, a line each.
fn warnings(ran: &Ran) -> Vec<&str> {
    let lines = ran.stderr.lines();
    lines.filter(|line| line.contains("traces")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_costs_a_line_and_no_run() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tracing = format!("{{ endpoint = \"{address}\" }}");
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("is done"), "{}", ran.stdout);
    let lines = warnings(&ran);
    assert_eq!(lines.len(), 1, "{}", ran.stderr);
    assert!(
        lines[0].contains("sending traces to") && lines[0].contains("lost"),
        "{lines:?}"
    );
    let sent = run(&bed, &["history", "export", "last", "--otlp"], &[]);
    assert_eq!(sent.code, 1, "{sent:?}");
    assert!(sent.stderr.contains("sending traces to"), "{}", sent.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_nothing_is_sent_and_that_is_told() {
    let bed = bed("cat >/dev/null; echo noted", "{}").await;
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("no collector is named"),
        "{}",
        ran.stderr
    );
    let sent = run(&bed, &["history", "export", "last", "--otlp"], &[]);
    assert_eq!(sent.code, 3, "{sent:?}");
    assert!(
        sent.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{}",
        sent.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_a_request_is_not_asked_again_and_costs_a_line_and_no_run() {
    let collector = Collector::start().await;
    collector.answers(Answer::Nothing(StatusCode::UNAUTHORIZED));
    let tracing = format!("{{ endpoint = \"{}\" }}", collector.address);
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("is done"), "{}", ran.stdout);
    let [line] = warnings(&ran)[..] else {
        panic!("{}", ran.stderr)
    };
    assert!(
        line.contains("it answered 401 Unauthorized") && line.contains("spans of traces lost"),
        "{line}"
    );
    let n_refused = collector.n_refused();
    let sent = run(&bed, &["history", "export", "last", "--otlp"], &[]);
    assert_eq!(sent.code, 1, "{sent:?}");
    assert!(
        sent.stderr.contains("401 Unauthorized") && sent.stderr.contains("0 spans sent"),
        "{}",
        sent.stderr
    );
    assert_eq!(collector.n_refused(), n_refused + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_that_a_collector_leaves_out_are_counted_and_its_words_do_nothing_to_the_terminal() {
    let collector = Collector::start().await;
    let words = format!("too \u{1b}[31mold{}", "!".repeat(10_000));
    collector.answers(Answer::AllBut(2, words));
    let tracing = format!("{{ endpoint = \"{}\" }}", collector.address);
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let line = ran
        .stderr
        .lines()
        .find(|line| line.contains("refused 2 of"));
    let line = line.unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(line.contains("too "), "{line}");
    assert!(line.len() < 1_000 && !line.contains('\u{1b}'), "{line}");
    assert!(line.contains("spans of traces lost"), "{line}");
    let (taken, _) = collector.take("x-key");
    let sent = run(&bed, &["history", "export", "last", "--otlp"], &[]);
    assert_eq!(sent.code, 1, "{sent:?}");
    let n_left = taken.len() - 2;
    assert!(
        sent.stderr
            .contains(&format!("refused 2 of {}", taken.len()))
            && sent.stderr.contains(&format!("{n_left} spans sent")),
        "{}",
        sent.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_asks_to_wait_is_left_alone_for_so_long() {
    let collector = Collector::start().await;
    collector.answers(Answer::Busy(1, 1));
    let tracing = format!("{{ endpoint = \"{}\" }}", collector.address);
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(warnings(&ran), [""; 0], "{}", ran.stderr);
    let came = collector.came();
    assert!(came[1] - came[0] >= Duration::from_secs(1), "{came:?}");
    // All of it is there, and none twice.
    let (sent, _) = collector.take("x-key");
    super::span(&sent, "run noter");
    assert_eq!(collector.n_refused(), 1);

    // A pause that is longer than a request may take costs the spans of that request, and holds the others back.
    collector.answers(Answer::Busy(usize::MAX, 60));
    let ran = job(&bed, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let [line] = warnings(&ran)[..] else {
        panic!("{}", ran.stderr)
    };
    assert!(
        line.contains("503 Service Unavailable, and asks to wait 60 s")
            && line.contains("spans of traces lost"),
        "{line}"
    );
    assert_eq!(collector.n_refused(), 2);
    let sent = run(&bed, &["history", "export", "last", "--otlp"], &[]);
    assert_eq!(sent.code, 1, "{sent:?}");
    assert!(sent.stderr.contains("asks to wait 60 s"), "{}", sent.stderr);
    assert_eq!(collector.n_refused(), 3);
}
