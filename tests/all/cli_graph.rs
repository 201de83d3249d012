//! `flowdeck graph`, as scripts rely on it.

use crate::program::{run, run_with_input};

const FLOW: &str = "sample_specs/flows/support_triage.yaml";

#[test]
fn a_flow_is_drawn_with_its_branches() {
    let ran = run(&["graph", FLOW]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for expected in ["│ ● start ├───▶│ classify ├", "─ billing ─", "◉ end"]
    {
        assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    }
    let narrow = run(&["graph", FLOW, "--width", "60"]).stdout;
    assert!(narrow.contains('▼') && !narrow.contains('▶'), "{narrow}");
    let ascii = run(&["graph", FLOW, "--ascii"]).stdout;
    assert!(ascii.is_ascii() && ascii.contains("+- billing"), "{ascii}");
}

#[test]
fn mermaid_and_dot_are_for_other_programs() {
    let mermaid = run(&["graph", FLOW, "--format", "mermaid"]).stdout;
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    assert!(mermaid.contains("-->|\"billing\"| n3"), "{mermaid}");
    let dot = run(&["graph", FLOW, "--format", "dot", "--data"]).stdout;
    assert!(dot.starts_with("digraph \"support_triage\" {\n"), "{dot}");
    assert!(dot.contains("[label=\"message\", style=dashed];"), "{dot}");
}

#[test]
fn a_flow_inside_is_drawn_when_it_is_asked_for() {
    let flow = "sample_specs/flows/newsletter.yaml";
    assert!(!run(&["graph", flow]).stdout.contains("Flow length_check\n"));
    let deep = run(&["graph", flow, "--depth", "1"]).stdout;
    assert!(deep.contains("check_length: Flow length_check\n"), "{deep}");
}

#[test]
fn what_has_no_graph_is_refused() {
    let model = "component_type: VllmConfig\nagentspec_version: 26.1.2\nid: m\nname: m\nurl: http://h\nmodel_id: x\n";
    let ran = run_with_input(&["graph", "-"], model);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("which has no graph"), "{}", ran.stderr);
    let broken = run(&["graph", "sample_specs/flows/broken_greeting.yaml"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (3, ""));
    assert!(
        broken.stderr.contains("it can't be drawn"),
        "{}",
        broken.stderr
    );
}
