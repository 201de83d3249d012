//! Rules for nodes that run flows.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::known::knows_its_lists;
use super::subject::Subject;
use super::wording::called;
use crate::base::hash::HashMap;
use crate::spec::component::{Component, FieldValue};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::infer::{CAUGHT_BRANCH, CAUGHT_OUTPUT};
use crate::spec::language::{CatchExceptionNode, ExtendedParallelFlowNode};
use crate::spec::places::PathSegment;
use crate::spec::property::{Property, same_type};
use crate::spec::syntax::Place;

/// AS407: every output of a node that catches failures has a default, for the case of a failure.
/// AS409: the inner flow uses neither of the names that the node adds.
pub(super) fn failures_are_caught(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let node = subject.component;
    let flow = node.field("subflow").and_then(FieldValue::as_component);
    let Some(flow) = flow.filter(|flow| node.is::<CatchExceptionNode>() && knows_its_lists(flow))
    else {
        return;
    };
    let at_flow = subject.places.field_or_type("subflow");
    for (index, output) in node.outputs().iter().enumerate() {
        if output.default().is_none() {
            let place = if node.declared().outputs {
                let path = [PathSegment::Key("outputs"), PathSegment::Index(index)];
                subject.places.nearest(&path)
            } else {
                at_flow
            };
            let message = format!(
                "output `{}` needs a default, used when the subflow fails",
                output.title()
            );
            found.push(subject.error("AS407", place, message));
        }
    }
    let mut reserved = |what: &str, name: &str| {
        let message = format!(
            "the subflow {} has the {what} `{name}`, a name that {} keeps for failures",
            called(flow),
            called(node),
        );
        found.push(subject.error("AS409", at_flow, message));
    };
    if flow
        .outputs()
        .iter()
        .any(|output| output.title() == CAUGHT_OUTPUT)
    {
        reserved("output", CAUGHT_OUTPUT);
    }
    if ends_by(flow, CAUGHT_BRANCH) {
        reserved("branch", CAUGHT_BRANCH);
    }
}

/// Returns whether an end node of a flow has this branch name.
fn ends_by(flow: &Component, branch: &str) -> bool {
    let nodes = match flow.field("nodes") {
        Some(FieldValue::List(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    let name = |end: &Arc<Component>| {
        let name = end.field("branch_name").and_then(FieldValue::as_value)?;
        name.as_str().map(str::to_owned)
    };
    let ends = nodes.iter().filter_map(FieldValue::as_component);
    ends.filter_map(name).any(|name| name == branch)
}

/// AS410: parallel flows have no output in common, and inputs with the same name have the same
/// type. AS306: no type uses a keyword that type comparison does not support. Explicit lists are
/// not checked.
pub(super) fn parallel_flows_agree(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let node = subject.component;
    let list = if node.is::<ExtendedParallelFlowNode>() {
        "flows"
    } else {
        "subflows"
    };
    let Some(FieldValue::List(flows)) = node.field(list) else {
        return;
    };
    let mut first_input: HashMap<&str, (&Arc<Component>, &Property)> = HashMap::default();
    let mut first_output: HashMap<&str, &Arc<Component>> = HashMap::default();
    for (index, flow) in flows.iter().enumerate() {
        let Some(flow) = flow.as_component().filter(|flow| knows_its_lists(flow)) else {
            continue;
        };
        let path = [PathSegment::Key(list), PathSegment::Index(index)];
        let place = subject.places.nearest(&path);
        for output in flow.outputs().iter().filter(|_| !node.declared().outputs) {
            if let Some(first) = first_output.insert(output.title(), flow) {
                let message = format!(
                    "{} and {} both have the output `{}`",
                    called(first),
                    called(flow),
                    output.title(),
                );
                found.push(subject.error("AS410", place, message));
            }
        }
        for input in flow.inputs().iter().filter(|_| !node.declared().inputs) {
            match first_input.entry(input.title()) {
                Entry::Vacant(vacant) => {
                    vacant.insert((flow, input));
                }
                Entry::Occupied(first) => {
                    found.extend(input_disagreement(
                        subject,
                        place,
                        *first.get(),
                        (flow, input),
                    ));
                }
            }
        }
    }
}

fn input_disagreement(
    subject: &Subject<'_>,
    place: Place,
    (first, known): (&Arc<Component>, &Property),
    (flow, input): (&Arc<Component>, &Property),
) -> Option<Diagnostic> {
    match same_type(known.schema(), input.schema()) {
        Ok(true) => None,
        Ok(false) => {
            let message = format!(
                "input `{}` is {} at {} and {} at {}",
                input.title(),
                known.type_text(),
                called(first),
                input.type_text(),
                called(flow),
            );
            Some(subject.error("AS410", place, message))
        }
        Err(unsupported) => {
            let message = format!(
                "input `{}` of {}: {unsupported}",
                input.title(),
                called(flow)
            );
            Some(
                subject
                    .error("AS306", place, message)
                    .with_help(unsupported.remedy()),
            )
        }
    }
}
