//! Flows that are put together at random: nodes in a row, branches that meet again, loops, flows in flows and maps. The seed is
//! fixed; `FLOWDECK_TEST_CASES` says how many there are.

use serde_json::{Value, json};

use super::super::super::parts::node;
use super::super::super::server::Answer::Text;
use super::super::case::Case;
use super::super::graph::Graph;
use super::control::flow_node;
use super::{ask, branch, call, fill, list, server_tool, string};
use crate::program::wish;

/// Any number will do; change it to look at other flows.
const SEED: u64 = 26_03_01;

/// How many flows there are unless asked for more.
const FLOWS: u64 = 24;

/// What the model answers; `no` goes round a loop again, `yes` takes a branch.
const WORDS: [&str; 6] = ["yes", "no", "maybe", "7", " Zürich & \"more\" ", "[1, 2]"];

/// How deep flows and branches are in each other at most.
const MAX_DEPTH: u64 = 2;

pub(super) fn cases() -> Vec<Case> {
    let flows = wish("FLOWDECK_TEST_CASES").unwrap_or(FLOWS);
    (0..flows).map(generated).collect()
}

fn generated(number: u64) -> Case {
    let mut maker = Maker {
        random: fastrand::Rng::with_seed(SEED + number),
        n_nodes: 0,
    };
    let flow = maker.flow("f", 0);
    let random = &mut maker.random;
    let answers: Vec<_> = (0..40)
        .map(|_| Text(WORDS[random.usize(..WORDS.len())]))
        .collect();
    Case::of(format!("generated {number} (seed {SEED})"), flow)
        .inputs(json!({"x": WORDS[random.usize(..WORDS.len())], "items": ["a", "no"]}))
        .model(&answers)
        .tool("echo", json!("yes"))
}

struct Maker {
    random: fastrand::Rng,
    n_nodes: usize,
}

/// A flow in the making.
struct Open {
    graph: Graph,
    /// What leads on, as in the text of edges: `a`, `b[left]`.
    ends: Vec<String>,
    /// The values that are there by now: `a.x`.
    values: Vec<String>,
}

impl Open {
    /// Adds a node behind all that leads on.
    fn then(mut self, node: Value) -> Self {
        let name = node["name"].as_str().unwrap().to_owned();
        self.graph = self.graph.node(node);
        for end in &self.ends {
            self.graph = self.graph.control(&format!("{end} > {name}"));
        }
        self.ends = vec![name];
        self
    }

    fn data(mut self, edge: &str) -> Self {
        self.graph = self.graph.data(edge);
        self
    }
}

impl Maker {
    /// A flow from `x` and `items` to `said`.
    fn flow(&mut self, id: &str, depth: u64) -> Value {
        let open = Open {
            graph: Graph::new(id, json!([string("x"), list("items", "string")])),
            ends: vec!["start".to_owned()],
            values: vec!["start.x".to_owned()],
        };
        let length = self.random.usize(1..=3);
        let open = self.some(open, depth, length);
        let last = open.values.last().unwrap().clone();
        let mut graph = open.graph.end("end", json!([string("said")]), "next");
        for end in &open.ends {
            graph = graph.control(&format!("{end} > end"));
        }
        graph.data(&format!("{last} > end.said")).build()
    }

    fn some(&mut self, mut open: Open, depth: u64, length: usize) -> Open {
        for _ in 0..length {
            open = match self.random.u8(..if depth < MAX_DEPTH { 8 } else { 4 }) {
                0 => self.step(open, |name| ask(name, "{{a}} or {{b}}?", "y")),
                1 | 2 => self.step(open, |name| fill(name, "<{{a}}|{{b}}>", "y")),
                3 => self.step(open, |name| call(name, tool(name))),
                4 => self.fork(open, depth),
                5 => self.round(open),
                6 => self.inside(open, depth),
                _ => self.each(open),
            };
        }
        open
    }

    fn name(&mut self, kind: &str) -> String {
        self.n_nodes += 1;
        format!("{kind}_{}", self.n_nodes)
    }

    fn value(&mut self, open: &Open) -> String {
        open.values[self.random.usize(..open.values.len())].clone()
    }

    /// A node that makes `y` of `a` and `b`.
    fn step(&mut self, open: Open, make: impl Fn(&str) -> Value) -> Open {
        let name = self.name("step");
        let (a, b) = (self.value(&open), self.value(&open));
        let mut open = open
            .then(make(&name))
            .data(&format!("{a} > {name}.a; {b} > {name}.b"));
        open.values.push(format!("{name}.y"));
        open
    }

    /// Two ways that meet in one node, which takes the value of the one that was gone.
    fn fork(&mut self, open: Open, depth: u64) -> Open {
        let (which, joined) = (self.name("which"), self.name("joined"));
        let value = self.value(&open);
        let mut open = open
            .then(branch(
                &which,
                json!({"yes": "left", "7": "left", "no": "right"}),
            ))
            .data(&format!("{value} > {which}.x"));
        let before = open.values.clone();
        let (mut ends, mut sources) = (Vec::new(), Vec::new());
        for ways in [&["left", "default"][..], &["right"]] {
            open.ends = ways.iter().map(|way| format!("{which}[{way}]")).collect();
            open.values.clone_from(&before);
            let length = self.random.usize(1..=2);
            open = self.step(open, |name| fill(name, "({{a}} {{b}})", "y"));
            open = self.some(open, depth + 1, length);
            ends.append(&mut open.ends);
            sources.push(open.values.last().unwrap().clone());
        }
        open.ends = ends;
        open.values = before;
        let mut open = open.then(fill(&joined, "joined {{a}}", "y"));
        for source in sources {
            open = open.data(&format!("{source} > {joined}.a"));
        }
        open.values.push(format!("{joined}.y"));
        open
    }

    /// A model that is asked again for as long as it says no.
    fn round(&mut self, open: Open) -> Open {
        let (asked, again) = (self.name("asked"), self.name("again"));
        let value = self.value(&open);
        let mut open = open
            .then(ask(&asked, "Again, {{a}}? {{before}}", "y"))
            .data(&format!(
                "{value} > {asked}.a; start.x > {asked}.before; {asked}.y > {asked}.before"
            ))
            .then(branch(&again, json!({"no": "again"})))
            .data(&format!("{asked}.y > {again}.x"));
        open.graph = open.graph.control(&format!("{again}[again] > {asked}"));
        open.ends = vec![format!("{again}[default]")];
        open.values.push(format!("{asked}.y"));
        open
    }

    /// A flow in the flow.
    fn inside(&mut self, open: Open, depth: u64) -> Open {
        let name = self.name("inside");
        let value = self.value(&open);
        let subflow = self.flow(&format!("{name}_flow"), depth + 1);
        let mut open = open
            .then(flow_node(&name, subflow))
            .data(&format!("{value} > {name}.x; start.items > {name}.items"));
        open.values.push(format!("{name}.said"));
        open
    }

    /// A model that is asked for each item.
    fn each(&mut self, open: Open) -> Open {
        let name = self.name("each");
        let question = ask(&format!("{name}_asked"), "Of {{item}}?", "y");
        let subflow = super::row(
            &format!("{name}_flow"),
            json!([string("item")]),
            &[question],
            json!([string("y")]),
        );
        let mut open = open
            .then(node("MapNode", &name, json!({"subflow": subflow})))
            .data(&format!("start.items > {name}.iterated_item"));
        open.values.push(format!("{name}.collected_y"));
        open
    }
}

fn tool(name: &str) -> Value {
    let mut tool = server_tool(
        "echo",
        json!([string("a"), string("b")]),
        json!([string("y")]),
    );
    tool["id"] = json!(format!("{name}_tool"));
    tool
}
