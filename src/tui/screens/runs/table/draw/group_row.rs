//! The row of a group of runs with the same outcome, and the summary of all groups in one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Table;
use super::{Columns, put, result};
use crate::base::ids::BatchId;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{GroupId, OutcomeSummary, RunSummary, error_pattern};
use crate::trace::RunState;
use crate::tui::app::ViewContext;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::theme::Role;

/// The minimum width of the text at which the group's share is shown at the end of its row, in
/// cells.
const MIN_WORDS_FOR_SHARE: u16 = 24;

/// The width of the share, in cells: ` 100 %`.
const SHARE_CELLS: u16 = 6;

/// Draws the row of a group: its number of runs, their state, what they have in common, and their
/// share of the batch.
pub(super) fn draw(
    table: &Table,
    (batch, group): (&BatchId, GroupId),
    columns: &Columns,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let count = table.outcomes.count(batch, group);
    let is_open = table.outcomes.is_open(batch, group);
    let fold = if is_open {
        look.glyphs.open
    } else {
        look.glyphs.closed
    };
    buffer.set_string(area.x, area.y, fold, theme.style(Role::Muted));
    let (x, width) = columns.number;
    let bold = theme.bold(Role::Text);
    put(buffer, area, (x + 1, width), &count.to_string(), true, bold);
    let state = state_of(group);
    let sign = look.glyphs.state(state, look.context.now);
    let words = format!("{sign} {}", state_word(state));
    let role = state_role(state);
    let (x, width) = columns.state;
    put(
        buffer,
        area,
        (x + 1, width),
        &words,
        false,
        theme.style(role),
    );
    let x = columns.label.0 + 1;
    let mut room = area.width.saturating_sub(x + 1);
    if room >= MIN_WORDS_FOR_SHARE {
        room -= SHARE_CELLS;
        let of_batch = look
            .context
            .runs
            .batch(batch)
            .map_or(count, |batch| batch.total);
        let share = (count * 200 + of_batch).checked_div(2 * of_batch);
        let share = format!("{} %", share.unwrap_or(0));
        let muted = theme.style(Role::Muted);
        put(buffer, area, (x + room, SHARE_CELLS), &share, true, muted);
    }
    let words = words_of(table, (batch, group), count, look);
    let style = match state {
        RunState::Failed | RunState::TimedOut => theme.style(Role::Error),
        RunState::NeedsInput => theme.style(Role::Warning),
        RunState::Answered | RunState::Finished => theme.style(Role::Text),
        _ => theme.style(Role::Muted),
    };
    put(buffer, area, (x, room), &words, false, style);
}

/// Draws the head above groups while none of them is unfolded.
pub(super) fn head(columns: &Columns, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let style = look.theme.style(Role::Muted);
    let mut cell = |(x, width): (u16, u16), words: &str, is_right: bool| {
        put(buffer, area, (x + 1, width), words, is_right, style);
    };
    // The column is as wide as the names of runs, which may be shorter than the word.
    let of_count = if columns.number.1 < 4 { "#" } else { "runs" };
    cell(columns.number, of_count, true);
    cell(columns.state, "state", false);
    let x = columns.label.0;
    cell(
        (x, area.width.saturating_sub(x + 1)),
        "what came of them",
        false,
    );
}

const fn state_of(group: GroupId) -> RunState {
    match group {
        GroupId::Of(outcome) => outcome.state,
        GroupId::Unlike(state) => state,
    }
}

/// Returns what the runs of a group have in common: their answer, the pattern of their errors, or
/// their request.
fn words_of(
    table: &Table,
    (batch, group): (&BatchId, GroupId),
    count: usize,
    look: &ViewContext<'_>,
) -> String {
    let runs = look.context.runs;
    let GroupId::Of(outcome) = group else {
        return match count {
            1 => "gave an answer of its own".to_owned(),
            _ => "each gave an answer of its own".to_owned(),
        };
    };
    let groups = table.outcomes.groups(batch, runs);
    let example = groups.and_then(|groups| runs.at(groups.example(group)?));
    let said = |run: &RunSummary| match outcome.failure {
        // What differs among several is taken out; one alone says all.
        Some(kind) if count > 1 => format!("{}: {}", kind.name(), error_pattern(&result(run))),
        Some(kind) => format!("{}: {}", kind.name(), result(run)),
        None => result(run),
    };
    match outcome.state {
        RunState::Queued | RunState::Running | RunState::Paused => String::new(),
        _ => example.map_or_else(String::new, |run| sanitised(&said(run)).replace('\n', " ")),
    }
}

/// Returns the summary of a batch's groups in one line: `438 same answer · 41 other · 21 failed in
/// 3 ways`. If there is not enough room, whole parts are left out, the least important first.
pub(in crate::tui::screens::runs) fn summary_words(sum: OutcomeSummary, room: usize) -> String {
    let other = match (sum.same, sum.other) {
        (1.., _) => "other",
        (0, 1) => "answer",
        (0, _) => "answers, no two alike",
    };
    let asking = if sum.asking == 1 {
        "asks you"
    } else {
        "ask you"
    };
    let failed = match sum.ways {
        1 => "failed in one way".to_owned(),
        ways => format!("failed in {ways} ways"),
    };
    // Each with a rank, the higher the more important.
    let mut parts = vec![
        (5, sum.asking, asking.to_owned()),
        (4, sum.same, "same answer".to_owned()),
        (2, sum.other, other.to_owned()),
        (3, sum.failed, failed),
        (1, sum.stopped, "stopped".to_owned()),
        (0, sum.open, "not over yet".to_owned()),
    ];
    parts.retain(|(_, count, _)| *count > 0);
    loop {
        let words: Vec<String> = parts
            .iter()
            .map(|(_, count, words)| format!("{count} {words}"))
            .collect();
        let words = words.join(" \u{b7} ");
        let least = parts.iter().enumerate().min_by_key(|(_, (rank, ..))| *rank);
        match least {
            Some((least, _)) if parts.len() > 1 && width_cells(&words) > room => {
                parts.remove(least);
            }
            _ => return ellipsis(&words, room),
        }
    }
}
