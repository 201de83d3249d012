//! The section `[profiles.NAME.tracing]`: the collector for traces of runs, and how much content
//! they include.

use std::path::Path;

use indexmap::IndexMap;
use url::Url;

use super::secret_source::{SecretError, SecretSource, environment_variable};
use crate::base::address::shown_text;
use crate::base::percent;
use crate::base::secret::Secret;
use crate::base::toml_table::{Entry, TomlProblems};

/// OpenTelemetry's environment variables for the address of a collector: the complete one, and the
/// base.
const WHOLE_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const BASE_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// OpenTelemetry's environment variables for headers: for traces only, and for all signals.
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// The path of traces below the base address.
const TRACES_PATH: &str = "/v1/traces";

/// The tracing settings of a profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracing {
    /// The address of the collector, with or without `/v1/traces`; `None` takes it from the
    /// environment.
    pub endpoint: Option<String>,
    /// Additional headers; values may be secrets.
    pub headers: IndexMap<String, SecretSource>,
    /// Whether traces include messages, inputs, arguments and results. Without this they have
    /// names, times, counts and kinds of errors.
    pub has_content: bool,
}

/// A collector, with everything that requests need.
#[derive(Clone, Debug, PartialEq)]
pub struct Collector {
    /// The complete URL.
    pub url: Url,
    /// Headers of each request.
    pub headers: Vec<(String, Secret)>,
    /// Whether the sent traces include content.
    pub has_content: bool,
}

/// The reason why no traces can be sent.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// Neither the profile nor the environment names a collector.
    #[error("no collector is named")]
    None,
    /// The address of the collector is invalid.
    #[error("the collector's address `{shown}` can't be used: {reason}")]
    Address {
        /// The address without its secret parts.
        shown: String,
        /// The problem of the address.
        reason: String,
    },
    /// The value of a header can't be read.
    #[error("the header `{name}` for the collector has no value")]
    Header {
        /// The name of the header.
        name: String,
        /// The cause.
        #[source]
        source: SecretError,
    },
}

impl CollectorError {
    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::None => Some(format!(
                "add `tracing = {{ endpoint = \"http://localhost:4318\" }}` to the profile, or set {BASE_ENDPOINT}"
            )),
            Self::Address { .. } => None,
            Self::Header { source, .. } => source.hint(),
        }
    }
}

impl Tracing {
    /// Reads the section.
    pub(super) fn read(
        entry: &Entry<'_>,
        folder: &Path,
        problems: &mut TomlProblems<'_>,
    ) -> Option<Self> {
        let mut table = entry.table(problems)?;
        let mut tracing = Self::default();
        if let Some(endpoint) = table.get("endpoint")
            && let Some(text) = endpoint.string(problems)
        {
            if let Err(error) = traces_url(text) {
                problems.add(endpoint.span(), format!("`{}`: {error}", endpoint.name));
            }
            tracing.endpoint = Some(text.to_owned());
        }
        if let Some(headers) = table.get("headers")
            && let Some(headers) = headers.table(problems)
        {
            for (name, value) in headers.entries() {
                if let Some(source) = SecretSource::read(&value, folder, problems) {
                    tracing.headers.insert(name.to_owned(), source);
                }
            }
        }
        if let Some(content) = table.get("content") {
            tracing.has_content = content.flag(problems).unwrap_or_default();
        }
        table.finish(problems);
        Some(tracing)
    }

    /// Returns the collector. Reads files and runs programs for the values of headers, so this must
    /// not be called on the screen's thread.
    ///
    /// Headers from the environment are sent only to the collector named in the environment,
    /// because the profile may come from a folder that somebody else wrote.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub fn collector(&self) -> Result<Collector, CollectorError> {
        let (url, mut headers) = match &self.endpoint {
            Some(text) => (traces_url(text), Vec::new()),
            None => (endpoint_of_environment()?, headers_of_environment()),
        };
        for (name, source) in &self.headers {
            let value = source.resolve().map_err(|source| CollectorError::Header {
                name: name.clone(),
                source,
            })?;
            headers.push((name.clone(), value));
        }
        Ok(Collector {
            url: url?,
            headers,
            has_content: self.has_content,
        })
    }
}

fn endpoint_of_environment() -> Result<Result<Url, CollectorError>, CollectorError> {
    if let Some(whole) = environment_variable(WHOLE_ENDPOINT) {
        return Ok(web_address(whole.expose()));
    }
    let base = environment_variable(BASE_ENDPOINT).ok_or(CollectorError::None)?;
    Ok(traces_url(base.expose()))
}

/// Parses headers in OpenTelemetry's notation: `name=value,name=value`, percent-encoded.
fn headers_of_environment() -> Vec<(String, Secret)> {
    let Some(text) = HEADERS.into_iter().find_map(environment_variable) else {
        return Vec::new();
    };
    let pairs = text.expose().split(',');
    pairs.filter_map(header).collect()
}

fn header(pair: &str) -> Option<(String, Secret)> {
    let (name, value) = pair.split_once('=')?;
    let value = percent::decoded(value.trim());
    Some((name.trim().to_owned(), Secret::new(value)))
}

/// Returns the URL for traces of a collector, whose address may be given with or without the path.
fn traces_url(text: &str) -> Result<Url, CollectorError> {
    let mut url = web_address(text)?;
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with(TRACES_PATH) {
        url.set_path(&format!("{path}{TRACES_PATH}"));
    }
    Ok(url)
}

fn web_address(text: &str) -> Result<Url, CollectorError> {
    let refused = |reason: &str| CollectorError::Address {
        shown: shown_text(text),
        reason: reason.to_owned(),
    };
    let url: Url = text
        .trim()
        .parse()
        .map_err(|error: url::ParseError| refused(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(
            "it must begin with `http://` or `https://`: traces are sent as protobuf over HTTP",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "it must be without user and password: use `headers`",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_and_without_its_path() {
        for (written, meant) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            (
                "http://localhost:6006/v1/traces",
                "http://localhost:6006/v1/traces",
            ),
            (
                "https://h.example/api/otel",
                "https://h.example/api/otel/v1/traces",
            ),
        ] {
            assert_eq!(traces_url(written).unwrap().as_str(), meant);
        }
    }

    #[test]
    fn an_address_that_can_not_be_used_is_refused_without_its_secrets() {
        for (written, expected) in [
            ("localhost:4317", "must begin with `http://`"),
            ("http://me:sk-1@h", "without user and password"),
            ("http://", "empty host"),
        ] {
            let error = traces_url(written).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("sk-1"), "{error}");
        }
    }

    #[test]
    fn a_header_of_the_environment_is_decoded_and_no_secret_is_printed() {
        let (name, value) = header(" authorization = Bearer%20sk-1 ").unwrap();
        assert_eq!(
            (name.as_str(), value.expose()),
            ("authorization", "Bearer sk-1")
        );
        assert!(!format!("{value:?}").contains("sk-1"));
        assert!(header("no pair").is_none());
    }
}
