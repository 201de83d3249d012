//! How far a batch is: a bar in the colours of what came of its runs, what is left of its time, and its pace.

use std::time::Duration;

use ratatui::text::Span;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::runs::BatchRecord;
use crate::trace::RunState;
use crate::tui::app::Look;
use crate::tui::glyphs::{Glyphs, state_role};
use crate::tui::runs_model::Tally;
use crate::tui::theme::Role;

/// How many runs must have ended before the time that is left is told.
const MIN_ENDED: usize = 3;

/// The states that a bar has a part for, in its order; the rest is what is still to come.
const PARTS: [&[RunState]; 4] = [
    &[RunState::Finished, RunState::Answered],
    &[RunState::Failed, RunState::TimedOut, RunState::Interrupted],
    &[RunState::Cancelled],
    &[RunState::NeedsInput],
];

/// The states of a run that goes on, or will, without a person.
const TO_COME: [RunState; 2] = [RunState::Queued, RunState::Running];

fn count(tally: &Tally, states: &[RunState]) -> usize {
    states.iter().map(|state| tally.count(*state)).sum()
}

/// How many runs have ended or answered.
pub(super) fn done(tally: &Tally) -> usize {
    PARTS
        .iter()
        .take(3)
        .map(|states| count(tally, states))
        .sum()
}

/// A bar of so many cells: what came to an end by how it did, what waits for a person, the rest thin.
pub(super) fn bar<'a>(tally: &Tally, total: usize, cells: usize, look: &Look<'_>) -> Vec<Span<'a>> {
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
            spans.push(Span::styled(look.glyphs.progress.repeat(part), style));
            drawn = upto;
        }
    }
    let rest = look.glyphs.progress_rest.repeat(cells - drawn);
    spans.push(Span::styled(rest, look.theme.style(Role::Muted)));
    spans
}

/// How long what goes on or is queued will take, at the pace of the batch so far; none where nothing is to come, where too few have
/// ended to tell, and while a person holds it.
pub(super) fn left(batch: &BatchRecord, tally: &Tally, now: Timestamp) -> Option<Duration> {
    let (done, to_come) = (done(tally), count(tally, &TO_COME));
    if done < MIN_ENDED || to_come == 0 || batch.is_paused || batch.ended_at.is_some() {
        return None;
    }
    let so_far = now.since(batch.launched_at).as_secs_f64();
    let each = so_far / f64::from(u32::try_from(done).ok()?);
    let left = each * f64::from(u32::try_from(to_come).ok()?);
    Duration::try_from_secs_f64(left).ok()
}

/// The same in words: `~0:35 left`.
pub(super) fn left_in_words(left: Duration) -> String {
    // Tenths of a second would be a promise.
    let seconds = left.as_secs().max(1);
    match seconds {
        0..60 => format!("~{seconds}s left"),
        _ => format!("~{} left", duration::short(Duration::from_secs(seconds))),
    }
}

/// Tokens of the last seconds, the newest last, as a line of blocks; the highest is full.
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
    fn what_is_left_is_told_in_whole_seconds() {
        assert_eq!(left_in_words(Duration::from_millis(300)), "~1s left");
        assert_eq!(left_in_words(Duration::from_secs(59)), "~59s left");
        assert_eq!(left_in_words(Duration::from_secs(95)), "~1:35 left");
    }
}
