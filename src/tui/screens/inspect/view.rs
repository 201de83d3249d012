//! Drawing of the Inspect screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::State;
use super::detail::Tab;
use super::layout::Areas;
use super::spans::label;
use super::state::{Pane, Shown, Shows};
use super::{team, waterfall};
use crate::base::duration;
use crate::base::plural::counted;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{KeptRun, RunRecord, SpanRecord};
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::find::found_words;
use crate::tui::widgets::{count, failure, graph, pane, span_sign};

/// The gap between two tabs.
pub(super) const TAB_GAP: &str = "   ";

/// Draws the screen. Returns the cursor position if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let runs = look.context.runs;
    let run = state.run.as_ref().and_then(|run| runs.get(run));
    let Some(record) = run.and_then(KeptRun::record) else {
        let title = run.map_or_else(|| "inspect".to_owned(), |run| runs.name(run));
        let block = pane::block(&title, true, look);
        if run.is_some() {
            pane::let_go(look).block(block).render(area, buffer);
            return None;
        }
        let inner = block.inner(area);
        block.render(area, buffer);
        let what = match state.run {
            Some(_) => "This run was forgotten.",
            None => "No run is open.",
        };
        let words = format!("{what}\n\nChoose one on the Runs screen (2) and press 3.");
        pane::invitation(&words, look, inner, buffer);
        return None;
    };
    let shown = state.shown(record);
    let areas = state.areas(area);
    draw_spans(state, record, look, areas, buffer);
    draw_detail(state, record, &shown, look, areas, buffer)
}

fn draw_spans(
    state: &State,
    record: &RunRecord,
    look: &ViewContext<'_>,
    areas: Areas,
    buffer: &mut Buffer,
) {
    let dot = look.glyphs.dot;
    let name = look.context.runs.name(record);
    let facts = facts(record, look);
    let has_focus = state.pane == Pane::Spans;
    let sign = look.glyphs.state(record.state, look.context.now);
    let (word, role) = look.context.runs.state_words(record);
    let has_bars = !state.has_team() && state.shows != Shows::Graph;
    let scale = if state.is_near && has_bars {
        format!("bars: in view {dot} ")
    } else {
        String::new()
    };
    let words = format!(" {scale}{sign} {word} ");
    let state_style = look.theme.style(role);
    let room = usize::from(areas.spans.width).saturating_sub(width_cells(&words) + 5);
    let whole = format!("{name} {dot} {facts}");
    let fits = width_cells(&whole) <= room;
    let title = if fits { whole } else { ellipsis(&name, room) };
    let mut block = pane::block(&title, has_focus, look)
        .title(Line::from(Span::styled(words, state_style)).right_aligned());
    if !fits {
        let style = look.theme.style(Role::Muted);
        block = block.title_bottom(Span::styled(format!(" {facts} "), style));
    }
    if let Some(from) = &record.forked_from {
        let words = format!(" {} ", look.context.runs.fork_words(from));
        let style = look.theme.style(Role::Info);
        block = block.title_bottom(Line::styled(words, style).right_aligned());
    }
    let inner = block.inner(areas.spans);
    block.render(areas.spans, buffer);
    if state.has_team() {
        let panes = (areas.spans, inner);
        team::draw_tree(&state.team, record, has_focus, look, panes, buffer);
        return;
    }
    if let Some(drawings) = look.context.runs.drawings(record)
        && state.shows == Shows::Graph
    {
        let panes = (areas.spans, areas.spans_inside());
        let view = (state.graph, state.chosen_box.as_deref());
        graph::draw_run((record, &state.visits), drawings, view, look, panes, buffer);
        return;
    }
    waterfall::draw(state, record, look, (areas.spans, inner), buffer);
}

/// Returns the numbers of a run in one line: `4.0s · 2 llm · 1 tool · 311 tok`.
fn facts(record: &RunRecord, look: &ViewContext<'_>) -> String {
    let mut facts = vec![
        duration::short(record.duration(look.context.now)),
        format!("{} llm", record.model_calls.len()),
        counted(record.tool_calls.len(), "tool"),
        format!("{} tok", count::tokens(record)),
    ];
    let workers = record.workers_between(record.queued_at, None);
    if !workers.is_empty() {
        let names = workers.join(", then ");
        facts.push(format!("at {}", sanitised(&names).replace('\n', " ")));
    }
    facts.join(&format!(" {} ", look.glyphs.dot))
}

/// Draws the state of a run without spans, and the reason.
fn draw_without_spans(record: &RunRecord, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let line = |words: &str, role| Line::styled(sanitised(words), look.theme.style(role));
    let (word, _) = look.context.runs.state_words(record);
    let mut lines = vec![line(word, Role::Muted)];
    if let Some(error) = &record.error {
        lines.push(line(&error.message, Role::Error));
        lines.extend(failure::hint(record, error).map(|hint| line(hint, Role::Info)));
    }
    Paragraph::new(lines)
        .wrap(Wrap { trim: false })
        .render(area, buffer);
}

fn draw_detail(
    state: &State,
    record: &RunRecord,
    shown: &Shown<'_>,
    look: &ViewContext<'_>,
    areas: Areas,
    buffer: &mut Buffer,
) -> Option<Position> {
    let has_focus = state.pane == Pane::Detail;
    if state.has_team() {
        let panes = (areas.detail, areas.thread());
        let needle = Some(state.needle.as_str()).filter(|_| state.find.is_none());
        let focus = (has_focus, needle.unwrap_or_default());
        team::draw_thread(&state.team, record, focus, look, panes, buffer);
        return draw_find(state, look, areas, buffer);
    }
    if let Some(name) = state.unvisited() {
        let block = pane::block(
            &ellipsis(&name, usize::from(areas.detail.width)),
            has_focus,
            look,
        );
        let inner = block.inner(areas.detail);
        block.render(areas.detail, buffer);
        pane::remark("not visited yet", look, inner, buffer);
        return None;
    }
    let Some(span) = shown.span else {
        let block = pane::block("spans", has_focus, look);
        let inner = block.inner(areas.detail);
        block.render(areas.detail, buffer);
        draw_without_spans(record, look, inner, buffer);
        return None;
    };
    let (sign, _) = span_sign::of(record, span, look.glyphs, look.context.now);
    let room = usize::from(areas.detail.width.saturating_sub(8));
    let title = format!("{} {sign}", ellipsis(&label(span), room));
    let mut block = pane::block(&title, has_focus, look);
    if !state.needle.is_empty() && state.find.is_none() {
        let numbered = state.page.found.numbered(state.lines.selected());
        let words = found_words(&state.needle, numbered, room / 2);
        block = block.title_bottom(Span::styled(words, look.theme.style(Role::Info)));
    }
    if let Some(path) = state.path().filter(|_| has_focus && state.find.is_none()) {
        let words = format!(" {} ", ellipsis(&sanitised(path), room / 2));
        let words = Span::styled(words, look.theme.style(Role::Muted));
        block = block.title_bottom(Line::from(words).right_aligned());
    }
    block.render(areas.detail, buffer);
    let lines = areas.lines();
    draw_tabs(
        span,
        shown.tab,
        look,
        pane::line(lines, lines.y.saturating_sub(1)),
        buffer,
    );
    draw_lines(state, look, (areas.detail, lines), buffer);
    draw_find(state, look, areas, buffer)
}

/// Draws the find bar, if it is open, over the lower border of the detail. Returns the cursor
/// position.
fn draw_find(
    state: &State,
    look: &ViewContext<'_>,
    areas: Areas,
    buffer: &mut Buffer,
) -> Option<Position> {
    state.find.as_ref().map(|field| {
        let bar = pane::line(areas.lines(), areas.detail.bottom().saturating_sub(1));
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

fn draw_tabs(
    span: &SpanRecord,
    shown: Tab,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
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

/// Draws the rows around the selected one; rows that are cut at the right are marked.
fn draw_lines(
    state: &State,
    look: &ViewContext<'_>,
    (frame, area): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let page = &state.page;
    let in_view = state.lines.in_view(page.rows.len(), area.height.into());
    pane::scroll_bar(frame, in_view.start, page.rows.len(), look, buffer);
    let has_focus = state.pane == Pane::Detail;
    for (at, row, place) in state.lines.lines(&page.rows, area) {
        row.row.draw(look.theme, place, buffer);
        if row.row.width() > usize::from(area.width) {
            let style = look.theme.style(Role::Muted);
            buffer.set_string(area.right(), place.y, "\u{2026}", style);
        }
        if at == state.lines.selected() && has_focus {
            buffer.set_style(place, look.theme.selection());
        }
        page.found.mark(at, place, buffer);
    }
}
