//! Durations as panes and tables say them.

use std::time::Duration;

/// `0.3s`, `42.0s`, `1:40`, `2:03:04`; at most seven cells below a hundred hours.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        return format!("{}.{}s", seconds, duration.subsec_millis() / 100);
    }
    let (minutes, rest) = (seconds / 60, seconds % 60);
    if minutes < 60 {
        return format!("{minutes}:{rest:02}");
    }
    format!("{}:{:02}:{rest:02}", minutes / 60, minutes % 60)
}

/// The same with two more digits where there is room: `12ms`, `1.24s`, `1:40`.
pub(crate) fn fine(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{}ms", duration.as_millis())
    } else if seconds < 60.0 {
        format!(
            "{}.{:02}s",
            duration.as_secs(),
            duration.subsec_millis() / 10
        )
    } else {
        short(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_ones_agree_with_short_ones() {
        let texts = |ms: u64| {
            let duration = Duration::from_millis(ms);
            (short(duration), fine(duration))
        };
        let pair = |short: &str, fine: &str| (short.to_owned(), fine.to_owned());
        assert_eq!(texts(12), pair("0.0s", "12ms"));
        assert_eq!(texts(1_249), pair("1.2s", "1.24s"));
        assert_eq!(texts(59_999), pair("59.9s", "59.99s"));
        assert_eq!(texts(125_000), pair("2:05", "2:05"));
    }

    #[test]
    fn tenths_below_a_minute_then_clocks() {
        let text = |ms: u64| short(Duration::from_millis(ms));
        assert_eq!(text(0), "0.0s");
        assert_eq!(text(59_999), "59.9s");
        assert_eq!(text(100_000), "1:40");
        assert_eq!(text(7_384_000), "2:03:04");
    }
}
