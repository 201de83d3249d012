//! The graph of a flow, an agent or a team: boxes, and edges between them.
//!
//! [`graph_of`] makes a [`Graph`] from a component; [`draw()`] lays it out in characters, and
//! [`mermaid()`] and [`dot()`] write it for other drawing programs. All functions are pure and
//! accept any graph, including graphs with loops, a thousand nodes or unusual names.

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

/// The maximum depth of nested graphs, because the expansion is recursive.
const MAX_DEPTH: usize = 64;

/// Boxes and edges of one flow, agent or team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The id of the component that the graph shows.
    pub component_id: String,
    /// The name of the component, or its id if the name is empty.
    pub name: String,
    /// The type of the component, such as `Flow`.
    pub type_name: String,
    /// The boxes; for a flow its nodes, with the start node first.
    pub nodes: Vec<GraphNode>,
    /// The edges, in the order of the document.
    pub edges: Vec<GraphEdge>,
}

/// A box of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// The id of the component, which the spans of a run also contain.
    pub component_id: String,
    /// The name of the component as written, or its id if the name is empty.
    pub name: String,
    /// The type of the component, followed by the name of the component that it uses if that
    /// differs: `ToolNode get_weather`.
    pub detail: String,
    /// The role of the box.
    pub role: NodeRole,
    /// The outputs that leave along data edges, if requested.
    pub values: Vec<String>,
    /// The graphs of the flows, agents or teams inside the box, if requested.
    pub inner: Vec<Graph>,
}

/// The role of a box.
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
    /// The index of the box at the start of the edge.
    pub from: usize,
    /// The index of the box at the end of the edge.
    pub to: usize,
    /// The branch, the values or the relation; may be empty.
    pub label: String,
    /// What the edge transports.
    pub kind: EdgeKind,
}

/// What an edge transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// Control, or the calls of one agent to another or to a tool.
    Control,
    /// Values.
    Data,
}

/// The level of detail of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphOptions {
    /// Whether the graph contains data edges.
    pub has_data: bool,
    /// Whether each box lists the values on its data edges.
    pub has_values: bool,
    /// The number of levels of nested flows, agents and teams to expand.
    pub depth: usize,
}

/// A component without anything to draw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is of type {component_type}, which has no graph: flows, agents and teams have one"
)]
pub struct NoGraph {
    /// The name of the component, or its id if the name is empty.
    pub name: String,
    /// The type of the component.
    pub component_type: String,
}

/// Returns the graph of a flow, an agent or a team. An incomplete component is allowed: the
/// readable parts are drawn.
///
/// # Errors
/// The component is of another type.
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

/// Expands components into graphs, each component once, so that a flow that is used a thousand
/// times is drawn once.
struct TakingApart {
    has_data: bool,
    has_values: bool,
    /// The number of levels that are still to be expanded.
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

    /// Returns the graphs inside a box, if they are to be expanded.
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

/// Returns the name of a component, or its id if the name is empty.
fn label_of(component: &Component) -> &str {
    if component.name().is_empty() {
        component.id()
    } else {
        component.name()
    }
}

/// Makes a text of a document printable on one line.
fn label_text(text: &str) -> String {
    sanitised(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests;
