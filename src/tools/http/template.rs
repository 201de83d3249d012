//! URLs with placeholders.

use std::fmt::Write;

use serde_json::{Map, Value};
use url::Url;

use super::allow_list::climbs;
use crate::base::address::shown_text;
use crate::conversation::Values;
use crate::spec::placeholder::{MissingValues, find, render_request};

/// The reason why a URL can't be made from its template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    /// A placeholder has no value.
    #[error(transparent)]
    Missing(#[from] MissingValues),
    /// The result is not a valid URL.
    #[error("`{text}` is not an address: {source}")]
    Unreadable {
        text: String,
        source: url::ParseError,
    },
    /// The URL is neither `http` nor `https`.
    #[error("`{text}` is neither an `http` nor an `https` address")]
    Scheme { text: String },
    /// A value would lead out of the template's path.
    #[error("a value leads out of the path of `{template}`")]
    Climbs { template: String },
}

/// A URL, and whether a value determines its server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: Url,
    /// Whether there is a placeholder in the scheme, host or port.
    pub(super) is_destination_templated: bool,
}

/// Replaces the placeholders of a URL. Values are percent-encoded, so that each stays within its
/// path segment or query value; only if the template is a single placeholder, the value is used
/// unchanged.
pub(super) fn fill_address(template: &str, values: &Values) -> Result<Address, TemplateError> {
    let template = template.trim();
    let authority_end = authority_end(template);
    let mut placeholders = find(template).peekable();
    let has_placeholders = placeholders.peek().is_some();
    let is_destination_templated =
        placeholders.any(|placeholder| placeholder.range.start < authority_end);
    let is_one_placeholder =
        find(template).any(|placeholder| placeholder.range == (0..template.len()));
    let text = if is_one_placeholder {
        render_request(template, values)?
    } else {
        render_request(template, &encoded(template, values))?
    };
    let url = Url::parse(&text).map_err(|source| TemplateError::Unreadable {
        text: shown_text(&text),
        source,
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TemplateError::Scheme {
            text: shown_text(&text),
        });
    }
    // The parser has resolved `..` already, so the text is asked too.
    if has_placeholders && !is_one_placeholder && (climbs(url.path()) || climbs(path_of(&text))) {
        return Err(TemplateError::Climbs {
            template: shown_text(template),
        });
    }
    Ok(Address {
        url,
        is_destination_templated,
    })
}

/// Returns the end of scheme, host and port.
fn authority_end(template: &str) -> usize {
    let Some(start) = template.find("://").map(|at| at + 3) else {
        return template.len();
    };
    template
        .get(start..)
        .and_then(|rest| rest.find(['/', '?', '#', '\\']))
        .map_or(template.len(), |length| start + length)
}

fn path_of(text: &str) -> &str {
    let path = text.get(authority_end(text)..).unwrap_or_default();
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Returns the values of the placeholders, percent-encoded.
fn encoded(template: &str, values: &Values) -> Map<String, Value> {
    find(template)
        .filter_map(|placeholder| {
            let name = placeholder.name;
            values.get(name)?;
            let text = render_request(&format!("{{{{{name}}}}}"), values).ok()?;
            Some((name.to_owned(), Value::String(percent_encoded(&text))))
        })
        .collect()
}

/// Percent-encodes everything except unreserved characters (RFC 3986).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn values() -> Values {
        let values = json!({
            "city": "São Paulo/SP", "n": 3, "yes": true, "up": "..", "half": ".",
            "host": "a.com", "evil": "evil.com/", "url": "http://a.com/x?y=1", "q": "a&b=c"
        });
        values.as_object().cloned().unwrap()
    }

    #[test]
    fn values_stay_where_they_stand() {
        for (template, expected, is_templated) in [
            (
                "http://h/{{city}}/x",
                "http://h/S%C3%A3o%20Paulo%2FSP/x",
                false,
            ),
            (
                "http://h/{{n}}/{{yes}}?q={{q}}",
                "http://h/3/true?q=a%26b%3Dc",
                false,
            ),
            ("http://{{host}}/x", "http://a.com/x", true),
            ("{{url}}", "http://a.com/x?y=1", true),
            ("http://h:{{n}}/", "http://h:3/", true),
            ("http://h?x={{n}}", "http://h/?x=3", false),
        ] {
            let expected = Address {
                url: Url::parse(expected).unwrap(),
                is_destination_templated: is_templated,
            };
            assert_eq!(
                fill_address(template, &values()),
                Ok(expected),
                "{template}"
            );
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for template in [
            "http://h/a/{{up}}/b",
            "http://h/a/{{half}}{{half}}/b",
            "http://{{evil}}/x",
            "ftp://h/{{n}}",
            "h/{{n}}",
            "http://h/{{unknown}}",
        ] {
            assert!(fill_address(template, &values()).is_err(), "{template}");
        }
    }
}
