//! The numbers of each variant over all inputs.

use std::time::Duration;

use ratatui::buffer::Buffer;

use super::super::Variants;
use super::super::layout::Layout;
use super::{mean_tokens, right};
use crate::base::duration;
use crate::base::text::ellipsis;
use crate::trace::RunState;
use crate::tui::app::ViewContext;
use crate::tui::runs_model::Tally;
use crate::tui::theme::Role;
use crate::tui::widgets::count;

/// Returns a share in percent, rounded; 100 means all and 0 means none.
fn percent(part: usize, of: usize) -> usize {
    match rounded(part * 100, of) {
        0 if part > 0 => 1,
        100 if part < of => 99,
        percent => percent,
    }
}

/// Returns a quotient rounded to the nearest whole number.
fn rounded(dividend: usize, divisor: usize) -> usize {
    (dividend + divisor / 2) / divisor.max(1)
}

/// Returns the number of successful runs and the number of all ended runs; `None` if none has
/// ended. Cancelled runs don't count.
fn successes(tally: &Tally) -> Option<(usize, usize)> {
    let good = tally.count(RunState::Answered) + tally.count(RunState::Finished);
    let of = good + tally.count(RunState::Failed) + tally.count(RunState::TimedOut);
    (of > 0).then_some((good, of))
}

/// A line of totals: its title, the value of each variant, and whether each is the best.
type TotalLine = (&'static str, Vec<Option<String>>, Vec<bool>);

/// Draws the numbers of each variant over all inputs. The best value of a line is highlighted if
/// the values differ.
pub(super) fn draw(
    variants: &Variants,
    layout: Layout,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let area = layout.totals;
    if area.height == 0 {
        return;
    }
    let dash = look.glyphs.border.horizontal_top;
    let dashes = dash.repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, dashes, theme.style(Role::Border));
    let tallies = look.context.runs.of_variants(&variants.batch);
    let times = |percent: usize| -> Vec<Option<Duration>> {
        let times = tallies.iter().map(|tally| tally.percentile(percent));
        times.collect()
    };
    let rates: Vec<Option<(usize, usize)>> = tallies.iter().map(successes).collect();
    // The least is the best of each: of successes what is missing.
    let missing: Vec<Option<usize>> = rates
        .iter()
        .map(|rate| rate.map(|(good, of)| rounded((of - good) * 1_000_000, of)))
        .collect();
    let success = rates
        .iter()
        .map(|rate| rate.map(|(good, of)| format!("{:>3} %  {good}/{of}", percent(good, of))));
    let tokens: Vec<Option<u64>> = tallies.iter().map(mean_tokens).collect();
    // In line with the numbers of the cells; tokens with the times where these alone have room.
    let in_line = |place: u16, words: &str| {
        let place = place.min(layout.n_numbers.saturating_sub(1));
        let before = layout.states + place * layout.number;
        " ".repeat(before.into()) + &right(words, layout.number)
    };
    let of_time = |times: &[Option<Duration>]| -> Vec<Option<String>> {
        let times = times.iter();
        times
            .map(|time| time.map(|time| in_line(0, &duration::short(time))))
            .collect()
    };
    let success: Vec<Option<String>> = success.collect();
    let (p50, p95) = (times(50), times(95));
    let of_tokens = tokens
        .iter()
        .map(|tokens| tokens.map(|tokens| in_line(1, &count::short(tokens))));
    let of_tokens: Vec<Option<String>> = of_tokens.collect();
    let (best_success, best_tokens) = (best(&missing, &success), best(&tokens, &of_tokens));
    let time = |title, times: &[Option<Duration>]| {
        let shown = of_time(times);
        let best = best(times, &shown);
        (title, shown, best)
    };
    let lines: [TotalLine; 4] = [
        ("success", success, best_success),
        time("time p50", &p50),
        time("time p95", &p95),
        ("tokens a run", of_tokens, best_tokens),
    ];
    for ((title, values, best), y) in lines.into_iter().zip(area.y + 1..area.bottom()) {
        let title = ellipsis(title, usize::from(layout.label));
        buffer.set_string(area.x, y, title, theme.style(Role::Muted));
        for (column, x) in layout.columns() {
            let Some(Some(words)) = values.get(column) else {
                continue;
            };
            let style = if best.get(column) == Some(&true) {
                theme.bold(Role::Success)
            } else {
                theme.style(Role::Text)
            };
            let words = ellipsis(words, usize::from(layout.cells));
            buffer.set_string(x, y, words, style);
        }
    }
}

/// Returns which values are the smallest, if they differ; values that are shown by the same text
/// count as equal.
fn best<T: Ord + Copy>(values: &[Option<T>], shown: &[Option<String>]) -> Vec<bool> {
    let known = || {
        values
            .iter()
            .zip(shown)
            .filter(|(value, _)| value.is_some())
    };
    let least = known().min_by_key(|(value, _)| **value);
    let least = least.map(|(_, shown)| shown);
    let is_one = known().all(|(_, shown)| Some(shown) == least);
    let is_best = |shown: &Option<String>| shown.is_some() && Some(shown) == least && !is_one;
    shown.iter().map(is_best).collect()
}
