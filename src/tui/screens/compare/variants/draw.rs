//! Drawing of a matrix. Only the visible cells are computed.

mod detail;
mod totals;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Variants;
use super::layout::{Layout, variant_words};
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, shared_beginning, width_cells};
use crate::runs::KeptRun;
use crate::trace::RunState;
use crate::tui::app::{Context, ViewContext};
use crate::tui::runs_model::{Tally, variant_letter as letter};
use crate::tui::screens::runs::words::counts;
use crate::tui::theme::Role;
use crate::tui::widgets::{count, dialog, pane};

pub(in crate::tui::screens::compare) fn draw(
    variants: &Variants,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let runs = variants.runs(look.context.runs);
    let context = Context {
        runs,
        ..look.context
    };
    let look = &ViewContext { context, ..*look };
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
        let words = format!(" {runs} more don't fit into memory and are not counted ");
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
    totals::draw(variants, layout, look, buffer);
    detail::draw(variants, layout, look, buffer);
}

/// Draws the description of each variant, one per line.
fn legend(variants: &Variants, layout: Layout, look: &ViewContext<'_>, buffer: &mut Buffer) {
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

fn head(variants: &Variants, layout: Layout, look: &ViewContext<'_>, buffer: &mut Buffer) {
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
    let words = shown.iter();
    let words: Vec<String> = words
        .map(|column| variant_words(&variants.matrix, *column))
        .collect();
    let shared = shared_beginning(words.iter().map(String::as_str));
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

/// Returns the range of the visible variants, if not all are visible: `‹ d-f of 6 ›`, with a symbol
/// where the arrows lead to others.
fn hidden(first: usize, last: usize, n_columns: usize, look: &ViewContext<'_>) -> String {
    let back = if first > 0 { look.glyphs.turn_back } else { "" };
    let on = if last + 1 < n_columns {
        look.glyphs.turn_on
    } else {
        ""
    };
    let range = format!("{}-{} of {n_columns}", letter(first), letter(last));
    format!("{back} {range} {on}").trim().to_owned()
}

fn draw_row(
    variants: &Variants,
    row: usize,
    layout: Layout,
    look: &ViewContext<'_>,
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

/// Draws a cell: the number of its runs in each state, their median duration and mean tokens, and,
/// for a single run, its answer if there is room.
fn draw_cell(
    cell: &[usize],
    layout: Layout,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
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
            // What it waits for is shown below, for the cell that keys are about.
            let word = word.split(" \u{b7} ").next().unwrap_or(word);
            ellipsis(&format!("{sign} {word}"), layout.states.into())
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
        let words = right(&number.unwrap_or_default(), layout.number);
        buffer.set_string(x, area.y, words, theme.style(role));
        x += layout.number;
    }
    if let Some(run) = only.filter(|_| layout.result > 0) {
        let (words, style) = came_to(run, look);
        let words = ellipsis(&words, layout.result.into());
        buffer.set_string(x + 2, area.y, words, style);
    }
}

/// Returns a number aligned to the right.
fn right(number: &str, cells: u16) -> String {
    format!("{number:>width$}", width = usize::from(cells))
}

/// Returns the outcome of a run in one line, with its style.
fn came_to(run: &KeptRun, look: &ViewContext<'_>) -> (String, Style) {
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

/// Returns the mean number of tokens per run that has begun.
pub(super) fn mean_tokens(tally: &Tally) -> Option<u64> {
    let states = RunState::ALL.into_iter();
    let begun = states.filter(|state| *state != RunState::Queued);
    let n_runs: usize = begun.map(|state| tally.count(state)).sum();
    let n_runs = u64::try_from(n_runs).ok().filter(|count| *count > 0)?;
    let tokens = tally.usage().total_tokens + tally.streamed_tokens();
    Some((tokens + n_runs / 2) / n_runs)
}
