//! Graphs in Graphviz's DOT language.
//!
//! Source: *The DOT Language*: a quoted string escapes only `"` and `\`, and in labels `\` begins
//! an escape.

use super::markup::{Dialect, lines, words};
use super::{EdgeKind, Graph, GraphEdge, GraphNode, NodeRole};
use crate::base::text::sanitised;

/// Writes a directed graph for `dot`. The boxes are named `n0`, `n1`, …, so that unusual names in a
/// spec can't break the output.
pub fn dot(graph: &Graph) -> String {
    format!(
        "digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded];\n{}}}\n",
        quoted(&graph.name),
        lines(graph, &Dot)
    )
}

struct Dot;

impl Dialect for Dot {
    fn node(&self, node: &GraphNode, number: usize) -> String {
        let shape = match node.role {
            NodeRole::Start | NodeRole::End => ", shape=oval",
            NodeRole::Choice => ", shape=diamond",
            NodeRole::Team => ", peripheries=2",
            NodeRole::Tool => ", shape=component",
            NodeRole::Step | NodeRole::Agent => "",
        };
        format!("n{number} [label={}{shape}];", quoted(&words(node)))
    }

    fn edge(&self, edge: &GraphEdge, from: usize, to: usize) -> String {
        let mut attributes = Vec::new();
        if !edge.label.is_empty() {
            attributes.push(format!("label={}", quoted(&edge.label)));
        }
        if edge.kind == EdgeKind::Data {
            attributes.push("style=dashed".to_owned());
        }
        let attributes = if attributes.is_empty() {
            String::new()
        } else {
            format!(" [{}]", attributes.join(", "))
        };
        format!("n{from} -> n{to}{attributes};")
    }

    fn frame(&self, title: &str, number: usize) -> (String, Option<String>) {
        let label = format!("label={};", quoted(title));
        (format!("subgraph cluster_{number} {{"), Some(label))
    }

    fn frame_end(&self) -> &'static str {
        "}"
    }

    // An edge begins and ends at boxes only.
    fn tie(&self, owner: usize, _frame: usize, first: Option<usize>) -> Option<String> {
        first.map(|first| format!("n{owner} -> n{first} [style=dotted, arrowhead=none];"))
    }
}

/// Puts a text into quotation marks.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in sanitised(text).chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
