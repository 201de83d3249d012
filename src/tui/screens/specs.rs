//! The Specs screen: the files of a folder, an editor, the problems and the outline.

mod assist;
mod document;
mod find;
mod layout;
mod problem_lines;
mod state;
mod tabs;
mod tree;
mod update;
mod view;

#[cfg(test)]
mod tests;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::assist::Popup;
use self::state::{Focus, TabMeans};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
pub(crate) use state::{Answer, State};
pub(crate) use update::{answered, changed_on_disk, drawn, job, save_all, show};

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        let pane = match self.focus {
            Focus::Tree => KeyContext::SpecsTree,
            Focus::Problems => KeyContext::SpecsProblems,
            Focus::Editor => KeyContext::SpecsEditor,
            Focus::Find => KeyContext::SpecsFind,
            Focus::Outline => KeyContext::SpecsOutline,
        };
        let popup = self.assist.popup.as_ref().and_then(Popup::context);
        let passing =
            (self.focus == Focus::Editor && self.tab == TabMeans::NextPane && popup.is_none())
                .then_some(KeyContext::SpecsPassing);
        let inner = popup.into_iter().chain(passing);
        inner.chain([pane, KeyContext::Specs]).collect()
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        let commands = update::update(self, action, context);
        self.keep_open();
        commands
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        let commands = update::text(self, key, context);
        self.keep_open();
        commands
    }

    fn paste(&mut self, text: &str, context: &Context<'_>) -> Vec<Command> {
        let commands = update::paste(self, text, context);
        self.keep_open();
        commands
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let commands = update::mouse(self, event, context);
        self.keep_open();
        commands
    }

    fn refusal(&self, action: Action, _context: &Context<'_>) -> Option<&'static str> {
        update::refusal(self, action)
    }

    fn bound_to(&self, _context: &Context<'_>) -> Option<String> {
        let checked = self.document()?.checked.as_ref()?;
        Some(checked.profile.words())
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }
}
