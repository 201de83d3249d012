mod components;
mod flows;
mod teams;
mod wayflow;

use std::fmt::Write;

use pretty_assertions::assert_eq;

use super::*;
use crate::base::ids::IdSource;
use crate::spec::load::{LoadOptions, load};

/// Loads a document in which each expected problem is marked as `«place»`, and compares what is found
/// with `expected`: severity and code of each mark, in order. What is not marked must not be told.
///
/// Two short forms make flows readable, each for a line of an edge list: `- a.branch -> b` for a
/// control edge (`.branch` may be left out) and `- a.output => b.input` for a data edge. `@x` stands for
/// a reference to `x`.
#[track_caller]
fn check(expected: &[&str], marked: &str) {
    let marked: String = marked.lines().map(|line| expanded(line) + "\n").collect();
    let mut text = String::new();
    let mut open = Vec::new();
    let mut places = Vec::new();
    for character in marked.chars() {
        match character {
            '«' => open.push(text.len()),
            '»' => places.push((open.pop().unwrap(), text.len())),
            other => text.push(other),
        }
    }
    places.sort_unstable();
    let expected: Vec<String> = expected
        .iter()
        .zip(&places)
        .map(|(problem, (start, end))| {
            format!("{problem} at {:?}", text.get(*start..*end).unwrap())
        })
        .collect();

    let options = LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    };
    let loaded = load(&text, &options);
    let found: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|problem| told(problem, &text))
        .collect();
    assert_eq!(found, expected, "{text}\n{}", messages(&loaded.diagnostics));
    let starts: Vec<usize> = loaded
        .diagnostics
        .iter()
        .map(|problem| problem.place.start)
        .collect();
    let expected_starts: Vec<usize> = places.iter().map(|(start, _)| *start).collect();
    assert_eq!(
        starts,
        expected_starts,
        "{text}\n{}",
        messages(&loaded.diagnostics)
    );
}

fn told(problem: &Diagnostic, text: &str) -> String {
    let at = text.get(problem.place.bytes()).unwrap_or_default();
    format!("{} {} at {at:?}", problem.severity.name(), problem.code)
}

fn messages(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|problem| format!("{}: {}", problem.code, problem.message))
        .collect();
    lines.join("\n")
}

/// One line with its short forms written out.
fn expanded(line: &str) -> String {
    let line = reference(line);
    let Some(edge) = line.strip_prefix("- ") else {
        return line;
    };
    if let Some((from, to)) = edge.split_once(" -> ") {
        let (node, branch) = match from.split_once('.') {
            Some((node, branch)) => (node, format!("from_branch: {branch}, ")),
            None => (from, String::new()),
        };
        return format!(
            "- {{component_type: ControlFlowEdge, name: c, from_node: {{$component_ref: {node}}}, \
             {branch}to_node: {{$component_ref: {to}}}}}"
        );
    }
    let ends = edge
        .split_once(" => ")
        .and_then(|(from, to)| Some((from.split_once('.')?, to.split_once('.')?)));
    if let Some(((source, output), (destination, input))) = ends {
        return format!(
            "- {{component_type: DataFlowEdge, name: d, source_node: {{$component_ref: {source}}}, \
             source_output: {output}, destination_node: {{$component_ref: {destination}}}, \
             destination_input: {input}}}"
        );
    }
    line
}

/// A line with `@x` written out as a reference, wherever a name follows the sign.
fn reference(line: &str) -> String {
    let mut written = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('@') {
        let end = after.find(|c: char| !c.is_alphanumeric() && !"_«»".contains(c));
        let (name, after) = after.split_at(end.unwrap_or(after.len()));
        let _ = write!(written, "{before}{{$component_ref: {name}}}");
        rest = after;
    }
    written + rest
}

#[test]
fn every_rule_has_a_code_of_its_own_form() {
    for code in codes() {
        assert!(code.len() == 5 && code.starts_with("AS"), "{code}");
    }
}
