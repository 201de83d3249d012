//! Drawing of a matrix: only the cells in view are looked at.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Variants;
use super::layout::{Layout, NUMBER_CELLS, variant_words};
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{KeptRun, Matrix};
use crate::trace::RunState;
use crate::tui::app::{Context, Look};
use crate::tui::runs_model::{Tally, variant_letter as letter};
use crate::tui::screens::runs::words::counts;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Tone, wrap};
use crate::tui::widgets::{count, dialog, pane};

pub(in crate::tui::screens::compare) fn draw(
    variants: &Variants,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let runs = variants.runs(look.context.runs);
    let context = Context {
        runs,
        ..look.context
    };
    let look = &Look { context, ..*look };
    let Some(batch) = runs.batch(&variants.batch) else {
        pane::block("compare", true, look).render(area, buffer);
        let words = "This batch was forgotten.";
        pane::remark(words, look, dialog::inside(area), buffer);
        return;
    };
    let matrix = &variants.matrix;
    let name = sanitised(&batch.spec_name).replace('\n', " ");
    let plural = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let field = matrix.terms(0).and_then(|terms| terms.varied_field());
    let field = field.map_or_else(String::new, |field| format!(" of {}", sanitised(field)));
    let title = format!(
        "compare {} {name} \u{b7} {} \u{d7} {}{field}",
        runs.batch_letter(&batch.id),
        plural(matrix.n_rows(), "input"),
        plural(matrix.n_columns(), "variant")
    );
    let mut block = pane::block(&title, true, look);
    if runs.left_out() > 0 {
        let runs = plural(runs.left_out(), "run");
        let words = format!(" {runs} more than have room in memory: not in these numbers ");
        block = block.title_bottom(Span::styled(words, look.theme.style(Role::Warning)));
    }
    block.render(area, buffer);
    let layout = Layout::new(variants, &look.context);
    legend(variants, layout, look, buffer);
    head(variants, layout, look, buffer);
    let height = usize::from(layout.body.height);
    let view = variants.list.in_view(matrix.n_rows(), height);
    for (row, y) in view.clone().zip(layout.body.y..) {
        let line = pane::line(layout.body, y);
        draw_row(variants, row, layout, look, line, buffer);
    }
    let around = Rect {
        y: layout.body.y - 1,
        height: layout.body.height + 2,
        ..area
    };
    pane::scroll_bar(around, view.start, matrix.n_rows(), look, buffer);
    totals(variants, layout, look, buffer);
    detail(variants, layout, look, buffer);
}

/// What was varied, a line for each variant.
fn legend(variants: &Variants, layout: Layout, look: &Look<'_>, buffer: &mut Buffer) {
    let theme = look.theme;
    let first = match layout.legend.height {
        0 => return,
        1 => variants.column,
        _ => 0,
    };
    for (column, y) in (first..).zip(layout.legend.y..layout.legend.bottom()) {
        let line = pane::line(layout.legend, y);
        let style = if column == variants.column {
            theme.bold(Role::Accent)
        } else {
            theme.style(Role::Muted)
        };
        let letter = letter(column);
        buffer.set_string(line.x, line.y, &letter, style);
        let indent = u16::try_from(letter.len()).unwrap_or(1) + 2;
        let room = usize::from(line.width.saturating_sub(indent));
        let words = ellipsis(&variant_words(&variants.matrix, column), room);
        buffer.set_string(line.x + indent, line.y, words, theme.style(Role::Text));
    }
}

fn head(variants: &Variants, layout: Layout, look: &Look<'_>, buffer: &mut Buffer) {
    let theme = look.theme;
    let (x, y) = (layout.head.x, layout.head.y);
    if layout.head.height == 0 {
        return;
    }
    let n_columns = variants.matrix.n_columns();
    let shown = layout.columns().map(|(column, _)| column);
    let shown: Vec<usize> = shown.filter(|column| *column < n_columns).collect();
    let (words, style) = match (shown.first(), shown.last()) {
        (Some(first), Some(last)) if shown.len() < n_columns => {
            let words = hidden(*first, *last, n_columns, look);
            (words, theme.style(Role::Warning))
        }
        _ => ("input".to_owned(), theme.style(Role::Muted)),
    };
    buffer.set_string(x, y, ellipsis(&words, usize::from(layout.label)), style);
    let shared = shared_words(&variants.matrix, &shown);
    for (column, x) in layout.columns() {
        let is_focused = column == variants.column;
        let style = theme.bold(if is_focused { Role::Accent } else { Role::Text });
        let letter = letter(column);
        buffer.set_string(x, y, &letter, style);
        let room = usize::from(layout.cells).saturating_sub(letter.len() + 2);
        let words = variant_words(&variants.matrix, column);
        // Where all of it has room, nothing is left out.
        let words = match words.get(shared..) {
            Some(rest) if width_cells(&words) > room && shared > 0 => format!("\u{2026}{rest}"),
            _ => words,
        };
        let words = ellipsis(&words, room);
        let indent = u16::try_from(letter.len()).unwrap_or(1) + 2;
        buffer.set_string(x + indent, y, words, theme.style(Role::Info));
    }
}

/// Which variants are on show, where not all are: `‹ d-f of 6 ›`, a sign where the arrows lead to others.
fn hidden(first: usize, last: usize, n_columns: usize, look: &Look<'_>) -> String {
    let back = if first > 0 { look.glyphs.turn_back } else { "" };
    let on = if last + 1 < n_columns {
        look.glyphs.turn_on
    } else {
        ""
    };
    let range = format!("{}-{} of {n_columns}", letter(first), letter(last));
    format!("{back} {range} {on}").trim().to_owned()
}

/// How many bytes the words of these variants begin with alike, up to the beginning of a word.
fn shared_words(matrix: &Matrix, columns: &[usize]) -> usize {
    let mut words = columns.iter().map(|column| variant_words(matrix, *column));
    let Some(first) = words.next() else { return 0 };
    let shared = words.fold(first.len(), |shared, other| {
        let pairs = first.char_indices().zip(other.chars());
        let differs = pairs.take_while(|((at, _), _)| *at < shared);
        let differs = differs.into_iter().find(|((_, a), b)| a != b);
        differs.map_or(shared.min(other.len()), |((at, _), _)| at)
    });
    let before = first.get(..shared).unwrap_or_default();
    before.rfind(char::is_whitespace).map_or(0, |at| at + 1)
}

fn draw_row(
    variants: &Variants,
    row: usize,
    layout: Layout,
    look: &Look<'_>,
    line: Rect,
    buffer: &mut Buffer,
) {
    let (theme, runs) = (look.theme, look.context.runs);
    let matrix = &variants.matrix;
    // A variant may lack an input that another one has.
    let firsts = (0..matrix.n_columns()).filter_map(|column| matrix.cell(row, column).first());
    let firsts = firsts.filter_map(|index| runs.at(*index));
    let first = firsts.rev().max_by_key(|run| run.plan.inputs.len());
    let name = first.map_or_else(String::new, |run| runs.row_name(run));
    let name = if name.is_empty() {
        format!("row {}", row + 1)
    } else {
        name
    };
    let is_selected = row == variants.row();
    let style = if is_selected {
        theme.bold(Role::Text)
    } else {
        theme.style(Role::Text)
    };
    let name = ellipsis(&name.replace('\n', " "), usize::from(layout.label));
    buffer.set_string(line.x, line.y, name, style);
    for (column, x) in layout.columns() {
        let area = Rect {
            x,
            width: layout.cells,
            ..line
        };
        draw_cell(matrix.cell(row, column), layout, look, area, buffer);
        if is_selected && column == variants.column {
            buffer.set_style(area, theme.selection());
        }
    }
}

/// What came of the runs of a cell: how many are in which state, their median time and mean tokens, and of one run what it said
/// where there is room.
fn draw_cell(cell: &[usize], layout: Layout, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let (theme, runs) = (look.theme, look.context.runs);
    let tally = runs.tally_of(cell);
    let only = match cell {
        [only] => runs.at(*only),
        _ => None,
    };
    let (states, time) = if let Some(run) = only {
        let (word, role) = runs.state_words(run);
        let sign = look.glyphs.state(run.state, look.context.now);
        let time = run.started_at.map(|_| run.duration(look.context.now));
        let state = if layout.has_words {
            format!("{sign} {word}")
        } else {
            sign.to_owned()
        };
        (Line::styled(state, theme.style(role)), time)
    } else {
        let states = counts(&tally, false, layout.states.into(), look);
        (states, tally.percentile(50))
    };
    let states_area = Rect {
        width: layout.states,
        ..area
    };
    states.render(states_area, buffer);
    let numbers = [
        (time.map(duration::short), Role::Text),
        (mean_tokens(&tally).map(count::short), Role::Muted),
    ];
    let mut x = area.x + layout.states;
    for (number, role) in numbers.into_iter().take(layout.n_numbers.into()) {
        let words = right(&number.unwrap_or_default());
        buffer.set_string(x, area.y, words, theme.style(role));
        x += NUMBER_CELLS;
    }
    if let Some(run) = only.filter(|_| layout.result > 0) {
        let (words, style) = came_to(run, look);
        let words = ellipsis(&words, layout.result.into());
        buffer.set_string(x + 2, area.y, words, style);
    }
}

/// A number at the right of its place.
fn right(number: &str) -> String {
    format!("{number:>width$}", width = usize::from(NUMBER_CELLS))
}

/// What came of a run in a line, in its colour.
fn came_to(run: &KeptRun, look: &Look<'_>) -> (String, Style) {
    let role = match run.state {
        RunState::Failed | RunState::TimedOut => Role::Error,
        RunState::NeedsInput => Role::Warning,
        RunState::Answered | RunState::Finished => Role::Text,
        RunState::Queued
        | RunState::Running
        | RunState::Paused
        | RunState::Cancelled
        | RunState::Interrupted => Role::Muted,
    };
    let words = sanitised(&run.first_line_of_result()).replace('\n', " ");
    (words, look.theme.style(role))
}

/// Tokens a run, of those that have begun.
pub(super) fn mean_tokens(tally: &Tally) -> Option<u64> {
    let states = RunState::ALL.into_iter();
    let begun = states.filter(|state| *state != RunState::Queued);
    let n_runs: usize = begun.map(|state| tally.count(state)).sum();
    let n_runs = u64::try_from(n_runs).ok().filter(|count| *count > 0)?;
    let tokens = tally.usage().total_tokens + tally.streamed_tokens();
    Some((tokens + n_runs / 2) / n_runs)
}

/// A share in percent, rounded; only all is 100 and only none is 0.
fn percent(part: usize, of: usize) -> usize {
    match rounded(part * 100, of) {
        0 if part > 0 => 1,
        100 if part < of => 99,
        percent => percent,
    }
}

/// A quotient, rounded to the nearest whole number.
fn rounded(dividend: usize, divisor: usize) -> usize {
    (dividend + divisor / 2) / divisor.max(1)
}

/// How many of how many came to a good end; none where none has ended. What was stopped does not count.
fn successes(tally: &Tally) -> Option<(usize, usize)> {
    let good = tally.count(RunState::Answered) + tally.count(RunState::Finished);
    let of = good + tally.count(RunState::Failed) + tally.count(RunState::TimedOut);
    (of > 0).then_some((good, of))
}

/// A line of totals: what it says, the value of each variant, and which of them are the best.
type TotalLine = (&'static str, Vec<Option<String>>, Vec<bool>);

/// The numbers of each variant over all inputs; the best of a line stands out where not all are the same.
fn totals(variants: &Variants, layout: Layout, look: &Look<'_>, buffer: &mut Buffer) {
    let theme = look.theme;
    let area = layout.totals;
    if area.height == 0 {
        return;
    }
    let dash = look.glyphs.border.horizontal_top;
    let dashes = dash.repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, dashes, theme.style(Role::Border));
    let tallies = look.context.runs.of_variants(&variants.batch);
    let times = |percent: usize| -> Vec<Option<Duration>> {
        let times = tallies.iter().map(|tally| tally.percentile(percent));
        times.collect()
    };
    let rates: Vec<Option<(usize, usize)>> = tallies.iter().map(successes).collect();
    // The least is the best of each: of successes what is missing.
    let missing: Vec<Option<usize>> = rates
        .iter()
        .map(|rate| rate.map(|(good, of)| rounded((of - good) * 1_000_000, of)))
        .collect();
    let success = rates
        .iter()
        .map(|rate| rate.map(|(good, of)| format!("{:>3} %  {good}/{of}", percent(good, of))));
    let tokens: Vec<Option<u64>> = tallies.iter().map(mean_tokens).collect();
    // In line with the numbers of the cells; tokens with the times where these alone have room.
    let in_line = |place: u16, words: &str| {
        let place = place.min(layout.n_numbers.saturating_sub(1));
        let before = layout.states + place * NUMBER_CELLS;
        " ".repeat(before.into()) + &right(words)
    };
    let of_time = |times: &[Option<Duration>]| -> Vec<Option<String>> {
        let times = times.iter();
        times
            .map(|time| time.map(|time| in_line(0, &duration::short(time))))
            .collect()
    };
    let success: Vec<Option<String>> = success.collect();
    let (p50, p95) = (times(50), times(95));
    let of_tokens = tokens
        .iter()
        .map(|tokens| tokens.map(|tokens| in_line(1, &count::short(tokens))));
    let of_tokens: Vec<Option<String>> = of_tokens.collect();
    let (best_success, best_tokens) = (best(&missing, &success), best(&tokens, &of_tokens));
    let time = |title, times: &[Option<Duration>]| {
        let shown = of_time(times);
        let best = best(times, &shown);
        (title, shown, best)
    };
    let lines: [TotalLine; 4] = [
        ("success", success, best_success),
        time("time p50", &p50),
        time("time p95", &p95),
        ("tokens a run", of_tokens, best_tokens),
    ];
    for ((title, values, best), y) in lines.into_iter().zip(area.y + 1..area.bottom()) {
        let title = ellipsis(title, usize::from(layout.label));
        buffer.set_string(area.x, y, title, theme.style(Role::Muted));
        for (column, x) in layout.columns() {
            let Some(Some(words)) = values.get(column) else {
                continue;
            };
            let style = if best.get(column) == Some(&true) {
                theme.bold(Role::Success)
            } else {
                theme.style(Role::Text)
            };
            let words = ellipsis(words, usize::from(layout.cells));
            buffer.set_string(x, y, words, style);
        }
    }
}

/// Which values are the least, where not all are the same; what is shown in the same words is the same.
fn best<T: Ord + Copy>(values: &[Option<T>], shown: &[Option<String>]) -> Vec<bool> {
    let known = || {
        values
            .iter()
            .zip(shown)
            .filter(|(value, _)| value.is_some())
    };
    let least = known().min_by_key(|(value, _)| **value);
    let least = least.map(|(_, shown)| shown);
    let is_one = known().all(|(_, shown)| Some(shown) == least);
    let is_best = |shown: &Option<String>| shown.is_some() && Some(shown) == least && !is_one;
    shown.iter().map(is_best).collect()
}

/// The runs of the cell that keys are about: their names, and what came of the first of them, as far as there is room.
fn detail(variants: &Variants, layout: Layout, look: &Look<'_>, buffer: &mut Buffer) {
    let (theme, runs) = (look.theme, look.context.runs);
    let area = layout.detail;
    if area.height < 3 {
        return;
    }
    let dash = look.glyphs.border.horizontal_top;
    let dashes = dash.repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, dashes, theme.style(Role::Border));
    let cell = variants.cell();
    let room = usize::from(area.width);
    let Some(first) = cell.first().and_then(|index| runs.at(*index)) else {
        let words = "no run of this variant was given this";
        buffer.set_string(area.x, area.y + 1, words, theme.style(Role::Muted));
        return;
    };
    let names: Vec<String> = cell
        .iter()
        .filter_map(|index| Some(runs.short_name(runs.at(*index)?)))
        .take(room / 4)
        .collect();
    let names = ellipsis(&names.join(", "), room / 2);
    let style = theme.bold(Role::Text);
    let (x, _) = buffer.set_stringn(area.x, area.y + 1, names, room, style);
    let (word, role) = runs.state_words(first);
    let sign = look.glyphs.state(first.state, look.context.now);
    let state = format!("  {sign} {word}");
    let left = |x: u16| usize::from(area.right().saturating_sub(x));
    let (x, _) = buffer.set_stringn(x, area.y + 1, state, left(x), theme.style(role));
    let variant = variant_words(&variants.matrix, variants.column);
    let what = format!("{}  {variant}", runs.row_name(first));
    let what = ellipsis(what.trim(), left(x).saturating_sub(2));
    buffer.set_string(x + 2, area.y + 1, what, theme.style(Role::Muted));
    let text = Rect {
        y: area.y + 2,
        height: area.height - 2,
        ..area
    };
    let (line, style) = came_to(first, look);
    let said = match first.record() {
        Some(record) if is_good(record.state) && record.outputs.is_empty() => {
            sanitised(record.last_words())
        }
        _ => line,
    };
    let most = usize::from(text.height);
    let rows = said.lines().flat_map(|line| {
        let line = line.replace('\t', "    ");
        wrap(
            &[Piece::new(line, Tone::of(Role::Text))],
            room,
            &Indent::default(),
        )
    });
    // One more than has room says whether there is more.
    let mut rows: Vec<String> = rows.take(most + 1).map(|row| row.text()).collect();
    if rows.len() > most {
        rows.truncate(most);
        if let Some(last) = rows.last_mut() {
            *last = ellipsis(&format!("{last} \u{2026}"), room);
        }
    }
    for (row, y) in rows.iter().zip(text.y..text.bottom()) {
        buffer.set_string(text.x, y, row, style);
    }
}

/// Whether a run has given its answer.
const fn is_good(state: RunState) -> bool {
    matches!(state, RunState::Answered | RunState::Finished)
}
