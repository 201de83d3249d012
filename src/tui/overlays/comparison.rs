//! A page that compares the meaning of two specs.

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::spec::diff::{DiffLine, Tone as DiffTone};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::TerminalCommand;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane};

/// The maximum width, in cells.
const WIDTH: u16 = 110;

/// The minimum height, in lines, if the screen has room.
const MIN_HEIGHT: u16 = 8;

/// The differences and the scroll position.
#[derive(Debug)]
pub(crate) struct State {
    /// The names of the two specs: `a.yaml → b.yaml`.
    title: String,
    lines: Vec<DiffLine>,
    list: ListCursor,
}

impl State {
    pub(super) fn new(title: String, lines: Vec<DiffLine>) -> Self {
        Self {
            title,
            lines,
            list: ListCursor::default(),
        }
    }
}

impl State {
    /// Returns the area of the page, as high as its contents if the screen has room.
    fn outer(&self, area: Rect) -> Rect {
        let most = area.height.saturating_sub(2).max(MIN_HEIGHT);
        let width = WIDTH.min(area.width).saturating_sub(4);
        let lines = self.lines.iter().take(usize::from(most));
        let rows: usize = lines.map(|line| rows(line, width).len()).sum();
        let height = u16::try_from(rows + 2).unwrap_or(most);
        dialog::centred(area, WIDTH, height.clamp(MIN_HEIGHT.min(most), most))
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Comparison, KeyContext::Moving]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Back | Action::Close => return vec![Command::close()],
            Action::CopyDifferences => {
                let lines: Vec<String> = self.lines.iter().map(DiffLine::text).collect();
                return vec![Command::terminal(TerminalCommand::Copy {
                    text: lines.join("\n"),
                    what: "the differences".to_owned(),
                })];
            }
            _ => {}
        }
        let height = usize::from(self.outer(context.area).height.saturating_sub(2));
        self.list.act(action, self.lines.len(), height);
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let height = usize::from(self.outer(context.area).height.saturating_sub(2));
        self.list.turn(event.kind, self.lines.len(), height);
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let outer = self.outer(area);
        let inner = dialog::draw(&self.title, outer, look, buffer);
        if self.lines.is_empty() {
            let words = "no difference: they mean the same";
            Line::styled(words, look.theme.style(Role::Success)).render(inner, buffer);
            return None;
        }
        let in_view = self
            .list
            .in_view(self.lines.len(), usize::from(inner.height));
        pane::scroll_bar(outer, in_view.start, self.lines.len(), look, buffer);
        // A line may take several rows: begin late enough that the selected one is whole.
        let selected = self.list.selected().min(self.lines.len() - 1);
        let height = usize::from(inner.height);
        let mut shown: Vec<(usize, Vec<Row>)> = Vec::new();
        let mut used = 0;
        for at in in_view.start..self.lines.len() {
            if used >= height && at > selected {
                break;
            }
            let rows = rows(&self.lines[at], inner.width);
            used += rows.len();
            shown.push((at, rows));
            while used > height && at <= selected && shown.len() > 1 {
                used -= shown.remove(0).1.len();
            }
        }
        let mut y = inner.y;
        for (at, rows) in shown {
            for row in rows {
                if y >= inner.bottom() {
                    return None;
                }
                let line = pane::line(inner, y);
                row.draw(look.theme, line, buffer);
                if at == selected {
                    buffer.set_style(line, look.theme.selection());
                }
                y += 1;
            }
        }
        None
    }
}

fn rows(line: &DiffLine, width: u16) -> Vec<Row> {
    let piece = |piece: &crate::spec::diff::Piece| {
        let tone = match piece.tone {
            DiffTone::Plain => Tone::of(Role::Text),
            DiffTone::Heading => Tone::of(Role::Text).bold(),
            DiffTone::Muted => Tone::of(Role::Muted),
            DiffTone::Added => Tone::of(Role::Success),
            DiffTone::Removed => Tone::of(Role::Error),
        };
        Piece::new(piece.text.clone(), tone)
    };
    let pieces: Vec<Piece> = line.pieces.iter().map(piece).collect();
    let cells = line.depth * 2;
    let indent = Indent {
        first: vec![Piece::new(" ".repeat(cells), Tone::of(Role::Text))],
        hanging_cells: cells + 2,
    };
    wrap(&pieces, usize::from(width), &indent)
}
