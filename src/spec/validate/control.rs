//! Rules for the control flow of a flow.

use std::sync::Arc;

use super::flow::{ControlEdge, FlowParts, closure};
use super::known::knows_its_lists;
use super::wording::{called, list};
use crate::base::hash::{HashMap, HashSet};
use crate::base::suggest::closest;
use crate::spec::component::Component;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{EndNode, StartNode};

/// AS503: exactly one control edge leaves the start node.
pub(super) fn one_edge_from_start(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(start) = flow.start.filter(|start| start.is::<StartNode>()) else {
        return;
    };
    let leaving: Vec<_> = flow
        .control
        .iter()
        .filter(|edge| leaves(edge, start))
        .collect();
    match leaving.as_slice() {
        [] if flow.is_whole => {
            let place = flow.subject.places.field_or_type("start_node");
            let message = format!("no control edge leaves the start node {}", called(start));
            found.push(flow.subject.error("AS503", place, message));
        }
        [first, rest @ ..] => {
            for edge in rest {
                let place = edge.subject.places.field_or_type("from_node");
                let message = format!(
                    "the start node {} already has an outgoing edge ({})",
                    called(start),
                    called(first.subject.component),
                );
                let problem = edge.subject.error("AS503", place, message);
                let at_first = first.subject.places.field_or_type("from_node");
                found.push(
                    problem
                        .with_help("use a BranchingNode to choose between nodes")
                        .with_related(at_first, "the first edge"),
                );
            }
        }
        [] => {}
    }
}

/// Returns whether an edge leaves this component, compared by identity.
fn leaves(edge: &ControlEdge<'_>, node: &Arc<Component>) -> bool {
    edge.from.is_some_and(|from| Arc::ptr_eq(from, node))
}

/// AS504: no control edge leads into a `StartNode`. AS507: none leads out of an `EndNode`.
pub(super) fn start_and_end_are_ends(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    for edge in &flow.control {
        if let Some(to) = edge.to.filter(|to| to.is::<StartNode>()) {
            let place = edge.subject.places.field_or_type("to_node");
            let message = format!("no edge may lead to {}: it is a StartNode", called(to));
            let problem = edge.subject.error("AS504", place, message);
            found.push(problem.with_help("for a loop, lead to the node after it"));
        }
        if let Some(from) = edge.from.filter(|from| from.is::<EndNode>()) {
            let place = edge.subject.places.field_or_type("from_node");
            let message = format!("no edge may leave {}: it is an EndNode", called(from));
            found.push(edge.subject.error("AS507", place, message));
        }
    }
}

/// AS506: every `EndNode` has an incoming control edge.
pub(super) fn end_nodes_are_entered(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole {
        return;
    }
    for (index, node) in flow.of_type::<EndNode>() {
        if !flow.enters(node) {
            let message = format!("no control edge leads to end node {}", called(node));
            found.push(flow.subject.error("AS506", flow.node_place(index), message));
        }
    }
}

/// AS508: both ends of a control edge are nodes of the flow.
pub(super) fn within_the_flow(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    for edge in &flow.control {
        for (field, node) in [("from_node", edge.from), ("to_node", edge.to)] {
            if let Some(node) = node.filter(|node| flow.is_whole && !flow.lists(node)) {
                let place = edge.subject.places.field_or_type(field);
                let message = format!("{} is not in this flow's `nodes`", called(node));
                found.push(edge.subject.error("AS508", place, message));
            }
        }
    }
}

/// AS521: the branch of a control edge exists in its source node. AS520: a branch has at most one
/// edge.
pub(super) fn branches_lead_once(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken: HashMap<(&str, &str), &ControlEdge<'_>> = HashMap::default();
    for edge in &flow.control {
        let Some(from) = edge.from.filter(|from| !from.is::<EndNode>()) else {
            continue;
        };
        if !from.branches().iter().any(|branch| branch == edge.branch) {
            // The branches of a node that could not be read are not known.
            if knows_its_lists(from) {
                found.push(unknown_branch(edge, from));
            }
            continue;
        }
        // A second edge from the start node is reported by AS503.
        if from.is::<StartNode>() {
            continue;
        }
        if let Some(first) = taken.get(&(from.id(), edge.branch)) {
            let message = format!(
                "branch `{}` of {} already has an edge ({})",
                edge.branch,
                called(from),
                called(first.subject.component),
            );
            let problem = edge.subject.warning("AS520", edge.branch_place(), message);
            found.push(problem.with_related(first.branch_place(), "the first edge"));
        } else {
            taken.insert((from.id(), edge.branch), edge);
        }
    }
}

fn unknown_branch(edge: &ControlEdge<'_>, from: &Component) -> Diagnostic {
    let known = || from.branches().iter().map(String::as_str);
    let message = format!(
        "{} has no branch `{}`; it has {}",
        called(from),
        edge.branch,
        list(known())
    );
    let problem = edge.subject.warning("AS521", edge.branch_place(), message);
    match closest(edge.branch, known()) {
        Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

/// AS522: every branch of a reachable node has an edge.
pub(super) fn branches_lead_somewhere(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole {
        return;
    }
    let reachable = flow.reachable();
    for (_, node) in &flow.nodes {
        // A start node without an edge is reported by AS503.
        if node.is::<StartNode>() || !reachable.contains(node.id()) {
            continue;
        }
        for branch in flow.dead_branches(node) {
            let subject = flow.subject.other(node);
            let message = format!("branch `{branch}` of {} leads nowhere", called(node));
            let problem = subject.warning("AS522", subject.headline(), message);
            found.push(problem.with_help("add a ControlFlowEdge for it, or the run stops there"));
        }
    }
}

/// AS523: every node is reachable from the start node, and an end node is reachable from every
/// reachable node.
pub(super) fn everything_is_reachable(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(start) = flow.start.filter(|_| flow.is_whole) else {
        return;
    };
    let reachable = flow.reachable();
    // A start node without an edge is reported by AS503.
    let starts = flow.control.iter().any(|edge| leaves(edge, start));
    for (index, node) in flow.nodes.iter().filter(|_| starts) {
        // An end node that no edge enters is reported by AS506, a further StartNode by AS501.
        let is_reported = node.is::<StartNode>() || node.is::<EndNode>() && !flow.enters(node);
        if !reachable.contains(node.id()) && !is_reported {
            let message = format!("{} cannot be reached from the start node", called(node));
            found.push(
                flow.subject
                    .warning("AS523", flow.node_place(*index), message),
            );
        }
    }
    let ending = ending(flow);
    let is_caught = |node: &Component| reachable.contains(node.id()) && !ending.contains(node.id());
    let caught: Vec<_> = flow
        .nodes
        .iter()
        .filter(|(_, node)| is_caught(node))
        .collect();
    // A flow without an end node is reported by AS505.
    let has_end = flow.nodes.iter().any(|(_, node)| node.is::<EndNode>());
    if let Some((index, _)) = caught.first().filter(|_| has_end) {
        let names = list(caught.iter().map(|(_, node)| node.name()));
        let message = format!("no end node can be reached from {names}");
        found.push(
            flow.subject
                .warning("AS523", flow.node_place(*index), message),
        );
    }
}

/// Returns the ids of the nodes from which an end node is reachable. A branch without an edge,
/// which AS522 reports, counts as a way to the end.
fn ending<'d>(flow: &FlowParts<'d>) -> HashSet<&'d str> {
    let mut backwards: HashMap<&str, Vec<&str>> = HashMap::default();
    for (from, followers) in flow.followers() {
        for to in followers {
            backwards.entry(to).or_default().push(from);
        }
    }
    let is_way_out =
        |node: &Component| node.is::<EndNode>() || !flow.dead_branches(node).is_empty();
    let ways_out = flow.nodes.iter().filter(|(_, node)| is_way_out(node));
    closure(ways_out.map(|(_, node)| node.id()), &backwards)
}
