//! The implementation of flowdeck's `BuiltinTool`s (see [`crate::spec::builtin`]).

mod arithmetic;
mod read_file;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{FixedOffset, SecondsFormat};
use serde_json::{Number, Value, json};

use super::executor::{Lane, ToolError, ToolErrorKind, ToolObserver};
use super::http::HttpTools;
use super::limit::{DEFAULT_LIMIT, within};
use super::output::Given;
use crate::base::clock::SharedClock;
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::builtin::{BuiltinError, builtin_of, configured};
use crate::spec::language::BuiltinTool;

/// The maximum wait in seconds, if the configuration sets none.
const MAX_WAIT_SECONDS: f64 = 60.0;

/// The context in which built-in tools are called.
#[derive(Clone, Copy, Debug)]
pub(super) struct BuiltinContext<'m> {
    pub(super) clock: &'m SharedClock,
    pub(super) http: &'m HttpTools,
    /// The folder of `flowdeck.toml`.
    pub(super) folder: &'m Path,
}

/// Returns the lane of a built-in tool.
pub(super) fn lane(tool: &BuiltinTool) -> Lane {
    match tool.tool_type() {
        "http_fetch" => Lane::Http,
        "read_file" => Lane::WorkerThread,
        _ => Lane::Async,
    }
}

/// Calls a built-in tool.
///
/// # Errors
/// flowdeck has no such tool, the arguments are invalid, or the tool failed.
pub(super) async fn call(
    tool: &Arc<Component>,
    arguments: &Values,
    means: BuiltinContext<'_>,
    observer: &dyn ToolObserver,
) -> Result<Given, ToolError> {
    let Some(view) = BuiltinTool::of(tool) else {
        return Err(ToolError::new(
            ToolErrorKind::Configuration,
            format!("`{}` is not complete", tool.name()),
        ));
    };
    let builtin = builtin_of(&view).map_err(|error| refused(tool.name(), &error))?;
    let name = tool.name();
    match builtin.name {
        "arithmetic" => {
            let value = arithmetic::evaluate(text(arguments, "expression")?)?;
            Ok(Given::Value(Value::Number(number(value))))
        }
        "current_time" => current_time(tool, arguments, means.clock).map(Given::Value),
        "http_fetch" => {
            let allowed: Vec<&str> = configured(tool, "url_allow_list")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let url = text(arguments, "url")?;
            means.http.fetch(name, url, &allowed, observer).await
        }
        "read_file" => {
            let folder = configured(tool, "folder").and_then(Value::as_str);
            let folder = means.folder.join(folder.unwrap_or_default());
            let path = text(arguments, "path")?.to_owned();
            let reading = tokio::task::spawn_blocking(move || read_file::read(&folder, &path));
            let read = async {
                let read = reading.await;
                read.unwrap_or_else(|ended| Err(ToolError::from(ended.to_string())))
            };
            within(name, DEFAULT_LIMIT, read).await.map(Given::Value)
        }
        _ => wait(tool, arguments).await.map(Given::Value),
    }
}

/// Makes the error for a tool that flowdeck does not have.
pub(super) fn refused(name: &str, error: &BuiltinError) -> ToolError {
    let refused = ToolError::new(
        ToolErrorKind::Configuration,
        format!("`{name}` can't be run: {error}"),
    );
    match error.hint() {
        Some(hint) => refused.with_hint(hint),
        None => refused,
    }
}

fn current_time(
    tool: &Arc<Component>,
    arguments: &Values,
    clock: &SharedClock,
) -> Result<Value, ToolError> {
    let offset = arguments
        .get("utc_offset")
        .filter(|value| !value.is_null())
        .or_else(|| configured(tool, "utc_offset"));
    let offset = match offset.and_then(Value::as_str) {
        None | Some("" | "Z" | "UTC") => FixedOffset::east_opt(0),
        Some(text) => text.parse().ok(),
    };
    let offset = offset.ok_or("`utc_offset` must be like `+01:00`, `-05:30` or `UTC`")?;
    let now = clock.now().to_utc().with_timezone(&offset);
    Ok(json!(now.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

async fn wait(tool: &Arc<Component>, arguments: &Values) -> Result<Value, ToolError> {
    let seconds = arguments.get("seconds").and_then(Value::as_f64);
    let longest = configured(tool, "max_seconds").and_then(Value::as_f64);
    let longest = longest.unwrap_or(MAX_WAIT_SECONDS);
    let duration = seconds
        .filter(|seconds| *seconds <= longest)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let duration =
        duration.ok_or_else(|| format!("`seconds` must be a number from 0 to {longest}"))?;
    tokio::time::sleep(duration).await;
    Ok(Value::Number(number(duration.as_secs_f64())))
}

fn text<'a>(arguments: &'a Values, name: &str) -> Result<&'a str, ToolError> {
    let text = arguments.get(name).and_then(Value::as_str);
    text.ok_or_else(|| ToolError::from(format!("`{name}` must be text")))
}

/// Converts a whole number to a JSON integer, so that it fits an output of that type.
fn number(value: f64) -> Number {
    /// The largest number up to which floating point represents every whole number.
    const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= MAX_WHOLE {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and within the range just checked"
        )]
        let whole = value as i64;
        return Number::from(whole);
    }
    Number::from_f64(value).unwrap_or_else(|| Number::from(0))
}
