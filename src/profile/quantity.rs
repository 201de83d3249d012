//! Numbers, durations and rates as people write them, each with its range: `8`, `10s`, `60/min`.
//!
//! The same ranges apply in `flowdeck.toml`, on the command line and on the screen.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The allowed number of runs in a batch.
pub const RUNS: RangeInclusive<usize> = 1..=100_000;
/// The allowed number of runs at once.
pub const AT_ONCE: RangeInclusive<usize> = 1..=10_000;
/// The allowed number of Python worker processes.
pub const PYTHON_WORKERS: RangeInclusive<usize> = 1..=256;
/// The allowed limit of model calls for one message.
pub const ROUNDS: RangeInclusive<usize> = 1..=100_000;
/// The allowed limit of node visits in one run.
pub const VISITS: RangeInclusive<u64> = 1..=1_000_000_000;
/// The allowed limit of tokens, for one run or for a whole batch.
pub const TOKENS: RangeInclusive<u64> = 1..=1_000_000_000_000;
/// The allowed seeds of a batch. The seeds of its runs, which count up from it, still fit every
/// server.
pub const SEED: RangeInclusive<u64> = 0..=9_000_000_000_000_000_000;
/// The allowed durations.
pub const TIME: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(8_760);
/// The allowed rates of requests per second, from one request a day.
pub const PER_SECOND: RangeInclusive<f64> = 1.0 / 86_400.0..=1_000_000.0;

/// Parses a whole number.
///
/// # Errors
/// The requirement in words, beginning with `must`.
pub fn whole_number<T>(text: &str, range: &RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| whole_number_words(range))
}

/// Describes the requirement on a number, beginning with `must`.
fn whole_number_words<T: Display>(range: &RangeInclusive<T>) -> String {
    format!(
        "must be a whole number from {} to {}",
        range.start(),
        range.end()
    )
}

/// Parses a duration: `250ms`, `10s`, `2.5s`, `5m`, `1h`; a bare number is in seconds.
///
/// # Errors
/// The requirement in words, beginning with `must`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim();
    let seconds_each = match unit {
        "ms" => Some(0.001),
        "" | "s" | "sec" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let seconds = plain_number(digits)
        .zip(seconds_each)
        .map(|(number, seconds_each)| number * seconds_each)
        .ok_or("must be a time like \"10s\" or \"500ms\"")?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| TIME.contains(duration))
        .ok_or_else(|| "must be a time from 1ms to 8760h, which is a year".to_owned())
}

/// Reads `5/s`, `60/min`, `1000/h` as a number a second.
///
/// # Errors
/// The requirement in words, beginning with `must`.
pub fn rate_per_second(text: &str) -> Result<f64, String> {
    let per_second = text.split_once('/').and_then(|(number, unit)| {
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3600.0,
            _ => return None,
        };
        Some(plain_number(number.trim())? / seconds)
    });
    let per_second = per_second.ok_or("must be a rate like \"60/min\" or \"5/s\"")?;
    if PER_SECOND.contains(&per_second) {
        Ok(per_second)
    } else {
        Err("must be a rate from 0.05/h, about one a day, to 1000000/s".to_owned())
    }
}

/// Parses a rate, `5/s`, `60/min`, `1000/h` or a bare number, as a number per second.
///
/// # Errors
/// The requirement in words, beginning with `must`.
pub fn rate(text: &str) -> Result<f64, String> {
    if text.contains('/') {
        rate_per_second(text)
    } else {
        rate_per_second(&format!("{text}/s"))
    }
}

/// Parses a number without sign and exponent.
fn plain_number(text: &str) -> Option<f64> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that are no time or rate, and those that are one out of range.
    fn check<T: std::fmt::Debug>(
        read: impl Fn(&str) -> Result<T, String>,
        unreadable: &[&str],
        out_of_range: &[&str],
    ) {
        for text in unreadable {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(" like \""), "{text}: {problem}");
        }
        for text in out_of_range {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(" from "), "{text}: {problem}");
        }
    }

    #[test]
    fn durations() {
        for (text, milliseconds) in [
            ("10s", 10_000),
            ("250ms", 250),
            ("2.5 s", 2_500),
            ("5m", 300_000),
            ("3", 3_000),
            ("1ms", 1),
            ("8760h", 31_536_000_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        check(
            duration,
            &[
                "-1s", "ten", "", "s", "1e300h", "1e400s", "inf", "nan", "10 weeks",
            ],
            &[
                "0s",
                "0.0001ms",
                "8761h",
                "9223372036854775807",
                "99999999999999999999h",
            ],
        );
    }

    #[test]
    fn rates() {
        for (text, expected) in [
            ("60/min", 1.0),
            ("5/s", 5.0),
            ("7200/h", 2.0),
            ("1000000/s", 1_000_000.0),
        ] {
            assert_eq!(rate_per_second(text), Ok(expected), "{text}");
        }
        check(
            rate_per_second,
            &["5", "x/s", "5/day", "-1/s", "1e9/s", "inf/s", "/s"],
            &["0/s", "0.01/h", "9223372036854775807/s", "1000001/s"],
        );
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(whole_number("8", &AT_ONCE), Ok(8));
        for text in [
            "0",
            "-1",
            "1.5",
            "1e3",
            "10001",
            "9223372036854775808999",
            "",
        ] {
            assert_eq!(
                whole_number(text, &AT_ONCE),
                Err("must be a whole number from 1 to 10000".to_owned()),
                "{text}"
            );
        }
    }
}
