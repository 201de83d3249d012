//! How long what comes is gathered before it goes on: the more there are who bring something, the longer, and never so long
//! that anybody sees it.

use std::time::Duration;

/// The most that is waited: less than between two pictures of a film.
pub(crate) const LONGEST_GAP: Duration = Duration::from_millis(20);

/// A shorter gap joins nothing.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// The time between two goings on where so many bring something, each of whom makes it so much longer; nothing where it
/// would join nothing.
pub(crate) fn gap(of_each: Duration, count: usize) -> Duration {
    let gap = of_each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    if gap < SHORTEST_GAP {
        Duration::ZERO
    } else {
        gap.min(LONGEST_GAP)
    }
}
