//! The answers of one run, of those that are prepared for all and for its row.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{PlanError, PlanProblem, PlanRequest};
use crate::base::suggest::closest;
use crate::runs::{Answers, FileAnswers};
use crate::spec::Component;
use crate::spec::language::{Tool, ToolBox};
use crate::trace::PreparedReply;

/// Looks for answers that no run can have: of rows that there are not, of nodes that no spec has.
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

/// Looks for stand-ins of tools that no spec has; where a server may have them nobody knows.
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

/// The names that no tool of the specs has, each once, with which one may be meant: `; did you mean `refund`?`. Nothing where a
/// server may have further tools.
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
    /// Returns what is said of tools that the spec does not have, each a sentence.
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

/// The answers for a run of a row, in which nodes have their ids.
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

/// Puts ids in place of the names of nodes.
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

/// The ids of the components of this id or name.
fn ids(component: &Arc<Component>, node: &str) -> Vec<String> {
    let parts = component.walk().into_iter();
    let named = parts.filter(|part| part.id() == node || part.name() == node);
    named.map(|part| part.id().to_owned()).collect()
}
