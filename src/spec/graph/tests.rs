//! Drawings of flows, agents and teams, and what holds for any graph.

use std::collections::HashSet;
use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::base::text::width_cells;
use crate::spec::templates::Template;
use crate::spec::{Format, LoadOptions, load};

fn component(text: &str) -> Arc<Component> {
    load(text, &LoadOptions::default()).component.unwrap()
}

fn sample(name: &str) -> Arc<Component> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_specs/");
    component(&std::fs::read_to_string(format!("{path}{name}")).unwrap())
}

fn template(name: &str) -> Arc<Component> {
    component(&Template::find(name).unwrap().text(Format::Yaml))
}

fn drawn(component: &Arc<Component>, graph: GraphOptions, options: DrawOptions) -> String {
    draw(&graph_of(component, graph).unwrap(), options)
        .rows
        .join("\n")
}

fn within(max_width_cells: usize) -> DrawOptions {
    DrawOptions {
        max_width_cells: Some(max_width_cells),
        ..DrawOptions::default()
    }
}

const PLAIN: GraphOptions = GraphOptions {
    has_data: false,
    has_values: false,
    depth: 0,
};

#[test]
fn a_flow_goes_to_the_right_where_it_fits() {
    assert_snapshot!(drawn(
        &sample("flows/support_triage.yaml"),
        PLAIN,
        within(120)
    ));
}

#[test]
fn a_flow_goes_down_where_it_does_not_fit() {
    assert_snapshot!(drawn(
        &sample("flows/support_triage.yaml"),
        PLAIN,
        within(70)
    ));
}

#[test]
fn loops_are_drawn_back() {
    let flow = sample("flows/draft_and_review.yaml");
    let both = [100, 40].map(|width| drawn(&flow, PLAIN, within(width)));
    assert_snapshot!(both.join("\n\n"));
}

#[test]
fn values_go_along_dashed_lines() {
    let graph = GraphOptions {
        has_data: true,
        has_values: false,
        depth: 0,
    };
    assert_snapshot!(drawn(&template("map-node"), graph, within(120)));
}

#[test]
fn what_is_inside_a_box_is_drawn_below() {
    let graph = GraphOptions {
        has_data: false,
        has_values: false,
        depth: 1,
    };
    assert_snapshot!(drawn(&sample("flows/newsletter.yaml"), graph, within(120)));
}

#[test]
fn agents_and_teams_show_whom_they_call() {
    let names = ["agent", "swarm", "manager-workers", "specialized-agent"];
    let drawings = names.map(|name| drawn(&template(name), PLAIN, within(100)));
    assert_snapshot!(drawings.join("\n\n"));
}

#[test]
fn ascii_has_nothing_else() {
    let options = DrawOptions {
        is_ascii: true,
        ..within(120)
    };
    let drawing = drawn(&sample("flows/draft_and_review.yaml"), PLAIN, options);
    assert!(drawing.is_ascii(), "{drawing}");
    assert_snapshot!(drawing);
}

#[test]
fn mermaid_and_dot_say_the_same() {
    let graph = GraphOptions {
        has_data: false,
        has_values: false,
        depth: 1,
    };
    let graph = graph_of(&sample("flows/newsletter.yaml"), graph).unwrap();
    assert_snapshot!(format!("{}\n{}", mermaid(&graph), dot(&graph)));
}

#[test]
fn a_model_has_no_graph() {
    let model = component(
        "component_type: VllmConfig\nagentspec_version: 26.1.2\nname: m\nurl: h\nmodel_id: x\n",
    );
    let refused = graph_of(&model, PLAIN).unwrap_err().to_string();
    assert_eq!(
        refused,
        "`m` is of type VllmConfig, which has no graph: flows, agents and teams have one"
    );
}

/// A graph of boxes with these names and edges.
fn graph(names: Vec<String>, edges: &[(usize, usize, String, bool)]) -> Graph {
    let count = names.len();
    let node = |(at, name): (usize, String)| GraphNode {
        component_id: format!("id{at}"),
        detail: "Step".to_owned(),
        role: if at == 0 {
            NodeRole::Start
        } else {
            NodeRole::Step
        },
        values: Vec::new(),
        inner: Vec::new(),
        name,
    };
    let edge = |(from, to, label, is_data): &(usize, usize, String, bool)| GraphEdge {
        from: from % count,
        to: to % count,
        label: label.clone(),
        kind: if *is_data {
            EdgeKind::Data
        } else {
            EdgeKind::Control
        },
    };
    Graph {
        component_id: "g".to_owned(),
        name: "g \"] end".to_owned(),
        type_name: "Flow".to_owned(),
        edges: edges.iter().map(edge).collect(),
        nodes: names.into_iter().enumerate().map(node).collect(),
    }
}

/// Names that could break a drawing or a language: quotes, brackets, keywords, line breaks, wide and combined
/// characters, control sequences.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[\"\\\\\\[\\](){}|;<>#&`%'\n\t-]{0,12}",
        "[日本語e\u{301}👩\u{200d}🚀 ]{0,12}",
        Just("end".to_owned()),
        Just("\u{1b}[31m--> n0".to_owned()),
        Just(String::new()),
    ]
}

fn any_graph() -> impl Strategy<Value = Graph> {
    let names = proptest::collection::vec(hostile(), 1..24);
    let edge = (0_usize..64, 0_usize..64, hostile(), any::<bool>());
    (names, proptest::collection::vec(edge, 0..48)).prop_map(|(names, edges)| graph(names, &edges))
}

/// Checks what must hold for every drawing of a graph.
fn check_drawing(graph: &Graph, options: DrawOptions) {
    let drawing = draw(graph, options);
    let widths: Vec<usize> = drawing.rows.iter().map(|row| width_cells(row)).collect();
    assert_eq!(
        widths.iter().max().copied().unwrap_or(0),
        drawing.width_cells
    );
    assert_eq!(drawing.boxes.len(), graph.nodes.len());
    for (at, place) in drawing.boxes.iter().enumerate() {
        assert_eq!(place.component_id, graph.nodes[at].component_id);
        assert!(place.x + place.width <= drawing.width_cells, "{place:?}");
        assert!(place.y + place.height <= drawing.rows.len(), "{place:?}");
        for other in &drawing.boxes[..at] {
            let is_apart = place.x + place.width <= other.x
                || other.x + other.width <= place.x
                || place.y + place.height <= other.y
                || other.y + other.height <= place.y;
            assert!(is_apart, "{place:?} lies on {other:?}");
        }
    }
    if drawing.boxes.iter().all(|place| place.height > 1) {
        let goals: HashSet<_> = graph
            .edges
            .iter()
            .map(|edge| (edge.to, edge.kind))
            .collect();
        let is_head = |head: &char| {
            let heads = if options.is_ascii { ">v" } else { "▶▼" };
            heads.contains(*head)
        };
        let drawn = drawing
            .rows
            .iter()
            .flat_map(|row| row.chars())
            .filter(is_head);
        let written = graph.nodes.iter().flat_map(|node| node.name.chars());
        let labels = graph.edges.iter().flat_map(|edge| edge.label.chars());
        let is_plain = !written.chain(labels).any(|letter| is_head(&letter));
        if is_plain {
            assert_eq!(drawn.count(), goals.len(), "a head for each entrance");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_graph_is_drawn(graph in any_graph(), width in 10_usize..200, is_ascii: bool, has_marks: bool) {
        let options = DrawOptions {
            max_width_cells: Some(width),
            is_ascii,
            has_marks,
        };
        check_drawing(&graph, options);
    }

    #[test]
    fn no_name_breaks_mermaid(graph in any_graph()) {
        let text = mermaid(&graph);
        let lines: Vec<&str> = text.lines().collect();
        prop_assert_eq!(lines.len(), 1 + graph.nodes.len() + graph.edges.len());
        for line in &lines[1..] {
            // Of what is quoted only entity codes have characters that mean something.
            let quoted: Vec<&str> = line.split('"').collect();
            prop_assert!(quoted.len() == 1 || quoted.len() == 3, "{}", line);
            let text = quoted.get(1).copied().unwrap_or("").replace("<br>", " ");
            let is_safe = |c: char| c.is_alphanumeric() || " ._-,:/→#;".contains(c);
            prop_assert!(text.chars().all(is_safe), "{}", line);
        }
    }

    #[test]
    fn no_name_breaks_dot(graph in any_graph()) {
        let text = dot(&graph);
        prop_assert_eq!(text.lines().count(), 4 + graph.nodes.len() + graph.edges.len());
        for line in text.lines() {
            let outside = outside_quotes(line);
            prop_assert!(outside.is_some(), "{}", line);
            let is_safe = |c: char| c.is_ascii_alphanumeric() || " _[]{}=,;->".contains(c);
            prop_assert!(outside.is_some_and(|rest| rest.chars().all(is_safe)), "{}", line);
        }
    }
}

/// What of a line of dot is not quoted; none if a quotation does not end.
fn outside_quotes(line: &str) -> Option<String> {
    let mut outside = String::new();
    let mut is_quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => drop(characters.next()?),
            _ if is_quoted => {}
            other => outside.push(other),
        }
    }
    (!is_quoted).then_some(outside)
}

#[test]
fn a_thousand_boxes_are_drawn_whatever_their_edges() {
    let names = || {
        (0..1_000)
            .map(|at| format!("step {at}"))
            .collect::<Vec<_>>()
    };
    let edge = |from: usize, to: usize| (from, to, String::new(), false);
    let chain: Vec<_> = (0..999).map(|at| edge(at, at + 1)).collect();
    let star: Vec<_> = (1..1_000).map(|at| edge(0, at)).collect();
    let looped: Vec<_> = (0..1_000).map(|at| edge(at, (at + 1) % 1_000)).collect();
    let tangled: Vec<_> = (0..3_000)
        .map(|at| edge(at * 7_919, at * 104_729 + at / 3))
        .collect();
    for edges in [chain, star, looped, tangled] {
        let graph = graph(names(), &edges);
        for width in [80, 400_000] {
            check_drawing(&graph, within(width));
        }
    }
}
