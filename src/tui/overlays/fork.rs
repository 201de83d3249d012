//! The fork dialog, in which the one difference between the fork and its original run is chosen.

mod draw;

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_textarea::{CursorMove, TextArea};

use super::{begun, list_over_text};
use crate::base::text::sanitised;
use crate::runs::{RunRecord, RunsCommand};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::Effect;
use crate::tui::fork::{ForkReady, ForkSource, ForkWish, Offer, Place, offers};
use crate::tui::launch_plan::Ticket;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::text_keys::{self, text_area};

/// The possible changes, the chosen one, and the texts written for them.
#[derive(Debug)]
pub(crate) struct State {
    /// The display name of the run.
    name: String,
    source: ForkSource,
    offers: Vec<Offer>,
    /// The typed text for each change.
    texts: Vec<TextArea<'static>>,
    chosen: ListCursor,
    /// The reason why the fork can't be made.
    problem: Option<String>,
    /// The ticket of the fork that is being made.
    awaited: Option<Ticket>,
}

impl State {
    pub(super) fn new(
        name: String,
        source: ForkSource,
        record: &Arc<RunRecord>,
        place: Place<'_>,
    ) -> Self {
        let offers = offers(record, place);
        let texts = offers.iter().map(|offer| {
            let mut text = *text_area(&offer.text);
            text.move_cursor(CursorMove::Bottom);
            text.move_cursor(CursorMove::End);
            text
        });
        let texts = texts.collect();
        Self {
            name,
            source,
            offers,
            texts,
            chosen: ListCursor::default(),
            problem: None,
            awaited: None,
        }
    }

    fn offer(&self) -> Option<&Offer> {
        self.offers.get(self.chosen.selected())
    }

    /// Returns the text being edited; `None` if the chosen item changes nothing.
    fn text_mut(&mut self) -> Option<&mut TextArea<'static>> {
        let at = self.chosen.selected();
        let is_written = self.offers.get(at).is_some_and(Offer::is_written);
        let text = self.texts.get_mut(at).filter(|_| is_written)?;
        Some(text)
    }

    /// Selects the next or the previous change, wrapping around.
    fn step(&mut self, is_forward: bool) {
        list_over_text::step(&mut self.chosen, self.offers.len(), is_forward);
        self.problem = None;
    }

    /// Requests the fork.
    fn fork(&mut self) -> Vec<Command> {
        let at = self.chosen.selected();
        let (Some(offer), Some(text)) = (self.offers.get(at), self.texts.get(at)) else {
            return Vec::new();
        };
        if self.awaited.is_some() {
            return Vec::new();
        }
        match offer.change(&text.lines().join("\n")) {
            Ok((change, fields)) => {
                let ticket = Ticket::default();
                self.awaited = Some(ticket.clone());
                vec![Command::Outside(Effect::Fork(Box::new(ForkWish {
                    ticket,
                    source: self.source.clone(),
                    at: offer.at,
                    change,
                    fields,
                })))]
            }
            Err(problem) => {
                self.problem = Some(problem);
                Vec::new()
            }
        }
    }

    /// Whether the dialog waits for this fork.
    pub(crate) fn awaits(&self, ticket: &Ticket) -> bool {
        self.awaited.as_ref() == Some(ticket)
    }

    /// Starts the fork that was made, or shows the error.
    pub(crate) fn take(
        &mut self,
        result: Result<Box<ForkReady>, String>,
        context: &Context<'_>,
    ) -> Vec<Command> {
        self.awaited = None;
        let ForkReady { forked, remark } = match result {
            Ok(ready) => *ready,
            Err(problem) => {
                self.problem = Some(problem);
                return Vec::new();
            }
        };
        let words = format!("{} forked at entry {}", self.name, forked.from.seq);
        let fork = forked.begin(context.ids.batch());
        begun(RunsCommand::Fork(Box::new(fork)), words, remark)
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Fork]
    }

    fn update(&mut self, action: Action, _context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Accept => return self.fork(),
            Action::Back => return vec![Command::close()],
            Action::NewLine => {
                if let Some(text) = self.text_mut() {
                    text.insert_newline();
                }
            }
            Action::Undo => {
                if let Some(text) = self.text_mut() {
                    text.undo();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        let text = self.text_mut();
        if let Some(is_forward) = list_over_text::leaves(text.as_deref(), key) {
            self.step(is_forward);
        } else {
            if let Some(text) = text {
                text_keys::input(text, key);
            }
            self.problem = None;
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.problem = None;
        if let Some(area) = self.text_mut() {
            area.insert_str(sanitised(text));
        }
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let list = draw::areas(self, context.area).list;
        if list_over_text::mouse(event, list, (&mut self.chosen, self.offers.len())) {
            self.problem = None;
        }
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        draw::draw(self, look, area, buffer);
        None
    }
}
