//! Two specs compared in Agent Spec terms.

use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::spec::diff::{DiffLine, Tone as DiffTone};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, TerminalCommand};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane};

/// The differences and which of them are in view.
#[derive(Debug)]
pub struct State {
    /// Which two are compared: `a.yaml → b.yaml`.
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

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Comparison, KeyContext::Moving]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Back | Action::Close => return vec![Command::close()],
        Action::CopyDifferences => {
            let lines: Vec<String> = state.lines.iter().map(DiffLine::text).collect();
            return vec![Command::Terminal(TerminalCommand::Copy {
                text: lines.join("\n"),
                what: "the differences".to_owned(),
            })];
        }
        _ => {}
    }
    let height = usize::from(outer(context.area).height.saturating_sub(2));
    state.list.act(action, state.lines.len(), height);
    Vec::new()
}

pub(super) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let height = usize::from(outer(context.area).height.saturating_sub(2));
    match event.kind {
        MouseEventKind::ScrollDown => state.list.wheel(3, state.lines.len(), height),
        MouseEventKind::ScrollUp => state.list.wheel(-3, state.lines.len(), height),
        _ => {}
    }
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 110, area.height.saturating_sub(2).max(8))
}

pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let outer = outer(area);
    let inner = dialog::draw(&state.title, outer, look, buffer);
    if state.lines.is_empty() {
        let words = "no difference: they mean the same";
        Line::styled(words, look.theme.style(Role::Success)).render(inner, buffer);
        return None;
    }
    let in_view = state
        .list
        .in_view(state.lines.len(), usize::from(inner.height));
    pane::scroll_bar(outer, in_view.start, state.lines.len(), look, buffer);
    // A line may take several rows: begin late enough that the selected one is whole.
    let selected = state.list.selected().min(state.lines.len() - 1);
    let height = usize::from(inner.height);
    let mut shown: Vec<(usize, Vec<Row>)> = Vec::new();
    let mut used = 0;
    for at in in_view.start..state.lines.len() {
        if used >= height && at > selected {
            break;
        }
        let rows = rows(&state.lines[at], inner.width);
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
            let line = Rect {
                y,
                height: 1,
                ..inner
            };
            row.draw(look.theme, line, buffer);
            if at == selected {
                buffer.set_style(line, look.theme.selection());
            }
            y += 1;
        }
    }
    None
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
