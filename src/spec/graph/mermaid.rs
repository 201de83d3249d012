//! Graphs as Mermaid flowcharts.
//!
//! Source: the flowchart syntax of Mermaid 11, *Entity codes to escape characters*.

use std::fmt::Write;

use super::{EdgeKind, Graph, GraphNode, NodeRole};
use crate::base::text::sanitised;

/// A Mermaid flowchart. Boxes are called `n0`, `n1`, …, so that no name can break it.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut writer = Writer {
        text: &mut text,
        next: 0,
        depth: 1,
    };
    writer.graph(graph);
    text
}

struct Writer<'t> {
    text: &'t mut String,
    /// The number of the next box or subgraph.
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
            let shape = shape(node);
            self.line(&format!("n{number}{shape}"));
        }
        for edge in &graph.edges {
            let (from, to) = (numbers[edge.from], numbers[edge.to]);
            let arrow = match edge.kind {
                EdgeKind::Control => "-->",
                EdgeKind::Data => "-.->",
            };
            let label = if edge.label.is_empty() {
                String::new()
            } else {
                format!("|{}|", quoted(&edge.label))
            };
            self.line(&format!("n{from} {arrow}{label} n{to}"));
        }
        for (node, number) in graph.nodes.iter().zip(&numbers) {
            for inner in &node.inner {
                let own = self.number();
                let title = quoted(&format!("{} {}", inner.type_name, inner.name));
                self.line(&format!("subgraph s{own}[{title}]"));
                self.depth += 1;
                self.graph(inner);
                self.depth -= 1;
                self.line("end");
                self.line(&format!("n{number} -.- s{own}"));
            }
        }
    }
}

fn shape(node: &GraphNode) -> String {
    let text = if node.detail.is_empty() {
        quoted(&node.name)
    } else {
        quoted(&format!("{}\n{}", node.name, node.detail))
    };
    match node.role {
        NodeRole::Start | NodeRole::End => format!("([{text}])"),
        NodeRole::Choice => format!("{{{text}}}"),
        NodeRole::Step => format!("[{text}]"),
        NodeRole::Agent => format!("({text})"),
        NodeRole::Team => format!("[[{text}]]"),
        NodeRole::Tool => format!("[/{text}/]"),
    }
}

/// Text between quotation marks, with every character that Mermaid, its Markdown or HTML could take for its own as an
/// entity code.
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
