//! The time for which items are gathered before they are passed on together: longer with more
//! sources, but never long enough to be noticed.

use std::time::Duration;

/// The maximum time between two batches, shorter than the time between two frames of a film.
pub(crate) const LONGEST_GAP: Duration = Duration::from_millis(20);

/// The minimum time; a shorter one would join nothing.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// Returns the time between two batches for `count` sources, each of which adds `of_each`; zero if
/// gathering would join nothing.
pub(crate) fn gap(of_each: Duration, count: usize) -> Duration {
    let gap = of_each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    if gap < SHORTEST_GAP {
        Duration::ZERO
    } else {
        gap.min(LONGEST_GAP)
    }
}
