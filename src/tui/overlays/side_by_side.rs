//! A fork and its original run side by side, starting at the first different step.

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, sanitised};
use crate::runs::{Step, StepPair};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::TerminalCommand;
use crate::tui::history::Compared;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row as TextRow, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane};

/// The number of blanks between the columns.
const GAP_CELLS: u16 = 3;

/// The maximum number of equal steps that are shown before or after a different one.
const SAME_STEPS: usize = 3;

/// The two runs, and which of their lines are in view.
#[derive(Debug)]
pub(crate) struct State {
    /// The display names of the original run and the fork.
    names: [String; 2],
    pairs: Vec<StepPair>,
    rows: Vec<Row>,
    /// The column width for which the rows were made, in cells.
    cells: u16,
    list: ListCursor,
    /// Whether the view was already scrolled to the first difference.
    is_placed: bool,
}

/// A row with one line of each run.
#[derive(Debug)]
enum Row {
    /// This number of equal steps, in one line.
    Same(usize),
    /// A line of each run.
    Lines {
        sides: [Option<TextRow>; 2],
        /// Whether a step begins here that differs between the runs.
        differs: bool,
    },
}

impl State {
    pub(super) fn new(compared: Compared) -> Self {
        Self {
            names: compared.names,
            pairs: compared.pairs,
            rows: Vec::new(),
            cells: 0,
            list: ListCursor::default(),
            is_placed: false,
        }
    }

    /// Makes the rows for this area, and scrolls to the first difference at the first call.
    fn lay_out(&mut self, area: Rect) {
        let cells = column_cells(area);
        if cells != self.cells {
            self.cells = cells;
            self.rows = rows(&self.pairs, usize::from(cells));
        }
        if !std::mem::replace(&mut self.is_placed, true)
            && let Some(first) = self.rows.iter().position(Row::differs)
        {
            self.list.select(first);
        }
    }

    /// Moves to the next or the previous difference.
    fn go(&mut self, is_forward: bool) -> Vec<Command> {
        let differs = |row: usize| self.rows.get(row).is_some_and(Row::differs);
        if self.list.select_next(self.rows.len(), is_forward, differs) {
            return Vec::new();
        }
        vec![Command::notify(Notice::no_difference(is_forward))]
    }

    /// Returns the differences as text: lines of the original run after `-`, lines of the fork
    /// after `+`.
    fn differences(&self) -> String {
        let mut lines = Vec::new();
        for pair in self.pairs.iter().filter(|pair| !pair.is_same()) {
            for (step, sign) in pair.sides.iter().zip(["-", "+"]) {
                if let Some(Step { title, text }) = step {
                    lines.push(format!("{sign} {title}:"));
                    lines.extend(text.lines().map(|line| format!("{sign}   {line}")));
                }
            }
        }
        lines.join("\n")
    }
}

impl Row {
    const fn differs(&self) -> bool {
        matches!(self, Self::Lines { differs: true, .. })
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::SideBySide, KeyContext::Moving]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        self.lay_out(context.area);
        match action {
            Action::Back | Action::Close => return vec![Command::close()],
            Action::FindNext => return self.go(true),
            Action::FindPrevious => return self.go(false),
            Action::CopyDifferences => {
                return vec![Command::terminal(TerminalCommand::Copy {
                    text: self.differences(),
                    what: "the differences".to_owned(),
                })];
            }
            _ => {}
        }
        let height = usize::from(lines_area(context.area).height);
        self.list.act(action, self.rows.len(), height);
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let height = usize::from(lines_area(context.area).height);
        self.list.turn(event.kind, self.rows.len(), height);
        Vec::new()
    }

    fn prepare(&mut self, context: &Context<'_>) {
        self.lay_out(context.area);
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let theme = look.theme;
        let outer = outer(area);
        let inner = dialog::draw("fork and its origin", outer, look, buffer);
        let cells = usize::from(self.cells);
        let right = inner.x + self.cells + GAP_CELLS;
        for (x, name) in [inner.x, right].into_iter().zip(&self.names) {
            let name = ellipsis(&sanitised(name).replace('\n', " "), cells);
            buffer.set_stringn(x, inner.y, name, cells, theme.bold(Role::Text));
        }
        if self.pairs.iter().all(StepPair::is_same) {
            let words = "no difference so far: both did the same";
            let line = pane::line(inner, inner.bottom().saturating_sub(1));
            Line::styled(words, theme.style(Role::Success)).render(line, buffer);
        }
        let lines = lines_area(area);
        let frame = Rect {
            y: lines.y - 1,
            height: lines.height + 2,
            ..outer
        };
        self.list.scroll_bar(self.rows.len(), frame, look, buffer);
        for (at, row, line) in self.list.lines(&self.rows, lines) {
            match row {
                Row::Same(count) => {
                    let steps = if *count == 1 { "step is" } else { "steps are" };
                    let words = format!("\u{2026} {count} {steps} the same");
                    Line::styled(words, theme.style(Role::Muted)).render(line, buffer);
                }
                Row::Lines { sides, .. } => {
                    for (x, side) in [line.x, right].into_iter().zip(sides) {
                        let column = Rect {
                            x,
                            width: self.cells,
                            ..line
                        };
                        if let Some(row) = side {
                            row.draw(theme, column, buffer);
                        }
                    }
                }
            }
            let gap = line.x + self.cells + 1;
            let between = look.glyphs.border.vertical_left;
            buffer.set_string(gap, line.y, between, theme.style(Role::Muted));
            if at == self.list.selected() {
                buffer.set_style(line, theme.selection());
            }
        }
        None
    }
}

fn outer(area: Rect) -> Rect {
    let width = area.width.min(180);
    dialog::centred(area, width, area.height)
}

/// Returns the area of the lines, below the names.
fn lines_area(area: Rect) -> Rect {
    let inner = dialog::inside(outer(area));
    Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

fn column_cells(area: Rect) -> u16 {
    let inner = dialog::inside(outer(area));
    inner.width.saturating_sub(GAP_CELLS) / 2
}

/// Returns the steps as rows. Equal steps take one line each, and most of them are left out.
fn rows(pairs: &[StepPair], cells: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < pairs.len() {
        let same = pairs[at..].iter().take_while(|pair| pair.is_same()).count();
        let end = at + same;
        // Beside a difference some of the other steps are shown.
        let after = if at == 0 { 0 } else { SAME_STEPS };
        let before = if end == pairs.len() { 0 } else { SAME_STEPS };
        let hidden = same.saturating_sub(after + before);
        for (place, pair) in pairs.iter().enumerate().take(end).skip(at) {
            let place = place - at;
            if hidden > 1 && (after..after + hidden).contains(&place) {
                if place == after {
                    rows.push(Row::Same(hidden));
                }
                continue;
            }
            let sides = pair.sides.each_ref();
            let sides = sides.map(|step| step.as_ref().map(|step| in_a_line(step, cells)));
            let differs = false;
            rows.push(Row::Lines { sides, differs });
        }
        at = end;
        if let Some(pair) = pairs.get(at) {
            differing(pair, cells, &mut rows);
            at += 1;
        }
    }
    rows
}

/// Returns an equal step in one line.
fn in_a_line(step: &Step, cells: usize) -> TextRow {
    let words = if step.text.is_empty() {
        step.title.clone()
    } else {
        format!("{}: {}", step.title, step.text)
    };
    let words = ellipsis(&sanitised(&words).replace('\n', " "), cells);
    TextRow::of([Piece::new(words, Tone::of(Role::Muted))])
}

/// Adds a different step in full.
fn differing(pair: &StepPair, cells: usize, rows: &mut Vec<Row>) {
    let roles = [Role::Error, Role::Success];
    let [left, right] = &pair.sides;
    let of_side = |step: &Option<Step>, role| match step {
        Some(step) => whole(step, role, cells),
        None => Vec::new(),
    };
    let (left, right) = (of_side(left, roles[0]), of_side(right, roles[1]));
    let height = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    for line in 0..height {
        rows.push(Row::Lines {
            sides: [left.next(), right.next()],
            differs: line == 0,
        });
    }
}

fn whole(step: &Step, role: Role, cells: usize) -> Vec<TextRow> {
    let title = sanitised(&step.title).replace('\n', " ");
    let title = Piece::new(ellipsis(&title, cells), Tone::of(role).bold());
    let indent = Indent {
        first: vec![Piece::new("  ", Tone::of(role))],
        hanging_cells: 2,
    };
    let text = sanitised(&step.text).replace('\t', "    ");
    let lines = text
        .lines()
        .flat_map(|line| wrap(&[Piece::new(line, Tone::of(role))], cells, &indent));
    std::iter::once(TextRow::of([title])).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::tui::event::{AppEvent, JobResult};
    use crate::tui::history::HistoryNews;
    use crate::tui::testing::Harness;

    fn step(title: &str, text: &str) -> Step {
        Step {
            title: title.to_owned(),
            text: text.to_owned(),
        }
    }

    fn same(title: &str, text: &str) -> StepPair {
        let step = || Some(step(title, text));
        StepPair {
            sides: [step(), step()],
        }
    }

    fn shown(size: (u16, u16)) -> Harness {
        let mut pairs: Vec<StepPair> = (0..9)
            .map(|turn| same("user", &format!("And in city {turn}?\nPlease.")))
            .collect();
        pairs.push(StepPair {
            sides: [
                Some(step("get_weather gives", "{\n  \"temp\": 14\n}")),
                Some(step("get_weather gives", "no such \u{1b}[31mcity")),
            ],
        });
        pairs.push(same("asks llama", "llama3.2\ntemperature: 0.5"));
        pairs.push(StepPair {
            sides: [
                Some(step(
                    "llama answers",
                    "It is 14 °C in Oslo, with light rain and some wind.",
                )),
                Some(step("llama answers", "There is no such city.")),
            ],
        });
        pairs.push(StepPair {
            sides: [Some(step("finished", "")), None],
        });
        let mut bench = Harness::new(size, &[]);
        let names = ["past b_384e21#1 Oslo".to_owned(), "A#1 Oslo".to_owned()];
        let news = HistoryNews::SideBySide(Ok(Compared { names, pairs }));
        bench.update(AppEvent::Job(JobResult::History(news)));
        bench
    }

    #[test]
    fn it_opens_at_the_first_difference_and_goes_to_the_next() {
        let mut bench = shown((80, 24));
        assert_snapshot!("side_by_side_80", bench.picture());
        bench.press("N");
        assert!(bench.picture().contains("no difference before"));
        bench.press("n n n");
        assert!(bench.picture().contains("no further difference"));
        bench.press("q");
        assert!(!bench.picture().contains("14 °C"));
    }

    #[test]
    fn it_fills_a_wide_terminal_and_says_where_nothing_differs() {
        assert_snapshot!("side_by_side_120", shown((120, 24)).picture());
        let mut bench = Harness::new((80, 24), &[]);
        let names = ["one".to_owned(), "other".to_owned()];
        let pairs = vec![same("user", "hello")];
        let news = HistoryNews::SideBySide(Ok(Compared { names, pairs }));
        bench.update(AppEvent::Job(JobResult::History(news)));
        let picture = bench.picture();
        assert!(picture.contains("no difference so far"), "{picture}");
    }
}
