//! Graphs in the language of Graphviz.
//!
//! Source: *The DOT Language*: in a quoted string only `"` and `\` need care, and in labels `\` begins an escape.

use std::fmt::Write;

use super::{EdgeKind, Graph, NodeRole};
use crate::base::text::sanitised;

/// A directed graph for `dot`. Boxes are called `n0`, `n1`, …, so that no name can break it.
pub fn dot(graph: &Graph) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&graph.name));
    text.push_str("  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    let mut writer = Writer {
        text: &mut text,
        next: 0,
        depth: 1,
    };
    writer.graph(graph);
    text.push_str("}\n");
    text
}

struct Writer<'t> {
    text: &'t mut String,
    /// The number of the next box or cluster.
    next: usize,
    depth: usize,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _written = writeln!(self.text, "{:width$}{line}", "", width = self.depth * 2);
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn graph(&mut self, graph: &Graph) {
        let numbers: Vec<usize> = graph.nodes.iter().map(|_| self.number()).collect();
        for (node, number) in graph.nodes.iter().zip(&numbers) {
            let words = if node.detail.is_empty() {
                node.name.clone()
            } else {
                format!("{}\n{}", node.name, node.detail)
            };
            let shape = match node.role {
                NodeRole::Start | NodeRole::End => ", shape=oval",
                NodeRole::Choice => ", shape=diamond",
                NodeRole::Team => ", peripheries=2",
                NodeRole::Tool => ", shape=component",
                NodeRole::Step | NodeRole::Agent => "",
            };
            self.line(&format!("n{number} [label={}{shape}];", quoted(&words)));
        }
        for edge in &graph.edges {
            let (from, to) = (numbers[edge.from], numbers[edge.to]);
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
            self.line(&format!("n{from} -> n{to}{attributes};"));
        }
        for (node, number) in graph.nodes.iter().zip(&numbers) {
            for inner in &node.inner {
                self.cluster(inner, *number);
            }
        }
    }

    /// A graph inside a box, in a frame of its own, with a line from the box.
    fn cluster(&mut self, graph: &Graph, owner: usize) {
        let own = self.number();
        self.line(&format!("subgraph cluster_{own} {{"));
        self.depth += 1;
        let title = quoted(&format!("{} {}", graph.type_name, graph.name));
        self.line(&format!("label={title};"));
        let first = self.next;
        self.graph(graph);
        self.depth -= 1;
        self.line("}");
        if !graph.nodes.is_empty() {
            self.line(&format!(
                "n{owner} -> n{first} [style=dotted, arrowhead=none];"
            ));
        }
    }
}

/// Text between quotation marks.
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
