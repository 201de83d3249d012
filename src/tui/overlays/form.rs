//! The form of a spec: its prompts, models, generation parameters and tools. Each change is made in
//! the spec's text.

mod draw;
mod item;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use tui_textarea::TextArea;

use self::item::Item;
use crate::base::text::sanitised;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::assist::Answer as Assisted;
use crate::tui::check::Checked;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::overlays::{Choice, Overlay, list_over_text};
use crate::tui::screens::specs::Answer;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::text_keys;

/// The editable items and their typed texts.
#[derive(Debug)]
pub(crate) struct State {
    path: PathBuf,
    /// The version of the text from which the items were read.
    version: u64,
    items: Vec<Item>,
    chosen: ListCursor,
    /// The reason why the typed text is not valid.
    problem: Option<String>,
    /// Whether a change is being applied to the text.
    is_waiting: bool,
}

impl State {
    pub(super) fn new(path: PathBuf, version: u64, checked: &Checked) -> Self {
        Self {
            path,
            version,
            items: item::of(checked),
            chosen: ListCursor::default(),
            problem: None,
            is_waiting: false,
        }
    }

    fn item_mut(&mut self) -> Option<&mut Item> {
        self.items.get_mut(self.chosen.selected())
    }

    /// Selects the next or the previous item, wrapping around.
    fn step(&mut self, is_forward: bool) {
        list_over_text::step(&mut self.chosen, self.items.len(), is_forward);
        self.problem = None;
    }

    /// Applies the typed text of the chosen item; if the spec already has this value, selects the
    /// next item.
    fn set(&mut self) -> Vec<Command> {
        if self.is_waiting {
            return Vec::new();
        }
        let (path, version) = (self.path.clone(), self.version);
        let Some(item) = self.item_mut() else {
            return Vec::new();
        };
        match item.question() {
            Ok(Some(question)) => {
                let at = item.at();
                self.is_waiting = true;
                vec![Command::Tell(Message::Specs(Answer::Ask {
                    path,
                    version,
                    at,
                    question,
                }))]
            }
            Ok(None) => {
                self.step(true);
                Vec::new()
            }
            Err(problem) => {
                self.problem = Some(problem);
                Vec::new()
            }
        }
    }

    /// Leaves the form, with a question if a typed text is not applied yet.
    fn leave(&self) -> Vec<Command> {
        let unset: Vec<String> = self
            .items
            .iter()
            .filter(|item| item.is_changed())
            .map(Item::name)
            .collect();
        let (words, drops) = match unset.as_slice() {
            [] => return vec![Command::close()],
            [one] => (
                format!("`{one}` is written but not set: enter on it sets it."),
                "drop it",
            ),
            many => (
                format!("Written but not set: {}. Enter sets one.", many.join(", ")),
                "drop them",
            ),
        };
        let choices = vec![
            Choice::new('s', "stay", Vec::new()),
            Choice::new('d', drops, vec![Command::close()]),
        ];
        let question = Overlay::question("leave the form?", words, choices);
        vec![Command::open(question)]
    }

    /// Handles the result of a change.
    pub(crate) fn answered(&mut self, path: &Path, answer: &Assisted) {
        if path != self.path {
            return;
        }
        if let Assisted::Set(result) = answer {
            // What was set is seen once the text is checked again.
            self.is_waiting = result.as_ref().is_ok_and(|edits| !edits.is_empty());
            self.problem = result.as_ref().err().map(ToString::to_string);
        }
    }

    /// Updates the items from the newly checked text; typed texts that are not applied yet are
    /// kept.
    pub(crate) fn refresh(&mut self, path: &Path, version: u64, checked: &Arc<Checked>) {
        // Of a text that can't be read there is no form; the one of the text before stays.
        if path != self.path || checked.loaded.component.is_none() {
            return;
        }
        self.version = version;
        self.is_waiting = false;
        let chosen = self.items.get(self.chosen.selected()).map(Item::name);
        let before = std::mem::replace(&mut self.items, item::of(checked));
        for item in &mut self.items {
            if let Some(same) = before.iter().find(|other| other.name() == item.name()) {
                item.keep_written(same);
            }
        }
        let place = self
            .items
            .iter()
            .position(|item| Some(item.name()) == chosen);
        let last = self.items.len().saturating_sub(1);
        self.chosen
            .select(place.unwrap_or(self.chosen.selected()).min(last));
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Form]
    }

    fn update(&mut self, action: Action, _context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Accept => return self.set(),
            Action::Back => return self.leave(),
            Action::NewLine => {
                if let Some(text) = self.item_mut().and_then(Item::text_mut) {
                    text.insert_newline();
                }
            }
            // First what is written here, then what was set.
            Action::Undo => {
                let text = self.item_mut().and_then(Item::text_mut);
                if !text.is_some_and(TextArea::undo) {
                    return vec![Command::Tell(Message::Specs(Answer::Undo))];
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        let text = self.item_mut().and_then(Item::text_mut);
        if let Some(is_forward) = list_over_text::leaves(text.as_deref(), key) {
            self.step(is_forward);
            return Vec::new();
        }
        match text {
            None if key.code == KeyCode::Char(' ') => return self.set(),
            None => {}
            Some(text) => {
                text_keys::input(text, key);
            }
        }
        self.problem = None;
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.problem = None;
        if let Some(area) = self.item_mut().and_then(Item::text_mut) {
            area.insert_str(sanitised(text));
        }
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let list = draw::areas(self, context.area).list;
        if list_over_text::mouse(event, list, (&mut self.chosen, self.items.len())) {
            self.problem = None;
        }
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        draw::draw(self, look, area, buffer);
        None
    }
}

#[cfg(test)]
mod tests;
