//! The columns of the run table: their positions and widths, and the mouse actions on their heads.

use std::collections::BTreeMap;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::draw::{LEAVING_CELLS, label, outcome_words, rows_area};
use super::flags::Flags;
use super::{Row, SortKey, Table};
use crate::base::duration;
use crate::base::text::width_cells;
use crate::tui::app::Context;
use crate::tui::widgets::count;

/// The minimum width to which a column can be dragged, in cells; below it, the column gets its
/// automatic width.
const MIN_CELLS: u16 = 3;

/// The minimum width of labels and results together, in cells, whatever the widths of the other
/// columns.
const MIN_TEXT_CELLS: u16 = 12;

/// The minimum width of the labels and of the results if both are shown, in cells.
const MIN_LABEL_CELLS: u16 = 8;
const MIN_RESULT_CELLS: u16 = 7;

/// The minimum width of a row that has room for columns wider than most of their contents, in
/// cells.
const ROOMY_CELLS: u16 = 64;

/// The maximum width of a time, in cells: `100:00:00`.
const MAX_TIME_CELLS: u16 = 9;

/// The maximum width of a number of tokens or tools, in cells: `~1234.5M`.
const MAX_COUNT_CELLS: u16 = 8;

/// The head of the last number column, which is wider than its numbers.
pub(super) const TOOLS_HEAD: &str = "tools";

/// A column whose width the mouse changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    State,
    Label,
    Time,
    Tokens,
    Tools,
}

impl Column {
    const ALL: [Self; 5] = [
        Self::State,
        Self::Label,
        Self::Time,
        Self::Tokens,
        Self::Tools,
    ];

    /// Returns the key under which the column's width is saved.
    const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Label => "run",
            Self::Time => "time",
            Self::Tokens => "tok",
            Self::Tools => "tools",
        }
    }

    const fn sort_key(self) -> SortKey {
        match self {
            Self::State => SortKey::State,
            Self::Label => SortKey::Name,
            Self::Time => SortKey::Time,
            Self::Tokens => SortKey::Tokens,
            Self::Tools => SortKey::Tools,
        }
    }
}

/// The widths to which columns were dragged, in cells; other columns have automatic widths.
#[derive(Debug, Default)]
pub(in crate::tui::screens::runs) struct Widths {
    cells: BTreeMap<Column, u16>,
    dragged: Option<Dragged>,
}

/// A column whose end is being dragged.
#[derive(Clone, Copy, Debug)]
struct Dragged {
    column: Column,
    /// The first cell of the column.
    x: u16,
    /// The maximum width of the column.
    most: u16,
    has_moved: bool,
}

impl Widths {
    /// Restores the saved widths, by column name.
    pub(in crate::tui::screens::runs) fn of_kept(kept: &BTreeMap<String, u16>) -> Self {
        let known = Column::ALL
            .into_iter()
            .filter_map(|column| Some((column, *kept.get(column.name())?)));
        Self {
            cells: known.filter(|(_, cells)| *cells >= MIN_CELLS).collect(),
            dragged: None,
        }
    }

    /// Returns the widths to be saved.
    pub(in crate::tui::screens::runs) fn kept(&self) -> BTreeMap<String, u16> {
        let cells = self.cells.iter();
        cells
            .map(|(column, cells)| (column.name().to_owned(), *cells))
            .collect()
    }

    fn of(&self, column: Column, usual: u16) -> u16 {
        self.cells.get(&column).copied().unwrap_or(usual)
    }
}

/// The first cell and the width of each column; a column of width zero is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) number: (u16, u16),
    pub(super) state: (u16, u16),
    pub(super) label: (u16, u16),
    pub(super) time: (u16, u16),
    pub(super) tokens: (u16, u16),
    pub(super) tools: (u16, u16),
    pub(super) result: (u16, u16),
}

impl Columns {
    /// Returns the columns that fit into `width` cells. The result gets the rest, and the labels
    /// get what the result doesn't need.
    fn new(width: u16, number_cells: u16, wanted: Wanted, widths: &Widths) -> Self {
        let has_tokens = width >= 54;
        let has_tools = width >= 56;
        let is_roomy = width >= ROOMY_CELLS;
        // Its head lies over the blanks of the tokens where there is little room.
        let usual = |roomy: u16, else_: u16| if is_roomy { roomy } else { else_ };
        let cells_of = |column, usual: u16, is_there: bool| {
            let room = width.saturating_sub(number_cells + MIN_TEXT_CELLS) / 2;
            let dragged = widths.of(column, usual).min(room.max(usual));
            if is_there { dragged } else { 0 }
        };
        let state = cells_of(Column::State, usual(12, 11), true);
        let usual_time = wanted.time.clamp(usual(6, 5), MAX_TIME_CELLS);
        let time = cells_of(Column::Time, usual_time, true);
        let usual_tokens = wanted.tokens.clamp(usual(6, 5), MAX_COUNT_CELLS);
        let tokens = cells_of(Column::Tokens, usual_tokens, has_tokens);
        let usual_tools = wanted.tools.clamp(usual(5, 3), MAX_COUNT_CELLS);
        let tools = cells_of(Column::Tools, usual_tools, has_tools);
        let gaps = 2 + [time, tokens, tools]
            .iter()
            .filter(|cells| **cells > 0)
            .count();
        let gaps = u16::try_from(gaps).unwrap_or(u16::MAX);
        let fixed = number_cells + state + time + tokens + tools + gaps;
        let left = width.saturating_sub(fixed + 2);
        let label = match widths.cells.get(&Column::Label) {
            Some(cells) => (*cells).min(left),
            // A result of a few cells says nothing: the label gets all.
            None if left < MIN_LABEL_CELLS + MIN_RESULT_CELLS + 1 => left,
            // No more than it needs, and no less than half: the rest is for the result.
            None => {
                let unused = left.saturating_sub(wanted.result + 1);
                wanted.label.clamp(MIN_LABEL_CELLS, unused.max(left / 2))
            }
        };
        let mut at = 0;
        let mut column = |cells: u16| {
            let column = (at, cells);
            at += if cells > 0 { cells + 1 } else { 0 };
            column
        };
        Self {
            number: column(number_cells),
            state: column(state),
            label: column(label),
            time: column(time),
            tokens: column(tokens),
            tools: column(tools),
            result: column(left.saturating_sub(label + 1)),
        }
    }

    fn place(&self, column: Column) -> (u16, u16) {
        match column {
            Column::State => self.state,
            Column::Label => self.label,
            Column::Time => self.time,
            Column::Tokens => self.tokens,
            Column::Tools => self.tools,
        }
    }
}

impl Table {
    /// Returns the columns for the visible rows, in an area that includes the heads.
    pub(super) fn columns(&self, area: Rect, context: &Context<'_>) -> Columns {
        let height = usize::from(rows_area(area).height);
        let view = self.cursor.in_view(self.rows.len(), height);
        let rows = self.rows.get(view).unwrap_or_default();
        let wanted = Wanted::of(rows, &self.leaving, context);
        let number_cells = context.runs.name_cells();
        Columns::new(
            area.width.saturating_sub(1),
            number_cells,
            wanted,
            &self.widths,
        )
    }

    /// Handles a mouse event on the column heads: a click sorts by a column, and dragging the blank
    /// behind a head changes its width. Returns whether the event was handled.
    pub(in crate::tui::screens::runs) fn mouse_on_head(
        &mut self,
        event: MouseEvent,
        area: Rect,
        context: &Context<'_>,
    ) -> bool {
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.widths.dragged = None;
                let at = Position::new(event.column, event.row);
                let is_on_head = area.contains(at) && at.y == area.y;
                if is_on_head
                    && !self.hold_end_at(at.x, area, context)
                    && let Some(key) = self.head_at(at.x, area, context)
                {
                    self.sort_by(key, context.runs, context.now);
                }
                is_on_head
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                let Some(dragged) = &mut self.widths.dragged else {
                    return false;
                };
                dragged.has_moved = true;
                let cells = event.column.saturating_sub(dragged.x).min(dragged.most);
                let column = dragged.column;
                if cells < MIN_CELLS {
                    self.widths.cells.remove(&column);
                } else {
                    self.widths.cells.insert(column, cells);
                }
                true
            }
            MouseEventKind::Up(MouseButton::Left) => {
                let Some(dragged) = self.widths.dragged.take() else {
                    return false;
                };
                if !dragged.has_moved {
                    self.sort_by(dragged.column.sort_key(), context.runs, context.now);
                }
                true
            }
            _ => false,
        }
    }

    /// Starts dragging the end of a column, if it is at this position.
    fn hold_end_at(&mut self, x: u16, area: Rect, context: &Context<'_>) -> bool {
        let columns = self.columns(area, context);
        // The rows begin one cell further in.
        let first = area.x + 1;
        let held = Column::ALL.into_iter().find_map(|column| {
            let (start, cells) = columns.place(column);
            let is_here = cells > 0 && first + start + cells == x;
            let slack = columns.result.1 + columns.label.1.saturating_sub(MIN_TEXT_CELLS);
            is_here.then_some(Dragged {
                column,
                x: first + start,
                most: cells + slack,
                has_moved: false,
            })
        });
        self.widths.dragged = held;
        held.is_some()
    }

    /// Returns the sort order for a click on a head; `None` if there is no head at this position.
    fn head_at(&self, x: u16, area: Rect, context: &Context<'_>) -> Option<SortKey> {
        let columns = self.columns(area, context);
        let of_columns = Column::ALL.map(|column| (columns.place(column), column.sort_key()));
        let mut keys = std::iter::once((columns.number, SortKey::Number)).chain(of_columns);
        let x = x.checked_sub(area.x + 1)?;
        // The blank behind a column belongs to it.
        let on =
            keys.find(|((first, cells), _)| *cells > 0 && (*first..=first + cells).contains(&x));
        on.map(|(_, key)| key)
    }
}

/// The widths of the widest visible contents, in cells.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    label: u16,
    result: u16,
    time: u16,
    tokens: u16,
    tools: u16,
}

impl Wanted {
    fn of(rows: &[Row], leaving: &Flags, context: &Context<'_>) -> Self {
        let runs = rows.iter().filter_map(|row| match row {
            Row::Run(index) => Some((context.runs.at(*index)?, leaving.get(*index))),
            Row::Batch(_) | Row::Group(..) => None,
        });
        let cells = |words: &str| u16::try_from(width_cells(words)).unwrap_or(u16::MAX);
        let mut wanted = Self::default();
        for (run, is_leaving) in runs {
            let result = outcome_words(run, usize::from(u16::MAX), context.now);
            let mark = if is_leaving { LEAVING_CELLS } else { 0 };
            wanted.label = wanted.label.max(cells(&label(run, context)) + mark);
            wanted.result = wanted.result.max(cells(&result));
            let time = duration::short(run.duration(context.now));
            wanted.time = wanted.time.max(cells(&time));
            wanted.tokens = wanted.tokens.max(cells(&count::tokens(run)));
            let tools = count::short(run.n_tool_calls as u64);
            wanted.tools = wanted.tools.max(cells(&tools));
        }
        // A number that counts on, a row that comes into view does not move the columns.
        wanted.label = wanted.label.div_ceil(4).saturating_mul(4);
        wanted.result = wanted.result.div_ceil(8).saturating_mul(8);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(dragged: &[(Column, u16)]) -> Widths {
        Widths {
            cells: dragged.iter().copied().collect(),
            dragged: None,
        }
    }

    #[test]
    fn dragged_columns_leave_room_and_nothing_lies_over_another() {
        for width in 20..200 {
            for cells in [3, 9, 40, 500] {
                let all = Column::ALL.map(|column| (column, cells));
                let columns = Columns::new(width, 5, Wanted::default(), &widths(&all));
                let mut end = columns.number.1;
                for column in Column::ALL {
                    let (first, cells) = columns.place(column);
                    if cells > 0 {
                        assert!(first > end, "{width}: {columns:?}");
                        end = first + cells;
                    }
                }
            }
        }
    }

    #[test]
    fn widths_are_kept_by_the_names_of_their_columns() {
        let kept = widths(&[(Column::Label, 40), (Column::Time, 9)]).kept();
        assert_eq!(Widths::of_kept(&kept).kept(), kept);
        let strange = [("tools".to_owned(), 1), ("colour".to_owned(), 9)].into();
        assert!(Widths::of_kept(&strange).kept().is_empty());
        assert_eq!(widths(&[(Column::Label, 40)]).of(Column::Time, 6), 6);
    }
}
