//! Drawing of runs side by side.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::Beside;
use super::layout::{Layout, head_lines, inside};
use super::rows::BodyRow;
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::RunSummary;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::{count, pane};

/// The index of the line of numbers that shows the variation.
const VARIED: usize = 1;

/// The width of a number, and of its difference from the first run, in cells.
const NUMBER_CELLS: usize = 8;

pub(in crate::tui::screens::compare) fn draw(
    beside: &Beside,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = format!("compare {} runs", beside.runs().len());
    pane::block(&title, true, look).render(area, buffer);
    let compared = match &beside.compared {
        Some(Ok(compared)) => compared,
        Some(Err(problem)) => {
            let words = format!("These runs can't be compared: {problem}");
            pane::remark(&words, look, inside(area), buffer);
            return;
        }
        None => {
            pane::remark("reading what was said \u{2026}", look, inside(area), buffer);
            return;
        }
    };
    let layout = Layout::new(area, beside.runs().len(), beside.focus);
    head(beside, &compared.runs, layout, look, area, buffer);
    let body = Layout::body(area, beside.has_varied());
    for (at, row, line) in beside.list.lines(&beside.rows, body) {
        match row {
            BodyRow::Rule(turn) => rule(*turn, layout, look, line, buffer),
            BodyRow::Line {
                title,
                sides,
                begins_difference,
            } => {
                let role = if *begins_difference {
                    Role::Accent
                } else {
                    Role::Muted
                };
                label(title, look.theme.style(role), layout, line, buffer);
                parted(layout, look, line, buffer);
                for (run, x) in layout.columns() {
                    if let Some(Some(side)) = sides.get(run) {
                        let column = Rect {
                            x,
                            width: layout.cells,
                            ..line
                        };
                        side.draw(look.theme, column, buffer);
                    }
                }
            }
        }
        if at == beside.list.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    let around = Rect {
        y: body.y - 1,
        height: body.height + 2,
        ..area
    };
    beside
        .list
        .scroll_bar(beside.rows.len(), around, look, buffer);
}

/// Returns the lines with the numbers of the runs.
fn head(
    beside: &Beside,
    runs: &[RunSummary],
    layout: Layout,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let inner = inside(area);
    let has_varied = beside.has_varied();
    let is_shown = |row: usize| row != VARIED || has_varied;
    let titles = ["", "varied", "state", "time", "tokens", "models", "tools"];
    let titles = titles.into_iter().enumerate();
    let titles = titles.filter(|(row, _)| is_shown(*row));
    let lines = inner.y..inner.bottom().min(inner.y + head_lines(has_varied));
    for ((_, title), y) in titles.zip(lines.clone()) {
        let line = pane::line(inner, y);
        label(title, theme.style(Role::Muted), layout, line, buffer);
        parted(layout, look, line, buffer);
    }
    let Some(first) = runs.first() else { return };
    let names = names(runs, usize::from(layout.cells), look);
    for (place, x) in layout.columns() {
        let Some(run) = runs.get(place) else {
            continue;
        };
        let facts = facts(run, (place > 0).then_some(first), look);
        let name_style = if place == beside.focus {
            theme.selection()
        } else {
            theme.bold(Role::Text)
        };
        let name = (names.get(place).cloned().unwrap_or_default(), name_style);
        let facts = std::iter::once(name).chain(facts).enumerate();
        let facts = facts.filter(|(row, _)| is_shown(*row));
        for ((_, (words, style)), y) in facts.zip(lines.clone()) {
            let words = ellipsis(&words, usize::from(layout.cells));
            buffer.set_string(x, y, words, style);
        }
    }
}

/// Returns the names of runs, at most `cells` wide; the common parts are shortened before the
/// different ones.
fn names(runs: &[RunSummary], cells: usize, look: &ViewContext<'_>) -> Vec<String> {
    let model = look.context.runs;
    let one_line = |words: String| words.trim().replace('\n', " ");
    let parts: Vec<(String, String)> = runs
        .iter()
        .map(|run| (model.short_name(run), one_line(model.row_name(run))))
        .collect();
    let is_of_one_batch = runs.windows(2).all(|pair| pair[0].batch == pair[1].batch);
    let without_past = |name: &str| name.strip_prefix("past ").unwrap_or(name).to_owned();
    let number = |name: &str| match name.rsplit_once('#') {
        Some((_, number)) if is_of_one_batch => format!("#{number}"),
        _ => without_past(name),
    };
    let by = |way: &dyn Fn(&str) -> String| -> Vec<String> {
        let names = parts.iter();
        let names = names.map(|(name, row)| one_line(format!("{} {row}", way(name))));
        names.collect()
    };
    let ways = [by(&str::to_owned), by(&without_past), by(&number)];
    let fits = |names: &&Vec<String>| names.iter().all(|name| width_cells(name) <= cells);
    if let Some(names) = ways.iter().find(fits) {
        return names.clone();
    }
    let mut rows: Vec<&str> = parts.iter().map(|(_, row)| row.as_str()).collect();
    rows.sort_unstable();
    let differs = rows.windows(2).all(|pair| pair[0] != pair[1]);
    if differs && !is_of_one_batch {
        // They are told apart by what was asked, which therefore comes first.
        let names = parts.iter();
        let names = names.map(|(name, row)| one_line(format!("{row} {}", without_past(name))));
        return names.collect();
    }
    let [.., shortest] = ways;
    shortest
}

/// Returns the numbers of a run, each with its difference from the first run.
fn facts(
    run: &RunSummary,
    first: Option<&RunSummary>,
    look: &ViewContext<'_>,
) -> [(String, Style); 6] {
    let (theme, now) = (look.theme, look.context.now);
    let (word, role) = look.context.runs.state_words(run);
    let sign = look.glyphs.state(run.state, now);
    let varied = sanitised(&run.terms.variant_value()).replace('\n', " ");
    let took = run.duration(now);
    let of = |number: String, more: Option<String>| {
        let more = more.unwrap_or_default();
        (
            format!("{number:>NUMBER_CELLS$} {more:>NUMBER_CELLS$}"),
            theme.style(Role::Text),
        )
    };
    let counted = |number: fn(&RunSummary) -> u64| {
        let more = first.map(|first| difference(number(first), number(run)));
        of(count::short(number(run)), more)
    };
    let more_time = first.map(|first| time_difference(first.duration(now), took));
    let n_tools = |run: &RunSummary| u64::try_from(run.n_tool_calls).unwrap_or(u64::MAX);
    [
        (varied, theme.style(Role::Info)),
        (format!("{sign} {word}"), theme.style(role)),
        of(duration::short(took), more_time),
        counted(RunSummary::tokens),
        counted(|run| run.usage.llm_calls),
        counted(n_tools),
    ]
}

/// Returns the difference of two numbers: `+12`, `-3`, `=`.
fn difference(first: u64, other: u64) -> String {
    match first.cmp(&other) {
        std::cmp::Ordering::Less => format!("+{}", count::short(other - first)),
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Greater => format!("-{}", count::short(first - other)),
    }
}

/// Returns the difference of two durations with the precision in which they are shown: `+1.3s`,
/// `-0:40`, `=`.
fn time_difference(first: Duration, other: Duration) -> String {
    // The difference of what is shown: 1.3s and 1.6s are 0.3s apart, whatever was rounded.
    let shown = |time: Duration| {
        let tenths = (time.as_millis() + 50) / 100;
        let tenths = if tenths < 600 {
            tenths
        } else {
            (tenths + 5) / 10 * 10
        };
        Duration::from_millis(u64::try_from(tenths).unwrap_or(u64::MAX / 100) * 100)
    };
    let (first, other) = (shown(first), shown(other));
    match first.cmp(&other) {
        std::cmp::Ordering::Less => format!("+{}", duration::short(other.saturating_sub(first))),
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Greater => format!("-{}", duration::short(first.saturating_sub(other))),
    }
}

fn label(words: &str, style: Style, layout: Layout, line: Rect, buffer: &mut Buffer) {
    let words = ellipsis(words, usize::from(layout.label));
    buffer.set_string(layout.x, line.y, words, style);
}

/// Draws the vertical lines between columns.
fn parted(layout: Layout, look: &ViewContext<'_>, line: Rect, buffer: &mut Buffer) {
    let style = look.theme.style(Role::Border);
    for (_, x) in layout.columns() {
        let between = look.glyphs.border.vertical_left;
        buffer.set_string(x - 2, line.y, between, style);
    }
}

/// Draws the line above a turn.
fn rule(
    turn: Option<usize>,
    layout: Layout,
    look: &ViewContext<'_>,
    line: Rect,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let words = turn.map_or_else(|| "outcome ".to_owned(), |turn| format!("turn {turn} "));
    let dash = look.glyphs.border.horizontal_top;
    let after = usize::from(line.width).saturating_sub(width_cells(&words));
    let rest = dash.repeat(after);
    let (x, _) = buffer.set_stringn(
        layout.x,
        line.y,
        &words,
        usize::from(line.width),
        theme.bold(Role::Muted),
    );
    buffer.set_stringn(x, line.y, rest, after, theme.style(Role::Border));
}
