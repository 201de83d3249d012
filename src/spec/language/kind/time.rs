//! ISO 8601 dates and times as text.

use chrono::{NaiveDate, NaiveTime};

/// The date formats of ISO 8601.
const DAYS: [&str; 2] = ["%Y-%m-%d", "%Y%m%d"];
/// The time formats of ISO 8601.
const CLOCKS: [&str; 4] = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M"];

/// Returns whether a text is an ISO 8601 date, with or without a time, such as
/// `2026-01-31T12:30:00+02:00`.
pub(super) fn is_iso_time(text: &str) -> bool {
    let length = if text.get(4..5) == Some("-") { 10 } else { 8 };
    let Some((day, rest)) = text.split_at_checked(length) else {
        return false;
    };
    let is_day = DAYS
        .iter()
        .any(|form| NaiveDate::parse_from_str(day, form).is_ok());
    let mut rest = rest.chars();
    is_day && (rest.next().is_none() || is_time_of_day(rest.as_str()))
}

/// Returns whether a text is a time of day, with or without an offset from UTC.
fn is_time_of_day(text: &str) -> bool {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let is_zone = matches!(zone, "" | "Z") || zone.strip_prefix(['+', '-']).is_some_and(is_clock);
    is_clock(clock) && is_zone
}

fn is_clock(text: &str) -> bool {
    let text = text.replace(',', ".");
    let is_hour = text.len() == 2 && text.parse::<u8>().is_ok_and(|hour| hour < 24);
    is_hour
        || CLOCKS
            .iter()
            .any(|form| NaiveTime::parse_from_str(&text, form).is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_iso_time;

    #[test]
    fn days_and_times_are_told_from_other_text() {
        for time in [
            "2026-01-31",
            "20260131",
            "2026-01-31T12:30",
            "2026-01-31 12:30:59.25",
            "2026-01-31T12:30:00Z",
            "2026-01-31T12:30:00.000001+02:00",
            "20260131T123000-0530",
            "2026-01-31T12",
            "2026-01-31 12:30:00,5+02",
        ] {
            assert!(is_iso_time(time), "{time}");
        }
        for other in [
            "",
            "today",
            "2026-02-30",
            "2026-01-31T",
            "2026-01-31T25:00",
            "2026-01-31T12:30:00 CET",
            "2026-01-31T12:30+",
            "2026-01-31T12:30Z05:00",
            "日本日本日本",
        ] {
            assert!(!is_iso_time(other), "{other}");
        }
    }
}
