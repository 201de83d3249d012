//! Graphs as Mermaid flowcharts.
//!
//! Source: the flowchart syntax of Mermaid 11, *Entity codes to escape characters*.

use std::fmt::Write;

use super::markup::{Dialect, lines, words};
use super::{EdgeKind, Graph, GraphEdge, GraphNode, NodeRole};
use crate::base::text::sanitised;

/// Writes a Mermaid flowchart. The boxes are named `n0`, `n1`, …, so that unusual names in a spec
/// can't break the output.
pub fn mermaid(graph: &Graph) -> String {
    format!("flowchart LR\n{}", lines(graph, &Mermaid))
}

struct Mermaid;

impl Dialect for Mermaid {
    fn node(&self, node: &GraphNode, number: usize) -> String {
        let text = quoted(&words(node));
        let shape = match node.role {
            NodeRole::Start | NodeRole::End => format!("([{text}])"),
            NodeRole::Choice => format!("{{{text}}}"),
            NodeRole::Step => format!("[{text}]"),
            NodeRole::Agent => format!("({text})"),
            NodeRole::Team => format!("[[{text}]]"),
            NodeRole::Tool => format!("[/{text}/]"),
        };
        format!("n{number}{shape}")
    }

    fn edge(&self, edge: &GraphEdge, from: usize, to: usize) -> String {
        let arrow = match edge.kind {
            EdgeKind::Control => "-->",
            EdgeKind::Data => "-.->",
        };
        let label = if edge.label.is_empty() {
            String::new()
        } else {
            format!("|{}|", quoted(&edge.label))
        };
        format!("n{from} {arrow}{label} n{to}")
    }

    fn frame(&self, title: &str, number: usize) -> (String, Option<String>) {
        (format!("subgraph s{number}[{}]", quoted(title)), None)
    }

    fn frame_end(&self) -> &'static str {
        "end"
    }

    fn tie(&self, owner: usize, frame: usize, _first: Option<usize>) -> Option<String> {
        Some(format!("n{owner} -.- s{frame}"))
    }
}

/// Puts a text into quotation marks, with an entity code for every character that has a meaning in
/// Mermaid, its Markdown or HTML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in sanitised(text).chars() {
        match character {
            '\n' => quoted.push_str("<br>"),
            '\t' => quoted.push(' '),
            plain if plain.is_alphanumeric() || " ._-,:/→".contains(plain) => quoted.push(plain),
            other => {
                let _written = write!(quoted, "#{};", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}
