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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_below_a_minute_then_clocks() {
        let text = |ms: u64| short(Duration::from_millis(ms));
        assert_eq!(text(0), "0.0s");
        assert_eq!(text(59_999), "59.9s");
        assert_eq!(text(100_000), "1:40");
        assert_eq!(text(7_384_000), "2:03:04");
    }
}
