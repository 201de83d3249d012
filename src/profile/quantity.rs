//! Durations and rates as people write them: `10s`, `60/min`.

use std::time::Duration;

/// Reads `250ms`, `10s`, `2.5s`, `5m`, `1h`; a bare number is seconds. Zero is none.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let seconds_each = match text.get(digits.len()..)?.trim() {
        "ms" => 0.001,
        "" | "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let seconds = plain_number(digits)? * seconds_each;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
}

/// Reads `5/s`, `60/min`, `1000/h` as a number a second. Zero is none.
pub(super) fn rate_per_second(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let seconds = match unit.trim() {
        "s" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        _ => return None,
    };
    plain_number(number.trim())
        .map(|number| number / seconds)
        .filter(|rate| *rate > 0.0)
}

/// A number without sign and exponent.
fn plain_number(text: &str) -> Option<f64> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, milliseconds) in [
            ("10s", Some(10_000)),
            ("250ms", Some(250)),
            ("2.5 s", Some(2_500)),
            ("5m", Some(300_000)),
            ("3", Some(3_000)),
            ("0s", None),
            ("-1s", None),
            ("ten", None),
            ("", None),
            ("1e300h", None),
        ] {
            let expected = milliseconds.map(Duration::from_millis);
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn rates() {
        for (text, expected) in [
            ("60/min", Some(1.0)),
            ("5/s", Some(5.0)),
            ("7200/h", Some(2.0)),
            ("0/s", None),
            ("5", None),
            ("x/s", None),
            ("5/day", None),
        ] {
            assert_eq!(rate_per_second(text), expected, "{text}");
        }
    }
}
