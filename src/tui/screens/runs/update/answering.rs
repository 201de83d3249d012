//! The box that answers a run.

use super::target;
use crate::base::ids::RequestId;
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
    let tile = state.panes.tile_of(&run.run);
    let is_large = tile.is_none_or(|tile| tile.height < MIN_HEIGHT_FOR_ANSWER);
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
            let kept = Notice::info("kept: i goes on with your text");
            vec![Command::notify(kept.while_so(Fact::AnswerKept))]
        }
        Outcome::Does(command) => vec![command],
        Outcome::Answers(reply) => {
            let answered = state.answer.take().into_iter();
            let answers = answered.map(|answer| {
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
