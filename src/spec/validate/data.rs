//! Rules for the data flow of a flow.

use std::sync::Arc;

use serde_json::Value;

use super::flow::{DataEdge, FlowParts};
use super::known::knows_its_lists;
use super::order::ControlOrder;
use super::subject::Subject;
use super::wording::{called, titles};
use crate::base::hash::{HashMap, HashSet};
use crate::base::suggest::closest;
use crate::spec::component::Component;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{EndNode, StartNode};
use crate::spec::property::{Property, castable};

/// AS509: both ends of a data edge are nodes of the flow.
pub(super) fn within_the_flow(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    for edge in flow.data.iter().flatten() {
        let ends = [
            ("source_node", edge.source),
            ("destination_node", edge.destination),
        ];
        for (field, node) in ends {
            if let Some(node) = node.filter(|node| flow.is_whole && !flow.gives_data(node)) {
                let place = edge.subject.places.field_or_type(field);
                let message = format!("{} is not in this flow's `nodes`", called(node));
                found.push(edge.subject.error("AS509", place, message));
            }
        }
    }
}

/// AS510: a data edge names an output of its source and an input of its destination. AS511: the
/// output is castable to the input. AS306: neither type uses a keyword that type comparison does
/// not support.
pub(super) fn ends_fit(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    for edge in flow.data.iter().flatten() {
        let output = edge.output_property();
        let input = edge.input_property();
        for problem in [output, input] {
            if let End::Unknown { node, title, kind } = problem {
                found.push(unknown_end(edge, node, title, kind));
            }
        }
        if let (End::Found(source, output), End::Found(destination, input)) = (output, input) {
            found.extend(misfit(edge, (source, output), (destination, input)));
        }
    }
}

/// One end of a data edge.
#[derive(Clone, Copy)]
enum End<'d> {
    /// The named node and property.
    Found(&'d Arc<Component>, &'d Property),
    /// The node has no property with the title.
    Unknown {
        node: &'d Arc<Component>,
        title: &'d str,
        kind: Kind,
    },
    /// The edge or the node could not be read, which is reported elsewhere.
    Unreadable,
}

/// The side of a node at which an edge ends.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Output,
    Input,
}

impl<'d> DataEdge<'d> {
    fn output_property(&self) -> End<'d> {
        end(self.source, self.output, Kind::Output)
    }

    fn input_property(&self) -> End<'d> {
        end(self.destination, self.input, Kind::Input)
    }
}

fn end<'d>(node: Option<&'d Arc<Component>>, title: Option<&'d str>, kind: Kind) -> End<'d> {
    let (Some(node), Some(title)) = (node, title) else {
        return End::Unreadable;
    };
    let properties = side(node, kind);
    match properties.iter().find(|property| property.title() == title) {
        Some(property) => End::Found(node, property),
        None if knows_its_lists(node) => End::Unknown { node, title, kind },
        None => End::Unreadable,
    }
}

fn side(node: &Component, kind: Kind) -> &[Property] {
    match kind {
        Kind::Output => node.outputs(),
        Kind::Input => node.inputs(),
    }
}

fn unknown_end(edge: &DataEdge<'_>, node: &Component, title: &str, kind: Kind) -> Diagnostic {
    let (field, word) = match kind {
        Kind::Output => ("source_output", "output"),
        Kind::Input => ("destination_input", "input"),
    };
    let known = side(node, kind);
    let message = format!(
        "{} has no {word} `{title}`; it has {}",
        called(node),
        titles(known)
    );
    let problem = edge
        .subject
        .error("AS510", edge.subject.places.field_or_type(field), message);
    match closest(title, known.iter().map(Property::title)) {
        Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

fn misfit(
    edge: &DataEdge<'_>,
    (source, output): (&Arc<Component>, &Property),
    (destination, input): (&Arc<Component>, &Property),
) -> Option<Diagnostic> {
    let place = || edge.subject.places.field_or_type("destination_input");
    let problem = match castable(output.schema(), input.schema()) {
        Ok(true) => return None,
        Err(unsupported) => {
            let message = format!(
                "output `{}` of {} can't be checked against input `{}` of {}: {unsupported}",
                output.title(),
                called(source),
                input.title(),
                called(destination),
            );
            edge.subject
                .error("AS306", place(), message)
                .with_help(unsupported.remedy())
        }
        Ok(false) => {
            let (given, wanted) = type_words(output, input);
            let message = format!(
                "output `{}` of {} is {given}; input `{}` of {} takes {wanted}",
                output.title(),
                called(source),
                input.title(),
                called(destination),
            );
            let problem = edge.subject.error("AS511", place(), message);
            match misfit_help(output, input) {
                Some(help) => problem.with_help(help),
                None => problem,
            }
        }
    };
    let document = edge.subject.document;
    let output_place = document.subject(source).output_place(output.title());
    let input_place = document.subject(destination).input_place(input.title());
    Some(
        problem
            .with_related(
                output_place,
                format!("the output is {}", output.type_text()),
            )
            .with_related(
                input_place,
                format!("the input takes {}", input.type_text()),
            ),
    )
}

/// Returns the types of an output and an input that do not fit, in words; as schemas if the words
/// are the same.
fn type_words(output: &Property, input: &Property) -> (String, String) {
    let (given, wanted) = (output.type_text(), input.type_text());
    if given != wanted || given == "null" {
        return (given, wanted);
    }
    let bare = |property: &Property| {
        let mut schema = property.schema().clone();
        if let Some(keywords) = schema.as_object_mut() {
            keywords.retain(|keyword, _| {
                !["title", "description", "default"].contains(&keyword.as_str())
            });
        }
        format!("`{schema}`")
    };
    (bare(output), bare(input))
}

/// Returns a suggestion for a mismatch that follows from an unexpected rule of the reference SDK.
fn misfit_help(output: &Property, input: &Property) -> Option<&'static str> {
    let given = output.json_type()?;
    match input.json_type() {
        Some("null") if given == "null" => Some(
            "null goes only to an input of the same title and schema; leave out the input's `type`, or list \
             another type beside it, as in `type: [string, \"null\"]`",
        ),
        None if given == "object" && takes_objects(input.schema()) => Some(
            "an open object is not accepted by a union; add `additionalProperties: false` to the union's \
             member, or drop the union",
        ),
        _ => None,
    }
}

/// Returns whether a union accepts objects.
fn takes_objects(schema: &Value) -> bool {
    let is_object = |kind: &Value| kind == "object";
    let members = schema.get("anyOf").and_then(Value::as_array);
    let mut members = members.into_iter().flatten();
    match schema.get("type") {
        Some(Value::Array(names)) if names.iter().any(is_object) => true,
        Some(name) if is_object(name) => true,
        _ => members.any(takes_objects),
    }
}

/// AS525: if a flow lists data edges, one of them feeds every input without a default. If the list
/// is empty, also every input with a default that an output of the same name could feed, because
/// flow builders write empty lists.
pub(super) fn inputs_are_fed(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(edges) = flow.data.as_ref().filter(|_| flow.is_whole) else {
        return;
    };
    let mut edges_to: HashMap<&str, Vec<&DataEdge<'_>>> = HashMap::default();
    for edge in edges {
        if let Some(destination) = edge.destination {
            edges_to.entry(destination.id()).or_default().push(edge);
        }
    }
    for subject in receivers(flow) {
        let to_here = edges_to
            .get(subject.component.id())
            .map(Vec::as_slice)
            .unwrap_or_default();
        // An edge that names an unknown input is reported by AS510; it was meant for one of these.
        if to_here
            .iter()
            .any(|edge| matches!(edge.input_property(), End::Unknown { .. }))
        {
            continue;
        }
        let fed: HashSet<&str> = to_here.iter().filter_map(|edge| edge.input).collect();
        for input in subject.component.inputs() {
            let title = input.title();
            if fed.contains(title) {
                continue;
            }
            let by_name = edges.is_empty() && is_written(flow, subject.component, title);
            let missing = match input.default() {
                None => "no data edge and no default".to_owned(),
                Some(_) if by_name => {
                    format!(
                        "no data edge and takes its default, though another node gives `{title}`"
                    )
                }
                Some(_) => continue,
            };
            let message = format!(
                "input `{title}` of {} has {missing}",
                called(subject.component)
            );
            let problem = subject.warning("AS525", subject.input_place(title), message);
            found.push(problem.with_help(if by_name {
                "write `data_flow_connections: null` in place of the empty list, so that data goes by name; or add a DataFlowEdge"
            } else {
                "add a DataFlowEdge to it, or give it a `default`"
            }));
        }
    }
}

/// Returns whether a node has an output with this title, which `reader` could read by name.
fn is_written(flow: &FlowParts<'_>, reader: &Component, title: &str) -> bool {
    let mut others = flow
        .nodes
        .iter()
        .filter(|(_, node)| !node.is::<EndNode>() && node.id() != reader.id());
    others.any(|(_, node)| node.outputs().iter().any(|output| output.title() == title))
}

/// AS528: if data flows by name, some node has an output for every input without a default.
pub(super) fn names_are_written(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole || flow.data.is_some() {
        return;
    }
    let mut writers: HashMap<&str, Vec<&str>> = HashMap::default();
    for (_, node) in flow.nodes.iter().filter(|(_, node)| !node.is::<EndNode>()) {
        for output in node.outputs() {
            let writers = writers.entry(output.title()).or_default();
            // Two are enough to know that one of them is another node.
            if writers.len() < 2 && !writers.contains(&node.id()) {
                writers.push(node.id());
            }
        }
    }
    for subject in receivers(flow) {
        for title in required(subject.component) {
            let mut writers = writers.get(title).into_iter().flatten();
            if !writers.any(|writer| *writer != subject.component.id()) {
                let message = format!(
                    "no node of the flow outputs `{title}`, which {} needs",
                    called(subject.component),
                );
                let problem = subject.warning("AS528", subject.input_place(title), message);
                found.push(problem.with_help(
                    "without data edges, inputs take the outputs of the same name; or give it a \
                     `default`",
                ));
            }
        }
    }
}

/// Returns the nodes of a flow that receive data from others, without duplicates.
fn receivers<'d>(flow: &FlowParts<'d>) -> Vec<Subject<'d>> {
    let mut seen = HashSet::default();
    let takes = |node: &Component| !node.is::<StartNode>() && knows_its_lists(node);
    let nodes = flow.nodes.iter().filter(|(_, node)| takes(node));
    nodes
        .filter(|(_, node)| seen.insert(node.id()))
        .map(|(_, node)| flow.subject.other(node))
        .collect()
}

/// Returns the titles of the inputs without a default.
fn required(node: &Component) -> impl Iterator<Item = &str> {
    node.inputs()
        .iter()
        .filter(|input| input.default().is_none())
        .map(Property::title)
}

/// AS526: no two data edges are equal.
pub(super) fn no_edge_twice(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<[&str; 4], &DataEdge<'_>> = HashMap::default();
    for edge in flow.data.iter().flatten() {
        let ends = (edge.source, edge.output, edge.destination, edge.input);
        let (Some(source), Some(output), Some(destination), Some(input)) = ends else {
            continue;
        };
        let ends = [source.id(), output, destination.id(), input];
        if let Some(first) = seen.get(&ends) {
            let message = format!(
                "this edge is the same as {}: `{output}` of {} to `{input}` of {}",
                called(first.subject.component),
                called(source),
                called(destination),
            );
            let problem = edge
                .subject
                .warning("AS526", edge.subject.headline(), message);
            found.push(problem.with_related(first.subject.headline(), "the first one"));
        } else {
            seen.insert(ends, edge);
        }
    }
}

/// AS527: the source of a data edge can run before its destination.
pub(super) fn sources_run_first(flow: &FlowParts<'_>, found: &mut Vec<Diagnostic>) {
    if !flow.is_whole {
        return;
    }
    let reachable = flow.reachable();
    // A node that is never reached is reported by AS523, one outside the flow by AS509. What comes from the start
    // node is there before everything that is reached.
    let asked = |source: &Component, destination: &Component| {
        reachable.contains(source.id())
            && reachable.contains(destination.id())
            && !source.is::<StartNode>()
    };
    let edges: Vec<_> = flow
        .data
        .iter()
        .flatten()
        .filter_map(|edge| Some((edge, edge.source?, edge.destination?)))
        .filter(|(_, source, destination)| asked(source, destination))
        .collect();
    let pairs: Vec<_> = edges
        .iter()
        .map(|(_, source, destination)| (source.id(), destination.id()))
        .collect();
    let steps = flow.control.iter();
    let order = ControlOrder::new(steps.filter_map(|edge| Some((edge.from?.id(), edge.to?.id()))));
    let answers = order.can_follow(&pairs);
    for ((edge, source, destination), _) in
        edges.iter().zip(answers).filter(|(_, follows)| !follows)
    {
        let message = format!(
            "{} never runs before {}, so this edge brings nothing",
            called(source),
            called(destination),
        );
        let place = edge.subject.places.field_or_type("source_node");
        found.push(edge.subject.warning("AS527", place, message));
    }
}
