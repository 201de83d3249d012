//! Graphs as text for drawing programs: a walk over boxes, edges and nested graphs, shared by all
//! output languages.

use std::fmt::Write;

use super::{Graph, GraphEdge, GraphNode};

/// The syntax of an output language. Boxes and frames are identified by numbers, so that unusual
/// names can't break the output.
pub(super) trait Dialect {
    /// Formats a box.
    fn node(&self, node: &GraphNode, number: usize) -> String;
    /// Formats an edge between two boxes.
    fn edge(&self, edge: &GraphEdge, from: usize, to: usize) -> String;
    /// Formats the beginning of a frame around a graph, and an optional first line inside it.
    fn frame(&self, title: &str, number: usize) -> (String, Option<String>);
    /// Formats the end of a frame.
    fn frame_end(&self) -> &'static str;
    /// Formats the line that connects a frame (or the first box in it) to the box that contains the
    /// frame's graph.
    fn tie(&self, owner: usize, frame: usize, first: Option<usize>) -> Option<String>;
}

/// Formats a graph as lines, indented by one level.
pub(super) fn lines(graph: &Graph, dialect: &impl Dialect) -> String {
    let mut writer = Writer {
        dialect,
        text: String::new(),
        next: 0,
        depth: 1,
    };
    writer.graph(graph);
    writer.text
}

/// Returns the label of a box: its name and detail.
pub(super) fn words(node: &GraphNode) -> String {
    if node.detail.is_empty() {
        node.name.clone()
    } else {
        format!("{}\n{}", node.name, node.detail)
    }
}

struct Writer<'d, D> {
    dialect: &'d D,
    text: String,
    /// The number of the next box or frame.
    next: usize,
    depth: usize,
}

impl<D: Dialect> Writer<'_, D> {
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
            self.line(&self.dialect.node(node, *number));
        }
        for edge in &graph.edges {
            let (from, to) = (numbers[edge.from], numbers[edge.to]);
            self.line(&self.dialect.edge(edge, from, to));
        }
        for (node, number) in graph.nodes.iter().zip(&numbers) {
            for inner in &node.inner {
                self.frame(inner, *number);
            }
        }
    }

    /// Writes the graph inside a box in a frame, connected to the box.
    fn frame(&mut self, graph: &Graph, owner: usize) {
        let own = self.number();
        let title = format!("{} {}", graph.type_name, graph.name);
        let (opening, first_inside) = self.dialect.frame(&title, own);
        self.line(&opening);
        self.depth += 1;
        if let Some(line) = first_inside {
            self.line(&line);
        }
        let first = (!graph.nodes.is_empty()).then_some(self.next);
        self.graph(graph);
        self.depth -= 1;
        self.line(self.dialect.frame_end());
        if let Some(tie) = self.dialect.tie(owner, own, first) {
            self.line(&tie);
        }
    }
}
