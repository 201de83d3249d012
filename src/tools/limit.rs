//! The time that a call may take.

use std::time::Duration;

use super::executor::{ToolError, ToolErrorKind};

/// The time limit of a call where its binding says none.
pub(super) const DEFAULT_LIMIT: Duration = Duration::from_mins(1);
/// The time limit of an HTTP call where its binding says none.
pub(super) const DEFAULT_HTTP_LIMIT: Duration = Duration::from_secs(30);

/// How long an async function may keep the loop that it shares with others to itself before it is named; well-behaved
/// ones take microseconds.
pub(super) const HELD_UP: Duration = Duration::from_millis(100);

/// Awaits a call for at most `limit`; dropping it must end it.
pub(super) async fn within<T>(
    name: &str,
    limit: Duration,
    call: impl Future<Output = Result<T, ToolError>>,
) -> Result<T, ToolError> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result,
        Err(_elapsed) => Err(ToolError::new(
            ToolErrorKind::TimedOut,
            format!(
                "`{name}` did not end within {} and was stopped",
                seconds(limit)
            ),
        )
        .with_hint(format!("`timeout` in `[tools.{name}]` sets its limit"))),
    }
}

/// A duration for people: `10 s`, `0.5 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
