//! The palette: type a few letters of an action, of a spec or of a run.

use std::cmp::Reverse;
use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::base::ids::RunId;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, UiCommand};
use crate::tui::glyphs::state_word;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor, text_field::TextField};

/// How many runs are looked through, the newest first: the palette answers each key at once.
const MAX_RUNS: usize = 2_000;

/// How wide the names are.
const NAME_CELLS: usize = 50;

/// What is typed and what is selected.
#[derive(Debug)]
pub struct State {
    field: TextField,
    list: ListCursor,
    /// Everything there is to find, the likeliest kinds first.
    entries: Vec<Entry>,
    /// Indexes of the entries that fit what is typed, the best first.
    found: Vec<usize>,
}

/// Something that can be found.
#[derive(Debug)]
struct Entry {
    name: String,
    target: Target,
    /// Said beside the name: the state of a run, that a spec is one.
    kind: String,
}

#[derive(Clone, Debug)]
enum Target {
    Action(Action),
    Spec(PathBuf),
    Run(RunId),
}

impl State {
    /// A palette over all actions, these specs, and the newest runs.
    pub(super) fn new<'p>(
        specs: impl Iterator<Item = &'p std::path::Path>,
        context: &Context<'_>,
    ) -> Self {
        let actions = Action::TABLE.iter().filter(|info| info.is_in_palette());
        let actions = actions.map(|info| Entry {
            name: info.title.to_owned(),
            target: Target::Action(info.action),
            kind: String::new(),
        });
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
        let runs = context.runs.runs().rev().take(MAX_RUNS).map(|run| Entry {
            name: sanitised(&format!("#{} {}", run.index + 1, run.label())).replace('\n', " "),
            target: Target::Run(run.run.clone()),
            kind: format!("run {}", state_word(run.state)),
        });
        let mut state = Self {
            field: TextField::default(),
            list: ListCursor::default(),
            entries: actions.chain(specs).chain(runs).collect(),
            found: Vec::new(),
        };
        state.find();
        state
    }

    /// Finds what fits what is typed; all, in its order, while nothing is.
    fn find(&mut self) {
        let pattern = Pattern::parse(
            self.field.text(),
            CaseMatching::Ignore,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut found: Vec<_> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let name = Utf32Str::new(&entry.name, &mut letters);
                Some((pattern.score(name, &mut matcher)?, index))
            })
            .collect();
        found.sort_by_key(|(score, _)| Reverse(*score));
        self.found = found.into_iter().map(|(_, index)| index).collect();
        self.list = ListCursor::default();
    }

    fn selected(&self) -> Option<&Entry> {
        let index = self.found.get(self.list.selected())?;
        self.entries.get(*index)
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Palette]
}

pub(super) fn update(state: &mut State, action: Action, _context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Back => vec![Command::close()],
        Action::Accept => match state.selected() {
            Some(entry) => vec![
                Command::close(),
                Command::Ui(match entry.target.clone() {
                    Target::Action(action) => UiCommand::Do(action),
                    Target::Spec(path) => UiCommand::ShowSpec(path),
                    Target::Run(run) => UiCommand::ShowRun(run),
                }),
            ],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    let height = usize::from(outer(context.area).height.saturating_sub(4));
    let len = state.found.len();
    match key.code {
        KeyCode::Up => {
            state.list.act(Action::Up, len, height);
        }
        KeyCode::Down | KeyCode::Tab => {
            state.list.act(Action::Down, len, height);
        }
        _ => {
            if state.field.input(key) {
                state.find();
            }
        }
    }
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    state.field.insert(text);
    state.find();
    Vec::new()
}

pub(super) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 72, 18)
}

#[expect(clippy::unnecessary_wraps, reason = "all overlays draw alike")]
pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let inner = dialog::draw("palette", outer(area), look, buffer);
    let line = Rect { height: 1, ..inner };
    let cursor = state.field.draw(line, look.theme.style(Role::Text), buffer);
    let rows = Rect {
        y: inner.y + 2,
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let in_view = state.list.in_view(state.found.len(), rows.height.into());
    let first = in_view.start;
    let shown = state.found[in_view]
        .iter()
        .filter_map(|index| state.entries.get(*index));
    let lines: Vec<Line<'_>> = shown
        .enumerate()
        .map(|(at, entry)| {
            let beside = match entry.target {
                Target::Action(action) => {
                    let contexts = look.context.screen_contexts;
                    let key = look.context.keymap.key_in(contexts, action);
                    key.map(|key| key.to_string()).unwrap_or_default()
                }
                Target::Spec(_) | Target::Run(_) => entry.kind.clone(),
            };
            let name = ellipsis(&entry.name, NAME_CELLS);
            let blanks = " ".repeat(NAME_CELLS + 2 - width_cells(&name));
            let line = Line::from(vec![
                Span::styled(name + &blanks, look.theme.style(Role::Text)),
                Span::styled(beside, look.theme.style(Role::Muted)),
            ]);
            if first + at == state.list.selected() {
                line.patch_style(look.theme.selection())
            } else {
                line
            }
        })
        .collect();
    Paragraph::new(lines).render(rows, buffer);
    Some(cursor)
}

#[cfg(test)]
mod tests;
