//! The answers of one run, of those that are prepared for all and for its row.

use std::sync::Arc;

use super::{PlanError, PlanProblem, PlanRequest};
use crate::runs::Answers;
use crate::spec::Component;
use crate::trace::PreparedReply;

/// Looks for answers that no run can have: of rows that there are not, of nodes that no spec has.
pub(super) fn check_answers(request: &PlanRequest, problems: &mut PlanError) {
    let n_rows = request.rows.len().max(1);
    for row in request.answers_of_rows.keys().filter(|row| **row > n_rows) {
        problems.add(|| {
            let rows = if n_rows == 1 { "row" } else { "rows" };
            let message =
                format!("the answers are for row {row}, too, and there are {n_rows} {rows}");
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
                    format!("the answers name `{node}`, which is no component of the spec");
                PlanProblem::of_all(message)
            });
        }
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
