//! Times in the local time zone with a 24-hour clock, with the date if it may be another day.

use chrono::{DateTime, FixedOffset};

use crate::base::clock::Timestamp;

fn local(at: Timestamp, offset: FixedOffset) -> DateTime<FixedOffset> {
    at.to_utc().with_timezone(&offset)
}

/// Returns a time as `14:02`.
pub(crate) fn minute(at: Timestamp, offset: FixedOffset) -> String {
    local(at, offset).format("%H:%M").to_string()
}

/// Returns a time as `14:02:31`.
pub(crate) fn second(at: Timestamp, offset: FixedOffset) -> String {
    local(at, offset).format("%H:%M:%S").to_string()
}

/// Returns a time as `2026-01-31 14:02`.
pub(crate) fn day(at: Timestamp, offset: FixedOffset) -> String {
    local(at, offset).format("%Y-%m-%d %H:%M").to_string()
}

/// Returns a time as `2026-01-31 14:02:31.120`.
pub(crate) fn exact(at: Timestamp, offset: FixedOffset) -> String {
    local(at, offset)
        .format("%Y-%m-%d %H:%M:%S%.3f")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_is_told_with_more_or_less_of_it() {
        let at = Timestamp::from_ns(1_767_225_751_120_000_000);
        let offset = FixedOffset::east_opt(3600).unwrap();
        assert_eq!(minute(at, offset), "01:02");
        assert_eq!(second(at, offset), "01:02:31");
        assert_eq!(day(at, offset), "2026-01-01 01:02");
        assert_eq!(exact(at, offset), "2026-01-01 01:02:31.120");
    }
}
