//! The positions of the parts of a matrix.

use ratatui::layout::Rect;

use super::Variants;
use super::draw::mean_tokens;
use crate::base::text::{sanitised, width_cells};
use crate::runs::Matrix;
use crate::tui::app::Context;
use crate::tui::widgets::dialog;

/// The minimum width of a column, in cells.
const MIN_CELLS: u16 = 18;

/// The maximum width of a column, in cells, unless a result is longer; the rest of the line stays
/// blank.
const MAX_CELLS: u16 = 60;

/// The width of the gap between two columns, in cells.
const GAP_CELLS: u16 = 2;

/// The width of a duration or a number of tokens with a blank before it, in cells. In narrow
/// columns, durations of an hour have no blank.
const NUMBER_CELLS: u16 = 8;
const FEW_NUMBER_CELLS: u16 = 7;

/// The width of a state's symbol and word, in cells. In narrow columns, only `interrupted` is cut.
const WORD_CELLS: u16 = 13;
const FEW_WORD_CELLS: u16 = 11;

/// The minimum width of the counts in a cell with several runs, in cells.
const COUNT_CELLS: u16 = 10;

/// The minimum width of a run's result in its cell, in cells.
const MIN_RESULT: u16 = 14;

/// The lines of totals: a separator, successes, two percentiles, tokens.
const TOTAL_LINES: u16 = 5;

/// The lines of the detail: a separator, the cell's run, its result.
const DETAIL_LINES: u16 = 3;

/// The minimum height at which the detail of the selected cell is shown, in lines.
const MIN_HEIGHT_FOR_DETAIL: u16 = 18;

/// The widths that the cells would need.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// The width of the widest visible result, in cells.
    result: u16,
    /// Whether models have reported tokens; a column of zeros is not shown.
    has_tokens: bool,
}

/// The parts from top to bottom, and the visible columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The descriptions of the variants; one line each, or one line for the selected column.
    pub(super) legend: Rect,
    pub(super) head: Rect,
    pub(super) body: Rect,
    pub(super) totals: Rect,
    pub(super) detail: Rect,
    /// The width of the row names, in cells.
    pub(super) label: u16,
    /// The width of a column, in cells.
    pub(super) cells: u16,
    /// The width of the states in a cell, before the numbers, in cells.
    pub(super) states: u16,
    /// Whether the state of a run is shown by its word too.
    pub(super) has_words: bool,
    /// How many of the numbers fit: time, then tokens.
    pub(super) n_numbers: u16,
    /// The width of each number with a blank before it, in cells.
    pub(super) number: u16,
    /// The width of a run's result behind the numbers, in cells; zero if it is not shown.
    pub(super) result: u16,
    /// The index of the first visible column, and the number of visible columns.
    first: usize,
    count: usize,
}

impl Layout {
    pub(super) fn new(variants: &Variants, context: &Context<'_>) -> Self {
        let runs = variants.runs(context.runs);
        let matrix = &variants.matrix;
        let rows = usize::from(context.area.height);
        let widest = variants
            .list
            .in_view(matrix.n_rows(), rows)
            .flat_map(|row| (0..matrix.n_columns()).map(move |column| matrix.cell(row, column)))
            .filter_map(|cell| runs.at(*cell.first()?))
            .map(|run| width_cells(&sanitised(&run.first_line_of_result())))
            .max();
        let of_variants = runs.of_variants(&variants.batch).iter();
        let wanted = Wanted {
            result: u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX),
            has_tokens: of_variants
                .map(mean_tokens)
                .any(|tokens| tokens.is_some_and(|tokens| tokens > 0)),
        };
        Self::of(matrix, variants.column, wanted, context.area)
    }

    fn of(matrix: &Matrix, column: usize, wanted: Wanted, area: Rect) -> Self {
        let inner = dialog::inside(area);
        let label = (inner.width / 5).clamp(10, 30).min(inner.width / 2);
        let room = inner.width.saturating_sub(label);
        let n_columns = u16::try_from(matrix.n_columns()).unwrap_or(u16::MAX).max(1);
        let count = (room / (MIN_CELLS + GAP_CELLS)).clamp(1, n_columns);
        let is_repeated = matrix.most_in_a_cell() > 1;
        let n_wanted = if wanted.has_tokens { 2 } else { 1 };
        // A state is shown by its word where that has room beside the time: it matters more than
        // the tokens.
        let has_room = |word: u16, number: u16| room / count >= word + number + GAP_CELLS;
        let is_roomy = has_room(WORD_CELLS, NUMBER_CELLS);
        let has_words = is_roomy || has_room(FEW_WORD_CELLS, FEW_NUMBER_CELLS);
        let (states, number) = match (is_repeated, has_words, is_roomy) {
            (true, ..) => (COUNT_CELLS, NUMBER_CELLS),
            (false, true, true) => (WORD_CELLS, NUMBER_CELLS),
            (false, true, false) => (FEW_WORD_CELLS, FEW_NUMBER_CELLS),
            (false, false, _) => (1, NUMBER_CELLS),
        };
        let of_result = states + n_wanted * number + 2;
        let most = match of_result.saturating_add(wanted.result) {
            wanted if !is_repeated => wanted.max(MAX_CELLS),
            _ => MAX_CELLS,
        };
        let cells = (room / count).saturating_sub(GAP_CELLS).min(most);
        let n_numbers = (cells.saturating_sub(states) / number).min(n_wanted);
        let numbers = n_numbers * number;
        let result = match cells.saturating_sub(states + numbers + 2) {
            room if room >= MIN_RESULT && !is_repeated => room,
            _ => 0,
        };
        let legend = legend_lines(matrix, cells, inner.height);
        let detail = if inner.height >= MIN_HEIGHT_FOR_DETAIL {
            DETAIL_LINES
        } else {
            0
        };
        let mut y = inner.y;
        let mut part = |height: u16| {
            let height = height.min(inner.bottom().saturating_sub(y));
            let part = Rect { y, height, ..inner };
            y += height;
            part
        };
        let (legend, head) = (part(legend), part(1));
        let used = legend.height + head.height + TOTAL_LINES + detail;
        // Totals are right below the last row.
        let n_rows = u16::try_from(matrix.n_rows()).unwrap_or(u16::MAX).max(1);
        let body = part(n_rows.min(inner.height.saturating_sub(used)));
        let count = usize::from(count);
        let totals = part(TOTAL_LINES);
        let left = inner.bottom().saturating_sub(totals.bottom());
        Self {
            legend,
            head,
            body,
            totals,
            detail: part(if detail > 0 { left } else { 0 }),
            label,
            cells,
            // Without a result the numbers are at the end.
            states: if result > 0 {
                states
            } else {
                cells.saturating_sub(numbers)
            },
            has_words,
            n_numbers,
            number,
            result,
            first: (column + 1).saturating_sub(count),
            count,
        }
    }

    /// Returns the visible columns, each with its first cell.
    pub(super) fn columns(self) -> impl Iterator<Item = (usize, u16)> {
        (0..self.count).map(move |place| {
            let step = self.cells + GAP_CELLS;
            let x = self.head.x + self.label + GAP_CELLS;
            (
                self.first + place,
                x + step * u16::try_from(place).unwrap_or(0),
            )
        })
    }

    /// Returns the column at a cell.
    pub(super) fn column_at(self, x: u16) -> Option<usize> {
        let mut columns = self.columns();
        let on = columns.find(|(_, first)| (*first..first + self.cells).contains(&x));
        on.map(|(column, _)| column)
    }
}

/// Returns the description of a column's variant in one line.
pub(super) fn variant_words(matrix: &Matrix, column: usize) -> String {
    let terms = matrix.terms(column);
    terms.map_or_else(String::new, |terms| {
        sanitised(&terms.variant_value()).replace('\n', " ")
    })
}

/// Returns the number of lines for the variants: none if the column heads have room for them, all
/// if the screen has room.
fn legend_lines(matrix: &Matrix, cells: u16, height: u16) -> u16 {
    let n_columns = matrix.n_columns();
    let room = usize::from(cells.saturating_sub(3));
    let fits = |column| width_cells(&variant_words(matrix, column)) <= room;
    // Of very many the heads are not looked at one by one.
    if n_columns <= usize::from(height) && (0..n_columns).all(fits) {
        return 0;
    }
    match u16::try_from(n_columns) {
        Ok(lines) if lines <= height / 4 => lines,
        _ => 1,
    }
}
