//! The progress of a batch: a bar in the colours of its runs' outcomes, the remaining time, and the
//! rate.

use std::time::Duration;

use ratatui::text::Span;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::runs::BatchRecord;
use crate::trace::RunState;
use crate::tui::app::ViewContext;
use crate::tui::glyphs::{Glyphs, state_role};
use crate::tui::runs_model::Tally;
use crate::tui::theme::Role;

/// The minimum number of ended runs before the remaining time is shown.
const MIN_ENDED: usize = 3;

/// The states that have their own part of the bar, in order; the rest of the bar is unfinished
/// runs.
const PARTS: [&[RunState]; 4] = [
    &[RunState::Finished, RunState::Answered],
    &[RunState::Failed, RunState::TimedOut, RunState::Interrupted],
    &[RunState::Cancelled],
    &[RunState::NeedsInput],
];

/// The states of unfinished runs that need no person to continue.
const TO_COME: [RunState; 2] = [RunState::Queued, RunState::Running];

fn count(tally: &Tally, states: &[RunState]) -> usize {
    states.iter().map(|state| tally.count(*state)).sum()
}

/// Returns the number of runs that have ended or answered.
pub(super) fn done(tally: &Tally) -> usize {
    PARTS
        .iter()
        .take(3)
        .map(|states| count(tally, states))
        .sum()
}

/// Returns a bar of the given width: the ended runs by outcome, then (thin) the runs that wait for
/// a person, then the rest.
pub(super) fn bar<'a>(
    tally: &Tally,
    total: usize,
    cells: usize,
    look: &ViewContext<'_>,
) -> Vec<Span<'a>> {
    let total = total.max(1);
    let mut spans = Vec::new();
    let (mut before, mut drawn) = (0, 0);
    for states in PARTS {
        before += count(tally, states);
        // Never full before it is, and never empty once something is there.
        let upto = (before * cells / total)
            .max(usize::from(before > 0))
            .min(cells);
        let part = upto.saturating_sub(drawn);
        if part > 0
            && let Some(state) = states.first()
        {
            let style = look.theme.style(state_role(*state));
            let is_done = *state != RunState::NeedsInput;
            let glyph = if is_done {
                look.glyphs.progress
            } else {
                look.glyphs.progress_rest
            };
            spans.push(Span::styled(glyph.repeat(part), style));
            drawn = upto;
        }
    }
    let rest = look.glyphs.progress_rest.repeat(cells - drawn);
    spans.push(Span::styled(rest, look.theme.style(Role::Muted)));
    spans
}

/// Returns the estimated time for the queued and active runs, at the rate up to the last ended run.
/// `None` if there are no such runs, if too few have ended for an estimate, while the batch is
/// paused, and when the estimated time has passed.
pub(super) fn left(batch: &BatchRecord, tally: &Tally, now: Timestamp) -> Option<Duration> {
    let (done, to_come) = (done(tally), count(tally, &TO_COME));
    if done < MIN_ENDED || to_come == 0 || batch.is_paused || batch.ended_at.is_some() {
        return None;
    }
    // While no run ends, the active ones come nearer to their ends all the same.
    let paced_at = tally.last_end().unwrap_or(now);
    let so_far = paced_at.since(batch.launched_at);
    paced(so_far, done, to_come, now.since(paced_at))
}

/// Returns the remaining time for `to_come` runs at the rate of the `done` runs, `since` after that
/// rate was measured.
fn paced(so_far: Duration, done: usize, to_come: usize, since: Duration) -> Option<Duration> {
    let count = |runs: usize| Some(f64::from(u32::try_from(runs).ok()?));
    let all = so_far.as_secs_f64() / count(done)? * count(to_come)?;
    Duration::try_from_secs_f64(all).ok()?.checked_sub(since)
}

/// Returns the remaining time as text: `~0:35 left`.
pub(super) fn left_in_words(left: Duration) -> String {
    // Tenths of a second would be a promise.
    let seconds = left.as_secs().max(1);
    match seconds {
        0..60 => format!("~{seconds}s left"),
        _ => format!("~{} left", duration::short(Duration::from_secs(seconds))),
    }
}

/// Returns the tokens of the last seconds as a line of blocks, the newest last; the highest value
/// is a full block.
pub(super) fn spark(seconds: &[u64], glyphs: &Glyphs) -> String {
    let most = seconds.iter().max().copied().unwrap_or(0).max(1);
    let steps = glyphs.sparks.len() as u64 - 1;
    let block = |tokens: &u64| {
        let step = (tokens * steps).div_ceil(most);
        let step = usize::try_from(step).unwrap_or(0);
        glyphs.sparks.get(step).copied().unwrap_or(" ")
    };
    seconds.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::{ASCII, UNICODE};

    #[test]
    fn a_spark_has_the_height_of_its_second() {
        assert_eq!(
            spark(&[0, 1, 50, 100], &UNICODE),
            " \u{2581}\u{2584}\u{2588}"
        );
        assert_eq!(spark(&[0, 0], &UNICODE), "  ");
        assert_eq!(spark(&[0, 100], &ASCII), " #");
    }

    #[test]
    fn what_is_left_falls_while_nothing_ends() {
        let seconds = Duration::from_secs;
        // Four of twelve, four at once, each 38 s.
        let left = |now: u64| paced(seconds(38), 4, 8, seconds(now - 38));
        let told = [Some(seconds(76)), Some(seconds(40)), Some(seconds(0)), None];
        assert_eq!([38, 74, 114, 120].map(left), told);
    }

    #[test]
    fn what_is_left_is_told_in_whole_seconds() {
        assert_eq!(left_in_words(Duration::from_millis(300)), "~1s left");
        assert_eq!(left_in_words(Duration::from_secs(59)), "~59s left");
        assert_eq!(left_in_words(Duration::from_secs(95)), "~1:35 left");
    }
}
