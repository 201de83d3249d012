//! Drawing the Inspect screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};
use unicode_segmentation::UnicodeSegmentation;

use super::State;
use super::detail::{DetailLine, Tab};
use super::layout::Areas;
use super::spans::{SpanRow, in_words, is_broken, label};
use super::state::{Pane, Shown};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::SpanOutcome;
use crate::tui::app::Look;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::theme::Role;
use crate::tui::widgets::{graph, pane};

/// What stands between two tabs.
pub(super) const TAB_GAP: &str = "   ";
/// How wide a duration is drawn.
const DURATION_CELLS: usize = 8;

/// Draws the screen. Returns where the cursor stands, if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let Some(record) = state
        .run
        .as_ref()
        .and_then(|run| look.context.runs.get(run))
    else {
        draw_empty(look, area, buffer);
        return None;
    };
    let shown = state.shown(record, look.context.now);
    let areas = Areas::of(area, state.divider);
    draw_spans(state, record, &shown, look, areas, buffer);
    draw_detail(state, record, &shown, look, areas, buffer)
}

fn draw_empty(look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let block = pane::block("inspect", true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    Paragraph::new("no run is open: choose one on the Runs screen (2) and press 3")
        .style(look.theme.style(Role::Muted))
        .render(inner, buffer);
}

fn draw_spans(
    state: &State,
    record: &RunRecord,
    shown: &Shown<'_>,
    look: &Look<'_>,
    areas: Areas,
    buffer: &mut Buffer,
) {
    let title = format!(
        "#{} {} {dot} {} {dot} {} llm {dot} {} {} {dot} {} tok",
        record.index + 1,
        sanitised(&record.label()),
        in_words(record.duration(look.context.now)),
        record.usage.llm_calls,
        record.tool_calls.len(),
        if record.tool_calls.len() == 1 {
            "tool"
        } else {
            "tools"
        },
        record.tokens(),
        dot = look.glyphs.dot,
    );
    let room = usize::from(areas.spans.width.saturating_sub(20));
    let has_focus = state.pane == Pane::Spans;
    let sign = look.glyphs.state(record.state, look.context.now);
    let words = format!(" {sign} {} ", state_word(record.state));
    let state_style = look.theme.style(state_role(record.state));
    let block = pane::block(&ellipsis(&title, room), has_focus, look)
        .title(Line::from(Span::styled(words, state_style)).right_aligned());
    let inner = block.inner(areas.spans);
    block.render(areas.spans, buffer);
    if let Some(drawings) = look.context.runs.drawings(record)
        && state.has_graph
    {
        let panes = (areas.spans, areas.spans_inside());
        graph::draw_run(record, drawings, state.graph, look, panes, buffer);
        return;
    }
    let in_view = state.spans.in_view(shown.rows.len(), inner.height.into());
    let first = in_view.start;
    pane::scroll_bar(areas.spans, first, shown.rows.len(), look, buffer);
    for (at, row) in shown.rows[in_view].iter().enumerate() {
        let y = inner.y + u16::try_from(at).unwrap_or(0);
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        let span = &record.spans[row.index];
        draw_span(row, span, look, line, buffer);
        if first + at == state.spans.selected() {
            let style = if has_focus {
                look.theme.selection()
            } else {
                look.theme.selection_unfocused()
            };
            buffer.set_style(line, style);
        }
    }
}

fn draw_span(row: &SpanRow, span: &SpanRecord, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let is_ascii = look.glyphs.caret.is_ascii();
    let (branch, end, through) = if is_ascii {
        ("|-", "`-", "| ")
    } else {
        ("├ ", "└ ", "│ ")
    };
    let mut guides = String::new();
    for (level, has_sibling) in row.guides.iter().enumerate() {
        let is_own = level + 1 == row.guides.len();
        guides.push_str(match (is_own, has_sibling) {
            (true, true) => branch,
            (true, false) => end,
            (false, true) => through,
            (false, false) => "  ",
        });
    }
    let width = usize::from(area.width);
    let label_cells = (width / 2).max(width.saturating_sub(40));
    let role = if is_broken(span) {
        Role::Error
    } else if span.ended_at.is_none() {
        Role::Accent
    } else {
        Role::Text
    };
    let name = ellipsis(
        &sanitised(&label(span)),
        label_cells.saturating_sub(width_cells(&guides)),
    );
    let (x, _) = buffer.set_stringn(
        area.x,
        area.y,
        &guides,
        label_cells,
        look.theme.style(Role::Muted),
    );
    buffer.set_stringn(x, area.y, name, label_cells, look.theme.style(role));
    let bar_cells = width.saturating_sub(label_cells + DURATION_CELLS + 2);
    draw_bar(
        row,
        role,
        look,
        Rect {
            x: area.x + u16::try_from(label_cells).unwrap_or(0) + 1,
            width: u16::try_from(bar_cells).unwrap_or(0),
            ..area
        },
        buffer,
    );
    let duration = format!("{:>DURATION_CELLS$}", in_words(row.duration));
    let x = area
        .right()
        .saturating_sub(u16::try_from(DURATION_CELLS).unwrap_or(0));
    buffer.set_stringn(
        x,
        area.y,
        duration,
        DURATION_CELLS,
        look.theme.style(Role::Muted),
    );
}

/// A bar that lies where the span lay in the time of the run, at least one cell wide.
fn draw_bar(row: &SpanRow, role: Role, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let cells = f64::from(area.width);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are fractions of a width in cells"
    )]
    let (begin, end) = ((row.begin * cells) as u16, (row.end * cells).ceil() as u16);
    let begin = begin.min(area.width.saturating_sub(1));
    let length = end.saturating_sub(begin).clamp(1, area.width.max(1));
    let role = if role == Role::Text { Role::Info } else { role };
    for x in 0..length.min(area.width.saturating_sub(begin)) {
        buffer.set_string(
            area.x + begin + x,
            area.y,
            look.glyphs.bar,
            look.theme.style(role),
        );
    }
}

fn draw_detail(
    state: &State,
    record: &RunRecord,
    shown: &Shown<'_>,
    look: &Look<'_>,
    areas: Areas,
    buffer: &mut Buffer,
) -> Option<Position> {
    let has_focus = state.pane == Pane::Detail;
    let Some(span) = shown.span else {
        let block = pane::block("spans", has_focus, look);
        let inner = block.inner(areas.detail);
        block.render(areas.detail, buffer);
        Paragraph::new(format!("the run is {}", state_word(record.state)))
            .style(look.theme.style(Role::Muted))
            .render(inner, buffer);
        return None;
    };
    let outcome = match span.outcome {
        Some(SpanOutcome::Ok) => look.glyphs.ok,
        Some(SpanOutcome::Error | SpanOutcome::Cancelled) => look.glyphs.error,
        None => look.glyphs.spinner(look.context.now),
    };
    let title = format!("{} {outcome}", sanitised(&label(span)));
    let room = usize::from(areas.detail.width.saturating_sub(6));
    pane::block(&ellipsis(&title, room), has_focus, look).render(areas.detail, buffer);
    let lines = areas.lines();
    draw_tabs(
        span,
        shown.tab,
        look,
        Rect {
            y: lines.y.saturating_sub(1),
            height: 1,
            ..lines
        },
        buffer,
    );
    draw_lines(state, &shown.lines, look, (areas.detail, lines), buffer);
    state.find.as_ref().map(|field| {
        let bar = Rect {
            y: areas.detail.bottom().saturating_sub(1),
            height: 1,
            ..lines
        };
        let (x, _) = buffer.set_stringn(
            bar.x,
            bar.y,
            " find ",
            bar.width.into(),
            look.theme.bold(Role::Accent),
        );
        let area = Rect {
            x,
            width: bar.right().saturating_sub(x),
            ..bar
        };
        buffer.set_style(area, look.theme.surface());
        field.draw(area, look.theme.style(Role::Text), buffer)
    })
}

fn draw_tabs(span: &SpanRecord, shown: Tab, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let mut tabs = Vec::new();
    for tab in Tab::of(span.kind) {
        let style = if *tab == shown {
            look.theme.bold(Role::Accent).underlined()
        } else {
            look.theme.style(Role::Muted)
        };
        tabs.push(Span::styled(tab.name(), style));
        tabs.push(Span::raw(TAB_GAP));
    }
    Line::from(tabs).render(area, buffer);
}

/// Draws the lines around the selected one: wrapped, or cut at the right side.
fn draw_lines(
    state: &State,
    lines: &[DetailLine],
    look: &Look<'_>,
    (frame, area): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let selected = state.lines.selected().min(lines.len().saturating_sub(1));
    let in_view = state.lines.in_view(lines.len(), area.height.into());
    pane::scroll_bar(frame, in_view.start, lines.len(), look, buffer);
    let has_focus = state.pane == Pane::Detail;
    let mut y = area.y;
    // With wrapping a line is several rows high: begin late enough that the selected one is whole.
    let mut first = in_view.start;
    if !state.is_cut {
        let height = |line: &DetailLine| rows(line, area.width).len();
        let mut used: usize = lines[first..=selected.max(first).min(lines.len() - 1)]
            .iter()
            .map(height)
            .sum();
        while used > usize::from(area.height) && first < selected {
            used -= height(&lines[first]);
            first += 1;
        }
    }
    for (at, line) in lines.iter().enumerate().skip(first) {
        let rows = if state.is_cut {
            vec![line.pieces.clone()]
        } else {
            rows(line, area.width)
        };
        for pieces in rows {
            if y >= area.bottom() {
                return;
            }
            let row = Rect {
                y,
                height: 1,
                ..area
            };
            draw_pieces(&pieces, look, row, buffer);
            if at == selected && has_focus {
                buffer.set_style(row, look.theme.selection());
            }
            y += 1;
        }
        let is_found = !state.needle.is_empty()
            && line
                .text()
                .to_lowercase()
                .contains(&state.needle.to_lowercase());
        if is_found {
            let marker = look.theme.bold(Role::Warning);
            buffer.set_string(
                area.x.saturating_sub(1),
                y.saturating_sub(1),
                look.glyphs.closed,
                marker,
            );
        }
    }
}

fn draw_pieces(pieces: &[(Role, String)], look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let styled = |(role, text): &(Role, String)| {
        let style: Style = look.theme.style(*role);
        Span::styled(text.clone(), style)
    };
    Line::from(pieces.iter().map(styled).collect::<Vec<_>>()).render(area, buffer);
}

/// The rows of a line that is wrapped at `width` cells, at the clusters where it is full; further
/// rows are as deep as the line's first piece if that is indentation.
fn rows(line: &DetailLine, width: u16) -> Vec<Vec<(Role, String)>> {
    let width = usize::from(width).max(1);
    let indentation = line
        .pieces
        .first()
        .filter(|(_, text)| text.chars().all(|c| c == ' '))
        .map_or(0, |(_, text)| text.len().min(width / 2));
    let mut rows = vec![Vec::new()];
    let mut used = 0;
    for (role, text) in &line.pieces {
        let mut piece = String::new();
        for cluster in text.graphemes(true) {
            let cells = width_cells(cluster);
            if used + cells > width && used > 0 {
                push(&mut rows, *role, &mut piece);
                rows.push(vec![(Role::Muted, " ".repeat(indentation))]);
                used = indentation;
            }
            piece.push_str(cluster);
            used += cells;
        }
        push(&mut rows, *role, &mut piece);
    }
    rows
}

fn push(rows: &mut [Vec<(Role, String)>], role: Role, piece: &mut String) {
    if let Some(row) = rows.last_mut()
        && !piece.is_empty()
    {
        row.push((role, std::mem::take(piece)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_wraps_below_its_indentation() {
        let line = DetailLine {
            pieces: vec![
                (Role::Muted, "  ".to_owned()),
                (Role::String, "abcdef".to_owned()),
            ],
            fold: None,
        };
        let text = |row: &Vec<(Role, String)>| {
            row.iter()
                .map(|(_, text)| text.as_str())
                .collect::<String>()
        };
        let rows: Vec<_> = rows(&line, 5).iter().map(text).collect();
        assert_eq!(rows, ["  abc", "  def"]);
    }
}
