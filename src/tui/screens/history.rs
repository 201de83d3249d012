//! The History screen: past runs of earlier sessions and all folders, which can be searched,
//! opened, resumed and deleted.

mod filter;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod view;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
pub(crate) use state::State;

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if self.has_field {
            vec![KeyContext::HistoryFilter]
        } else {
            vec![KeyContext::History]
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        update::update(self, action, context)
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        if self.field.input(key) {
            self.typed()
        } else {
            Vec::new()
        }
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        if !self.has_field {
            let words = "there is no text field here; / filters";
            return vec![Command::notify(Notice::info(words).until_key())];
        }
        let notice = self.field.paste(text);
        let mut commands = self.typed();
        commands.extend(notice.map(Command::notify));
        commands
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        update::mouse(self, event, context)
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        update::refusal(self, action, context)
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }
}
