//! The confirmation for the run under the cursor: its question is open in the run's pane and is
//! answered there by a letter.

use super::state::State;
use crate::base::ids::{RequestId, RunId};
use crate::runs::OpenRequest;
use crate::tui::action::KeyContext;
use crate::tui::answer::Answer;
use crate::tui::app::Context;

/// The minimum height of a pane in which a question is open, in lines. In a lower pane, a line
/// names the key that opens it.
const MIN_HEIGHT: u16 = 9;

/// Opens or closes the question of the run to which keys apply. It is opened together with its
/// pane, because its keys are ignored for a moment from then on.
pub(super) fn catch_up(state: &mut State, context: &Context<'_>) {
    let wanted = wanted(state, context);
    let is_same = match (&state.question, &wanted) {
        (Some(question), Some((run, request))) => {
            question.run == *run && question.request.id == request.id
        }
        (None, None) => true,
        _ => false,
    };
    if !is_same {
        state.question = wanted
            .map(|(run, request)| Answer::new(run, request, false, context.now))
            .filter(|answer| answer.context() == KeyContext::AnswerConfirm);
    }
}

/// Returns the request whose question should be open, and its run.
fn wanted(state: &State, context: &Context<'_>) -> Option<(RunId, OpenRequest)> {
    let is_busy = state.is_past
        || state.answer.is_some()
        || state.filter_field.is_some()
        || state.find_field.is_some()
        || (state.is_zoomed && !state.needle.is_empty())
        // Its letters go through runs.
        || state.panes.is_by_turn();
    if is_busy {
        return None;
    }
    let run = state.target().and_then(|run| context.runs.get(run))?;
    let request = run.requests.first()?;
    let tile = state.panes.tile_of(&run.run)?;
    let is_this = |of: &RunId, id: &RequestId| *of == run.run && *id == request.id;
    let is_sent = state.sent.iter().any(|(of, id)| is_this(of, id));
    let mut drafts = state.drafts.iter();
    let is_left = is_sent || drafts.any(|draft| is_this(&draft.run, &draft.request.id));
    let has_room = tile.height >= MIN_HEIGHT && run.record().is_some();
    (has_room && !is_left).then(|| (run.run.clone(), request.clone()))
}
