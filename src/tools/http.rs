//! Tools behind HTTP: `RemoteTool`s, and `ServerTool`s that a profile binds to an address.

mod allow_list;
mod request;
mod template;

use std::sync::OnceLock;
use std::time::Duration;

use indexmap::IndexMap;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

use self::allow_list::is_allowed;
use self::request::{HttpRequest, configuration};
use super::executor::{ToolError, ToolErrorKind};
use super::process::MAX_OUTPUT_BYTES;
use crate::base::bounded::truncated;
use crate::base::secret::Secret;
use crate::conversation::Values;
use crate::profile::{HttpBinding, shown_address};
use crate::spec::language::RemoteTool;

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How many redirects within one server are followed.
const MAX_REDIRECTS: usize = 5;
/// How much of a body an error message shows, in bytes.
const EXCERPT_BYTES: usize = 300;

/// The clients of all HTTP tools, made on first use.
///
/// Two of them: one without certificates for `http`, because on a machine without a certificate
/// bundle the other can't be made, which then is a problem of `https` addresses alone.
#[derive(Debug, Default)]
pub(super) struct HttpTools {
    plain: OnceLock<Result<Client, String>>,
    tls: OnceLock<Result<Client, String>>,
}

impl HttpTools {
    /// Calls a `RemoteTool`. Dropping the future closes the connection.
    pub(super) async fn call_remote(
        &self,
        tool: &RemoteTool,
        arguments: &Values,
    ) -> Result<Value, ToolError> {
        let name = tool.component().name();
        let request = request::of_remote_tool(tool, arguments)?;
        let entries: Option<Vec<&str>> = tool
            .url_allow_list()
            .map(|entries| entries.iter().filter_map(Value::as_str).collect());
        if entries.is_none() && request.is_destination_templated {
            return Err(configuration(
                name,
                &"an argument decides where it goes, and there is no `url_allow_list`",
            )
            .with_hint(format!("add `url_allow_list` to `{name}`")));
        }
        self.send(name, request, entries.as_deref()).await
    }

    /// Calls what an `http` binding names. Dropping the future closes the connection.
    pub(super) async fn call_binding(
        &self,
        name: &str,
        binding: &HttpBinding,
        arguments: &Values,
    ) -> Result<Value, ToolError> {
        let secrets = secrets_of(name, binding).await?;
        let request = request::of_binding(name, binding, &secrets, arguments)?;
        self.send(name, request, None).await
    }

    async fn send(
        &self,
        name: &str,
        mut request: HttpRequest,
        allowed: Option<&[&str]>,
    ) -> Result<Value, ToolError> {
        for _ in 0..=MAX_REDIRECTS {
            if let Some(entries) = allowed
                && !is_allowed(&request.url, entries.iter().copied())
            {
                let message = format!(
                    "`{}` is not in `url_allow_list`",
                    shown_address(&request.url)
                );
                return Err(configuration(name, &message));
            }
            let response = self.send_with_retry(name, &request).await?;
            if !response.status().is_redirection() {
                return read(name, response).await;
            }
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|target| target.to_str().ok())
                .and_then(|target| request.url.join(target).ok());
            let is_repeatable = matches!(request.method, Method::GET | Method::HEAD);
            match target {
                Some(target) if is_repeatable && target.origin() == request.url.origin() => {
                    request.url = target;
                }
                target => return Err(redirected(name, response.status(), target.as_ref())),
            }
        }
        Err(ToolError::new(
            ToolErrorKind::Unreachable,
            format!("`{name}` was redirected more than {MAX_REDIRECTS} times"),
        ))
    }

    /// Sends a request; once more if it may be repeated and the first time came to nothing.
    async fn send_with_retry(
        &self,
        name: &str,
        request: &HttpRequest,
    ) -> Result<Response, ToolError> {
        let client = self.client(name, request)?;
        let is_idempotent = matches!(
            request.method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
        );
        let first = send_once(client, request).await;
        let is_passing = match &first {
            Ok(response) => matches!(
                response.status(),
                StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            ),
            Err(error) => error.is_connect() || error.is_request(),
        };
        let sent = if is_idempotent && is_passing {
            send_once(client, request).await
        } else {
            first
        };
        sent.map_err(|error| unreachable(name, request, error))
    }

    fn client(&self, name: &str, request: &HttpRequest) -> Result<&Client, ToolError> {
        let is_tls = request.url.scheme() == "https";
        let slot = if is_tls { &self.tls } else { &self.plain };
        slot.get_or_init(|| {
            let builder = Client::builder()
                .connect_timeout(CONNECT_LIMIT)
                .redirect(reqwest::redirect::Policy::none());
            let builder = if is_tls {
                builder
            } else {
                builder.tls_certs_only([])
            };
            builder.build().map_err(|error| innermost(&error))
        })
        .as_ref()
        .map_err(|why| {
            ToolError::new(
                ToolErrorKind::Unreachable,
                format!("`{name}` can't use `https` on this machine: {why}"),
            )
            .with_hint("install the system's certificates, or set SSL_CERT_FILE")
        })
    }
}

/// The values of a binding's headers. On a thread that may block, for they may come from programs.
async fn secrets_of(
    name: &str,
    binding: &HttpBinding,
) -> Result<IndexMap<String, Secret>, ToolError> {
    let sources = binding.headers.clone();
    let resolving = tokio::task::spawn_blocking(move || {
        sources
            .into_iter()
            .map(|(header, source)| match source.resolve() {
                Ok(secret) => Ok((header, secret)),
                Err(error) => Err((header, error)),
            })
            .collect::<Result<IndexMap<_, _>, _>>()
    });
    match resolving.await {
        Ok(Ok(secrets)) => Ok(secrets),
        Ok(Err((header, error))) => {
            Err(configuration(name, &format!("header `{header}`: {error}")))
        }
        Err(stopped) => Err(configuration(name, &stopped)),
    }
}

async fn send_once(client: &Client, request: &HttpRequest) -> Result<Response, reqwest::Error> {
    let mut builder = client
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone());
    if !request.body.is_empty() {
        builder = builder.body(request.body.clone());
    }
    builder.send().await
}

/// Reads the whole answer, within bounds: JSON as a value, everything else as text.
async fn read(name: &str, mut response: Response) -> Result<Value, ToolError> {
    let status = response.status();
    let address = shown_address(response.url());
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
        });
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| {
        let error = error.without_url();
        ToolError::new(
            ToolErrorKind::Unreachable,
            format!("the answer of `{name}` from {address} broke off"),
        )
        .with_source(error)
    })? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_OUTPUT_BYTES {
            return Err(ToolError::new(
                ToolErrorKind::BadOutput,
                format!(
                    "the answer of `{name}` from {address} is larger than {} MB",
                    MAX_OUTPUT_BYTES / (1024 * 1024)
                ),
            ));
        }
    }
    let text = String::from_utf8_lossy(&body);
    if !status.is_success() {
        let said = match text.trim() {
            "" => String::new(),
            said => format!(": {}", truncated(said, EXCERPT_BYTES)),
        };
        return Err(ToolError::new(
            ToolErrorKind::Failed,
            format!("`{name}` got {status} from {address}{said}"),
        ));
    }
    if !is_json {
        return Ok(Value::String(text.into_owned()));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|error| {
        ToolError::new(
            ToolErrorKind::BadOutput,
            format!("the answer of `{name}` from {address} says that it is JSON, and is not"),
        )
        .with_source(error)
    })
}

fn redirected(name: &str, status: StatusCode, target: Option<&url::Url>) -> ToolError {
    let to = target.map_or_else(
        || "nowhere".to_owned(),
        |target| format!("to {}", shown_address(target)),
    );
    ToolError::new(
        ToolErrorKind::Failed,
        format!("`{name}` got {status} and was sent {to}, which is not followed"),
    )
    .with_hint("use the address itself; redirects to another server are never followed")
}

fn unreachable(name: &str, request: &HttpRequest, error: reqwest::Error) -> ToolError {
    let error = error.without_url();
    ToolError::new(
        ToolErrorKind::Unreachable,
        format!(
            "`{name}` can't reach {}: {}",
            shown_address(&request.url),
            innermost(&error)
        ),
    )
    .with_source(error)
}

/// The deepest cause of an error: `connection refused` rather than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
