//! Rules for secrets in fields that are not sensitive, and which exports therefore keep.

use serde_json::Value;
use url::Url;

use super::subject::Subject;
use crate::base::address::shown_text;
use crate::base::command_line::shown_command;
use crate::base::secret::{is_secret_name, looks_like_secret};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::placeholder;
use crate::spec::places::PathSegment;

/// The fields that map names chosen by the author to values.
const MAPS: [&str; 3] = ["headers", "query_params", "env"];
/// The minimum length of a secret in bytes; a shorter text is not a key, whatever its name:
/// `Authorization: none`.
const MIN_SECRET_BYTES: usize = 8;

/// AS803: fields that are exported in clear text contain nothing that looks like a secret.
pub(super) fn plain_fields_hold_no_secret(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (field, value) in subject.component.fields() {
        let Some(value) = value.as_value() else {
            continue;
        };
        match value {
            Value::Object(entries) if MAPS.contains(&field) => {
                for (name, value) in entries {
                    if value.as_str().is_some_and(|text| is_secret(name, text)) {
                        let path = [PathSegment::Key(field), PathSegment::Key(name)];
                        let what = format!("`{name}` in `{field}`");
                        warn(subject, &path, &what, found);
                    }
                }
            }
            Value::Array(items) if field == "args" => {
                let argv: Vec<String> = items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect();
                if shown_command(&argv) != argv.join(" ") {
                    warn(
                        subject,
                        &[PathSegment::Key(field)],
                        "an argument in `args`",
                        found,
                    );
                }
            }
            Value::String(text) if has_secret_address(text) => {
                let what = format!("the address in `{field}`");
                warn(subject, &[PathSegment::Key(field)], &what, found);
            }
            _ => {}
        }
    }
}

fn warn(subject: &Subject<'_>, path: &[PathSegment<'_>], what: &str, found: &mut Vec<Diagnostic>) {
    let message = format!("{what} looks like it holds a secret; exports keep it as it is");
    let is_header = matches!(path, [PathSegment::Key("headers"), _]);
    let help = if is_header
        && subject
            .component
            .component_type()
            .field("sensitive_headers")
            .is_some()
    {
        "put it in `sensitive_headers`, which exports replace by a reference"
    } else {
        "let a placeholder or a profile supply it"
    };
    let place = subject.places.nearest(path);
    found.push(subject.warning("AS803", place, message).with_help(help));
}

/// Returns whether a named value is literal text that looks like a secret, by its name or its form.
fn is_secret(name: &str, text: &str) -> bool {
    let is_filled_in = placeholder::find(text).next().is_some();
    looks_like_secret(text)
        || (!is_filled_in && text.len() >= MIN_SECRET_BYTES && is_secret_name(name))
}

/// Returns whether a text is a URL with a password, or with a secret in its query.
fn has_secret_address(text: &str) -> bool {
    if !text.contains("://") {
        return false;
    }
    let Ok(url) = Url::parse(text.trim()) else {
        // One that can't be used is kept as well.
        return text.contains('@') && !text.contains("{{") && shown_text(text) != text.trim();
    };
    let has_placeholder = |text: &str| text.contains("{{") || text.contains("%7B%7B");
    url.password()
        .is_some_and(|password| !password.is_empty() && !has_placeholder(password))
        || url
            .query_pairs()
            .any(|(name, value)| is_secret(&name, &value))
}
