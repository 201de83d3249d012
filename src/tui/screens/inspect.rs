//! The Inspect screen: one run as a waterfall of spans, with the details of the selected span.

mod detail;
mod layout;
mod span_tree;
mod spans;
mod state;
mod team;
mod update;
mod view;
mod waterfall;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::runs::KeptRun;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
pub(crate) use state::State;
pub(crate) use update::{compare_with_parent, copy_command};

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if self.find.is_some() {
            vec![KeyContext::InspectFind]
        } else {
            vec![KeyContext::Inspect]
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        update::update(self, action, context)
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        if let Some(field) = &mut self.find {
            field.input(key);
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        match &mut self.find {
            Some(field) => {
                let notice = field.paste(text);
                notice.map(Command::notify).into_iter().collect()
            }
            None => vec![Command::notify(
                Notice::info("there is no text field here; / finds").until_key(),
            )],
        }
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        update::mouse(self, event, context)
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        update::refusal(self, action, context)
    }

    fn bound_to(&self, context: &Context<'_>) -> Option<String> {
        let run = context.runs.get(self.run.as_ref()?)?;
        if context.runs.is_past(&run.run) {
            return Some(format!("profile {}", run.terms.profile.name));
        }
        Some(context.runs.batch(&run.batch)?.bound_to.clone())
    }

    fn prepare(&mut self, context: &Context<'_>) {
        let run = self.run.as_ref().and_then(|run| context.runs.get(run));
        if let Some(record) = run.and_then(KeptRun::record) {
            self.lay_out(record, context);
        }
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }
}

#[cfg(test)]
mod tests;
