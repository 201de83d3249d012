//! The time limits of calls.

use std::time::Duration;

use super::executor::{ToolError, ToolErrorKind};

/// The default time limit of a call.
pub(super) const DEFAULT_LIMIT: Duration = Duration::from_mins(1);
/// The default time limit of an HTTP call.
pub(super) const DEFAULT_HTTP_LIMIT: Duration = Duration::from_secs(30);

/// How long an async function may block its shared event loop before this is reported; well-behaved
/// functions take microseconds.
pub(super) const HELD_UP: Duration = Duration::from_millis(100);

/// Awaits a call for at most `limit`; dropping the future must end the call.
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

/// Formats a duration for people: `10 s`, `0.5 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
