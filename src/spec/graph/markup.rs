//! Graphs as lines for programs that draw: one walk over boxes, edges and the graphs inside, in the words of a dialect.

use std::fmt::Write;

use super::{Graph, GraphEdge, GraphNode};

/// How a language writes the parts of a graph. Boxes and frames are known by numbers, so that no name can break it.
pub(super) trait Dialect {
    /// A box.
    fn node(&self, node: &GraphNode, number: usize) -> String;
    /// An edge between two boxes.
    fn edge(&self, edge: &GraphEdge, from: usize, to: usize) -> String;
    /// The beginning of a frame around a graph, and what comes first inside.
    fn frame(&self, title: &str, number: usize) -> (String, Option<String>);
    /// The end of a frame.
    fn frame_end(&self) -> &'static str;
    /// Returns the line that ties a frame, or the first box in it if it has any, to the box that it is the inside of.
    fn tie(&self, owner: usize, frame: usize, first: Option<usize>) -> Option<String>;
}

/// The lines of a graph, indented by one level.
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

/// The name of a box with what it is.
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

    /// Writes a graph inside a box, in a frame of its own that is tied to the box.
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
