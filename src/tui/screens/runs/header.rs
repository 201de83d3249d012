//! The lines above table and panes: the progress of the current batch, its numbers and its
//! settings.

mod facts;
mod progress;
mod stalled;
mod workers;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::State;
use super::words::{counts, marks};
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::BatchRecord;
use crate::tui::app::ViewContext;
use crate::tui::runs_model::Tally;
use crate::tui::theme::Role;
use crate::tui::widgets::{count, pane};
pub(super) use stalled::Stalled;

/// The minimum width at which counts are shown with their words, in cells.
const MIN_WIDTH_FOR_WORDS: u16 = 150;

/// The maximum width of the progress bar, in cells.
const MAX_BAR: usize = 24;

/// The rank of the number that is dropped last.
const MOST_IMPORTANT: u8 = 9;

/// The minimum width at which the sparkline of the last seconds is drawn, in cells.
const MIN_WIDTH_FOR_SPARK: u16 = 110;

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let Some(batch) = state.table.batch(look.context.runs) else {
        return;
    };
    let Some(tally) = look.context.runs.tally(&batch.id) else {
        return;
    };
    let has_facts = area.height > 1;
    if has_facts {
        let line = pane::line(area, area.y + 1);
        let stalled = batch
            .notice
            .as_deref()
            .map(|words| sanitised(words).replace('\n', " "));
        let stalled = stalled.or_else(|| state.stalled.words(look.context.runs, look.context.now));
        facts::draw((batch, tally), stalled, look, line, buffer);
    }
    let area = pane::line(area, area.y);
    let width = usize::from(area.width);
    let mut numbers = numbers(batch, tally, area.width, look);
    if !has_facts && let Some(words) = workers::words(batch, look, width / 2) {
        numbers.push((MOST_IMPORTANT, words));
    }
    let total = format!(" \u{d7}{}{}  ", batch.total, marks(batch));
    let letter = look.context.runs.batch_letter(&batch.id);
    let name = format!(
        "{letter} {}",
        sanitised(&batch.spec_name).replace('\n', " ")
    );
    let is_running = batch.ended_at.is_none() && batch.total > 1;
    let bar_cells = if is_running {
        let share = if area.width < MIN_WIDTH_FOR_SPARK {
            13
        } else {
            8
        };
        usize::from(area.width / share).min(MAX_BAR)
    } else {
        0
    };
    let mut progress = progress::bar(tally, batch.total, bar_cells, look);
    if is_running {
        let percent = progress::done(tally) * 100 / batch.total.max(1);
        let left = progress::left(batch, tally, look.context.now).map(progress::left_in_words);
        let left = left.map_or_else(String::new, |left| format!("  {left}"));
        let words = format!(" {percent} %{left}  ");
        progress.push(Span::styled(words, theme.style(Role::Text)));
    } else {
        progress.clear();
    }
    let progress_cells: usize = progress.iter().map(Span::width).sum();
    let beside = width_cells(&total) + width_cells(&name).min(12) + progress_cells + 2;
    let has_words = area.width >= MIN_WIDTH_FOR_WORDS;
    let counts = counts(tally, has_words, width.saturating_sub(beside), look);
    // The least important numbers go where there is no room.
    let least = counts.width() + beside;
    while !numbers.is_empty() && least + joined_width(&numbers) > width {
        let ranks = numbers
            .iter()
            .enumerate()
            .map(|(at, (rank, _))| (*rank, at));
        let least = ranks.min().map_or(0, |(_, at)| at);
        numbers.remove(least);
    }
    let room = width.saturating_sub(
        counts.width() + width_cells(&total) + progress_cells + joined_width(&numbers) + 1,
    );
    let mut spans = vec![
        Span::styled(
            format!(" {}", ellipsis(&name, room)),
            theme.bold(Role::Text),
        ),
        Span::styled(total, theme.style(Role::Muted)),
    ];
    spans.extend(progress);
    spans.extend(counts.spans);
    Line::from(spans).render(area, buffer);
    let words: Vec<String> = numbers.into_iter().map(|(_, words)| words).collect();
    let numbers = words.join("  ") + " ";
    // A styled span, as the style of a line would be that of all that is in it already.
    Line::from(Span::styled(numbers, theme.style(Role::Muted)))
        .right_aligned()
        .render(area, buffer);
}

fn joined_width(numbers: &[(u8, String)]) -> usize {
    let widths = numbers.iter().map(|(_, words)| width_cells(words) + 2);
    widths.sum()
}

/// Returns the rates of an active batch, the percentiles and the limit, each with a rank; a higher
/// rank is more important.
fn numbers(
    batch: &BatchRecord,
    tally: &Tally,
    width: u16,
    look: &ViewContext<'_>,
) -> Vec<(u8, String)> {
    let mut numbers = Vec::new();
    if batch.ended_at.is_none() {
        let (calls, tokens) = tally.rates(batch.launched_at, look.context.now);
        numbers.push((
            0,
            match batch.requests_per_second {
                Some(most) => format!("{calls:.1} of {most:.1} req/s"),
                None => format!("{calls:.1} req/s"),
            },
        ));
        let seconds = tally.by_second(look.context.now);
        let spark = if width >= MIN_WIDTH_FOR_SPARK && seconds.iter().any(|tokens| *tokens > 0) {
            format!(" {}", progress::spark(&seconds, look.glyphs))
        } else {
            String::new()
        };
        numbers.push((3, format!("{tokens:.0} tok/s{spark}")));
    } else {
        let tokens = tally.usage().total_tokens;
        let tokens = count::with_estimate(tokens, tally.streamed_tokens());
        numbers.push((3, format!("{tokens} tok")));
    }
    for (rank, percent) in [(1, 50), (2, 95)] {
        if let Some(took) = tally.percentile(percent) {
            numbers.push((rank, format!("p{percent} {}", duration::short(took))));
        }
    }
    if let Some(budget) = batch.budget {
        let used = count::with_estimate(tally.usage().total_tokens, tally.streamed_tokens());
        let most = count::short(budget.max_tokens);
        numbers.retain(|(rank, _)| *rank != 3);
        numbers.push((5, format!("{used} of {most} tok")));
    }
    for (endpoint, at_once) in &batch.busy_endpoints {
        let endpoint = sanitised(endpoint).replace('\n', " ");
        numbers.push((6, format!("{endpoint} takes {at_once}")));
    }
    numbers.push((4, format!("{} at once", batch.at_once)));
    numbers
}
