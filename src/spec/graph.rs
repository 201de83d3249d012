//! The graph of a flow, an agent or a team: boxes and the edges between them.
//!
//! A [`Graph`] is made of a component by [`graph_of`] and says nothing about paper: [`draw()`] lays it out in characters,
//! [`mermaid()`] and [`dot()`] hand it to programs that draw. All are pure and take any graph: one with loops, with a
//! thousand nodes, with names that nobody should have given.

mod dot;
mod draw;
mod flow;
mod markup;
mod mermaid;
mod team;

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::text::sanitised;
use crate::spec::component::Component;
use crate::spec::language::{AgenticComponent, Flow};

pub use self::dot::dot;
pub use self::draw::{BoxPlace, DrawOptions, Drawing, MAX_NOTE_CELLS, ValuePlace, draw, draw_list};
pub use self::mermaid::mermaid;

/// How many levels are taken apart at most: taking apart is recursive.
const MAX_DEPTH: usize = 64;

/// Boxes and edges of one flow, agent or team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The id of the component that it shows.
    pub component_id: String,
    /// Its name, else its id.
    pub name: String,
    /// Its type: `Flow`.
    pub type_name: String,
    /// The boxes; of a flow its nodes, the start node first.
    pub nodes: Vec<GraphNode>,
    /// The edges, in the order of the document.
    pub edges: Vec<GraphEdge>,
}

/// A box of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// The id of its component; a run's spans name the same.
    pub component_id: String,
    /// Its name, else its id, as written.
    pub name: String,
    /// Its type, and what it works with where that has another name: `ToolNode get_weather`.
    pub detail: String,
    /// The part that the box plays.
    pub role: NodeRole,
    /// The outputs that go along data edges, if they were asked for.
    pub values: Vec<String>,
    /// The graphs of the flows, agents or teams in it, as far as they were asked for.
    pub inner: Vec<Graph>,
}

/// The part that a box plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeRole {
    /// Where a flow begins.
    Start,
    /// Where a flow ends.
    End,
    /// Chooses among branches.
    Choice,
    /// Any other step of a flow.
    Step,
    /// An agent, or a flow that is used like one.
    Agent,
    /// Several agents that work together.
    Team,
    /// A tool, or a source of tools.
    Tool,
}

/// An edge of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphEdge {
    /// Index of the box that it leaves.
    pub from: usize,
    /// Index of the box that it enters.
    pub to: usize,
    /// The branch, the values or the relation that it shows; may be empty.
    pub label: String,
    /// The kind of the edge: what goes along it.
    pub kind: EdgeKind,
}

/// The kind of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// Control, or one agent calls another or a tool.
    Control,
    /// Values.
    Data,
}

/// How much of a component a graph shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphOptions {
    /// Whether the edges along which values go are in it.
    pub has_data: bool,
    /// Whether each box names what goes along its data edges.
    pub has_values: bool,
    /// How many levels of flows, agents and teams inside boxes are taken apart too.
    pub depth: usize,
}

/// A component without anything to draw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is of type {component_type}, which has no graph: flows, agents and teams have one"
)]
pub struct NoGraph {
    /// Its name, else its id.
    pub name: String,
    /// Its type.
    pub component_type: String,
}

/// The graph of a flow, an agent or a team. The component may be incomplete: what can be read of it is drawn.
///
/// # Errors
/// The component is something else.
pub fn graph_of(component: &Arc<Component>, options: GraphOptions) -> Result<Graph, NoGraph> {
    let mut taking_apart = TakingApart {
        has_data: options.has_data,
        has_values: options.has_values,
        depth: options.depth.min(MAX_DEPTH),
        seen: HashSet::new(),
    };
    taking_apart.graph(component).ok_or_else(|| NoGraph {
        name: label_of(component).to_owned(),
        component_type: component.type_name().to_owned(),
    })
}

/// Takes components apart, each once, so that a flow that is used a thousand times is drawn once.
struct TakingApart {
    has_data: bool,
    has_values: bool,
    /// How many more levels are wanted.
    depth: usize,
    seen: HashSet<*const Component>,
}

impl TakingApart {
    fn graph(&mut self, component: &Arc<Component>) -> Option<Graph> {
        if component.is::<Flow>() {
            Some(flow::graph(component, self))
        } else if component.is::<AgenticComponent>() {
            Some(team::graph(component, self))
        } else {
            None
        }
    }

    /// The graphs inside boxes, for those that are expanded.
    fn inside(&mut self, parts: &[&Arc<Component>]) -> Vec<Graph> {
        let Some(deeper) = self.depth.checked_sub(1) else {
            return Vec::new();
        };
        let depth = std::mem::replace(&mut self.depth, deeper);
        let mut graphs = Vec::new();
        for part in parts {
            if self.seen.insert(Arc::as_ptr(part)) {
                graphs.extend(self.graph(part));
            }
        }
        self.depth = depth;
        // An agent without tools is the box that it is in.
        graphs.retain(|graph| graph.nodes.len() > 1);
        graphs
    }
}

/// Returns what people know a component by: its name, else its id.
fn label_of(component: &Component) -> &str {
    if component.name().is_empty() {
        component.id()
    } else {
        component.name()
    }
}

/// A text from a document on one line, safe to draw.
fn label_text(text: &str) -> String {
    sanitised(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests;
