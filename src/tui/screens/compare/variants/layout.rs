//! Where the parts of a matrix lie.

use ratatui::layout::Rect;

use super::Variants;
use super::draw::mean_tokens;
use crate::base::text::{sanitised, width_cells};
use crate::runs::Matrix;
use crate::tui::app::Context;
use crate::tui::widgets::dialog;

/// The least width of a column, in cells.
const MIN_CELLS: u16 = 18;

/// The greatest, unless what came of a run is longer: what is more is left free.
const MAX_CELLS: u16 = 60;

/// The width of the gap between two columns.
const GAP_CELLS: u16 = 2;

/// How wide a time or a number of tokens is, with a blank before it; where there is little room times of an hour have none.
const NUMBER_CELLS: u16 = 8;
const FEW_NUMBER_CELLS: u16 = 7;

/// How wide the sign of a run's state is with its word; where there is little room only `interrupted` is cut.
const WORD_CELLS: u16 = 13;
const FEW_WORD_CELLS: u16 = 11;

/// How wide the counts of a cell with several runs are at least.
const COUNT_CELLS: u16 = 10;

/// The least width of a run's outcome in its cell.
const MIN_RESULT: u16 = 14;

/// A line between, successes, two percentiles, tokens.
const TOTAL_LINES: u16 = 5;

/// A line between, the run of the cell, what came of it.
const DETAIL_LINES: u16 = 3;

/// From this height on the cell that keys are about is shown in whole.
const MIN_HEIGHT_FOR_DETAIL: u16 = 18;

/// The widths that the cells want.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// How wide the widest of what came of the runs in view is.
    result: u16,
    /// Whether models have counted tokens: a column of zeros says nothing.
    has_tokens: bool,
}

/// The parts from top to bottom, and the columns that are on show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The variants in words; a line each, or one for the column that keys are about.
    pub(super) legend: Rect,
    pub(super) head: Rect,
    pub(super) body: Rect,
    pub(super) totals: Rect,
    pub(super) detail: Rect,
    /// How wide the names of rows are.
    pub(super) label: u16,
    /// How wide a column is.
    pub(super) cells: u16,
    /// How wide the states of a cell are; the numbers follow.
    pub(super) states: u16,
    /// Whether the state of a run is shown by its word, too.
    pub(super) has_words: bool,
    /// How many numbers have room: time, tokens.
    pub(super) n_numbers: u16,
    /// How wide each is, with a blank before it.
    pub(super) number: u16,
    /// How wide what came of a run is, behind the numbers; nothing where it is not told.
    pub(super) result: u16,
    /// The first column on show, and how many are.
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

    /// The columns on show, each with where it begins.
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

    /// The column that is here.
    pub(super) fn column_at(self, x: u16) -> Option<usize> {
        let mut columns = self.columns();
        let on = columns.find(|(_, first)| (*first..first + self.cells).contains(&x));
        on.map(|(column, _)| column)
    }
}

/// Returns the variation of a column, in a line.
pub(super) fn variant_words(matrix: &Matrix, column: usize) -> String {
    let terms = matrix.terms(column);
    terms.map_or_else(String::new, |terms| {
        sanitised(&terms.variant_value()).replace('\n', " ")
    })
}

/// How many lines say what was varied: none where the heads of the columns have room for it, all where the screen has room.
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
