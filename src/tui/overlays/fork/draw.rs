//! Drawing the fork dialog: what can be changed, what is written of the chosen one, and from where.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

use super::State;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::fork::Offer;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Row;
use crate::tui::widgets::{dialog, pane, problem};

/// How wide the dialog is at most, in cells.
const WIDTH: u16 = 100;

/// How many rows there are at least for what is written.
const MIN_TEXT_ROWS: u16 = 8;

/// The parts of the dialog.
pub(super) struct Areas {
    outer: Rect,
    /// The list of possible changes.
    pub(super) list: Rect,
    /// The text that is written.
    text: Rect,
    /// The fork that it makes, or a problem.
    below: Rect,
}

pub(super) fn areas(state: &State, area: Rect) -> Areas {
    let rows = u16::try_from(state.offers.len()).unwrap_or(u16::MAX);
    // The frame, the rule, the blank above what comes of it, and that.
    let around = 5;
    let height = rows.saturating_add(text_rows(state)).saturating_add(around);
    let most = area.height.saturating_sub(2).max(10);
    let outer = dialog::centred(area, WIDTH, height.min(most));
    let inner = dialog::inside(outer);
    let kept = MIN_TEXT_ROWS.min(inner.height / 2) + around - 2;
    let list = Rect {
        height: rows.min(inner.height.saturating_sub(kept)).max(1),
        ..inner
    };
    let problem_lines = u16::try_from(problem_rows(state, inner.width).len().max(1)).unwrap_or(1);
    let below = Rect {
        y: inner.bottom().saturating_sub(problem_lines),
        height: problem_lines,
        ..inner
    };
    let y = (list.bottom() + 1).min(below.y);
    let text = Rect {
        y,
        height: below.y.saturating_sub(y + 1),
        ..inner
    };
    Areas {
        outer,
        list,
        text,
        below,
    }
}

/// How many rows the longest text takes that can be written, and a few at least: the box keeps its size while another change is
/// chosen.
fn text_rows(state: &State) -> u16 {
    let width = usize::from(WIDTH - 4);
    let rows = |text: &TextArea<'_>| -> usize {
        let lines = text.lines().iter();
        lines.map(|line| width_cells(line) / width + 1).sum()
    };
    let longest = state.texts.iter().map(rows).max().unwrap_or(0);
    u16::try_from(longest)
        .unwrap_or(u16::MAX)
        .max(MIN_TEXT_ROWS)
}

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let areas = areas(state, area);
    let room = usize::from(areas.outer.width.saturating_sub(6));
    let title = ellipsis(&format!("fork {}: what is changed", state.name), room);
    dialog::draw(&title, areas.outer, look, buffer);
    let height = usize::from(areas.list.height);
    let first = state.chosen.in_view(state.offers.len(), height).start;
    if height < state.offers.len() {
        let frame = Rect {
            y: areas.list.y - 1,
            height: areas.list.height + 2,
            ..areas.outer
        };
        pane::scroll_bar(frame, first, state.offers.len(), look, buffer);
    }
    for (at, offer, line) in state.chosen.lines(&state.offers, areas.list) {
        draw_offer(offer, look, line, buffer);
        if at == state.chosen.selected() {
            buffer.set_style(line, theme.selection());
        }
    }
    let sign = look.glyphs.border.horizontal_top;
    let rule = sign.repeat(usize::from(areas.text.width));
    let y = areas.text.y - 1;
    buffer.set_string(areas.text.x, y, rule, theme.style(Role::Muted));
    let text = state.texts.get(state.chosen.selected());
    if let (Some(offer), Some(text)) = (state.offer(), text)
        && offer.is_written()
    {
        text.render(areas.text, buffer);
    }
    let problem = problem_rows(state, areas.below.width);
    for (y, row) in (areas.below.y..areas.below.bottom()).zip(&problem) {
        row.draw(theme, pane::line(areas.below, y), buffer);
    }
    if problem.is_empty() {
        let words = ellipsis(&what_comes(state), usize::from(areas.below.width));
        Line::styled(words, theme.style(Role::Muted)).render(areas.below, buffer);
    }
}

/// Draws a change, and in the room behind it the text that the run has there.
fn draw_offer(offer: &Offer, look: &ViewContext<'_>, line: Rect, buffer: &mut Buffer) {
    let room = usize::from(line.width);
    // JSON is there in lines and with indents.
    let one_line = |text: &str| {
        let text = sanitised(text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let label = ellipsis(&one_line(&offer.label), room);
    let beside = room.saturating_sub(width_cells(&label) + 2);
    let is_shown = offer.is_written() && beside > 8;
    let text = if is_shown {
        ellipsis(&one_line(&offer.text), beside)
    } else {
        String::new()
    };
    Line::from(vec![
        Span::styled(label, look.theme.style(Role::Text)),
        Span::styled(format!("  {text}"), look.theme.style(Role::Muted)),
    ])
    .render(line, buffer);
}

fn what_comes(state: &State) -> String {
    if state.awaited.is_some() {
        return "forking\u{2026}".to_owned();
    }
    match state.offer() {
        Some(offer) if offer.at > 0 => format!(
            "what was before entry {} is taken over; tab changes something else",
            offer.at
        ),
        Some(_) => "nothing is taken over; tab changes something else".to_owned(),
        None => String::new(),
    }
}

/// Why what is written makes no fork.
fn problem_rows(state: &State, width: u16) -> Vec<Row> {
    let problem = state.problem.as_deref();
    problem.map_or_else(Vec::new, |words| problem::rows(words, usize::from(width)))
}
