//! Drawing of the run table. Only the visible rows are computed.

mod group_row;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::columns::{Columns, TOOLS_HEAD};
use super::{Row, Table};
use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::ids::BatchId;
use crate::base::text::{ellipsis, sanitised, shared_beginning, width_cells};
use crate::runs::{BatchRecord, KeptRun, RunSummary};
use crate::trace::RunState;
use crate::tui::app::{Context, ViewContext};
use crate::tui::screens::runs::words::{counts, doing_in, marks};
use crate::tui::theme::Role;
use crate::tui::widgets::{count, moment, pane};
pub(in crate::tui::screens::runs) use group_row::summary_words;

/// The minimum width of a batch's name beside its counts, in cells.
const MIN_BATCH_NAME: usize = 4;

/// The width of the mark for a run that differs from the others, with a blank behind it, in cells.
pub(super) const LEAVING_CELLS: u16 = 2;

/// Returns what distinguishes a run from its neighbours.
pub(super) fn label(run: &RunSummary, context: &Context<'_>) -> String {
    let subject = context.runs.subject(run);
    if subject.is_empty() {
        sanitised(&run.terms.component.name)
    } else {
        subject
    }
}

/// Draws head and rows, optionally marks runs that differ from the majority, and shows on the
/// border where these runs are.
pub(in crate::tui::screens::runs) fn draw(
    table: &Table,
    (has_focus, marks_leaving): (bool, bool),
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.height == 0 {
        return;
    }
    let body = rows_area(area);
    let view = table
        .cursor
        .in_view(table.rows.len(), usize::from(body.height));
    let first = view.start;
    let rows = table.rows.get(view).unwrap_or_default();
    let columns = table.columns(area, &look.context);
    let lead = shared_lead(rows, &look.context);
    let has_runs = rows.iter().any(|row| matches!(row, Row::Run(_)));
    if has_runs || !table.outcomes.is_on() {
        head(&columns, area, look, buffer);
    } else {
        group_row::head(&columns, area, look, buffer);
    }
    for (line, row) in rows.iter().enumerate() {
        let line_area = pane::line(body, body.y + u16::try_from(line).unwrap_or(0));
        match row {
            Row::Batch(batch) => batch_row(table, batch, look, line_area, buffer),
            Row::Group(batch, group) => {
                let group = (batch, *group);
                group_row::draw(table, group, &columns, look, line_area, buffer);
            }
            Row::Run(index) => {
                if let Some(run) = look.context.runs.at(*index) {
                    let drawing = RunRow {
                        is_marked: table.marked.contains(&run.run),
                        is_leaving: marks_leaving && look.context.runs.leaving(run).is_some(),
                        columns,
                        lead,
                    };
                    drawing.draw(run, look, line_area, buffer);
                }
            }
        }
        if first + line == table.cursor.selected() {
            let style = if has_focus {
                look.theme.selection()
            } else {
                look.theme.selection_unfocused()
            };
            buffer.set_style(line_area, style);
        }
    }
    let around = Rect {
        y: body.y.saturating_sub(1),
        width: body.width + 1,
        height: body.height + 2,
        ..body
    };
    pane::scroll_bar(around, first, table.rows.len(), look, buffer);
}

/// Returns the area of the rows, below the head.
pub(in crate::tui::screens::runs) fn rows_area(area: Rect) -> Rect {
    Rect {
        y: area.y + area.height.min(1),
        height: area.height.saturating_sub(1),
        ..area
    }
}

fn head(columns: &Columns, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let style = look.theme.style(Role::Muted);
    let mut cell = |(x, width): (u16, u16), words: &str, is_right: bool| {
        put(buffer, area, (x + 1, width), words, is_right, style);
    };
    cell(columns.number, "#", true);
    cell(columns.state, "state", false);
    cell(columns.label, "run", false);
    cell(columns.time, "time", true);
    let (tokens, tools) = heads_of_numbers(columns);
    cell(tokens, "tok", true);
    cell(tools, TOOLS_HEAD, true);
    cell(columns.result, "out", false);
}

/// Returns the positions of the heads of tokens and tools. If the tools column is narrower than its
/// head, the head begins over the tokens.
fn heads_of_numbers(columns: &Columns) -> ((u16, u16), (u16, u16)) {
    let ((tokens_at, tokens), (tools_at, tools)) = (columns.tokens, columns.tools);
    let lacking = u16::try_from(TOOLS_HEAD.len())
        .unwrap_or(tools)
        .saturating_sub(tools);
    if tools == 0 || tokens < lacking {
        return (columns.tokens, columns.tools);
    }
    (
        (tokens_at, tokens - lacking),
        (tools_at - lacking, tools + lacking),
    )
}

fn batch_row(
    table: &Table,
    batch: &BatchId,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let runs = look.context.runs;
    let Some(record) = runs.batch(batch) else {
        return;
    };
    let is_folded = table.folded.contains(batch) && table.filter.is_empty();
    let fold = if is_folded {
        look.glyphs.closed
    } else {
        look.glyphs.open
    };
    let sign = format!("{fold} {} ", runs.batch_letter(batch));
    let name = sanitised(&record.spec_name).replace('\n', " ");
    let total = format!(" \u{d7}{}{}  ", record.total, marks(record));
    // The name gives way to the counts.
    let width = usize::from(area.width);
    let beside = width_cells(&sign) + width_cells(&total);
    let room = width.saturating_sub(beside + width_cells(&name).min(MIN_BATCH_NAME));
    let counts = match runs.tally(batch) {
        Some(tally) => counts(tally, false, room, look),
        None => Line::default(),
    };
    let room = width.saturating_sub(beside + counts.width());
    let words = format!("{sign}{}{total}", ellipsis(&name, room));
    let mut spans = vec![Span::styled(words, look.theme.bold(Role::Text))];
    spans.extend(counts.spans);
    let line = Line::from(spans);
    let facts = batch_facts(record, look);
    let has_room = line.width() + width_cells(&facts) + 3 <= width;
    line.render(area, buffer);
    if has_room {
        let style = look.theme.style(Role::Muted);
        let facts = Span::styled(format!("{facts} "), style);
        Line::from(facts).right_aligned().render(area, buffer);
    }
}

/// Returns the launch time, the duration and the profile of a batch: `14:02 · 12.4s · offline`.
fn batch_facts(batch: &BatchRecord, look: &ViewContext<'_>) -> String {
    let launched = batch.launched_at;
    let time = moment::minute(launched, look.context.utc_offset);
    let end = batch.ended_at.unwrap_or(look.context.now);
    let took = duration::short(end.since(launched));
    let profile = sanitised(&batch.profile).replace('\n', " ");
    // A trace of another runtime has no profile.
    let parts = [time, took, profile]
        .into_iter()
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" \u{b7} ")
}

struct RunRow {
    is_marked: bool,
    /// Whether the run is marked as one that differs from most.
    is_leaving: bool,
    columns: Columns,
    /// The number of bytes at the beginning of the result that are left out if it doesn't fit.
    lead: usize,
}

impl RunRow {
    fn draw(&self, run: &KeptRun, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
        let (theme, glyphs, now) = (look.theme, look.glyphs, look.context.now);
        let runs = look.context.runs;
        let columns = &self.columns;
        let text = theme.style(Role::Text);
        let muted = theme.style(Role::Muted);
        if self.is_marked {
            buffer.set_string(area.x, area.y, glyphs.thumb, theme.style(Role::Accent));
        }
        let mut cell = |(x, width): (u16, u16), words: &str, is_right: bool, style: Style| {
            put(buffer, area, (x + 1, width), words, is_right, style);
        };
        cell(columns.number, &runs.short_name(run), true, muted);
        let (word, role) = runs.state_words(run);
        // The rest of the words is in the last column, which has room for it.
        let word = word.split(" \u{b7} ").next().unwrap_or(word);
        let style = if run.needs_person() {
            theme.bold(role)
        } else {
            theme.style(role)
        };
        let state = format!("{} {word}", glyphs.state(run.state, now));
        cell(columns.state, &state, false, style);
        let label = label(run, &look.context);
        let label_style = if run.state == RunState::Queued {
            muted
        } else {
            text
        };
        let (x, width) = columns.label;
        if self.is_leaving && width > LEAVING_CELLS {
            cell((x, 1), glyphs.leaves, false, theme.bold(Role::Warning));
            let beside = (x + LEAVING_CELLS, width - LEAVING_CELLS);
            cell(beside, &label, false, label_style);
        } else {
            cell(columns.label, &label, false, label_style);
        }
        if run.started_at.is_some() {
            cell(
                columns.time,
                &duration::short(run.duration(now)),
                true,
                text,
            );
            cell(columns.tokens, &count::tokens(run), true, muted);
            cell(
                columns.tools,
                &count::short(run.n_tool_calls as u64),
                true,
                muted,
            );
        }
        let room = usize::from(columns.result.1);
        let (mut out, out_style) = outcome(run, room, look);
        if has_answered(run.state)
            && width_cells(&out) > room
            && let Some(rest) = out.get(self.lead..).filter(|_| self.lead > 0)
        {
            out = format!("\u{2026}{rest}");
        }
        cell(columns.result, &out, false, out_style);
    }
}

/// Whether the result of a run in this state is its answer.
const fn has_answered(state: RunState) -> bool {
    matches!(state, RunState::Answered | RunState::Finished)
}

/// Returns the length in bytes of the common prefix of all visible answers. If answers are cut, the
/// prefix would hide their differences.
fn shared_lead(rows: &[Row], context: &Context<'_>) -> usize {
    let runs = rows.iter().filter_map(|row| match row {
        Row::Run(index) => context.runs.at(*index),
        Row::Batch(_) | Row::Group(..) => None,
    });
    let answers = runs.filter(|run| has_answered(run.state));
    let answers: Vec<String> = answers.map(|run| result(run)).collect();
    shared_beginning(answers.iter().map(String::as_str))
}

/// Returns the result of a run, or what it waits for.
fn outcome(run: &KeptRun, room: usize, look: &ViewContext<'_>) -> (String, Style) {
    let theme = look.theme;
    let now = look.context.now;
    let style = match run.state {
        RunState::NeedsInput => Role::Warning,
        RunState::Failed | RunState::TimedOut => Role::Error,
        RunState::Queued
        | RunState::Running
        | RunState::Paused
        | RunState::Cancelled
        | RunState::Interrupted => Role::Muted,
        RunState::Answered | RunState::Finished => Role::Text,
    };
    if look.context.runs.waits_for_worker(run) {
        return ("no worker yet".to_owned(), theme.style(style));
    }
    (outcome_words(run, room, now), theme.style(style))
}

pub(super) fn outcome_words(run: &KeptRun, room: usize, now: Timestamp) -> String {
    match run.state {
        RunState::Queued | RunState::Running | RunState::Paused => doing_in(run, now, room),
        _ => result(run),
    }
}

fn result(run: &RunSummary) -> String {
    sanitised(&run.first_line_of_result())
}

/// Draws a text into a column of a line, cut to its width.
fn put(
    buffer: &mut Buffer,
    line: Rect,
    (x, width): (u16, u16),
    words: &str,
    is_right: bool,
    style: Style,
) {
    let room = width.min(line.width.saturating_sub(x));
    if room == 0 || words.is_empty() {
        return;
    }
    let words = ellipsis(words, usize::from(room));
    let cells = u16::try_from(width_cells(&words)).unwrap_or(room);
    let indent = if is_right {
        room.saturating_sub(cells)
    } else {
        0
    };
    buffer.set_string(line.x + x + indent, line.y, words, style);
}
