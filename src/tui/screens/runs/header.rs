//! The line above table and panes: the numbers of the batch that the cursor is in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::State;
use super::table::Selected;
use super::words::counts;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::BatchRecord;
use crate::tui::app::{Context, Look};
use crate::tui::runs_model::Tally;
use crate::tui::theme::Role;
use crate::tui::widgets::duration;

/// From this width on counts are told with their words.
const MIN_WIDTH_FOR_WORDS: u16 = 150;

/// The batch that the cursor is in; without a cursor the newest.
pub(super) fn batch<'a>(state: &State, context: &Context<'a>) -> Option<&'a BatchRecord> {
    let runs = context.runs;
    let of_cursor = match state.table.selected() {
        Some(Selected::Batch(batch)) => runs.batch(batch),
        Some(Selected::Run(run)) => runs.get(run).and_then(|run| runs.batch(&run.batch)),
        None => None,
    };
    of_cursor
        .or_else(|| runs.batches().next_back())
        .map(AsRef::as_ref)
}

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let Some(batch) = batch(state, &look.context) else {
        return;
    };
    let Some(tally) = look.context.runs.tally(&batch.id) else {
        return;
    };
    let width = usize::from(area.width);
    let counts = counts(tally, area.width >= MIN_WIDTH_FOR_WORDS, look);
    let mut numbers = numbers(batch, tally, look);
    let total = format!(" \u{d7}{}  ", batch.total);
    let name = sanitised(&batch.spec_name).replace('\n', " ");
    // The first numbers go where there is no room: the bound on runs at once is the last to go.
    let least = counts.width() + width_cells(&total) + width_cells(&name).min(12) + 2;
    while !numbers.is_empty() && least + joined_width(&numbers) > width {
        numbers.remove(0);
    }
    let room =
        width.saturating_sub(counts.width() + width_cells(&total) + joined_width(&numbers) + 1);
    let mut spans = vec![
        Span::styled(
            format!(" {}", ellipsis(&name, room)),
            theme.bold(Role::Text),
        ),
        Span::styled(total, theme.style(Role::Muted)),
    ];
    spans.extend(counts.spans);
    Line::from(spans).render(area, buffer);
    let numbers = numbers.join("  ") + " ";
    Line::styled(numbers, theme.style(Role::Muted))
        .right_aligned()
        .render(area, buffer);
}

fn joined_width(numbers: &[String]) -> usize {
    numbers.iter().map(|words| width_cells(words) + 2).sum()
}

/// Rates while it goes on, percentiles, the bound; the least important first.
fn numbers(batch: &BatchRecord, tally: &Tally, look: &Look<'_>) -> Vec<String> {
    let mut numbers = Vec::new();
    if batch.ended_at.is_none() {
        let (calls, tokens) = tally.rates(batch.launched_at, look.context.now);
        numbers.push(format!("{calls:.1} req/s"));
        numbers.push(format!("{tokens:.0} tok/s"));
    } else {
        numbers.push(format!("{} tok", tally.usage().total_tokens));
    }
    for percent in [50, 95] {
        if let Some(took) = tally.percentile(percent) {
            numbers.push(format!("p{percent} {}", duration::short(took)));
        }
    }
    numbers.push(format!("{} at once", batch.at_once));
    numbers
}
