//! The box that answers a run.

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

/// A pane lower than this is made large while a person writes in it.
const MIN_HEIGHT_FOR_ANSWER: u16 = 14;

/// Opens the box that answers the run that keys are about.
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

/// Whether the pane of a run is too low to write in.
fn is_too_low(state: &State, run: &RunId) -> bool {
    let tile = state.panes.tile_of(run);
    tile.is_none_or(|tile| tile.height < MIN_HEIGHT_FOR_ANSWER)
}

/// Answers the question that is open in the pane of the run that keys are about; where something is to be written, its box
/// has the keys from then on.
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

/// Does an action in the box.
pub(super) fn act(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let outcome = match &mut state.answer {
        Some(answer) => answer.act(action, context.now),
        None => Outcome::Closes,
    };
    after_answer(state, outcome)
}

/// The pictures of a message that is written in the box were read; those of a box that was left are dropped.
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

/// Files of pictures were found while a path is typed in the box.
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
