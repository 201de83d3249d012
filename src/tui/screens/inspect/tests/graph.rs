//! The graph of a run: its nodes, and what went over its data edges.

use std::time::Duration;

use serde_json::{Value, json};

use super::{SIZES, inspect, tell};
use crate::base::ids::SpanId;
use crate::runs::script::{Script, component};
use crate::spec::Format;
use crate::spec::templates::Template;
use crate::trace::{Event, RunState, SpanKind, SpanOutcome};

/// The flow of the templates: start, classify, route, apologise or reply, end.
fn spec() -> String {
    Template::find("flow").unwrap().text(Format::Yaml)
}

struct Triage {
    script: Script,
    flow: SpanId,
}

impl Triage {
    fn new() -> Self {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let flow = component("Flow", "triage");
        let flow = script.start_of(None, SpanKind::FlowExecutionSpan, flow);
        Self { script, flow }
    }

    fn begin(&mut self, ty: &str, name: &str, inputs: Value) -> SpanId {
        let node = component(ty, name);
        let inputs = inputs.into();
        let parent = Some(&self.flow);
        let span = self
            .script
            .start_of(parent, SpanKind::NodeExecutionSpan, node.clone());
        self.script
            .traced(&span, Event::NodeExecutionStart { node, inputs });
        self.script.pass(Duration::from_millis(1200));
        span
    }

    fn visit(&mut self, ty: &str, name: &str, outputs: Value) {
        let span = self.begin(ty, name, json!({}));
        let node = component(ty, name);
        let ended = Event::NodeExecutionEnd {
            node,
            outputs: outputs.into(),
            branch_selected: None,
        };
        self.script.traced(&span, ended);
        self.script.end(&span, SpanOutcome::Ok);
    }

    /// Up to the node that apologises, for the second time.
    fn up_to_the_second_apology() -> Self {
        let mut triage = Self::new();
        let message = "My parcel came broken, \u{1b}[31mand nobody answers.";
        triage.visit("StartNode", "start", json!({ "message": message }));
        triage.visit("LlmNode", "classify", json!({"kind": "complaint"}));
        triage.visit("BranchingNode", "route", json!({}));
        triage.visit(
            "LlmNode",
            "apologise",
            json!({"answer": "東京からお詫び申し上げます"}),
        );
        triage.begin("LlmNode", "apologise", json!({"message": message}));
        triage
    }
}

#[test]
fn boxes_say_what_last_went_over_their_data_edges() {
    for size in SIZES {
        let triage = Triage::up_to_the_second_apology();
        let mut bench = inspect(size, &spec(), &triage.script);
        bench.press("G");
        insta::assert_snapshot!(format!("values_{}", size.0), bench.picture());
    }
}

#[test]
fn a_box_is_chosen_and_its_values_are_read_whole() {
    let mut triage = Triage::up_to_the_second_apology();
    let mut bench = inspect((120, 36), &spec(), &triage.script);
    bench.press("G home");
    bench.press("up");
    // The one that runs is chosen first.
    let picture = bench.picture();
    assert!(picture.contains("LlmNode apologise"), "{picture}");
    bench.press("up up");
    let picture = bench.picture();
    assert!(picture.contains("LlmNode classify ✓"), "{picture}");
    bench.press("enter right");
    let picture = bench.picture();
    assert!(picture.contains("\"kind\": \"complaint\""), "{picture}");
    // What is chosen and has not been visited says so, until it is.
    bench.press("tab down down right");
    let picture = bench.picture();
    assert!(picture.contains("not visited yet"), "{picture}");
    let told = triage.script.events.len();
    triage.begin("LlmNode", "reply", json!({"message": "Hello"}));
    tell(&mut bench, &triage.script, told);
    let picture = bench.picture();
    assert!(picture.contains("LlmNode reply"), "{picture}");
    assert!(!picture.contains("not visited yet"), "{picture}");
    // Back to following what runs, then to the runs.
    bench.press("esc");
    assert!(bench.picture().contains("┌ "), "{}", bench.picture());
}
