//! Rules for the nodes that a flow must have.

use std::sync::Arc;

use super::flow::FlowParts;
use super::wording::called;
use crate::base::hash::HashMap;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{EndNode, StartNode};

/// AS501: `nodes` has exactly one `StartNode`. AS502: `start_node` is that same component, not a
/// copy with its id.
pub(super) fn one_start_node(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole {
        return;
    }
    let subject = &flow.subject;
    match flow.of_type::<StartNode>().as_slice() {
        [] => {
            let place = subject.places.field_or_type("nodes");
            let message = "a flow needs exactly one StartNode; found none".to_owned();
            found.push(subject.error("AS501", place, message));
        }
        [(_, listed)] => {
            let Some(start) = flow.start.filter(|start| !Arc::ptr_eq(start, listed)) else {
                return;
            };
            let place = subject.places.field_or_type("start_node");
            let (message, help) = if start.id() == listed.id() {
                (
                    format!(
                        "`start_node` is a copy of {}, not the node itself",
                        called(listed)
                    ),
                    "define the node once in `$referenced_components` and refer to it",
                )
            } else {
                (
                    format!(
                        "`start_node` is {}, but the StartNode in `nodes` is {}",
                        called(start),
                        called(listed),
                    ),
                    "refer to the same node in both",
                )
            };
            found.push(subject.error("AS502", place, message).with_help(help));
        }
        [(first, _), rest @ ..] => {
            for (index, node) in rest {
                let place = flow.node_place(*index);
                let message = format!(
                    "a flow needs exactly one StartNode; {} is one too many",
                    called(node)
                );
                let problem = subject.error("AS501", place, message);
                found.push(problem.with_related(flow.node_place(*first), "the first StartNode"));
            }
        }
    }
}

/// AS505: a flow has an `EndNode`.
pub(super) fn some_end_node(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if flow.is_whole && flow.of_type::<EndNode>().is_empty() {
        let place = flow.subject.places.field_or_type("nodes");
        let message = "a flow needs at least one EndNode; found none".to_owned();
        found.push(flow.subject.error("AS505", place, message));
    }
}

/// AS524: a node is listed once in `nodes`.
pub(super) fn listed_once(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let mut first_index = HashMap::default();
    for (index, node) in flow.nodes.iter().filter(|_| flow.is_whole) {
        let first = *first_index.entry(Arc::as_ptr(node)).or_insert(*index);
        // A second StartNode is reported by AS501, and a copy by the rule on ids.
        if first != *index && !node.is::<StartNode>() {
            let message = format!("{} is already in `nodes`", called(node));
            let problem = flow
                .subject
                .warning("AS524", flow.node_place(*index), message);
            found.push(problem.with_related(flow.node_place(first), "listed here"));
        }
    }
}
