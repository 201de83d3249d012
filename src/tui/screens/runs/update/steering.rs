//! The limits of the current batch, which a person changes or removes.

use crate::runs::RunsCommand;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::overlays::{Bound, Overlay, PromptPurpose};
use crate::tui::screens::runs::state::State;

/// Asks for a new limit.
pub(super) fn change(state: &State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let (bound, now) = match action {
        Action::ChangeAtOnce => (Bound::AtOnce, batch.at_once.to_string()),
        Action::ChangeRate => {
            let rate = batch.requests_per_second;
            let now = rate.map_or_else(String::new, |rate| format!("{rate}/s"));
            (Bound::Rate, now)
        }
        _ => {
            let budget = batch.budget.map(|budget| budget.max_tokens.to_string());
            (Bound::Tokens, budget.unwrap_or_default())
        }
    };
    let purpose = PromptPurpose::Bound(batch.id.clone(), bound);
    vec![Command::open(Overlay::prompt(purpose, now))]
}

/// Continues the runs that are held back.
pub(super) fn release(state: &State, context: &Context<'_>) -> Vec<Command> {
    let batch = state.table.batch(context.runs);
    let released = batch.map(|batch| Command::runs(RunsCommand::Release(batch.id.clone())));
    released.into_iter().collect()
}

/// Raises or lowers the maximum number of concurrent runs of the batch by one.
pub(super) fn step_at_once(state: &State, is_more: bool, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let at_once = if is_more {
        batch.at_once + 1
    } else {
        batch.at_once.saturating_sub(1).max(1)
    };
    vec![Command::runs(RunsCommand::SetAtOnce {
        batch: batch.id.clone(),
        at_once,
    })]
}
