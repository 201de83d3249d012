//! The prepared answers of one run, selected from those for all runs and for its row.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::{PlanError, PlanProblem, PlanRequest};
use crate::base::suggest::closest;
use crate::base::written::Written;
use crate::runs::{Answers, Confirmation, FileAnswers};
use crate::spec::Component;
use crate::spec::language::{Tool, ToolBox};
use crate::spec::property::{Coercion, Violation, settle_titled, settle_untyped};
use crate::tools::{fit_arguments, fit_result, settle_result};
use crate::trace::PreparedReply;

/// Reports answers that no run can use: for rows or nodes that do not exist, and values that do not
/// fit their tool.
pub(super) fn check_answers(request: &PlanRequest, problems: &mut PlanError) {
    let n_rows = request.rows.len().max(1);
    for row in request.answers_of_rows.keys().filter(|row| **row > n_rows) {
        problems.add(|| {
            let there_are = match n_rows {
                1 => "there is 1 row".to_owned(),
                _ => format!("there are {n_rows} rows"),
            };
            let message = format!("the answers are for row {row}, too, but {there_are}");
            PlanProblem::of_all(message)
        });
    }
    let variants = request.variants.iter().map(|variant| &variant.component);
    let components: Vec<_> = variants.chain([&request.component]).collect();
    check_values(&request.answers, None, &components, problems);
    for (row, answers) in &request.answers_of_rows {
        check_values(answers, Some(*row), &components, problems);
    }
    let of_rows = request.answers_of_rows.values();
    let replies = of_rows
        .chain([&request.answers])
        .flat_map(|answers| &answers.replies);
    for node in replies.flat_map(|reply| &reply.nodes) {
        if components
            .iter()
            .all(|component| ids(component, node).is_empty())
        {
            problems.add(|| {
                let message =
                    format!("the answers name `{node}`, which is not a component of the spec");
                PlanProblem::of_all(message)
            });
        }
    }
}

/// Reports results and arguments that do not fit the tool of their name; if several tools have the
/// name, fitting one of them suffices. Tools whose inputs only their server knows are not checked.
fn check_values(
    answers: &Answers,
    row: Option<usize>,
    components: &[&Arc<Component>],
    problems: &mut PlanError,
) {
    let parts = components.iter().flat_map(|component| component.walk());
    let tools: Vec<_> = parts.filter(|part| part.is::<Tool>()).collect();
    // The first misfit, if none of the tools takes it.
    let misfit = |name: &str, check: &dyn Fn(&Component) -> Result<(), String>| {
        let named = tools.iter().filter(|tool| tool.name() == name);
        let checked: Vec<_> = named.map(|tool| check(tool)).collect();
        let has_taker = checked.iter().any(Result::is_ok);
        let mut misfits = checked.into_iter().filter_map(Result::err);
        misfits.next().filter(|_| !has_taker)
    };
    let mut names: Vec<&String> = answers.tools.keys().collect();
    names.sort();
    let mut add = |message: String| {
        problems.add(|| PlanProblem {
            row,
            ..PlanProblem::of_all(message)
        });
    };
    for name in names {
        for (number, written) in (1..).zip(&answers.tools[name]) {
            if let Some(why) = misfit(name, &|tool| takes_result(tool, written)) {
                add(format!(
                    "result {number} of `{name}` in the answers does not fit: {why}"
                ));
            }
        }
    }
    let mut confirmations: Vec<_> = answers.confirmations.iter().collect();
    confirmations.sort_by_key(|(name, _)| name.as_str());
    for (name, confirmation) in confirmations {
        let Confirmation::Confirm {
            arguments: Some(written),
        } = confirmation
        else {
            continue;
        };
        if let Some(why) = misfit(name, &|tool| takes_arguments(tool, written)) {
            add(format!(
                "the arguments of `{name}` in the answers do not fit: {why}"
            ));
        }
    }
}

/// Checks that a prepared result fits the outputs of a tool, by the same rules as in a run.
fn takes_result(tool: &Component, written: &Written) -> Result<(), String> {
    let outputs = tool.outputs();
    let settled = settle_result(outputs, written).or_else(|_| settle_untyped(written));
    let fitted = settled.and_then(|value| fit_result(outputs, &value, Coercion::Text));
    fitted.map(drop).map_err(|violations| in_words(&violations))
}

/// Checks that prepared arguments, which replace the model's arguments of the same names, fit the
/// inputs of a tool.
fn takes_arguments(tool: &Component, written: &Written) -> Result<(), String> {
    let inputs = tool.inputs();
    let settled = settle_titled(written, inputs);
    let Value::Object(arguments) = settled.map_err(|violations| in_words(&violations))? else {
        return Err("they are an object".to_owned());
    };
    let Err(error) = fit_arguments(tool.name(), inputs, &arguments, Coercion::Text) else {
        return Ok(());
    };
    // The others are the model's.
    let is_prepared = |violation: &Violation| {
        let names = arguments.keys();
        let mut rests = names.filter_map(|name| violation.path.strip_prefix(name.as_str()));
        rests.any(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let violations = error.violations.into_iter().filter(is_prepared);
    let violations: Vec<Violation> = violations.collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(in_words(&violations))
    }
}

fn in_words(violations: &[Violation]) -> String {
    let words: Vec<String> = violations.iter().map(Violation::to_string).collect();
    words.join("; ")
}

/// Reports stubs for tools that no spec has, unless a server may have them.
pub(super) fn check_stubs(request: &PlanRequest, problems: &mut PlanError) {
    let variants = request.variants.iter().map(|variant| &variant.component);
    let components = variants.chain([&request.component]);
    for (name, help) in unknown_tools(components, request.profile.stubs.keys()) {
        problems.add(|| {
            PlanProblem::of_all(format!(
                "`{name}` is stubbed, but is not a tool of the spec{help}"
            ))
        });
    }
}

/// Returns the names that no tool of the specs has, without duplicates, each with a suggestion: `;
/// did you mean `refund`?`. Empty if a server may have further tools.
fn unknown_tools<'c, 'n>(
    components: impl IntoIterator<Item = &'c Arc<Component>>,
    named: impl IntoIterator<Item = &'n String>,
) -> Vec<(&'n str, String)> {
    let parts: Vec<_> = components
        .into_iter()
        .flat_map(|component| component.walk())
        .collect();
    if parts.iter().any(|part| part.is::<ToolBox>()) {
        return Vec::new();
    }
    let tools = parts.iter().filter(|part| part.is::<Tool>());
    let known: Vec<&str> = tools.map(|tool| tool.name()).collect();
    let named: BTreeSet<&String> = named.into_iter().collect();
    let unknown = named.into_iter().map(String::as_str);
    unknown
        .filter(|name| !known.contains(name))
        .map(|name| {
            let meant = closest(name, known.iter().copied());
            let help = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            (name, help)
        })
        .collect()
}

impl FileAnswers {
    /// Returns a sentence for each answer about a tool that the spec does not have.
    pub(crate) fn unasked(&self, component: &Arc<Component>) -> Vec<String> {
        let answers = self.of_rows.values().chain([&self.all]);
        let named =
            answers.flat_map(|answers| answers.tools.keys().chain(answers.confirmations.keys()));
        let unknown = unknown_tools([component], named).into_iter();
        unknown
            .map(|(name, help)| format!("`{name}` in the answers is not a tool of the spec{help}"))
            .collect()
    }
}

/// Returns the answers for a run of a row, with ids of nodes instead of names.
pub(super) fn answers_for(
    request: &PlanRequest,
    component: &Arc<Component>,
    row: usize,
) -> Answers {
    let mut answers = request.answers.clone();
    if let Some(of_row) = request.answers_of_rows.get(&row) {
        let of_row = of_row.clone();
        if !of_row.messages.is_empty() {
            answers.messages = of_row.messages;
        }
        answers.tools.extend(of_row.tools);
        answers.confirmations.extend(of_row.confirmations);
        answers.replies.splice(0..0, of_row.replies);
    }
    give_ids(&mut answers.replies, component);
    answers
}

/// Replaces the names of nodes by their ids.
pub(crate) fn give_ids(replies: &mut [PreparedReply], component: &Arc<Component>) {
    for reply in replies {
        let named = std::mem::take(&mut reply.nodes);
        let is_named = !named.is_empty();
        reply.nodes = named.iter().flat_map(|node| ids(component, node)).collect();
        if is_named && reply.nodes.is_empty() {
            // Another variant has it.
            reply.messages.clear();
        }
    }
}

/// Returns the ids of the components with this id or name.
fn ids(component: &Arc<Component>, node: &str) -> Vec<String> {
    let parts = component.walk().into_iter();
    let named = parts.filter(|part| part.id() == node || part.name() == node);
    named.map(|part| part.id().to_owned()).collect()
}
