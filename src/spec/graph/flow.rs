//! The graph of a flow: its nodes, its control edges and, if requested, its data edges.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{EdgeKind, Graph, GraphEdge, GraphNode, NodeRole, TakingApart, label_of};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{ComponentKind, EndNode, StartNode};

pub(super) fn graph(flow: &Arc<Component>, taking_apart: &mut TakingApart) -> Graph {
    let mut nodes = components(flow, "nodes");
    // A stable sort: the others stay in the order of the document.
    nodes.sort_by_key(|node| !node.is::<StartNode>());
    let index = NodeIndex::new(&nodes);
    let mut edges = control_edges(flow, &nodes, &index);
    if taking_apart.has_data {
        edges.extend(data_edges(flow, &nodes, &index));
    }
    let mut boxes: Vec<GraphNode> = nodes.iter().map(|node| boxed(node, taking_apart)).collect();
    if taking_apart.has_values {
        for (at, output) in outputs_on_edges(flow, &nodes, &index) {
            if let Some(values) = boxes.get_mut(at).map(|node| &mut node.values)
                && !values.contains(&output)
            {
                values.push(output);
            }
        }
    }
    Graph {
        component_id: flow.id().to_owned(),
        name: label_of(flow).to_owned(),
        type_name: flow.type_name().to_owned(),
        nodes: boxes,
        edges,
    }
}

/// Finds the box of the node at an end of an edge.
struct NodeIndex<'c> {
    by_identity: HashMap<*const Component, usize>,
    /// Finds nodes by id, for a node that was written twice instead of being referred to.
    by_id: HashMap<&'c str, usize>,
}

impl<'c> NodeIndex<'c> {
    fn new(nodes: &[&'c Arc<Component>]) -> Self {
        let numbered = || nodes.iter().enumerate();
        Self {
            by_identity: numbered()
                .map(|(at, node)| (Arc::as_ptr(node), at))
                .collect(),
            by_id: numbered().map(|(at, node)| (node.id(), at)).collect(),
        }
    }

    /// Returns the box at an end of an edge; `None` if the flow does not list that node.
    fn end(&self, edge: &Component, field: &str) -> Option<usize> {
        let node = edge.field(field)?.as_component()?;
        let by_identity = self.by_identity.get(&Arc::as_ptr(node));
        by_identity.or_else(|| self.by_id.get(node.id())).copied()
    }
}

fn boxed(node: &Arc<Component>, taking_apart: &mut TakingApart) -> GraphNode {
    let parts = components(node, "subflow")
        .into_iter()
        .chain(components(node, "flow"))
        .chain(components(node, "subflows"))
        .chain(components(node, "agent"))
        .collect::<Vec<_>>();
    GraphNode {
        component_id: node.id().to_owned(),
        name: label_of(node).to_owned(),
        detail: detail(node, &parts),
        role: role(node),
        values: Vec::new(),
        inner: taking_apart.inside(&parts),
    }
}

fn role(node: &Component) -> NodeRole {
    match node.kind() {
        ComponentKind::StartNode => NodeRole::Start,
        ComponentKind::EndNode => NodeRole::End,
        ComponentKind::BranchingNode => NodeRole::Choice,
        _ => NodeRole::Step,
    }
}

/// Returns the type of a node, followed by the name of the component that it uses if that differs.
fn detail(node: &Component, parts: &[&Arc<Component>]) -> String {
    let tools = components(node, "tool");
    let mut words = vec![node.type_name()];
    let names = parts.iter().chain(&tools).map(|part| label_of(part));
    words.extend(names.filter(|name| *name != label_of(node)));
    if let Some(branch) = text(node, "branch_name").filter(|branch| *branch != "next") {
        words.push(branch);
    }
    words.join(" ")
}

fn control_edges(
    flow: &Component,
    nodes: &[&Arc<Component>],
    index: &NodeIndex<'_>,
) -> Vec<GraphEdge> {
    let connections = components(flow, "control_flow_connections");
    let edge = |edge: &Arc<Component>| {
        let from = index.end(edge, "from_node")?;
        let branch = text(edge, "from_branch").unwrap_or("next");
        let is_only = nodes.get(from)?.branches().len() < 2 && branch == "next";
        Some(GraphEdge {
            from,
            to: index.end(edge, "to_node")?,
            label: if is_only { "" } else { branch }.to_owned(),
            kind: EdgeKind::Control,
        })
    };
    connections.into_iter().filter_map(edge).collect()
}

/// Makes one edge for each connected pair of nodes, labelled with all values that flow between
/// them.
fn data_edges(
    flow: &Component,
    nodes: &[&Arc<Component>],
    index: &NodeIndex<'_>,
) -> Vec<GraphEdge> {
    let mut values: IndexMap<(usize, usize), Vec<String>> = IndexMap::new();
    if names_data_edges(flow) {
        for edge in components(flow, "data_flow_connections") {
            let ends = index
                .end(edge, "source_node")
                .zip(index.end(edge, "destination_node"));
            let (output, input) = (text(edge, "source_output"), text(edge, "destination_input"));
            if let (Some(ends), Some(output), Some(input)) = (ends, output, input) {
                let label = if output == input {
                    output.to_owned()
                } else {
                    format!("{output} → {input}")
                };
                values.entry(ends).or_default().push(label);
            }
        }
    } else {
        for (ends, name) in implied(nodes) {
            values.entry(ends).or_default().push(name);
        }
    }
    let edges = values.into_iter().map(|((from, to), labels)| GraphEdge {
        from,
        to,
        label: labels.join(", "),
        kind: EdgeKind::Data,
    });
    edges.collect()
}

/// Returns the outputs on data edges, with their boxes. May contain duplicates.
fn outputs_on_edges(
    flow: &Component,
    nodes: &[&Arc<Component>],
    index: &NodeIndex<'_>,
) -> Vec<(usize, String)> {
    if names_data_edges(flow) {
        let edges = components(flow, "data_flow_connections");
        let output = |edge: &Arc<Component>| {
            let from = index.end(edge, "source_node")?;
            Some((from, text(edge, "source_output")?.to_owned()))
        };
        return edges.into_iter().filter_map(output).collect();
    }
    let takers = takers(nodes);
    let mut found = Vec::new();
    for (from, node) in nodes.iter().enumerate() {
        for output in node.outputs() {
            let mut takers = takers.get(output.title()).into_iter().flatten();
            if takers.any(|to| *to != from) && !nodes_end(nodes, from) {
                found.push((from, output.title().to_owned()));
            }
        }
    }
    found
}

/// Returns whether a flow lists its data edges. Without a list, outputs feed the inputs of the same
/// name.
fn names_data_edges(flow: &Component) -> bool {
    matches!(
        flow.field("data_flow_connections"),
        Some(FieldValue::List(_))
    )
}

/// Returns the boxes with an input of each name.
fn takers<'c>(nodes: &[&'c Arc<Component>]) -> HashMap<&'c str, Vec<usize>> {
    let mut takers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        for input in node.inputs() {
            takers.entry(input.title()).or_default().push(at);
        }
    }
    takers
}

/// Returns the implicit data edges of a flow that does not list any.
fn implied(nodes: &[&Arc<Component>]) -> Vec<((usize, usize), String)> {
    let takers = takers(nodes);
    let mut found = Vec::new();
    for (from, node) in nodes.iter().enumerate() {
        for output in node.outputs() {
            let takers = takers.get(output.title()).into_iter().flatten();
            for to in takers.filter(|to| **to != from && !nodes_end(nodes, from)) {
                found.push(((from, *to), output.title().to_owned()));
            }
        }
    }
    found
}

/// Returns whether a node is an end node, whose outputs no other node of its flow can read.
fn nodes_end(nodes: &[&Arc<Component>], at: usize) -> bool {
    nodes.get(at).is_some_and(|node| node.is::<EndNode>())
}

/// Returns the components in a field, which may be one component or a list.
pub(super) fn components<'c>(component: &'c Component, field: &str) -> Vec<&'c Arc<Component>> {
    match component.field(field) {
        Some(FieldValue::Component(child)) => vec![child],
        Some(FieldValue::List(items)) => {
            items.iter().filter_map(FieldValue::as_component).collect()
        }
        Some(
            FieldValue::Value(_)
            | FieldValue::Secret(_)
            | FieldValue::Map(_)
            | FieldValue::Reference(_),
        )
        | None => Vec::new(),
    }
}

fn text<'c>(component: &'c Component, field: &str) -> Option<&'c str> {
    component.field(field)?.as_value()?.as_str()
}
