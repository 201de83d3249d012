//! A question with a few choices, each with its own letter.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::width_cells;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, pane};

/// A choice and the commands that it leads to.
#[derive(Debug)]
pub(crate) struct Choice {
    key: char,
    label: String,
    commands: Vec<Command>,
}

impl Choice {
    /// Makes a choice with its letter.
    pub(crate) fn new(key: char, label: impl Into<String>, commands: Vec<Command>) -> Self {
        Self {
            key,
            label: label.into(),
            commands,
        }
    }

    fn words(&self) -> String {
        format!("[{}] {}", self.key, self.label)
    }
}

/// The question.
#[derive(Debug)]
pub(crate) struct State {
    title: String,
    text: String,
    choices: Vec<Choice>,
    selected: usize,
    is_about_quitting: bool,
}

impl State {
    pub(super) const fn new(title: String, text: String, choices: Vec<Choice>) -> Self {
        Self {
            title,
            text,
            choices,
            selected: 0,
            is_about_quitting: false,
        }
    }

    pub(super) const fn about_quitting(mut self) -> Self {
        self.is_about_quitting = true;
        self
    }

    pub(super) const fn is_about_quitting(&self) -> bool {
        self.is_about_quitting
    }

    /// Replaces the text and the choices. The selected choice stays selected if it still exists.
    pub(super) fn renew(&mut self, text: String, choices: Vec<Choice>) {
        let selected = self.choices.get(self.selected).map(|choice| choice.key);
        let at = |choice: &Choice| Some(choice.key) == selected;
        self.selected = choices.iter().position(at).unwrap_or(0);
        self.text = text;
        self.choices = choices;
    }

    /// Closes the question and returns the commands of a choice.
    fn choose(&mut self, index: usize) -> Vec<Command> {
        let Some(choice) = self.choices.get_mut(index) else {
            return Vec::new();
        };
        let mut commands = vec![Command::close()];
        commands.append(&mut choice.commands);
        commands
    }

    /// Returns the text wrapped to a width.
    fn rows(&self, width: usize) -> Vec<Row> {
        let tone = Tone::of(Role::Text);
        let lines = self.text.lines();
        lines
            .flat_map(|line| wrap(&[Piece::new(line, tone)], width, &Indent::default()))
            .collect()
    }

    /// Returns the area of the box, the line of the choices, and the column where each choice
    /// begins.
    fn areas(&self, area: Rect) -> (Rect, Rect, Vec<usize>) {
        let widest = self.text.lines().map(width_cells).max().unwrap_or(0);
        let mut starts = Vec::new();
        let mut at = 0;
        for choice in &self.choices {
            starts.push(at);
            at += width_cells(&choice.words()) + 3;
        }
        let width = widest
            .max(at)
            .max(width_cells(&self.title) + 4)
            .clamp(36, 72)
            + 4;
        let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let inside = dialog::fitted(cells(width), area.width).saturating_sub(4);
        let lines = self.rows(usize::from(inside)).len();
        let outer = dialog::centred(area, cells(width), cells(lines + 4));
        let choices = Rect::new(
            outer.x + 2,
            outer.bottom().saturating_sub(2),
            outer.width.saturating_sub(4),
            1,
        );
        (outer, choices, starts)
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Confirm]
    }

    fn update(&mut self, action: Action, _context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Accept => self.choose(self.selected),
            Action::Back => vec![Command::close()],
            _ => Vec::new(),
        }
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        let count = self.choices.len().max(1);
        match key.code {
            KeyCode::Char(character) => {
                let index = self
                    .choices
                    .iter()
                    .position(|choice| choice.key == character);
                return index.map_or_else(Vec::new, |index| self.choose(index));
            }
            KeyCode::Left | KeyCode::Up => self.selected = (self.selected + count - 1) % count,
            KeyCode::Right | KeyCode::Down | KeyCode::Tab => {
                self.selected = (self.selected + 1) % count;
            }
            _ => {}
        }
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let (_, line, starts) = self.areas(context.area);
        let at = Position::new(event.column, event.row);
        if event.kind != MouseEventKind::Down(MouseButton::Left) || !line.contains(at) {
            return Vec::new();
        }
        let column = usize::from(event.column - line.x);
        match starts.iter().rposition(|start| *start <= column) {
            Some(index) => self.choose(index),
            None => Vec::new(),
        }
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let (outer, choices, _) = self.areas(area);
        let inner = dialog::draw(&self.title, outer, look, buffer);
        let rows = self.rows(usize::from(inner.width));
        let room = usize::from(inner.height.saturating_sub(2));
        for (line, row) in (inner.y..).zip(rows.iter().take(room)) {
            let place = pane::line(inner, line);
            row.draw(look.theme, place, buffer);
        }
        let mut spans = Vec::new();
        for (index, choice) in self.choices.iter().enumerate() {
            let style = if index == self.selected {
                look.theme.selection()
            } else {
                look.theme.style(Role::Accent)
            };
            spans.push(Span::styled(choice.words(), style));
            spans.push(Span::raw("   "));
        }
        Line::from(spans).render(choices, buffer);
        None
    }
}
