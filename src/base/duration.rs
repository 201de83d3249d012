//! Durations as text, for the screen, the output of `run` and stored runs. All are rounded to the
//! last shown digit.

use std::time::Duration;

/// Returns a duration as `0.3s`, `42.0s`, `1:40` or `2:03:04`; at most seven cells below a hundred
/// hours.
pub(crate) fn short(duration: Duration) -> String {
    let tenths = parts(duration, Duration::from_millis(100));
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = parts(duration, Duration::from_secs(1));
    let (minutes, rest) = (seconds / 60, seconds % 60);
    if minutes < 60 {
        return format!("{minutes}:{rest:02}");
    }
    format!("{}:{:02}:{rest:02}", minutes / 60, minutes % 60)
}

/// Returns a duration with up to two more digits than [`short`]: `12ms`, `1.24s`, `1:40`.
pub(crate) fn fine(duration: Duration) -> String {
    let milliseconds = parts(duration, Duration::from_millis(1));
    if milliseconds < 1_000 {
        return format!("{milliseconds}ms");
    }
    let hundredths = parts(duration, Duration::from_millis(10));
    if hundredths < 6_000 {
        return format!("{}.{:02}s", hundredths / 100, hundredths % 100);
    }
    short(duration)
}

/// Makes a duration from milliseconds, as in traces; zero if the number is not a valid time.
pub(crate) fn of_milliseconds(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or_default()
}

/// Returns the duration as a number of units of length `part`, rounded.
fn parts(duration: Duration, part: Duration) -> u128 {
    (duration + part / 2).as_nanos() / part.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_is_rounded_and_never_reaches_a_minute() {
        let texts = |ms: u64| {
            let duration = Duration::from_millis(ms);
            (short(duration), fine(duration))
        };
        let pair = |short: &str, fine: &str| (short.to_owned(), fine.to_owned());
        assert_eq!(texts(0), pair("0.0s", "0ms"));
        assert_eq!(texts(12), pair("0.0s", "12ms"));
        assert_eq!(texts(1_249), pair("1.2s", "1.25s"));
        assert_eq!(texts(1_660), pair("1.7s", "1.66s"));
        assert_eq!(texts(59_940), pair("59.9s", "59.94s"));
        assert_eq!(texts(59_999), pair("1:00", "1:00"));
        assert_eq!(texts(100_600), pair("1:41", "1:41"));
        assert_eq!(texts(3_599_600), pair("1:00:00", "1:00:00"));
        assert_eq!(texts(7_384_000), pair("2:03:04", "2:03:04"));
        assert_eq!(fine(Duration::from_micros(999_700)), "1.00s");
    }

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(fine(of_milliseconds(12.4)), "12ms");
        assert_eq!(of_milliseconds(f64::NAN), Duration::ZERO);
        assert_eq!(of_milliseconds(-1.0), Duration::ZERO);
    }
}
