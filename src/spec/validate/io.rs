//! Rules that compare declared inputs, outputs and branches with the inferred ones.

use serde_json::Value;

use super::known::knows_its_lists;
use super::subject::Subject;
use super::wording::{called, list, titles};
use crate::base::hash::HashSet;
use crate::base::suggest::closest;
use crate::spec::component::{Declared, FieldValue};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::infer::{ListRule, infer};
use crate::spec::language::{
    BranchingNode, CatchExceptionNode, EndNode, Flow, InputMessageNode, LlmNode, MCPToolSpec,
    StartNode,
};
use crate::spec::placeholder;
use crate::spec::places::PathSegment;
use crate::spec::property::{Property, castable};

/// The list of a component that a rule checks.
#[derive(Clone, Copy, PartialEq)]
enum List {
    Inputs,
    Outputs,
}

impl List {
    fn key(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Inputs => "input",
            Self::Outputs => "output",
        }
    }

    /// Returns the list, if the text contains it.
    fn declared<'d>(self, subject: &Subject<'d>) -> Option<&'d [Property]> {
        let component = subject.component;
        match self {
            Self::Inputs => component.declared().inputs.then(|| component.inputs()),
            Self::Outputs => component.declared().outputs.then(|| component.outputs()),
        }
    }
}

/// AS401: an explicit list has every inferred input and output. AS402: it has no others. AS404
/// covers both for branches, AS408 for the outputs of a node that catches failures. The inputs of a
/// flow have a separate rule.
pub(super) fn lists_are_complete(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let declared = component.declared();
    if declared == Declared::default() || !knows_its_lists(component) {
        return;
    }
    let Some(inferred) = infer(component) else {
        return;
    };
    if let (true, ListRule::Fixed(expected)) = (declared.branches, inferred.branches) {
        compare_branches(subject, &expected, found);
    }
    for (side, rule) in [
        (List::Inputs, inferred.inputs),
        (List::Outputs, inferred.outputs),
    ] {
        let has_own_rule = component.is::<Flow>() && side == List::Inputs;
        if let (Some(declared), ListRule::Fixed(expected), false) =
            (side.declared(subject), rule, has_own_rule)
        {
            compare(subject, side, declared, &expected, found);
        }
    }
}

fn compare(
    subject: &Subject<'_>,
    side: List,
    declared: &[Property],
    expected: &[Property],
    found: &mut Vec<Diagnostic>,
) {
    let catches = side == List::Outputs && subject.component.is::<CatchExceptionNode>();
    let (missing, extra) = if catches {
        ("AS408", "AS408")
    } else {
        ("AS401", "AS402")
    };
    let declared_titles: HashSet<&str> = declared.iter().map(Property::title).collect();
    let expected_titles: HashSet<&str> = expected.iter().map(Property::title).collect();
    for property in expected {
        let title = property.title();
        if !declared_titles.contains(title) {
            let origin = origin(subject, side, title);
            let message = format!("{origin}, which `{}` does not list", side.key());
            let place = subject.places.field_or_type(side.key());
            let problem = subject.error(missing, place, message);
            found.push(problem.with_help(format!(
                "list `{title}`, or leave the list out to have it inferred"
            )));
        }
    }
    for (index, property) in declared.iter().enumerate() {
        let title = property.title();
        if !expected_titles.contains(title) {
            let path = [
                PathSegment::Key(side.key()),
                PathSegment::Index(index),
                PathSegment::Key("title"),
            ];
            let message = format!(
                "{} has no {} `{title}`; by its configuration it has {}",
                called(subject.component),
                side.one(),
                titles(expected),
            );
            let problem = subject.error(extra, subject.places.nearest(&path), message);
            found.push(match closest(title, expected.iter().map(Property::title)) {
                Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
                None => problem,
            });
        }
    }
}

/// Returns the reason for an inferred input or output: `` `prompt_template` uses {{whom}} ``, or ``
/// the tool `look` has the output `found` ``.
fn origin(subject: &Subject<'_>, side: List, title: &str) -> String {
    let fields = || subject.component.fields();
    let uses = |value: &Value| {
        placeholder::names_in_value(value)
            .iter()
            .any(|name| name == title)
    };
    let by_text = fields().find(|(_, value)| value.as_value().is_some_and(uses));
    if let (List::Inputs, Some((field, _))) = (side, by_text) {
        return format!("`{field}` uses {{{{{title}}}}}");
    }
    let slots = ["tool", "agent", "subflow"];
    let inner = slots
        .iter()
        .find_map(|slot| Some((slot, subject.component.field(slot)?.as_component()?)));
    match inner {
        Some((slot, inner)) => {
            format!(
                "the {slot} {} gives it the {} `{title}`",
                called(inner),
                side.one()
            )
        }
        None => format!(
            "{} has the {} `{title}`",
            called(subject.component),
            side.one()
        ),
    }
}

/// AS403, only in strict validation: the inferred type of an input is castable to the declared one,
/// as the specification requires. Published examples break this rule.
pub(super) fn types_are_castable(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(inferred) = infer(subject.component) else {
        return;
    };
    for (side, rule) in [
        (List::Inputs, inferred.inputs),
        (List::Outputs, inferred.outputs),
    ] {
        let (Some(declared), ListRule::Fixed(expected)) = (side.declared(subject), rule) else {
            continue;
        };
        for (index, property) in declared.iter().enumerate() {
            let same = expected
                .iter()
                .find(|expected| expected.title() == property.title());
            if let Some(same) = same
                && castable(same.schema(), property.schema()) == Ok(false)
            {
                let path = [PathSegment::Key(side.key()), PathSegment::Index(index)];
                let message = format!(
                    "{} `{}` is {} by the configuration, which does not cast to {}",
                    side.one(),
                    property.title(),
                    same.type_text(),
                    property.type_text(),
                );
                found.push(subject.error("AS403", subject.places.nearest(&path), message));
            }
        }
    }
}

/// AS607, only in strict validation: a tool specification of an MCP toolbox has at most one
/// output, a string.
pub(super) fn pinned_tools_give_text(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let is_text = match component.outputs() {
        [] => true,
        [output] => output.json_type() == Some("string"),
        _ => false,
    };
    if component.is::<MCPToolSpec>() && !is_text {
        let place = subject.places.field_or_type("outputs");
        let message = format!(
            "{} gives one output of type string at most",
            called(component)
        );
        found.push(subject.error("AS607", place, message));
    }
}

/// AS401, AS402: a branching node has one input, and a prompt has at least one output.
pub(super) fn lists_have_their_length(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let declared = component.declared();
    if component.is::<BranchingNode>() && declared.inputs {
        let name = called(component);
        match component.inputs() {
            [_] => {}
            [] => {
                let place = subject.places.field_or_type("inputs");
                let message = format!("{name} needs one input, the value that it chooses by");
                found.push(subject.error("AS401", place, message));
            }
            [_, extra, ..] => {
                let message = format!("{name} chooses by one input; `{}` is more", extra.title());
                found.push(subject.error("AS402", subject.input_place(extra.title()), message));
            }
        }
    }
    if component.is::<LlmNode>() && declared.outputs && component.outputs().is_empty() {
        let place = subject.places.field_or_type("outputs");
        let message = format!("{} needs an output", called(component));
        let problem = subject.error("AS401", place, message);
        found.push(problem.with_help("leave `outputs` out to have `generated_text`"));
    }
}

/// AS404: an explicit branch is listed only once.
pub(super) fn branches_once(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let declared = component.branches();
    if !component.declared().branches || declared.len() < 2 || !knows_its_lists(component) {
        return;
    }
    let mut seen = HashSet::default();
    for (index, branch) in declared.iter().enumerate() {
        if !seen.insert(branch) {
            let place = subject
                .places
                .nearest(&[PathSegment::Key("branches"), PathSegment::Index(index)]);
            let message = format!("branch `{branch}` is listed twice");
            found.push(subject.error("AS404", place, message));
        }
    }
}

fn compare_branches(subject: &Subject<'_>, expected: &[String], found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let declared = component.branches();
    let names = || list(expected.iter().map(String::as_str));
    let missing: Vec<&str> = expected
        .iter()
        .filter(|name| !declared.contains(name))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let message = format!("branches must be {}; {} is missing", names(), list(missing));
        found.push(subject.error("AS404", subject.places.field_or_type("branches"), message));
    }
    for (index, branch) in declared.iter().enumerate() {
        if !expected.contains(branch) {
            let place = subject
                .places
                .nearest(&[PathSegment::Key("branches"), PathSegment::Index(index)]);
            let message = format!(
                "{} has no branch `{branch}`; it has {}",
                called(component),
                names()
            );
            let problem = subject.error("AS404", place, message);
            found.push(match closest(branch, expected.iter().map(String::as_str)) {
                Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
                None => problem,
            });
        }
    }
}

/// AS405: a start or end node that lists both inputs and outputs has the same properties in both
/// lists.
pub(super) fn both_lists_are_equal(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let declared = component.declared();
    let is_one = component.is::<StartNode>() || component.is::<EndNode>();
    let (inputs, outputs) = (component.inputs(), component.outputs());
    if is_one && declared.inputs && declared.outputs && inputs != outputs {
        let message = format!(
            "inputs and outputs of {} must be equal, also in order",
            called(component)
        );
        let (here, other) = if inputs.is_empty() {
            ("inputs", "outputs")
        } else {
            ("outputs", "inputs")
        };
        let problem = subject.error("AS405", subject.places.field_or_type(here), message);
        let problem = problem.with_help(if inputs.is_empty() || outputs.is_empty() {
            "leave the empty list out"
        } else {
            "leave one of the two lists out"
        });
        found.push(match subject.places.field(other) {
            Some(place) => problem.with_related(place, format!("the {other}")),
            None => problem,
        });
    }
}

/// AS406: an input message node has one output, a string.
pub(super) fn answer_is_text(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let is_declared = component.declared().outputs && knows_its_lists(component);
    if !component.is::<InputMessageNode>() || !is_declared {
        return;
    }
    if !matches!(component.outputs(), [output] if output.json_type() == Some("string")) {
        let place = subject.places.field_or_type("outputs");
        let message = format!("{} gives one output of type string", called(component));
        found.push(subject.error("AS406", place, message));
    }
}

/// AS411: a reducer names an output of the mapped flow, and its method fits the type of the output.
pub(super) fn reducers_fit(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let component = subject.component;
    let flow = component
        .field("subflow")
        .and_then(FieldValue::as_component);
    let reducers = component.field("reducers").and_then(FieldValue::as_value);
    let Some((flow, reducers)) = flow.zip(reducers.and_then(Value::as_object)) else {
        return;
    };
    for (title, method) in reducers {
        let path = [PathSegment::Key("reducers"), PathSegment::Key(title)];
        let Some(output) = flow.outputs().iter().find(|output| output.title() == title) else {
            let place = subject
                .places
                .key_at(&path)
                .unwrap_or_else(|| subject.places.field_or_type("reducers"));
            let message = format!(
                "the subflow {} has no output `{title}`; it has {}",
                called(flow),
                titles(flow.outputs()),
            );
            let problem = subject.warning("AS411", place, message);
            found.push(
                match closest(title, flow.outputs().iter().map(Property::title)) {
                    Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
                    None => problem,
                },
            );
            continue;
        };
        let counts = method.as_str().filter(|method| *method != "append");
        let is_number = matches!(
            output.json_type(),
            Some("integer" | "number" | "boolean") | None
        );
        if let (Some(method), false) = (counts, is_number) {
            let message = format!(
                "`{method}` needs numbers, but output `{title}` of {} is {}",
                called(flow),
                output.type_text(),
            );
            found.push(subject.warning("AS411", subject.places.nearest(&path), message));
        }
    }
}
