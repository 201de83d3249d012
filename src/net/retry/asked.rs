//! The wait that a server requests in its headers.

use std::time::Duration;

use chrono::DateTime;

/// The prefix of headers that a gateway (`LiteLLM`) passes on from the provider behind it.
const FROM_PROVIDER: &str = "llm_provider-";

/// The headers of rate limits: for the remaining amount, and for the time of the reset.
const LIMITS: [(&str, &str); 8] = [
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("ratelimit-remaining", "ratelimit-reset"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

/// Returns the wait that the headers of an error response request; `header` returns the value of a
/// header, empty if it is missing.
///
/// Reads `Retry-After-Ms` and `Retry-After`, or the reset time of a rate limit that is used up;
/// then the same headers of the provider behind a gateway. Rate limits are
/// `x-ratelimit-remaining-tokens` and `x-ratelimit-reset-tokens`, the headers of the draft standard
/// without the name of the resource, or those of Anthropic.
pub(crate) fn asked_wait<'h>(header: impl Fn(&str) -> &'h str) -> Option<Duration> {
    let date = Some(header("date")).filter(|date| !date.is_empty());
    ["", FROM_PROVIDER].into_iter().find_map(|prefix| {
        let value = |name: &str| header(&format!("{prefix}{name}")).trim();
        let milliseconds = value("retry-after-ms").parse::<f64>().ok();
        milliseconds
            .and_then(|wait| Duration::try_from_secs_f64(wait / 1e3).ok())
            .or_else(|| retry_after(value("retry-after"), date))
            .or_else(|| {
                let spent = LIMITS.into_iter().filter(|(left, _)| value(left) == "0");
                spent
                    .filter_map(|(_, reset)| begins_anew(value(reset), date))
                    .max()
            })
    })
}

/// Parses a `Retry-After` header: seconds, or a date.
///
/// A date is compared with the response's own `Date`, so that clock differences do not matter;
/// without that header it is ignored.
fn retry_after(header: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = header.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = DateTime::parse_from_rfc2822(header).ok()?;
    let now = DateTime::parse_from_rfc2822(date?.trim()).ok()?;
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// Parses the time until a rate limit is reset: a duration in Go's format (`6m0s`, `20ms`),
/// seconds, or a time. A time is in seconds or milliseconds since 1970 or as in RFC 3339, and is
/// compared with the response's own `Date`.
fn begins_anew(header: &str, date: Option<&str>) -> Option<Duration> {
    let Ok(number) = header.parse::<f64>() else {
        let moment = DateTime::parse_from_rfc3339(header).ok();
        let moment = moment.and_then(|until| {
            let now = DateTime::parse_from_rfc2822(date?.trim()).ok()?;
            Some((until - now).to_std().unwrap_or(Duration::ZERO))
        });
        return moment.or_else(|| go_duration(header));
    };
    let seconds = match number {
        1e12.. => number / 1e3,
        1e9.. => number,
        _ => return Duration::try_from_secs_f64(number).ok(),
    };
    let now = DateTime::parse_from_rfc2822(date?.trim()).ok()?;
    let until = Duration::try_from_secs_f64(seconds).ok()?;
    let now = Duration::from_millis(u64::try_from(now.timestamp_millis()).ok()?);
    Some(until.saturating_sub(now))
}

fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at(end);
        let end = unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len());
        let (unit, after) = unit.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = after;
    }
    Duration::try_from_secs_f64(total)
        .ok()
        .filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    type Headers<'h> = &'h [(&'h str, &'h str)];

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        let cases = [
            ("2", None, Some(2.0)),
            ("0.5", None, Some(0.5)),
            ("Wed, 21 Oct 2015 07:28:10 GMT", date, Some(10.0)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", date, Some(0.0)),
            ("Wed, 21 Oct 2015 07:28:10 GMT", None, None),
            ("-1", None, None),
            ("soon", date, None),
        ];
        for (header, date, seconds) in cases {
            assert_eq!(
                retry_after(header, date),
                seconds.map(Duration::from_secs_f64),
                "{header}"
            );
        }
    }

    #[test]
    fn the_wait_is_found_in_whichever_header_a_server_or_gateway_puts_it() {
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let cases: [(Headers<'_>, Option<f64>); 17] = [
            (&[], None),
            (&[("retry-after", "2")], Some(2.0)),
            (
                &[("retry-after-ms", "250"), ("retry-after", "2")],
                Some(0.25),
            ),
            (
                &[("retry-after-ms", "soon"), ("retry-after", "2")],
                Some(2.0),
            ),
            (&[("llm_provider-retry-after", "7")], Some(7.0)),
            (&[("llm_provider-retry-after-ms", "70")], Some(0.07)),
            (
                &[("retry-after", "2"), ("llm_provider-retry-after", "7")],
                Some(2.0),
            ),
            (
                &[
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "1m2.5s"),
                    ("x-ratelimit-remaining-tokens", "9000"),
                    ("x-ratelimit-reset-tokens", "6h0m0s"),
                ],
                Some(62.5),
            ),
            (
                &[
                    ("llm_provider-x-ratelimit-remaining-tokens", "0"),
                    ("llm_provider-x-ratelimit-reset-tokens", "20ms"),
                ],
                Some(0.02),
            ),
            (
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "3")],
                Some(3.0),
            ),
            (
                &[
                    date,
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1445412485"),
                ],
                Some(5.0),
            ),
            (
                &[
                    date,
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1445412480500"),
                ],
                Some(0.5),
            ),
            (&[("x-ratelimit-reset-requests", "9s")], None),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "4")],
                Some(4.0),
            ),
            (
                &[
                    date,
                    ("anthropic-ratelimit-requests-remaining", "5"),
                    ("anthropic-ratelimit-requests-reset", "2015-10-21T07:28:50Z"),
                    ("anthropic-ratelimit-input-tokens-remaining", "0"),
                    (
                        "anthropic-ratelimit-input-tokens-reset",
                        "2015-10-21T07:28:09Z",
                    ),
                ],
                Some(9.0),
            ),
            (
                &[
                    date,
                    ("llm_provider-anthropic-ratelimit-tokens-remaining", "0"),
                    (
                        "llm_provider-anthropic-ratelimit-tokens-reset",
                        "2015-10-21T07:28:03Z",
                    ),
                ],
                Some(3.0),
            ),
            (
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "x")],
                None,
            ),
        ];
        for (headers, seconds) in cases {
            let header = |wanted: &str| {
                let found = headers.iter().find(|(name, _)| *name == wanted);
                found.map_or("", |(_, value)| *value)
            };
            let expected = seconds.map(Duration::from_secs_f64);
            assert_eq!(asked_wait(header), expected, "{headers:?}");
        }
    }
}
