//! Drawing of the fork dialog: the possible changes, the text of the chosen one, and the position
//! of the fork.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_textarea::TextArea;

use super::State;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::fork::Offer;
use crate::tui::overlays::list_over_text::Areas;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

/// The maximum width of the dialog, in cells.
const WIDTH: u16 = 100;

/// The minimum number of rows for the text.
const MIN_TEXT_ROWS: u16 = 8;

pub(super) fn areas(state: &State, area: Rect) -> Areas {
    let rows = u16::try_from(state.offers.len()).unwrap_or(u16::MAX);
    // The frame, the rule, the blank above what comes of it, and that.
    let around = 5;
    let height = rows.saturating_add(text_rows(state)).saturating_add(around);
    let most = area.height.saturating_sub(2).max(10);
    let outer = dialog::centred(area, WIDTH, height.min(most));
    let inner = dialog::inside(outer);
    let kept = MIN_TEXT_ROWS.min(inner.height / 2) + around - 2;
    let list_rows = rows.min(inner.height.saturating_sub(kept)).max(1);
    Areas::new(outer, list_rows, state.problem.as_deref())
}

/// Returns the number of rows for the longest text, with a minimum, so that the box keeps its size
/// when another change is chosen.
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
    let areas = areas(state, area);
    let title = format!("fork {}: what to change", state.name);
    areas.draw_frame(&title, (&state.chosen, state.offers.len()), look, buffer);
    for (at, offer, line) in state.chosen.lines(&state.offers, areas.list) {
        draw_offer(offer, look, line, buffer);
        if at == state.chosen.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    let text = state.texts.get(state.chosen.selected());
    if let (Some(offer), Some(text)) = (state.offer(), text)
        && offer.is_written()
    {
        text.render(areas.text, buffer);
    }
    areas.draw_below(state.problem.as_deref(), &what_comes(state), look, buffer);
}

/// Draws a change, and beside it the current text in the run.
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
            "the entries before {} are copied; tab changes something else",
            offer.at
        ),
        Some(_) => "nothing is copied; tab changes something else".to_owned(),
        None => String::new(),
    }
}
