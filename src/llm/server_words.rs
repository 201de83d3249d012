//! The message of a server's error response, wherever the server puts it.

use serde_json::Value;

use crate::base::text::ellipsis;

/// The maximum width of a web page's title, in cells.
const TITLE_CELLS: usize = 80;

/// The message of one error response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerWords {
    pub(super) message: Option<String>,
    /// The error code; words are preferred to a number.
    pub(super) code: Option<String>,
    /// The parameter that the error is about.
    pub(super) parameter: Option<String>,
    /// The error code, if it is a number: an HTTP status.
    pub(super) status: Option<u16>,
}

impl ServerWords {
    /// Extracts the message from a body: JSON, a web page or plain text.
    pub(super) fn of(body: &str) -> Self {
        if let Ok(value) = serde_json::from_str::<Value>(body)
            && !value.is_string()
        {
            return Self::of_value(&value);
        }
        let text = body.trim();
        let message = if is_html(text) {
            Some(html_summary(text))
        } else {
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            message,
            ..Self::default()
        }
    }

    /// Extracts the message from JSON: `error.message`, `error`, `message` or `detail`, in this
    /// order.
    pub(super) fn of_value(value: &Value) -> Self {
        // Google wraps its error objects in a list.
        let value = value.get(0).unwrap_or(value);
        let holder = value.get("response").unwrap_or(value);
        let error = holder.get("error").filter(|error| !error.is_null());
        let inner = error.filter(|error| error.is_object()).unwrap_or(value);
        let message = inner
            .get("message")
            .and_then(text)
            .or_else(|| error.and_then(text))
            .or_else(|| value.get("detail").and_then(text))
            .or_else(|| text(value));
        // `OpenRouter` says no more than that its provider refused, and keeps the provider's words beside.
        let raw = inner["metadata"]["raw"].as_str();
        let beneath = raw.and_then(|raw| Self::of(raw).message);
        let message = match (message, beneath) {
            (Some(message), Some(beneath)) => Some(format!("{message}: {beneath}")),
            (message, beneath) => message.or(beneath),
        };
        // Words before numbers: they are what `recoverable_statuses` lists. Google has them in
        // `status`, and the HTTP status in `code`.
        let codes = ["code", "status", "type"].map(|name| inner.get(name));
        let in_words = codes.into_iter().flatten().find(|code| code.is_string());
        let code = in_words.or(inner.get("code")).and_then(text);
        let number = inner.get("code").and_then(text);
        Self {
            message,
            code,
            parameter: inner.get("param").and_then(text),
            status: number.and_then(|number| number.parse().ok()),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        Value::Object(fields) if fields.contains_key("detail") => {
            fields.get("detail").and_then(text)
        }
        Value::Array(problems) => {
            let lines: Option<Vec<String>> = problems.iter().map(field_problem).collect();
            let lines = lines.filter(|lines| !lines.is_empty());
            Some(lines.map_or_else(|| value.to_string(), |lines| lines.join("; ")))
        }
        other => Some(other.to_string()),
    }
}

/// Formats an entry of `FastAPI`'s list of errors as `body.stream_options: Extra inputs are not
/// permitted`, without the submitted value, which the list repeats.
fn field_problem(problem: &Value) -> Option<String> {
    let message = problem.get("msg")?.as_str()?;
    let path = problem.get("loc")?.as_array()?.iter();
    let path: Vec<String> = path
        .map(|step| {
            step.as_str()
                .map_or_else(|| step.to_string(), str::to_owned)
        })
        .collect();
    Some(format!("{}: {message}", path.join(".")))
}

/// Returns whether a text is a web page.
pub(super) fn is_html(text: &str) -> bool {
    /// How web pages begin, after comments and white space.
    const BEGINNINGS: [&str; 6] = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<meta",
    ];
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    for (open, close) in [("<?xml", "?>"), ("<!--", "-->")] {
        while rest.starts_with(open)
            && let Some((_, after)) = rest.split_once(close)
        {
            rest = after.trim_start();
        }
    }
    let start: String = rest.chars().take(15).collect();
    let start = start.to_lowercase();
    BEGINNINGS
        .iter()
        .any(|beginning| start.starts_with(beginning))
}

/// Summarizes a web page: `a web page (“404 Not Found”)`.
pub(super) fn html_summary(page: &str) -> String {
    match title(page).filter(|title| !title.is_empty()) {
        Some(title) => format!("a web page (“{}”)", ellipsis(&title, TITLE_CELLS)),
        None => "a web page".to_owned(),
    }
}

/// Returns the title of a page on one line.
fn title(page: &str) -> Option<String> {
    // ASCII letters alone change, so that places stay where they are.
    let small = page.to_ascii_lowercase();
    let tag = small.find("<title")?;
    let start = tag + small.get(tag..)?.find('>')? + 1;
    let end = start + small.get(start..)?.find("</title")?;
    let words: Vec<&str> = page.get(start..end)?.split_whitespace().collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_servers_words_are_found_wherever_it_puts_them() {
        let cases = [
            (
                r#"{"error": {"message": "no", "code": "c"}}"#,
                "no",
                Some("c"),
            ),
            (
                r#"{"error": {"message": "no", "type": "t"}}"#,
                "no",
                Some("t"),
            ),
            (
                r#"{"object": "error", "message": "no", "code": 400}"#,
                "no",
                Some("400"),
            ),
            (r#"{"error": "no"}"#, "no", None),
            (r#"{"detail": "no"}"#, "no", None),
            (
                r#"[{"error": {"message": "no", "code": 404, "status": "NOT_FOUND"}}]"#,
                "no",
                Some("NOT_FOUND"),
            ),
            (
                r#"{"type": "response.failed", "response": {"error": {"message": "no", "code": "c"}}}"#,
                "no",
                Some("c"),
            ),
            (
                r#"{"type": "error", "message": "no", "code": "c"}"#,
                "no",
                Some("c"),
            ),
            (
                r#"{"detail": [{"type": "extra_forbidden", "loc": ["body", "messages", 1, "name"], "msg": "Extra inputs are not permitted", "input": "secret"}]}"#,
                "body.messages.1.name: Extra inputs are not permitted",
                None,
            ),
            (
                r#"{"object": "error", "message": {"detail": [{"loc": ["body"], "msg": "no"}, {"loc": ["a"], "msg": "b"}]}}"#,
                "body: no; a: b",
                None,
            ),
            (
                r#"{"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": "{\"error\": {\"message\": \"no\"}}"}}}"#,
                "Provider returned error: no",
                Some("400"),
            ),
            ("plain words", "plain words", None),
            (
                "<!DOCTYPE html><html><title>Oops</title></html>",
                "a web page (“Oops”)",
                None,
            ),
            (
                "<!-- proxy -->\n<HTML><HEAD><TITLE lang=en>Sign\n in</TITLE>",
                "a web page (“Sign in”)",
                None,
            ),
            ("<head></head>", "a web page", None),
        ];
        for (body, message, code) in cases {
            let words = ServerWords::of(body);
            assert_eq!(words.message.as_deref(), Some(message), "{body}");
            assert_eq!(words.code.as_deref(), code, "{body}");
        }
        assert_eq!(ServerWords::of(""), ServerWords::default());
    }
}
