//! The readable parts of a flow.

use std::sync::Arc;

use super::subject::Subject;
use crate::base::hash::{HashMap, HashSet};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{Family, Flow};
use crate::spec::places::PathSegment;
use crate::spec::syntax::Place;

/// A flow with its nodes and edges.
pub(super) struct FlowParts<'d> {
    pub(super) subject: Subject<'d>,
    /// The node in `start_node`.
    pub(super) start: Option<&'d Arc<Component>>,
    /// The nodes, each with its index in the document's list.
    pub(super) nodes: Vec<(usize, &'d Arc<Component>)>,
    /// The control edges, in the order of the document.
    pub(super) control: Vec<ControlEdge<'d>>,
    /// The data edges, in the order of the document; `None` if data flows by name.
    pub(super) data: Option<Vec<DataEdge<'d>>>,
    /// Whether all nodes and edges could be read, so that a node or edge not listed here is also
    /// missing from the text.
    pub(super) is_whole: bool,
    /// The ids of the nodes.
    node_ids: HashSet<&'d str>,
    /// The ids of WayFlow's context providers, which may be sources of data edges.
    provider_ids: HashSet<&'d str>,
    /// The branches with an outgoing control edge, as node id and branch.
    taken: HashSet<(&'d str, &'d str)>,
    /// The components with an incoming control edge.
    entered: HashSet<*const Component>,
}

/// The readable parts of a control edge.
pub(super) struct ControlEdge<'d> {
    pub(super) subject: Subject<'d>,
    pub(super) from: Option<&'d Arc<Component>>,
    /// The name of the branch; `next` if the edge has none.
    pub(super) branch: &'d str,
    pub(super) to: Option<&'d Arc<Component>>,
}

/// The readable parts of a data edge.
pub(super) struct DataEdge<'d> {
    pub(super) subject: Subject<'d>,
    pub(super) source: Option<&'d Arc<Component>>,
    pub(super) output: Option<&'d str>,
    pub(super) destination: Option<&'d Arc<Component>>,
    pub(super) input: Option<&'d str>,
}

impl<'d> FlowParts<'d> {
    /// Returns the parts of the component, if it is a flow.
    pub(super) fn of(subject: &Subject<'d>) -> Option<Self> {
        let flow = subject.component;
        if !flow.is::<Flow>() {
            return None;
        }
        let (nodes, nodes_whole) = components(flow, "nodes");
        let (control, control_whole) = components(flow, "control_flow_connections");
        let (data, data_whole) = components(flow, "data_flow_connections");
        let by_name = flow
            .field("data_flow_connections")
            .and_then(FieldValue::as_value)
            .is_some();
        let edges = || control.iter().chain(&data);
        let is_whole = flow.is_complete()
            && nodes_whole
            && control_whole
            && (data_whole || by_name)
            && edges().all(|(_, edge)| edge.is_complete() && !has_open_end(edge));
        let control: Vec<ControlEdge<'_>> = control
            .iter()
            .map(|(_, edge)| ControlEdge::of(subject.other(edge)))
            .collect();
        Some(Self {
            subject: *subject,
            start: slot(flow, "start_node"),
            is_whole,
            node_ids: nodes.iter().map(|(_, node)| node.id()).collect(),
            provider_ids: components(flow, "context_providers")
                .0
                .iter()
                .map(|(_, provider)| provider.id())
                .collect(),
            taken: control
                .iter()
                .filter_map(|edge| Some((edge.from?.id(), edge.branch)))
                .collect(),
            entered: control
                .iter()
                .filter_map(|edge| edge.to)
                .map(Arc::as_ptr)
                .collect(),
            control,
            data: (!by_name).then(|| {
                data.iter()
                    .map(|(_, edge)| DataEdge::of(subject.other(edge)))
                    .collect()
            }),
            nodes,
        })
    }

    /// Returns the nodes of a type.
    pub(super) fn of_type<F: Family>(&self) -> Vec<(usize, &'d Arc<Component>)> {
        self.nodes
            .iter()
            .filter(|(_, node)| node.is::<F>())
            .copied()
            .collect()
    }

    /// Returns whether the flow lists a node, compared by id.
    pub(super) fn lists(&self, node: &Component) -> bool {
        self.node_ids.contains(node.id())
    }

    /// Returns whether a component may be the source of a data edge.
    pub(super) fn gives_data(&self, node: &Component) -> bool {
        self.lists(node) || self.provider_ids.contains(node.id())
    }

    /// Returns whether a control edge leads to this component, compared by identity.
    pub(super) fn enters(&self, node: &Arc<Component>) -> bool {
        self.entered.contains(&Arc::as_ptr(node))
    }

    /// Returns the place of an entry of `nodes`.
    pub(super) fn node_place(&self, index: usize) -> Place {
        let path = [PathSegment::Key("nodes"), PathSegment::Index(index)];
        self.subject.places.nearest(&path)
    }

    /// Returns the ids of the nodes that are reachable from the start node, including the start
    /// node.
    pub(super) fn reachable(&self) -> HashSet<&'d str> {
        match self.start {
            None => HashSet::default(),
            Some(start) => closure([start.id()], &self.followers()),
        }
    }

    /// Returns, for each node id, the ids of the nodes that can directly follow.
    pub(super) fn followers(&self) -> HashMap<&'d str, Vec<&'d str>> {
        let mut followers: HashMap<&str, Vec<&str>> = HashMap::default();
        for edge in &self.control {
            if let (Some(from), Some(to)) = (edge.from, edge.to) {
                followers.entry(from.id()).or_default().push(to.id());
            }
        }
        followers
    }

    /// Returns the branches of a node without a control edge.
    pub(super) fn dead_branches(&self, node: &Component) -> Vec<String> {
        let is_taken = |branch: &str| self.taken.contains(&(node.id(), branch));
        node.branches()
            .iter()
            .filter(|branch| !is_taken(branch))
            .cloned()
            .collect()
    }
}

impl<'d> ControlEdge<'d> {
    fn of(subject: Subject<'d>) -> Self {
        Self {
            from: slot(subject.component, "from_node"),
            branch: subject.text("from_branch").unwrap_or("next"),
            to: slot(subject.component, "to_node"),
            subject,
        }
    }

    /// Returns the place to report for the branch of the edge.
    pub(super) fn branch_place(&self) -> Place {
        match self.subject.text("from_branch") {
            Some(_) => self.subject.places.field_or_type("from_branch"),
            None => self.subject.places.field_or_type("from_node"),
        }
    }
}

impl<'d> DataEdge<'d> {
    fn of(subject: Subject<'d>) -> Self {
        Self {
            source: slot(subject.component, "source_node"),
            output: subject.text("source_output"),
            destination: slot(subject.component, "destination_node"),
            input: subject.text("destination_input"),
            subject,
        }
    }
}

/// Returns all ids that are reachable from some ids, including these.
pub(super) fn closure<'n>(
    from: impl IntoIterator<Item = &'n str>,
    followers: &HashMap<&'n str, Vec<&'n str>>,
) -> HashSet<&'n str> {
    let mut reached = HashSet::default();
    let mut pending: Vec<&str> = from.into_iter().collect();
    while let Some(id) = pending.pop() {
        if reached.insert(id) {
            pending.extend(followers.get(id).into_iter().flatten());
        }
    }
    reached
}

/// Returns the component in a field, if there is one.
fn slot<'d>(component: &'d Component, field: &str) -> Option<&'d Arc<Component>> {
    component.field(field)?.as_component()
}

/// Returns the components of a list field with their indices, and whether the list has no other
/// values.
fn components<'d>(
    component: &'d Component,
    field: &str,
) -> (Vec<(usize, &'d Arc<Component>)>, bool) {
    let Some(FieldValue::List(items)) = component.field(field) else {
        return (Vec::new(), false);
    };
    let found: Vec<_> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, item.as_component()?)))
        .collect();
    let is_whole = found.len() == items.len();
    (found, is_whole)
}

/// Returns whether an end of an edge is an unresolved reference.
fn has_open_end(edge: &Component) -> bool {
    edge.fields()
        .any(|(_, value)| matches!(value, FieldValue::Reference(_)))
}
