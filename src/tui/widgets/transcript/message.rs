//! A message: the speaker in a margin on the left, the text beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Fit;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::conversation::{Message, Role as Speaker};
use crate::tui::app::ViewContext;
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Role;
use crate::tui::widgets::markdown::Prose;
use crate::tui::widgets::rows::Row;

/// The width of the margin, in cells: a word of six cells and a blank.
const MARGIN: u16 = 7;

/// The margin's label for an agent whose name does not fit.
const AGENT: &str = "agent";

/// The minimum width at which there is a margin, in cells.
const MIN_WIDTH_FOR_MARGIN: u16 = 30;

/// The lines of one message.
#[derive(Debug)]
pub(super) struct Lines {
    /// `user`, `agent`, `system`, or a short name.
    label: String,
    label_role: Role,
    /// A line with a name that is too long for the margin, or with sender and recipient.
    sender: Option<String>,
    is_streaming: bool,
    /// Whether the runtime wrote the message for the model; such a message is muted.
    is_internal: bool,
    has_margin: bool,
    prose: Prose,
}

impl Lines {
    /// Makes a message that is still being written, without its text.
    pub(super) fn streaming(sender: &str, root: &str) -> Self {
        Self::new(Speaker::Agent, Some(sender), root, true)
    }

    pub(super) fn of_message(
        message: &Message,
        root: &str,
        fit: Fit,
        glyphs: &'static Glyphs,
    ) -> Self {
        let mut lines = Self::new(message.role, message.sender.as_deref(), root, false);
        if let Some(recipient) = &message.recipient {
            let sender = message.sender.as_deref().unwrap_or_default();
            let way = format!("{sender} {} {recipient}", glyphs.arrow);
            // It is where a user's would be, and no person said it.
            AGENT.clone_into(&mut lines.label);
            lines.label_role = Role::Accent;
            lines.sender = Some(sanitised(&way).replace('\n', " "));
        }
        lines.is_internal = message.is_internal;
        lines.extend(&message.shown(), fit, glyphs);
        lines
    }

    fn new(speaker: Speaker, sender: Option<&str>, root: &str, is_streaming: bool) -> Self {
        let (word, label_role) = match speaker {
            Speaker::User => ("user", Role::Info),
            Speaker::Agent => (AGENT, Role::Accent),
            Speaker::System => ("system", Role::Muted),
        };
        let name = sender
            .filter(|name| speaker == Speaker::Agent && *name != root)
            .map(|name| sanitised(name).replace('\n', " "));
        let is_short = |name: &String| width_cells(name) < usize::from(MARGIN);
        let (label, sender) = match name {
            Some(name) if is_short(&name) => (name, None),
            name => (word.to_owned(), name),
        };
        Self {
            label,
            label_role,
            sender,
            is_streaming,
            is_internal: false,
            has_margin: true,
            prose: Prose::default(),
        }
    }

    /// Adds the new part of a text that begins with the text of the last call.
    pub(super) fn extend(&mut self, text: &str, fit: Fit, glyphs: &'static Glyphs) {
        self.has_margin = fit.width >= MIN_WIDTH_FOR_MARGIN;
        let width = fit.width - if self.has_margin { MARGIN } else { 0 };
        self.prose.extend(text, usize::from(width), glyphs.dot);
    }

    /// Returns the number of lines above the text.
    fn head(&self) -> usize {
        usize::from(self.sender.is_some() || !self.has_margin)
    }

    pub(super) fn height(&self) -> usize {
        (self.head() + self.prose.rows().len()).max(1)
    }

    /// Returns the text of one line.
    pub(super) fn text(&self, line: usize) -> String {
        let words = match line.checked_sub(self.head()) {
            Some(index) => self.prose.rows().get(index).map(Row::text),
            None => self.sender.clone(),
        };
        let margin = if self.has_margin {
            usize::from(MARGIN)
        } else {
            0
        };
        " ".repeat(margin) + &words.unwrap_or_default()
    }

    pub(super) fn draw_line(
        &self,
        line: usize,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let theme = look.theme;
        let room = usize::from(area.width);
        if line == 0 {
            let style = theme.bold(if self.is_internal {
                Role::Muted
            } else {
                self.label_role
            });
            buffer.set_stringn(area.x, area.y, &self.label, room, style);
        }
        let margin = if self.has_margin { MARGIN } else { 0 };
        let words = Rect {
            x: area.x + margin,
            width: area.width.saturating_sub(margin),
            ..area
        };
        if line < self.head() {
            let after_label = if self.has_margin { 0 } else { MARGIN };
            if let Some(sender) = &self.sender {
                let room = usize::from(words.width.saturating_sub(after_label));
                let style = theme.style(Role::Muted);
                buffer.set_string(
                    words.x + after_label,
                    words.y,
                    ellipsis(sender, room),
                    style,
                );
            }
            return;
        }
        let index = line - self.head();
        let end = match self.prose.rows().get(index) {
            Some(row) => row.draw(theme, words, buffer),
            None => words.x,
        };
        if self.is_internal {
            buffer.set_style(words, theme.style(Role::Muted));
        }
        let is_last = index + 1 >= self.prose.rows().len();
        if self.is_streaming && is_last && end < words.right() {
            buffer.set_string(end, words.y, look.glyphs.caret, theme.style(Role::Accent));
        }
    }
}
