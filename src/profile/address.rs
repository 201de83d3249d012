//! The conversion of a configured address to the URL of requests.

use url::Url;

use super::model_endpoint::Api;
use crate::base::address::shown_text;

/// A reason why a text is not the address of a model endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text can't be read as a URL.
    #[error("`{text}` is not an address")]
    Unreadable {
        /// The text without its secret parts.
        text: String,
        /// The cause.
        #[source]
        source: url::ParseError,
    },
    /// The address is neither `http` nor `https`.
    #[error("`{text}` is neither an `http` nor an `https` address")]
    Scheme {
        /// The text without its secret parts.
        text: String,
    },
}

/// The whole address of a protocol for what a spec or profile calls the endpoint's `url`.
///
/// `http://` is put before an address without a scheme, slashes at the end are dropped, a query is
/// kept. Then a path that ends in
/// - what a protocol's address ends in (`/chat/completions`) ends in that of `api`,
/// - a version (`/v1`, `/api/v3`) or a version and `openai` (`/v1beta/openai`) gets it,
/// - anything else gets it after the protocol's usual version (`/v1`).
///
/// The reference runtime knows only `/v1` as a version, and so breaks `/api/v3` and queries; the
/// end of another protocol's address it takes for a part of the base.
///
/// # Errors
/// [`AddressError`] if the text is no `http` or `https` address.
pub(crate) fn endpoint_url(text: &str, api: Api) -> Result<Url, AddressError> {
    let text = text.trim();
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|source| AddressError::Unreadable {
        text: shown_text(text),
        source,
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::Scheme {
            text: shown_text(text),
        });
    }
    let path = url.path().trim_end_matches('/');
    let end = api.path();
    let ends = Api::ALL.iter().map(|known| known.path());
    let base = ends
        .filter(|end| !end.is_empty())
        .find_map(|end| path.strip_suffix(end));
    let whole = match base {
        Some(base) => format!("{base}{end}"),
        None if ends_in_version(path) => format!("{path}{end}"),
        None => format!("{path}{}{end}", api.version()),
    };
    url.set_path(&whole);
    url.set_fragment(None);
    Ok(url)
}

fn ends_in_version(path: &str) -> bool {
    let mut segments = path.rsplit('/');
    match segments.next() {
        Some("openai") => segments.next().is_some_and(is_version),
        Some(segment) => is_version(segment),
        None => false,
    }
}

/// Returns whether a path segment is a version: `v1`, `v3`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// What a configuration gives, and the base of the addresses that follow.
    #[test]
    fn addresses_become_whole() {
        for (text, base) in [
            ("localhost", "http://localhost/v1"),
            ("localhost:8000", "http://localhost:8000/v1"),
            ("localhost:8000/v1", "http://localhost:8000/v1"),
            ("10.0.0.7:8000/", "http://10.0.0.7:8000/v1"),
            ("h.example/llm", "http://h.example/llm/v1"),
            ("http://h", "http://h/v1"),
            ("http://h/", "http://h/v1"),
            ("http://h/v1", "http://h/v1"),
            ("http://h:80/v1/", "http://h/v1"),
            (" http://h/v1// ", "http://h/v1"),
            ("https://h:8443", "https://h:8443/v1"),
            ("https://h/api/v3", "https://h/api/v3"),
            ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
            ("https://h/openai", "https://h/openai/v1"),
            ("https://h/vault", "https://h/vault/v1"),
            ("https://h/x/chat/completions", "https://h/x"),
            ("https://h/v1/responses/", "https://h/v1"),
            ("https://h/v1/messages", "https://h/v1"),
            ("[::1]:80/v1", "http://[::1]/v1"),
        ] {
            for (api, end) in [
                (Api::ChatCompletions, "/chat/completions"),
                (Api::Responses, "/responses"),
                (Api::Messages, "/messages"),
            ] {
                let whole = endpoint_url(text, api).unwrap();
                assert_eq!(whole.as_str(), format!("{base}{end}"), "{text}");
            }
        }
        for (text, whole) in [
            ("https://h", "https://h/v1beta"),
            ("https://h/v1/", "https://h/v1"),
            ("https://h/v1/chat/completions", "https://h/v1"),
        ] {
            assert_eq!(endpoint_url(text, Api::Gemini).unwrap().as_str(), whole);
        }
        let query = endpoint_url("https://h/v1?api-version=2", Api::Responses).unwrap();
        assert_eq!(query.as_str(), "https://h/v1/responses?api-version=2");
    }

    #[test]
    fn what_is_no_address_is_told() {
        for text in ["", "http://", "ftp://h/v1", "http://h:99999"] {
            assert!(
                endpoint_url(text, Api::ChatCompletions).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_told_without_its_secrets() {
        for text in [
            "http://me:hop@h:99999?k=sk-1",
            "ftp://me:hop@h/v1?k=sk-1",
            "me:hop@h h/?k=sk-1",
        ] {
            let error = endpoint_url(text, Api::ChatCompletions)
                .unwrap_err()
                .to_string();
            assert!(!error.contains("hop") && !error.contains("sk-1"), "{error}");
        }
    }
}
