//! Short forms of counts, for tables.

use crate::runs::RunSummary;

/// Returns a count in at most six cells: `1204`, `982k`, `1.2M`.
pub(crate) fn short(count: u64) -> String {
    match count {
        0..100_000 => count.to_string(),
        100_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// Returns the tokens of a run so far: `1204`, or `~1204` if a part is estimated.
pub(crate) fn tokens(run: &RunSummary) -> String {
    with_estimate(run.tokens(), run.streamed_tokens())
}

/// Returns the sum of counted tokens and the estimated tokens of unfinished answers.
pub(crate) fn with_estimate(counted: u64, estimated: u64) -> String {
    match estimated {
        0 => short(counted),
        estimated => format!("~{}", short(counted + estimated)),
    }
}
