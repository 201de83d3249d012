//! The dialog for a new spec: first its template, then the name of its file.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::ellipsis;
use crate::spec::Format;
use crate::spec::templates::{TEMPLATES, Template};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::FileCommand;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, list::ListCursor, pane, text_field::TextField};
use crate::workspace::format_of;

/// The number of columns between a name and its description, more than the single blank between
/// words.
const GAP_CELLS: usize = 2;

/// The maximum width of the dialog, in cells; no template needs more.
const WIDTH: u16 = 124;

/// The state of the dialog.
#[derive(Debug)]
pub(crate) struct State {
    list: ListCursor,
    /// The default folder for the file, relative to the workspace.
    folder: PathBuf,
    /// The file's name; `None` before a template is chosen.
    path: Option<TextField>,
}

impl State {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            list: ListCursor::default(),
            folder,
            path: None,
        }
    }

    fn template(&self) -> Option<&'static Template> {
        TEMPLATES.get(self.list.selected())
    }

    fn choose(&mut self) {
        if let Some(template) = self.template() {
            let path = self.folder.join(template.file_name(Format::Yaml));
            self.path = Some(TextField::new(path.to_string_lossy()));
        }
    }

    /// Returns the command that writes the file; `None` while the name is empty.
    fn command(&self, context: &Context<'_>) -> Option<Command> {
        let name = self.path.as_ref()?.text().trim();
        if name.is_empty() {
            return None;
        }
        let path = context.workspace.root.join(name);
        let format = format_of(&path).unwrap_or(Format::Yaml);
        let text = Arc::from(self.template()?.text(format));
        Some(Command::file(FileCommand::Create { path, text }))
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if self.path.is_some() {
            vec![KeyContext::Prompt]
        } else {
            vec![KeyContext::Templates, KeyContext::Moving]
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match (action, &self.path) {
            (Action::Back, Some(_)) => self.path = None,
            (Action::Back | Action::Close, None) => return vec![Command::close()],
            (Action::Accept, None) => self.choose(),
            (Action::Accept, Some(_)) => {
                let command = self.command(context);
                return command.map_or_else(Vec::new, |command| vec![Command::close(), command]);
            }
            (other, None) => {
                self.list.act(other, TEMPLATES.len(), rows(context.area));
            }
            (_, Some(_)) => {}
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        if let Some(path) = &mut self.path {
            path.input(key);
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        let path = self.path.as_mut();
        let notice = path.and_then(|path| path.paste(text));
        notice.map(Command::notify).into_iter().collect()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        if let Some(path) = &mut self.path {
            let field = file_area(dialog::inside(outer(context.area)));
            let is_click = event.kind == MouseEventKind::Down(MouseButton::Left);
            if is_click && field.contains(Position::new(event.column, event.row)) {
                path.click(event.column, field);
            }
            return Vec::new();
        }
        let height = rows(context.area);
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let first = self.list.in_view(TEMPLATES.len(), height).start;
                let top = outer(context.area).y + 1;
                let row = event.row.checked_sub(top).map(usize::from);
                let row = row.filter(|row| *row < height && first + row < TEMPLATES.len());
                if let Some(row) = row {
                    let is_again = self.list.selected() == first + row;
                    self.list.select(first + row);
                    if is_again {
                        self.choose();
                    }
                }
            }
            other => self.list.turn(other, TEMPLATES.len(), height),
        }
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let theme = look.theme;
        let outer = outer(area);
        let inner = dialog::draw("new spec", outer, look, buffer);
        let list_area = Rect {
            height: inner.height.saturating_sub(2),
            ..inner
        };
        let names = TEMPLATES.iter().map(|template| template.name.len());
        let name_cells = names.max().unwrap_or(0);
        for (at, template, line) in self.list.lines(TEMPLATES, list_area) {
            let room = usize::from(inner.width).saturating_sub(name_cells + GAP_CELLS);
            let about = ellipsis(template.about(), room);
            let spans = vec![
                Span::styled(
                    format!("{:name_cells$}{:GAP_CELLS$}", template.name, ""),
                    theme.style(Role::Text),
                ),
                Span::styled(about, theme.style(Role::Muted)),
            ];
            Line::from(spans).render(line, buffer);
            if at == self.list.selected() {
                buffer.set_style(line, pane::selected(self.path.is_none(), look));
            }
        }
        let shown = Rect {
            height: outer.height.saturating_sub(2),
            ..outer
        };
        self.list.scroll_bar(TEMPLATES.len(), shown, look, buffer);
        let line = |above: u16| {
            let y = inner.bottom().saturating_sub(above);
            pane::line(inner, y).intersection(inner)
        };
        let Some(path) = &self.path else {
            let words = "enter takes it, esc leaves";
            Line::styled(words, theme.style(Role::Muted)).render(line(1), buffer);
            return None;
        };
        let words = "enter writes it and opens it (.json writes JSON), esc goes back";
        Line::styled(words, theme.style(Role::Muted)).render(line(1), buffer);
        buffer.set_string(inner.x, line(2).y, "file ", theme.bold(Role::Accent));
        Some(path.draw(file_area(inner), theme.style(Role::Text), buffer))
    }
}

fn outer(area: Rect) -> Rect {
    let height = u16::try_from(TEMPLATES.len() + 4).unwrap_or(u16::MAX);
    dialog::centred(area, WIDTH, height.min(area.height.saturating_sub(2)))
}

/// Returns the area of the file's name.
fn file_area(inner: Rect) -> Rect {
    let line = pane::line(inner, inner.bottom().saturating_sub(2)).intersection(inner);
    Rect {
        x: line.x + 5,
        width: line.width.saturating_sub(5),
        ..line
    }
}

/// Returns the number of visible templates; the last two lines are needed for the question.
fn rows(area: Rect) -> usize {
    usize::from(outer(area).height.saturating_sub(4))
}
