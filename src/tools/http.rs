//! HTTP calls: `RemoteTool`s, `ApiNode`s, and `ServerTool`s that a profile binds to a URL.

mod allow_list;
mod exchange;
mod fields;
mod outputs;
mod request;
mod template;

use std::time::Duration;

use indexmap::IndexMap;
use reqwest::{Client, Method};
use serde_json::Value;
use url::Url;

use self::allow_list::is_allowed;
use self::exchange::{Answer, exchange};
pub(super) use self::fields::RequestFields;
use self::request::{HttpRequest, configuration};
use super::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use super::limit::{DEFAULT_HTTP_LIMIT, within};
use super::output::Given;
use crate::base::address::shown_address;
use crate::base::secret::Secret;
use crate::net::client::{ClientOptions, ClientSlot, TlsFiles, Way};
use crate::net::retry::{MAX_TOTAL, RetryPolicy};
use crate::profile::HttpBinding;
use crate::spec::language::{ApiNode, RemoteTool};

/// The maximum number of redirects, which must stay on the same server.
const MAX_REDIRECTS: usize = 5;

/// The client options of all tools, including MCP servers.
pub(super) const CLIENTS: ClientOptions = ClientOptions {
    connect_timeout: Duration::from_secs(10),
    answer_timeout: None,
    takes_gzip: false,
    way: Way::ThroughProxies,
};

/// The clients of all HTTP tools, made on first use.
///
/// There are two: `http` uses a client without certificates, because on a machine without a
/// certificate bundle the other one can't be made, which should affect only `https`.
#[derive(Debug, Default)]
pub(super) struct HttpTools {
    plain: ClientSlot,
    tls: ClientSlot,
}

/// A tool's settings for a request.
struct Rules<'r> {
    /// The allowed addresses; `None` allows any.
    allowed: Option<&'r [&'r str]>,
    /// The retry policy.
    policy: Option<RetryPolicy>,
    /// The observer, to which the pauses before retries are reported.
    observer: &'r dyn ToolObserver,
}

impl HttpTools {
    /// Calls a `RemoteTool`, within 30 s or the limits of its retry policy. Dropping the future
    /// closes the connection.
    pub(super) async fn call_remote(
        &self,
        tool: &RemoteTool,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Given, ToolError> {
        let fields = RequestFields::of_remote_tool(tool);
        let answer = self.call_described(&fields, invocation, observer).await?;
        answer.into_result(fields.name)
    }

    /// Sends the request of an `ApiNode` and returns a value for each of its outputs.
    pub(super) async fn call_node(
        &self,
        node: &ApiNode,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Given, ToolError> {
        let fields = RequestFields::of_api_node(node);
        let answer = self.call_described(&fields, invocation, observer).await?;
        answer.into_outputs(fields.name, node.component().outputs())
    }

    async fn call_described(
        &self,
        fields: &RequestFields<'_>,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Answer, ToolError> {
        let name = fields.name;
        let mut request = request::of_fields(fields, &invocation.arguments)?;
        request.name_call(&invocation.identity);
        let entries: Option<Vec<&str>> = fields
            .url_allow_list
            .map(|entries| entries.iter().filter_map(Value::as_str).collect());
        if entries.is_none() && request.is_destination_templated {
            let why = "an argument decides where it goes, and there is no `url_allow_list`";
            return Err(
                configuration(name, &why).with_hint(format!("add `url_allow_list` to `{name}`"))
            );
        }
        let (limit, policy) = match fields.retry_policy {
            Some(policy) => (MAX_TOTAL, Some(RetryPolicy::from_json(policy))),
            None => (DEFAULT_HTTP_LIMIT, default_policy(&request.method)),
        };
        let rules = Rules {
            allowed: entries.as_deref(),
            policy,
            observer,
        };
        within(name, limit, self.send(name, request, &rules)).await
    }

    /// Fetches a URL, which must be below one in `allowed`, within 30 s. Dropping the future closes
    /// the connection.
    pub(super) async fn fetch(
        &self,
        name: &str,
        address: &str,
        allowed: &[&str],
        observer: &dyn ToolObserver,
    ) -> Result<Given, ToolError> {
        let request = request::get(name, address)?;
        let rules = Rules {
            allowed: Some(allowed),
            policy: default_policy(&request.method),
            observer,
        };
        let answer = within(name, DEFAULT_HTTP_LIMIT, self.send(name, request, &rules)).await?;
        answer.into_result(name)
    }

    /// Calls the URL of an `http` binding, within `limit`. Dropping the future closes the
    /// connection.
    pub(super) async fn call_binding(
        &self,
        invocation: &ToolInvocation,
        binding: &HttpBinding,
        limit: Duration,
        observer: &dyn ToolObserver,
    ) -> Result<Given, ToolError> {
        let name = invocation.tool.name();
        let secrets = secrets_of(name, binding).await?;
        let arguments = &invocation.arguments;
        let mut request = request::of_binding(name, binding, &secrets, arguments)?;
        request.name_call(&invocation.identity);
        let rules = Rules {
            allowed: None,
            policy: default_policy(&request.method),
            observer,
        };
        let answer = within(name, limit, self.send(name, request, &rules)).await?;
        answer.into_result(name)
    }

    /// Sends a request and follows redirects on the same server.
    async fn send(
        &self,
        name: &str,
        mut request: HttpRequest,
        rules: &Rules<'_>,
    ) -> Result<Answer, ToolError> {
        for _ in 0..=MAX_REDIRECTS {
            if let Some(entries) = rules.allowed
                && !is_allowed(&request.url, entries.iter().copied())
            {
                let address = shown_address(&request.url);
                return Err(configuration(
                    name,
                    &format!("{address} is not in its `url_allow_list`"),
                ));
            }
            let client = self.client(name, &request.url).await?;
            let answer = exchange(
                name,
                &client,
                &request,
                rules.policy.as_ref(),
                rules.observer,
            )
            .await?;
            if !answer.is_redirect() {
                return Ok(answer);
            }
            let is_repeatable = matches!(request.method, Method::GET | Method::HEAD);
            match answer.redirect_target(&request.url) {
                Some(target) if is_repeatable && target.origin() == request.url.origin() => {
                    request.url = target;
                }
                target => return Err(redirected(name, &answer, target.as_ref())),
            }
        }
        Err(ToolError::new(
            ToolErrorKind::Unreachable,
            format!("`{name}` was redirected more than {MAX_REDIRECTS} times"),
        ))
    }

    async fn client(&self, name: &str, url: &Url) -> Result<Client, ToolError> {
        let slot = if url.scheme() == "https" {
            &self.tls
        } else {
            &self.plain
        };
        let options = ClientOptions {
            takes_gzip: true,
            ..CLIENTS
        };
        let client = slot.get(url, &TlsFiles::default(), options).await;
        client.map_err(|error| {
            ToolError::new(
                ToolErrorKind::Unreachable,
                format!("`{name}` can't use HTTP on this machine: {error}"),
            )
            .with_hint("install the system's certificates, or set SSL_CERT_FILE")
        })
    }
}

/// Returns the default retry policy: only methods that can safely be repeated are retried.
///
/// The reference runtime sends every request up to three times, even a `POST`.
fn default_policy(method: &Method) -> Option<RetryPolicy> {
    method.is_idempotent().then(RetryPolicy::default)
}

/// Reads the values of a binding's headers, on a thread that may block, because they may come from
/// programs.
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

fn redirected(name: &str, answer: &Answer, target: Option<&Url>) -> ToolError {
    let to = target.map_or_else(
        || "nowhere".to_owned(),
        |target| format!("to {}", shown_address(target)),
    );
    ToolError::new(
        ToolErrorKind::Failed,
        format!(
            "`{name}` got {} and was redirected {to}, which is not followed",
            answer.status()
        ),
    )
    .with_hint("use that address directly; redirects to another server are never followed")
}
