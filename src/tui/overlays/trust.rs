//! The page before a spec's first run, which shows its permissions. The person continues or goes
//! back.

use std::path::Path;
use std::sync::Arc;

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Overlay;
use crate::base::text::width_cells;
use crate::profile::{Access, AccessLine, ModelSource, Profile};
use crate::spec::Component;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::event::Checked;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane};
use crate::workspace::{SpecDigest, is_sample};

/// The maximum width of the page, in cells.
const MAX_WIDTH: u16 = 110;

/// The page and its scroll position.
#[derive(Debug)]
pub(crate) struct State {
    title: String,
    lines: Vec<AccessLine>,
    /// The scroll position: the selected row of this list is the first one in view.
    scroll: ListCursor,
    /// The commands that are performed after the person agrees.
    agreed: Vec<Command>,
}

/// Returns commands that need consent to a spec's permissions under a profile. The page is skipped
/// for a spec that reaches nothing outside, for one with earlier consent, and for the bundled
/// samples with the offline model.
pub(super) fn once_trusted(
    (path, checked): (&Path, &Checked),
    component: &Arc<Component>,
    profile: &Profile,
    commands: Vec<Command>,
    context: &Context<'_>,
) -> Vec<Command> {
    let access = Access::of(component, profile);
    let is_harmless_sample = profile.model == ModelSource::Offline && is_sample(&checked.text);
    if !access.reaches_out() || is_harmless_sample {
        return commands;
    }
    let digest = SpecDigest::of(&checked.text, &access);
    if context.trust.holds(&digest) {
        return commands;
    }
    let name = path.strip_prefix(&context.workspace.root).unwrap_or(path);
    let mut agreed = vec![
        Command::close(),
        Command::Tell(Message::Trust {
            digest,
            spec: path.to_owned(),
        }),
    ];
    agreed.extend(commands);
    vec![Command::open(Overlay::Trust(State {
        title: format!("what {} may do, before its first run", name.display()),
        lines: access.lines(),
        scroll: ListCursor::default(),
        agreed,
    }))]
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Trust, KeyContext::Moving]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Back | Action::Close => return vec![Command::close()],
            Action::TrustSpec => return std::mem::take(&mut self.agreed),
            _ => {}
        }
        let (positions, height) = extent(self, context.area);
        self.scroll.act(action, positions, height);
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let (positions, height) = extent(self, context.area);
        self.scroll.turn(event.kind, positions, height);
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let outer = outer(self, area);
        let inner = dialog::draw(&self.title, outer, look, buffer);
        let rows = rows(self, inner.width);
        let height = height_of_list(inner);
        let first = self
            .scroll
            .selected()
            .min(rows.len().saturating_sub(height));
        if rows.len() > height {
            pane::scroll_bar(outer, first, rows.len(), look, buffer);
        }
        let line = |y| pane::line(inner, y);
        for (y, row) in (inner.y..).zip(rows.iter().skip(first).take(height)) {
            row.draw(look.theme, line(y), buffer);
        }
        let accent = Tone::of(Role::Accent);
        let choices = [
            Piece::new("[y] continue, and don't ask again", accent),
            Piece::new("   ", Tone::of(Role::Text)),
            Piece::new("[n] not now", accent),
        ];
        Row::of(choices).draw(look.theme, line(inner.bottom().saturating_sub(1)), buffer);
        None
    }
}

/// Returns the area of the page, as high as its contents but not higher than the screen.
fn outer(state: &State, area: Rect) -> Rect {
    let width = MAX_WIDTH.min(area.width);
    let rows = rows(state, dialog::inside(Rect { width, ..area }).width).len();
    let height = u16::try_from(rows + 4).unwrap_or(u16::MAX);
    dialog::centred(area, width, height)
}

/// Returns the number of scroll positions and the number of visible rows.
fn extent(state: &State, area: Rect) -> (usize, usize) {
    let inner = dialog::inside(outer(state, area));
    let height = height_of_list(inner);
    let count = rows(state, inner.width).len();
    (count.saturating_sub(height) + 1, height)
}

/// Returns the height of the list, which leaves room for a blank line and the choices.
fn height_of_list(inner: Rect) -> usize {
    usize::from(inner.height.saturating_sub(2))
}

fn rows(state: &State, width: u16) -> Vec<Row> {
    let width = usize::from(width);
    let mut rows = Vec::new();
    for line in &state.lines {
        let (text, tone, cells) = match line {
            AccessLine::Heading(words) => (*words, Tone::of(Role::Text).bold(), 0),
            AccessLine::Grant(words) => (words.as_str(), Tone::of(Role::Text), 2),
            AccessLine::Concern(words) => (words.as_str(), Tone::of(Role::Warning), 4),
        };
        let mark = match line {
            AccessLine::Concern(_) => "! ",
            AccessLine::Heading(_) | AccessLine::Grant(_) => "",
        };
        let first = format!("{}{mark}", " ".repeat(cells));
        let indent = Indent {
            hanging_cells: width_cells(&first) + 2,
            first: vec![Piece::new(first, tone)],
        };
        rows.extend(wrap(&[Piece::new(text, tone)], width, &indent));
    }
    rows
}

#[cfg(test)]
mod tests;
