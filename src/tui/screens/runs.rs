//! The Runs screen: the run table, and live panes of some runs.

mod header;
mod layout;
mod panes;
mod question;
mod refusal;
mod state;
mod table;
mod update;
mod view;
pub(in crate::tui::screens) mod words;

#[cfg(test)]
pub(in crate::tui::screens) mod tests;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::clock::Timestamp;
use crate::tui::action::{Action, KeyContext};
use crate::tui::answer::Answer;
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
pub(crate) use state::State;
pub(crate) use update::{fork_run, next_needs_you, pause_waiting, pictures_found, pictures_read};

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if let Some(answer) = &self.answer {
            vec![answer.context()]
        } else if self.filter_field.is_some() {
            vec![KeyContext::RunsFilter]
        } else if self.find_field.is_some() {
            vec![KeyContext::RunsFind]
        } else {
            let question = self.question.as_ref().map(Answer::context);
            let (is_small, by_turn) = (!self.is_zoomed, self.panes.is_by_turn());
            let around = [
                question,
                self.is_zoomed.then_some(KeyContext::RunsZoomed),
                (is_small && self.is_held_back).then_some(KeyContext::RunsHeld),
                (is_small && by_turn).then_some(KeyContext::RunsByTurn),
                Some(KeyContext::Runs),
            ];
            around.into_iter().flatten().collect()
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        update::update(self, action, context)
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        if let Some(answer) = &mut self.answer {
            return answer.text(key).into_iter().collect();
        } else if let Some(field) = &mut self.filter_field
            && field.input(key)
        {
            update::filter_changed(self, context);
        } else if let Some(field) = &mut self.find_field {
            field.input(key);
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, context: &Context<'_>) -> Vec<Command> {
        if let Some(answer) = &mut self.answer {
            answer.paste(text);
        } else if let Some(field) = &mut self.filter_field {
            let notice = field.paste(text);
            update::filter_changed(self, context);
            return notice.map(Command::notify).into_iter().collect();
        } else if let Some(field) = &mut self.find_field {
            let notice = field.paste(text);
            return notice.map(Command::notify).into_iter().collect();
        }
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        update::mouse(self, event, context)
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        refusal::refusal(self, action, context)
    }

    fn bound_to(&self, context: &Context<'_>) -> Option<String> {
        let batch = self.batch(context.runs)?;
        Some(batch.bound_to.clone())
    }

    fn prepare(&mut self, context: &Context<'_>) {
        state::prepare(self, context);
    }

    fn changes_at(&self, context: &Context<'_>) -> Option<Timestamp> {
        state::changes_at(self, context.runs, context.now)
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }
}
