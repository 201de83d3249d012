//! Parts of a run that go on at the same time, in the waterfall.

use std::time::Duration;

use serde_json::json;

use super::{SIZES, inspect, tell};
use crate::base::ids::SpanId;
use crate::runs::script::{Script, component, tool_request, tool_response};
use crate::trace::{Event, RunState, SpanKind, SpanOutcome};
use crate::tui::testing::Harness;

const SPEC: &str = "{component_type: Flow, agentspec_version: 26.1.2, id: cities, name: cities}";

/// A run that looks up cities, at most three at the same time, each with a tool that takes a while.
struct Lookups {
    script: Script,
    flow: SpanId,
    map: SpanId,
    open: Vec<(SpanId, SpanId)>,
    count: usize,
}

impl Lookups {
    fn new() -> Self {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let root = component("Flow", "cities");
        let flow = script.start_of(None, SpanKind::FlowExecutionSpan, root);
        let node = component("ParallelMapNode", "look up all");
        let map = script.start_of(Some(&flow), SpanKind::NodeExecutionSpan, node);
        Self {
            script,
            flow,
            map,
            open: Vec::new(),
            count: 0,
        }
    }

    fn begin(&mut self, city: &str) {
        let script = &mut self.script;
        let each = component("Flow", "look up one");
        let item = script.start_of(Some(&self.map), SpanKind::FlowExecutionSpan, each.clone());
        let inputs = json!({ "city": city }).into();
        script.traced(&item, Event::FlowExecutionStart { flow: each, inputs });
        let tool = component("ServerTool", "find_city");
        let call = script.start_of(Some(&item), SpanKind::ToolExecutionSpan, tool);
        let id = format!("call_{}", self.count);
        self.count += 1;
        script.traced(&call, tool_request(&id, "find_city"));
        script.pass(Duration::from_millis(120));
        self.open.push((item, call));
    }

    /// The one that began first is over.
    fn end(&mut self, outcome: SpanOutcome) {
        let (item, call) = self.open.remove(0);
        let id = format!("call_{}", self.count - self.open.len() - 1);
        let error = (outcome == SpanOutcome::Error).then_some("no such city");
        self.script
            .traced(&call, tool_response(&id, "find_city", error));
        self.script.end(&call, outcome);
        self.script.end(&item, outcome);
        self.script.pass(Duration::from_millis(80));
    }

    fn finish(mut self) -> Script {
        while !self.open.is_empty() {
            self.end(SpanOutcome::Ok);
        }
        self.script.end(&self.map, SpanOutcome::Ok);
        self.script.end(&self.flow, SpanOutcome::Ok);
        self.script.ended(RunState::Finished, None);
        self.script
    }
}

/// Six cities, three at once; the third is not found.
fn six() -> Lookups {
    let mut lookups = Lookups::new();
    for (at, city) in ["Oslo", "Rome", "Atlantis", "東京", "Lima", "Perth"]
        .iter()
        .enumerate()
    {
        if at >= 3 {
            lookups.end(if at == 5 {
                SpanOutcome::Error
            } else {
                SpanOutcome::Ok
            });
        }
        lookups.begin(city);
    }
    lookups
}

#[test]
fn parts_at_the_same_time_are_lanes() {
    for size in SIZES {
        let mut bench = inspect(size, SPEC, &six().script);
        bench.press("down down down");
        insta::assert_snapshot!(format!("lanes_{}", size.0), bench.picture());
    }
}

#[test]
fn lanes_in_ascii() {
    let mut bench = Harness::ascii((80, 24), &[]);
    let script = six().finish();
    bench.now = script.now();
    bench.start_batch("b_1", SPEC, 1);
    tell(&mut bench, &script, 0);
    bench.press("2 3");
    insta::assert_snapshot!("lanes_ascii", bench.picture());
}

#[test]
fn hundreds_of_parts_are_folded_and_the_selected_one_stays_in_its_place() {
    let mut lookups = Lookups::new();
    for item in 0..3 {
        lookups.begin(&format!("city {item}"));
    }
    let told = lookups.script.events.len();
    let mut bench = inspect((120, 36), SPEC, &lookups.script);
    // The call of the second city.
    bench.press("down down down down down");
    let title = |bench: &Harness| {
        let picture = bench.picture();
        let line = picture
            .lines()
            .find(|line| line.contains("ToolExecution find_city") && line.contains("┌"));
        line.unwrap_or_default().to_owned()
    };
    assert!(
        title(&bench).contains("ToolExecution find_city"),
        "{}",
        bench.picture()
    );
    for item in 3..300 {
        lookups.end(SpanOutcome::Ok);
        lookups.begin(&format!("city {item}"));
    }
    tell(&mut bench, &lookups.script, told);
    assert!(
        title(&bench).contains("ToolExecution find_city"),
        "{}",
        bench.picture()
    );
    insta::assert_snapshot!("lanes_of_300", bench.picture());
    bench.press("up space down down space");
    insta::assert_snapshot!("lanes_of_300_unfolded", bench.picture());
    bench.press("z");
    insta::assert_snapshot!("lanes_of_300_near", bench.picture());
}
