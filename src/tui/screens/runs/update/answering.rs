//! The answer box of a run.

use super::targets::target;
use crate::base::ids::{RequestId, RunId};
use crate::conversation::Image;
use crate::runs::RunsCommand;
use crate::tui::action::Action;
use crate::tui::answer::{Answer, Outcome};
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::{Fact, Notice};
use crate::tui::screens::runs::state::State;

/// The minimum height of a pane in which an answer is typed, in lines; a lower pane is enlarged.
const MIN_HEIGHT_FOR_ANSWER: u16 = 14;

/// Opens the answer box for the run to which keys apply.
pub(super) fn open(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    let Some(run) = target(state, context) else {
        return Vec::new();
    };
    let Some(request) = run.requests.first() else {
        return Vec::new();
    };
    let is_large = is_too_low(state, &run.run);
    let request = std::slice::from_ref(request);
    let mut drafts = state.drafts.iter();
    let draft = drafts.position(|draft| draft.run == run.run && draft.is_for(request));
    let draft = draft.map(|draft| state.drafts.swap_remove(draft));
    state.answer = match (draft, request) {
        (Some(draft), _) => Some(draft.opened(is_large, context.now)),
        (None, request) => request
            .first()
            .map(|request| Answer::new(run.run.clone(), request.clone(), is_large, context.now)),
    };
    Vec::new()
}

/// Whether the pane of a run is too low for typing.
fn is_too_low(state: &State, run: &RunId) -> bool {
    let tile = state.panes.tile_of(run);
    tile.is_none_or(|tile| tile.height < MIN_HEIGHT_FOR_ANSWER)
}

/// Answers the question that is open in the pane of the run to which keys apply. If a text must be
/// typed, the answer box gets the focus.
pub(super) fn answer_question(
    state: &mut State,
    action: Action,
    context: &Context<'_>,
) -> Vec<Command> {
    let is_open = |answer: &Answer| {
        let run = context.runs.get(&answer.run);
        run.is_some_and(|run| answer.is_for(&run.requests))
    };
    let Some(mut answer) = state.question.take().filter(is_open) else {
        return Vec::new();
    };
    let outcome = answer.act(action, context.now);
    if answer.is_question() && matches!(outcome, Outcome::Stays) {
        // It has just appeared: the key was meant for something else.
        state.question = Some(answer);
        return Vec::new();
    }
    answer.is_large = is_too_low(state, &answer.run);
    state.answer = Some(answer);
    after_answer(state, outcome)
}

/// Performs an action in the box.
pub(super) fn act(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let outcome = match &mut state.answer {
        Some(answer) => answer.act(action, context.now),
        None => Outcome::Closes,
    };
    after_answer(state, outcome)
}

/// Handles the pictures of a message that were read; the pictures of a closed box are dropped.
pub(crate) fn pictures_read(
    state: &mut State,
    request: &RequestId,
    text: String,
    result: Result<Vec<Image>, String>,
) -> Vec<Command> {
    let outcome = match &mut state.answer {
        Some(answer) => answer.take_pictures(request, text, result),
        None => return Vec::new(),
    };
    after_answer(state, outcome)
}

/// Handles the picture files that were found while a path is typed.
pub(crate) fn pictures_found(state: &mut State, typed: &str, found: Vec<String>) {
    if let Some(answer) = &mut state.answer {
        answer.take_paths(typed, found);
    }
}

fn after_answer(state: &mut State, outcome: Outcome) -> Vec<Command> {
    match outcome {
        Outcome::Stays => Vec::new(),
        Outcome::Closes => {
            let n_drafts = state.drafts.len();
            state.leave_answer();
            if state.drafts.len() == n_drafts {
                return Vec::new();
            }
            let kept = Notice::info("kept: i continues your text");
            vec![Command::notify(kept.while_so(Fact::AnswerKept))]
        }
        Outcome::Does(command) => vec![command],
        Outcome::Answers(reply) => {
            let answered = state.answer.take().into_iter();
            let sent = &mut state.sent;
            let answers = answered.map(|answer| {
                sent.push((answer.run.clone(), answer.request.id.clone()));
                Command::runs(RunsCommand::Answer {
                    run: answer.run,
                    request: answer.request.id,
                    reply: reply.clone(),
                    client_message: None,
                })
            });
            answers.collect()
        }
    }
}
