//! Drawing of the History screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::State;
use super::state::{Listing, Row};
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, shared_beginning, width_cells};
use crate::runs::ListedRun;
use crate::trace::RunState;
use crate::tui::app::{Context, ViewContext};
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::runs_model::fork_words;
use crate::tui::theme::Role;
use crate::tui::widgets::{count, moment, pane};

/// The placeholder of the empty filter.
const HINT: &str = "/ filters: words, state:failed tool:name spec:name since:2026-01-31";

/// The width of a state's symbol and word, in cells.
const STATE_CELLS: u16 = 14;
const TIME_CELLS: u16 = 7;
const TOKENS_CELLS: u16 = 7;

/// Returns the area within the border.
const fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Returns the area of the rows: below the filter, the reason why nothing is stored, and the column
/// heads.
pub(super) fn rows_area(area: Rect, context: &Context<'_>) -> Rect {
    let inner = inside(area);
    let above = 2 + u16::from(context.history.off.is_some());
    Rect {
        y: inner.y + above,
        height: inner.height.saturating_sub(above),
        ..inner
    }
}

/// Draws the screen. Returns the cursor position if the filter has the focus.
pub(super) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    let place = if state.is_everywhere {
        "all folders"
    } else {
        "this folder"
    };
    let title = format!("history {} {place}", look.glyphs.dot);
    let many = match &state.listing {
        Listing::Read { has_more } => {
            let more = if *has_more { "+" } else { "" };
            let runs = if state.runs.len() == 1 { "run" } else { "runs" };
            let marked = match state.marked.len() {
                0 => String::new(),
                marked => format!("{marked} marked {} ", look.glyphs.dot),
            };
            format!(" {marked}{}{more} {runs} ", state.runs.len())
        }
        Listing::Reading => " reading it… ".to_owned(),
        Listing::Unknown | Listing::Missing | Listing::Failed(_) => String::new(),
    };
    let many = Line::from(Span::styled(many, theme.style(Role::Muted)));
    pane::block(&title, true, look)
        .title(many.right_aligned())
        .render(area, buffer);
    let inner = inside(area);
    if inner.height == 0 {
        return None;
    }
    let cursor = filter(state, look, pane::line(inner, inner.y), buffer);
    if let Some(off) = &look.context.history.off
        && inner.height > 1
        && !matches!(state.listing, Listing::Failed(_))
    {
        let words = ellipsis(&format!(" {}", off_words(off)), usize::from(inner.width));
        buffer.set_string(inner.x, inner.y + 1, words, theme.style(Role::Warning));
    }
    let body = rows_area(area, &look.context);
    if state.rows.is_empty() {
        empty(state, look, body, buffer);
        return cursor;
    }
    heads(look, pane::line(body, body.y.saturating_sub(1)), buffer);
    let lead = shared_lead(state, body);
    for (at, row, line) in state.cursor.lines(&state.rows, body) {
        match row {
            Row::Batch(first) => {
                if let Some(run) = state.runs.get(*first) {
                    head(state, run, look, line, buffer);
                }
            }
            Row::Run(index) => {
                if let Some(run) = state.runs.get(*index) {
                    let is_marked = state.marked.contains(&run.run);
                    run_row(run, (is_marked, lead), look, line, buffer);
                }
            }
        }
        if at == state.cursor.selected() {
            buffer.set_style(line, pane::selected(!state.has_field, look));
        }
    }
    let around = Rect {
        y: body.y - 1,
        height: body.height + 2,
        ..area
    };
    state
        .cursor
        .scroll_bar(state.rows.len(), around, look, buffer);
    cursor
}

fn filter(
    state: &State,
    look: &ViewContext<'_>,
    line: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    if !state.has_field && state.field.text().is_empty() {
        let words = ellipsis(HINT, usize::from(line.width.saturating_sub(1)));
        buffer.set_string(line.x + 1, line.y, words, theme.style(Role::Muted));
        return None;
    }
    buffer.set_string(line.x, line.y, "/", theme.bold(Role::Accent));
    let text = Rect {
        x: line.x + 1,
        width: line.width.saturating_sub(1),
        ..line
    };
    let role = if state.has_field {
        Role::Text
    } else {
        Role::Info
    };
    let at = state.field.draw(text, theme.style(role), buffer);
    state.has_field.then_some(at)
}

/// Returns the text that says why nothing is stored.
fn off_words(off: &str) -> String {
    format!("off: no run is recorded ({})", sanitised(off))
}

/// Draws the text of an empty list.
fn empty(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let (words, role) = match &state.listing {
        Listing::Unknown | Listing::Reading => return,
        Listing::Missing => (
            "No run was recorded yet. Runs appear here after a launch.".to_owned(),
            Role::Muted,
        ),
        // A fault for which nothing is added either is shown once, and whole.
        Listing::Failed(words) => match &look.context.history.off {
            Some(off) => (off_words(off), Role::Warning),
            None => (sanitised(words), Role::Error),
        },
        Listing::Read { .. } if !state.field.text().trim().is_empty() => {
            ("no run matches the filter".to_owned(), Role::Muted)
        }
        Listing::Read { .. } => {
            let words = if state.is_everywhere {
                "no run is recorded"
            } else {
                "no run of this folder is recorded; a lists those of all folders"
            };
            (words.to_owned(), Role::Muted)
        }
    };
    let inside = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    Paragraph::new(words)
        .style(look.theme.style(role))
        .wrap(Wrap { trim: true })
        .render(inside, buffer);
}

/// Draws the head of a batch: its spec, launch time and id, and its folder if all folders are
/// listed.
fn head(state: &State, run: &ListedRun, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let name = format!("{} {}", look.glyphs.open, sanitised(&run.spec)).replace('\n', " ");
    let mut facts = format!(
        "  {}  {}",
        moment::day(run.launched_at, look.context.utc_offset),
        run.batch
    );
    if state.is_everywhere {
        facts = format!("{facts}  {}", sanitised(&run.workspace).replace('\n', " "));
    }
    let room = usize::from(area.width);
    let facts = ellipsis(
        &facts,
        room.saturating_sub(width_cells(&name).min(room / 2)),
    );
    let name = ellipsis(&name, room.saturating_sub(width_cells(&facts)));
    Line::from(vec![
        Span::styled(name, theme.bold(Role::Text)),
        Span::styled(facts, theme.style(Role::Muted)),
    ])
    .render(area, buffer);
}

/// The cells of a line, filled from left to right.
struct Cells<'b> {
    buffer: &'b mut Buffer,
    line: Rect,
    x: u16,
}

impl<'b> Cells<'b> {
    const fn new(line: Rect, buffer: &'b mut Buffer) -> Self {
        // The first is for marks.
        let x = line.x + 1;
        Self { buffer, line, x }
    }

    /// Returns the number of cells that are left.
    const fn room(&self) -> u16 {
        self.line
            .x
            .saturating_add(self.line.width)
            .saturating_sub(self.x)
    }

    fn put(&mut self, width: u16, words: &str, is_right: bool, style: Style) {
        let room = width.min(self.line.right().saturating_sub(self.x));
        let words = ellipsis(words, usize::from(room));
        let cells = u16::try_from(width_cells(&words)).unwrap_or(room);
        let indent = if is_right {
            room.saturating_sub(cells)
        } else {
            0
        };
        let x = self.x + indent;
        self.buffer.set_string(x, self.line.y, &words, style);
        self.x = self.x.saturating_add(width + 1);
    }
}

/// Returns the width of the run labels in a line of `width` cells.
fn label_cells(width: u16) -> u16 {
    let fixed = STATE_CELLS + TIME_CELLS + TOKENS_CELLS + 5;
    (width.saturating_sub(fixed) * 2 / 5).clamp(10, 48)
}

/// Draws the column heads.
fn heads(look: &ViewContext<'_>, line: Rect, buffer: &mut Buffer) {
    let style = look.theme.style(Role::Muted);
    let mut cells = Cells::new(line, buffer);
    cells.put(STATE_CELLS, "state", false, style);
    cells.put(label_cells(line.width), "run", false, style);
    cells.put(TIME_CELLS, "time", true, style);
    cells.put(TOKENS_CELLS, "tok", true, style);
    cells.put(u16::MAX - 1, "out", false, style);
}

/// Returns the length in bytes of the common prefix of all visible answers. If answers are cut, the
/// prefix would hide their differences.
fn shared_lead(state: &State, body: Rect) -> usize {
    let lines = state.cursor.lines(&state.rows, body);
    let runs = lines.filter_map(|(_, row, _)| match row {
        Row::Run(index) => state.runs.get(*index),
        Row::Batch(_) => None,
    });
    let answered = runs.filter(|run| run.error.is_none() && !run.result.is_empty());
    let answers: Vec<String> = answered.map(|run| one_line(&run.result)).collect();
    shared_beginning(answers.iter().map(String::as_str))
}

fn one_line(text: &str) -> String {
    sanitised(text).replace('\n', " ")
}

/// Returns what distinguishes a run in its batch; the head of the batch already names the spec.
fn label(run: &ListedRun) -> String {
    let rest = run.label.strip_prefix(run.spec.as_str());
    let rest = rest.and_then(|rest| rest.strip_prefix(' '));
    one_line(rest.unwrap_or(&run.label))
}

/// Draws a run. If the whole answer doesn't fit, its first `lead` bytes are left out.
fn run_row(
    run: &ListedRun,
    (is_marked, lead): (bool, usize),
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    if is_marked {
        buffer.set_string(area.x, area.y, look.glyphs.thumb, theme.style(Role::Accent));
    }
    let mut cells = Cells::new(area, buffer);
    let mut cell = |width: u16, words: &str, is_right: bool, style: Style| {
        cells.put(width, words, is_right, style);
    };
    let (state, word) = if run.is_at_workers() {
        (RunState::Queued, "at workers")
    } else {
        (run.state, state_word(run.state))
    };
    let words = format!("{} {word}", look.glyphs.state(state, look.context.now));
    cell(STATE_CELLS, &words, false, theme.style(state_role(state)));
    let label_cells = label_cells(area.width);
    cell(label_cells, &label(run), false, theme.style(Role::Text));
    let (time, tokens) = match run.started_at {
        Some(_) => (
            duration::short(duration::of_milliseconds(run.duration_ms)),
            count::with_estimate(run.usage.total_tokens, run.streamed_tokens),
        ),
        None => (String::new(), String::new()),
    };
    cell(TIME_CELLS, &time, true, theme.style(Role::Text));
    cell(TOKENS_CELLS, &tokens, true, theme.style(Role::Muted));
    if let Some(from) = &run.forked_from {
        let words = fork_words(from);
        let cells = u16::try_from(width_cells(&words)).unwrap_or(0);
        cell(cells, &words, false, theme.style(Role::Info));
    }
    let (result, role) = match &run.error {
        Some(_) if run.is_at_workers() => ("", Role::Text),
        Some(error) => (error.message.as_str(), state_role(run.state)),
        None => (run.result.as_str(), Role::Text),
    };
    let mut result = one_line(result);
    let room = usize::from(cells.room());
    if run.error.is_none()
        && lead > 0
        && width_cells(&result) > room
        && let Some(rest) = result.get(lead..)
    {
        result = format!("\u{2026}{rest}");
    }
    cells.put(u16::MAX - 1, &result, false, theme.style(role));
}
