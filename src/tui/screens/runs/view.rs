//! Drawing of the Runs screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::layout::{self, inside};
use super::state::Focus;
use super::{State, header, panes, table};
use crate::base::text::ellipsis;
use crate::tui::answer;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::find::found_words;
use crate::tui::widgets::pane;
use crate::tui::widgets::transcript::Transcript;

/// Draws the screen. Returns the cursor position if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    if look.context.runs.runs().len() == 0 {
        empty(look, area, buffer);
        return None;
    }
    let areas = state.areas_of(area);
    header::draw(state, look, areas.header, buffer);
    let cursor = if areas.table.width > 0 {
        let shared = shared_inputs(state, look, areas);
        draw_table(state, shared.as_deref(), look, areas.table, buffer)
    } else {
        None
    };
    draw_panes(state, look, areas.panes, buffer);
    cursor.or_else(|| draw_find(state, look, areas.panes, buffer))
}

fn empty(look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let block = pane::block("runs", true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    let words = "No runs yet.\n\nPress 1 for the specs, then enter to launch one.";
    pane::invitation(words, look, inner, buffer);
}

/// Returns the inputs that are the same in all runs of the batch, if the header has no line for
/// them.
fn shared_inputs(state: &State, look: &ViewContext<'_>, areas: layout::Areas) -> Option<String> {
    let runs = look.context.runs;
    let batch = state
        .table
        .batch(runs)
        .filter(|_| areas.header.height < 2)?;
    let shared = runs.shared_inputs(&batch.id);
    let room = usize::from(areas.table.width / 2);
    (!shared.is_empty()).then(|| ellipsis(&format!("all with {shared}"), room))
}

/// Returns how many runs differ from most of their batch if runs are aligned by turn, or else how
/// the rows are sorted.
fn about_rows(state: &State, look: &ViewContext<'_>) -> String {
    let runs = look.context.runs;
    let batch = state.table.batch(runs);
    let batch = batch.filter(|_| state.panes.is_by_turn());
    match batch.map(|batch| state.table.n_leaving(&batch.id, runs)) {
        Some(0) => "none leaves the others".to_owned(),
        Some(1) => "1 leaves the others".to_owned(),
        Some(n) => format!("{n} leave the others"),
        None => state.table.order_in_words().to_owned(),
    }
}

fn draw_table(
    state: &State,
    shared: Option<&str>,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    let has_focus = state.focus == Focus::Table && state.answer.is_none();
    let mut title = match state.table.outcome_summary(look.context.runs) {
        Some(sum) => {
            let words = table::summary_words(sum, usize::from(area.width.saturating_sub(4)));
            if words.is_empty() {
                "outcomes".to_owned()
            } else {
                words
            }
        }
        None => format!("runs \u{b7} {}", about_rows(state, look)),
    };
    if state.table.is_held() && state.table.is_stale() {
        title.push_str(" (held: esc sorts)");
    }
    let mut block = pane::block(&title, has_focus, look);
    let filter = state.table.filter();
    if state.filter_field.is_none() && !filter.is_empty() {
        let words = format!(" / {} ({}) ", filter.text(), state.table.shown());
        let line = Line::from(Span::styled(words, theme.style(Role::Info)));
        block = block.title_bottom(line);
    }
    if !state.table.marked().is_empty() {
        let words = format!(" {} marked ", state.table.marked().len());
        let line = Line::from(Span::styled(words, theme.style(Role::Accent)));
        block = block.title_bottom(line.right_aligned());
    } else if let Some(shared) = shared {
        let words = Span::styled(format!(" {shared} "), theme.style(Role::Muted));
        block = block.title_bottom(Line::from(words).right_aligned());
    }
    block.render(area, buffer);
    let mut body = inside(area);
    let mut cursor = None;
    if let Some(field) = &state.filter_field {
        body.height = body.height.saturating_sub(1);
        let line = pane::line(body, body.bottom());
        buffer.set_string(line.x, line.y, "/", theme.bold(Role::Accent));
        let text = Rect {
            x: line.x + 1,
            width: line.width.saturating_sub(1),
            ..line
        };
        cursor = Some(field.draw(text, theme.style(Role::Text), buffer));
    }
    let by_turn = state.panes.is_by_turn();
    table::draw(&state.table, (has_focus, by_turn), look, body, buffer);
    if state.table.rows().is_empty() {
        let at = table::rows_area(body);
        Paragraph::new("no run matches the filter")
            .style(theme.style(Role::Muted))
            .render(at, buffer);
    }
    cursor
}

/// Draws the find bar at the end of the zoomed run, or the last search words.
fn draw_find(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    if !state.is_zoomed || area.height == 0 {
        return None;
    }
    let bar = Rect {
        x: area.x + 2,
        y: area.bottom() - 1,
        width: area.width.saturating_sub(4),
        height: 1,
    };
    let Some(field) = &state.find_field else {
        let shown = state.panes.runs().first();
        let transcript = shown.and_then(|run| state.panes.transcript(run));
        if let Some(numbered) = transcript.and_then(Transcript::numbered) {
            let words = found_words(&state.needle, numbered, usize::from(bar.width));
            buffer.set_string(bar.x, bar.y, words, look.theme.style(Role::Info));
        }
        return None;
    };
    let style = look.theme.bold(Role::Accent);
    let (x, _) = buffer.set_stringn(bar.x, bar.y, " find ", usize::from(bar.width), style);
    let text = Rect {
        x,
        width: bar.right().saturating_sub(x),
        ..bar
    };
    let blanks = " ".repeat(usize::from(text.width));
    buffer.set_string(text.x, text.y, blanks, look.theme.surface());
    Some(field.draw(text, look.theme.style(Role::Text), buffer))
}

fn draw_panes(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let panes = &state.panes;
    let shown = panes.runs().iter().zip(panes.tiles()).enumerate();
    let mut is_any = false;
    for (place, (id, tile)) in shown {
        let Some(run) = look.context.runs.get(id) else {
            continue;
        };
        is_any = true;
        let has_focus = state.is_zoomed || state.focus == Focus::Pane(place);
        let question = state.question.as_ref().filter(|answer| answer.run == *id);
        let covered = question.map_or(0, |question| answer::height(question, false, *tile));
        let tiled = (place, *tile, covered);
        panes::draw(panes, run, tiled, has_focus, look, buffer);
        if let Some(answer) = state.answer.as_ref().filter(|answer| answer.run == *id) {
            answer::draw(answer, *tile, look, buffer);
        } else if let Some(question) = question {
            answer::draw_question(question, *tile, look, buffer);
        }
    }
    if is_any && panes.is_by_turn() && panes.columns().is_none() && !state.is_zoomed {
        let words = if look.context.runs.runs().len() > 1 {
            " by turn: only one column has room "
        } else {
            " by turn: there is only one run "
        };
        let room = usize::from(area.width.saturating_sub(4));
        let style = look.theme.style(Role::Info);
        let y = area.bottom().saturating_sub(1);
        buffer.set_stringn(area.x + 2, y, words, room, style);
    }
    if !is_any {
        let block = pane::framed(false, look);
        let inner = block.inner(area);
        block.render(area, buffer);
        let words = if state.table.rows().is_empty() {
            "no run matches the filter"
        } else {
            "move to a run to see it here"
        };
        Paragraph::new(words)
            .style(look.theme.style(Role::Muted))
            .wrap(Wrap { trim: true })
            .render(inner, buffer);
    }
}
