//! The palette, in which actions, specs and runs are found by a few letters.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::base::fuzzy;
use crate::base::ids::RunId;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{KeptRun, RunSummary};
use crate::tui::action::{Action, ActionInfo, KeyContext};
use crate::tui::app::{Context, Offer, ViewContext};
use crate::tui::glyphs::state_word;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor, pane, text_field::TextField};

/// The maximum number of runs that are searched, the newest first, so that each key is answered
/// immediately.
const MAX_RUNS: usize = 2_000;

/// The minimum number of cells beside a long name, for a key, a state or a reason.
const MIN_BESIDE_CELLS: usize = 30;

/// The minimum width of the palette, in cells; it is as wide as its lines need.
const MIN_WIDTH: u16 = 72;

/// The minimum height of the palette, in lines; on a high screen it takes half of the height.
const MIN_HEIGHT: u16 = 18;

/// The typed text and the selected entry.
#[derive(Debug)]
pub(crate) struct State {
    title: &'static str,
    field: TextField,
    list: ListCursor,
    /// All entries, the most likely kinds first.
    entries: Vec<Entry>,
    /// The indexes of the entries that match the typed text, the best first.
    found: Vec<usize>,
    /// The preferred width of the palette, in cells.
    width: u16,
}

/// An entry of the palette, with the name by which it is found.
#[derive(Debug)]
struct Entry {
    name: String,
    target: Target,
    /// The text beside the name: the state of a run, the word for a spec, the reason why an action
    /// has no effect.
    kind: String,
}

#[derive(Clone, Debug)]
enum Target {
    Action(Action),
    /// An action that has no effect now, with the reason.
    Nothing(&'static str),
    Spec(PathBuf),
    Run(RunId),
    /// A comparison of two runs.
    Beside(RunId, RunId),
}

impl State {
    /// Makes a list of the other runs, with the same batch first, to choose one for a comparison.
    pub(super) fn of_others(run: &RunSummary, context: &Context<'_>) -> Self {
        let others = context.runs.runs().filter(|other| other.run != run.run);
        let mut others: Vec<&KeptRun> = others.rev().take(MAX_RUNS).collect();
        others.reverse();
        others.sort_by_key(|other| other.batch != run.batch);
        let entries = others.into_iter().map(|other| Entry {
            target: Target::Beside(run.run.clone(), other.run.clone()),
            ..Entry::of_run(other, context)
        });
        Self::of("compare with", entries.collect())
    }

    fn of(title: &'static str, entries: Vec<Entry>) -> Self {
        let widest = entries.iter().map(Entry::cells).max().unwrap_or(0);
        let mut state = Self {
            width: u16::try_from(widest + 4).unwrap_or(u16::MAX).max(MIN_WIDTH),
            title,
            field: TextField::default(),
            list: ListCursor::default(),
            entries,
            found: Vec::new(),
        };
        state.find();
        state
    }

    /// Makes a palette with these actions and specs and the newest runs. Actions that have no
    /// effect now come last.
    pub(super) fn new<'p>(
        offers: Vec<(&'static ActionInfo, Offer)>,
        specs: impl Iterator<Item = &'p std::path::Path>,
        context: &Context<'_>,
    ) -> Self {
        let (does, refused): (Vec<_>, Vec<_>) = offers
            .into_iter()
            .partition(|(_, offer)| *offer == Offer::Does);
        let entry = |(info, offer): (&ActionInfo, Offer)| Entry {
            name: info.title.to_owned(),
            target: match offer {
                Offer::Does => Target::Action(info.action),
                Offer::Refused(reason) => Target::Nothing(reason),
            },
            kind: match offer {
                Offer::Does => String::new(),
                Offer::Refused(reason) => reason.to_owned(),
            },
        };
        let root = &context.workspace.root;
        let specs = specs.map(|path| Entry {
            name: sanitised(
                &path
                    .strip_prefix(root)
                    .unwrap_or(path)
                    .display()
                    .to_string(),
            ),
            target: Target::Spec(path.to_owned()),
            kind: "spec".to_owned(),
        });
        let runs = context.runs.runs().rev().take(MAX_RUNS);
        let runs = runs.map(|run| Entry::of_run(run, context));
        let does = does.into_iter().map(entry);
        let refused = refused.into_iter().map(entry);
        let entries = does.chain(specs).chain(runs).chain(refused);
        Self::of("palette", entries.collect())
    }

    /// Updates the matching entries; an empty text matches all entries, in their order.
    fn find(&mut self) {
        let entries = self.entries.iter().enumerate();
        let names = entries.map(|(index, entry)| (entry.name.as_str(), index));
        self.found = fuzzy::found(self.field.text(), names);
        self.list = ListCursor::default();
    }

    fn selected(&self) -> Option<&Entry> {
        let index = self.found.get(self.list.selected())?;
        self.entries.get(*index)
    }
}

impl Entry {
    /// Returns the width of the entry's line, in cells.
    fn cells(&self) -> usize {
        let beside = match self.target {
            // A key, or two.
            Target::Action(_) => 10,
            _ => width_cells(&self.kind),
        };
        width_cells(&self.name) + beside + 2
    }

    fn of_run(run: &RunSummary, context: &Context<'_>) -> Self {
        let name = format!("{} {}", context.runs.short_name(run), run.label());
        Self {
            name: sanitised(&name).replace('\n', " "),
            target: Target::Run(run.run.clone()),
            kind: format!("run {}", state_word(run.state)),
        }
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Palette]
    }

    fn update(&mut self, action: Action, _context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Back => vec![Command::close()],
            Action::Accept => accept(self),
            _ => Vec::new(),
        }
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        let height = usize::from(self.rows_area(context.area).height);
        let len = self.found.len();
        match key.code {
            KeyCode::Up => {
                self.list.act(Action::Up, len, height);
            }
            KeyCode::Down | KeyCode::Tab => {
                self.list.act(Action::Down, len, height);
            }
            _ => {
                if self.field.input(key) {
                    self.find();
                }
            }
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        let notice = self.field.paste(text);
        self.find();
        notice.map(Command::notify).into_iter().collect()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let rows = self.rows_area(context.area);
        let (len, height) = (self.found.len(), usize::from(rows.height));
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let at = Position::new(event.column, event.row);
                if !self.outer(context.area).contains(at) {
                    return vec![Command::close()];
                }
                let row =
                    self.list.in_view(len, height).start + usize::from(at.y.saturating_sub(rows.y));
                if rows.contains(at) && row < len {
                    self.list.select(row);
                    return accept(self);
                }
                let inner = dialog::inside(self.outer(context.area));
                let line = pane::line(inner, inner.y);
                if line.contains(at) {
                    self.field.click(at.x, line);
                }
            }
            other => self.list.turn(other, len, height),
        }
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inner = dialog::draw(self.title, self.outer(area), look, buffer);
        let line = Rect { height: 1, ..inner };
        let cursor = self.field.draw(line, look.theme.style(Role::Text), buffer);
        let rows = self.rows_area(area);
        let in_view = self.list.in_view(self.found.len(), rows.height.into());
        let first = in_view.start;
        pane::scroll_bar(self.outer(area), first, self.found.len(), look, buffer);
        let shown = self.found[in_view]
            .iter()
            .filter_map(|index| self.entries.get(*index));
        let lines: Vec<Line<'_>> = shown
            .enumerate()
            .map(|(at, entry)| {
                let beside = match entry.target {
                    Target::Action(action) => {
                        let contexts = look.context.screen_contexts;
                        let key = look.context.keymap.key_in(contexts, action);
                        key.map(|key| key.to_string()).unwrap_or_default()
                    }
                    Target::Nothing(_) | Target::Spec(_) | Target::Run(_) | Target::Beside(..) => {
                        entry.kind.clone()
                    }
                };
                let width = usize::from(rows.width);
                let room = width.saturating_sub(width_cells(&entry.name) + 2);
                let beside = ellipsis(&beside, room.max(MIN_BESIDE_CELLS));
                let beside_cells = width_cells(&beside);
                let name = ellipsis(&entry.name, width.saturating_sub(beside_cells + 2));
                let blanks = width.saturating_sub(width_cells(&name) + beside_cells);
                let role = match entry.target {
                    Target::Nothing(_) => Role::Muted,
                    Target::Action(_) | Target::Spec(_) | Target::Run(_) | Target::Beside(..) => {
                        Role::Text
                    }
                };
                let line = Line::from(vec![
                    Span::styled(name + &" ".repeat(blanks), look.theme.style(role)),
                    Span::styled(beside, look.theme.style(Role::Muted)),
                ]);
                if first + at == self.list.selected() {
                    line.patch_style(look.theme.selection())
                } else {
                    line
                }
            })
            .collect();
        Paragraph::new(lines).render(rows, buffer);
        Some(cursor)
    }
}

/// Performs the selected entry. An action without effect shows its reason, and the palette stays
/// open.
fn accept(state: &State) -> Vec<Command> {
    let Some(entry) = state.selected() else {
        return Vec::new();
    };
    let command = match entry.target.clone() {
        Target::Action(action) => Message::Do(action),
        Target::Nothing(reason) => {
            let words = format!("{}: {reason}", entry.name);
            return vec![Command::notify(Notice::info(words).until_key())];
        }
        Target::Spec(path) => Message::ShowSpec(path),
        Target::Run(run) => Message::ShowRun(run),
        Target::Beside(run, other) => Message::Compare(vec![run, other]),
    };
    vec![Command::close(), Command::Tell(command)]
}

impl State {
    /// Returns the area of the entries, below the input line.
    fn rows_area(&self, area: Rect) -> Rect {
        let inner = dialog::inside(self.outer(area));
        Rect {
            y: inner.y + inner.height.min(2),
            height: inner.height.saturating_sub(2),
            ..inner
        }
    }

    fn outer(&self, area: Rect) -> Rect {
        dialog::centred(area, self.width, MIN_HEIGHT.max(area.height / 2))
    }
}

#[cfg(test)]
mod tests;
