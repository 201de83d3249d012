//! The Compare screen: two to four runs side by side by turn, or the results of a batch with varied
//! specs as a matrix.

mod beside;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod variants;
mod view;

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::ids::RunId;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::history::{HistoryCommand, HistoryQuery, OpenGoal};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use state::Subject;
pub(crate) use state::{MAX_RUNS, State};

/// The reason why a run that is only in the history can't be shown on the Runs screen.
const OF_HISTORY: &str = "that run is in the history";

/// Returns the command that shows a run of the history on Inspect, after reading it.
fn open_past(run: RunId) -> Command {
    let goal = OpenGoal::Inspect;
    Command::history(HistoryCommand::Read(HistoryQuery::Open { run, goal }))
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        match self.subject {
            Subject::Matrix(_) => vec![KeyContext::CompareMatrix, KeyContext::Compare],
            Subject::Nothing | Subject::Runs(_) => vec![KeyContext::Compare],
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        update::update(self, action, context)
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        update::mouse(self, event, context)
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        update::refusal(self, action, context)
    }

    fn bound_to(&self, context: &Context<'_>) -> Option<String> {
        let batch = match &self.subject {
            Subject::Nothing => return None,
            Subject::Runs(beside) => &context.runs.get(beside.runs().first()?)?.batch,
            Subject::Matrix(variants) => {
                let batch = variants.runs(context.runs).batch(variants.batch())?;
                return Some(batch.bound_to.clone());
            }
        };
        Some(context.runs.batch(batch)?.bound_to.clone())
    }

    fn prepare(&mut self, context: &Context<'_>) {
        match &mut self.subject {
            Subject::Nothing => {}
            Subject::Runs(beside) => beside.lay_out(context.area),
            Subject::Matrix(variants) => variants.catch_up(context.runs),
        }
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer);
        None
    }
}
