//! Rules for what a component sends over the network.

use serde_json::Value;

use super::subject::Subject;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::placeholder;
use crate::spec::places::PathSegment;

/// AS701: `headers` and `sensitive_headers` have no key in common.
pub(super) fn headers_once(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let headers = subject
        .component
        .field("headers")
        .and_then(FieldValue::as_value);
    let secret = match subject.component.field("sensitive_headers") {
        Some(FieldValue::Secret(secret)) => Some(secret.reveal()),
        _ => None,
    };
    let both = headers
        .and_then(Value::as_object)
        .zip(secret.and_then(Value::as_object));
    let Some((headers, secret)) = both else {
        return;
    };
    for name in secret.keys().filter(|name| headers.contains_key(*name)) {
        let path = [
            PathSegment::Key("sensitive_headers"),
            PathSegment::Key(name),
        ];
        let place = subject
            .places
            .key_at(&path)
            .unwrap_or_else(|| subject.places.field_or_type("sensitive_headers"));
        let message = format!("`{name}` is in both `headers` and `sensitive_headers`");
        found.push(
            subject
                .error("AS701", place, message)
                .with_help("leave it in one of them"),
        );
    }
}

/// The bounds of a retry policy's numbers: each field, and whether it must be above zero (otherwise
/// zero is allowed).
const RETRY_BOUNDS: [(&str, bool); 5] = [
    ("max_attempts", false),
    ("request_timeout", true),
    ("initial_retry_delay", false),
    ("max_retry_delay", false),
    ("backoff_factor", true),
];

/// AS705: the numbers of a retry policy are within their bounds, and the longest delay is not
/// shorter than the first one.
pub(super) fn retry_bounds(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let policy = subject
        .component
        .field("retry_policy")
        .and_then(FieldValue::as_value);
    let Some(policy) = policy.and_then(Value::as_object) else {
        return;
    };
    let number = |field: &str| policy.get(field).and_then(Value::as_f64);
    let place = |field| {
        subject
            .places
            .nearest(&[PathSegment::Key("retry_policy"), PathSegment::Key(field)])
    };
    for (field, above_zero) in RETRY_BOUNDS {
        let Some(value) = number(field) else { continue };
        if value < 0.0 || above_zero && value <= 0.0 {
            let bound = if above_zero { "above 0" } else { "0 or more" };
            let message = format!("`{field}` must be {bound}, found {value}");
            found.push(subject.error("AS705", place(field), message));
        }
    }
    if let (Some(first), Some(longest)) = (number("initial_retry_delay"), number("max_retry_delay"))
        && longest < first
    {
        let message = format!(
            "`max_retry_delay` ({longest}) is shorter than `initial_retry_delay` ({first})",
        );
        found.push(subject.error("AS705", place("max_retry_delay"), message));
    }
}

/// AS802: the host of a request does not come from a placeholder.
pub(super) fn hosts_are_bounded(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let allowed = subject.component.field("url_allow_list");
    let is_open = matches!(allowed, Some(FieldValue::Value(Value::Null)));
    let Some(url) = subject.text("url").filter(|_| is_open) else {
        return;
    };
    if let Some(placeholder) = placeholder::in_authority(url) {
        let place = subject.places.field_or_type("url");
        let message = format!(
            "`{{{{{}}}}}` decides which server is called, and no `url_allow_list` limits it",
            placeholder.name
        );
        let help = "list the addresses that may be called in `url_allow_list` (since 26.1.2)";
        found.push(subject.warning("AS802", place, message).with_help(help));
    }
}

/// AS801: the file contains no literal secret. A value with a placeholder is allowed, because it is
/// filled in at run time.
pub(super) fn clear_secrets(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (field, value) in subject.component.fields() {
        let FieldValue::Secret(secret) = value else {
            continue;
        };
        let Some(place) = subject.places.field(field) else {
            continue;
        };
        let reference = [PathSegment::Key(field), PathSegment::Key("$component_ref")];
        if subject.places.path(&reference).is_some() || is_template(secret.reveal()) {
            continue;
        }
        let message =
            format!("`{field}` holds a secret in clear text; exports replace it by a reference");
        // Without an id of its own the component has another one each time it is read.
        let help = if subject.places.field("id").is_some() {
            let id = subject.component.id();
            format!(
                "write `{{\"$component_ref\": \"{id}.{field}\"}}` and keep the value in the profile"
            )
        } else {
            format!(
                "give the component an `id`, refer to `ID.{field}` and keep the value in the profile"
            )
        };
        found.push(subject.warning("AS801", place, message).with_help(help));
    }
}

/// Returns whether every string in a value has a placeholder.
fn is_template(value: &Value) -> bool {
    match value {
        Value::String(text) => placeholder::find(text).next().is_some(),
        Value::Array(items) => items.iter().all(is_template),
        Value::Object(entries) => entries.values().all(is_template),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
