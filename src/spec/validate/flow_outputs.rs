//! Rules that compare the inputs and outputs of a flow with its start and end nodes.

use std::sync::Arc;

use super::flow::FlowParts;
use super::wording::{called, list, titles};
use crate::base::hash::HashMap;
use crate::spec::component::Component;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::EndNode;
use crate::spec::property::{Property, Unsupported, same_type};

/// AS512: outputs with the same title have the same type at all end nodes. AS513: a declared output
/// of the flow has a default, or all end nodes have it with the same type. AS514: the declared
/// inputs have the same titles as those of the start node. AS306: no type uses a keyword that type
/// comparison does not support.
pub(super) fn end_nodes_agree(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole {
        return;
    }
    inputs_are_the_start_nodes(flow, found);
    let end_nodes: Vec<_> = flow
        .of_type::<EndNode>()
        .into_iter()
        .map(|(_, node)| node)
        .collect();
    let mut first_of: HashMap<&str, (&Arc<Component>, &Property)> = HashMap::default();
    for node in &end_nodes {
        for output in node.outputs() {
            // The first is compared with itself: what can't be compared is refused however many there are.
            let (first_node, first) = *first_of.entry(output.title()).or_insert((node, output));
            let compared = same_type(output.schema(), first.schema());
            let found_here = disagreement(flow, (node, output), (first_node, first), compared);
            found.extend(found_here);
        }
    }
    if flow.subject.component.declared().outputs {
        for output in flow.subject.component.outputs() {
            if output.default().is_none() {
                found.extend(missing_output(flow, &end_nodes, output));
            }
        }
    }
}

fn inputs_are_the_start_nodes(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let subject = &flow.subject;
    let Some(start) = flow.start.filter(|_| subject.component.declared().inputs) else {
        return;
    };
    let missing: Vec<&str> = not_in(start.inputs(), subject.component.inputs());
    if !missing.is_empty() {
        let message = format!(
            "`inputs` lacks {}, which the start node {} takes",
            list(missing),
            called(start),
        );
        found.push(subject.error("AS514", subject.places.field_or_type("inputs"), message));
    }
    for title in not_in(subject.component.inputs(), start.inputs()) {
        let message = format!(
            "the start node {} has no input `{title}`; it has {}",
            called(start),
            titles(start.inputs()),
        );
        found.push(subject.error("AS514", subject.input_place(title), message));
    }
}

/// Returns the titles of `properties` that are not in `others`.
fn not_in<'p>(properties: &'p [Property], others: &[Property]) -> Vec<&'p str> {
    let titles = properties.iter().map(Property::title);
    titles
        .filter(|title| !others.iter().any(|other| other.title() == *title))
        .collect()
}

/// Returns the problem of two outputs with the same title, if there is one.
fn disagreement(
    flow: &FlowParts<'_>,
    (node, output): (&Arc<Component>, &Property),
    (first_node, first): (&Arc<Component>, &Property),
    compared: Result<bool, Unsupported>,
) -> Option<Diagnostic> {
    let document = flow.subject.document;
    let subject = document.subject(node);
    let place = || subject.output_place(output.title());
    let title = output.title();
    match compared {
        Ok(true) => None,
        Ok(false) => {
            let message = format!(
                "output `{title}` is {} at {} and {} at {}",
                output.type_text(),
                called(node),
                first.type_text(),
                called(first_node),
            );
            let first_place = document.subject(first_node).output_place(title);
            let problem = subject.error("AS512", place(), message);
            Some(problem.with_related(first_place, format!("{} here", first.type_text())))
        }
        Err(unsupported) => {
            let message = format!("output `{title}` of {}: {unsupported}", called(node));
            Some(
                subject
                    .error("AS306", place(), message)
                    .with_help(unsupported.remedy()),
            )
        }
    }
}

/// Returns the problem of a declared output without a default, if an end node lacks it.
fn missing_output(
    flow: &FlowParts<'_>,
    end_nodes: &[&Arc<Component>],
    output: &Property,
) -> Option<Diagnostic> {
    let subject = &flow.subject;
    let title = output.title();
    let place = || subject.output_place(title);
    let help = "give the flow's output a `default`, or every end node this output";
    for node in end_nodes {
        let same_title = node.outputs().iter().find(|given| given.title() == title);
        let message =
            match same_title.map(|given| (given, same_type(given.schema(), output.schema()))) {
                Some((_, Ok(true))) => continue,
                Some((_, Err(unsupported))) => {
                    let message = format!("output `{title}`: {unsupported}");
                    return Some(
                        subject
                            .error("AS306", place(), message)
                            .with_help(unsupported.remedy()),
                    );
                }
                Some((given, Ok(false))) => format!(
                    "end node {} gives `{title}` as {}, the flow declares {}",
                    called(node),
                    given.type_text(),
                    output.type_text(),
                ),
                None => format!("end node {} has no output `{title}`", called(node)),
            };
        return Some(subject.error("AS513", place(), message).with_help(help));
    }
    None
}
