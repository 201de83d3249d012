//! Converts a transport of a spec to the target of a connection.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

use super::error::SessionError;
use super::oauth::{AuthContext, Grant};
use crate::base::address::{shown_address, shown_text};
use crate::base::command_line::shown_command;
use crate::base::redact::Redactor;
use crate::base::secret::{is_secret_name, looks_like_secret};
use crate::net::client::TlsFiles;
use crate::net::retry::RetryPolicy;
use crate::profile::quantity::TIME;
use crate::spec::Component;
use crate::spec::language::{
    ClientTransport, PluginHTTPmTLSBaseTransport, PluginSSETransport, PluginSSEmTLSTransport,
    PluginStdioTransport, RemoteTransport, SSETransport, SSEmTLSTransport, StdioTransport,
    StreamableHTTPmTLSTransport,
};
use crate::spec::sensitive::SensitiveValue;
use crate::tools::executor::{ToolError, ToolErrorKind};

/// The default time limit for an answer.
const DEFAULT_READ_TIMEOUT: Duration = Duration::from_mins(1);

/// A server and its connection settings. Equal targets share a session.
#[derive(Clone, PartialEq)]
pub(super) struct Target {
    pub(super) address: Address,
    /// The maximum time without any data while an answer is awaited.
    pub(super) read_timeout: Duration,
    /// The policy for repeating failed connections.
    pub(super) retry_policy: Option<RetryPolicy>,
}

/// The address of a server.
#[derive(Clone, PartialEq)]
pub(super) enum Address {
    /// A local program, connected through its standard input and output.
    Program(Program),
    /// An HTTP server with the protocol's first version, which sends events on one open stream.
    Sse(Remote),
    /// An HTTP server with the protocol since 2025-03-26.
    StreamableHttp(Remote),
}

/// A local program that is a server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// The program and its arguments; never empty.
    pub(super) argv: Vec<String>,
    /// The environment variables of the program, in addition to the few that every program gets.
    pub(super) env: BTreeMap<String, String>,
    /// The working folder of the program.
    pub(super) folder: PathBuf,
}

/// A server in the network.
#[derive(Clone, PartialEq)]
pub(super) struct Remote {
    pub(super) url: Url,
    /// The headers of each request; secret ones are marked as sensitive.
    pub(super) headers: HeaderMap,
    pub(super) tls: TlsFiles,
    /// The settings for obtaining an access token.
    pub(super) grant: Option<Grant>,
}

impl Target {
    /// Returns whether the server needs an access token.
    pub(super) fn has_grant(&self) -> bool {
        match &self.address {
            Address::Program(_) => false,
            Address::Sse(remote) | Address::StreamableHttp(remote) => remote.grant.is_some(),
        }
    }

    /// Returns the secrets that the server receives, for masking its messages.
    pub(super) fn redactor(&self) -> Redactor {
        match &self.address {
            Address::Program(program) => program.redactor(),
            Address::Sse(remote) | Address::StreamableHttp(remote) => remote.redactor(),
        }
    }

    /// Returns the target with an access token in its headers, if needed. `is_refused` says that
    /// the server rejected the last token.
    ///
    /// # Errors
    /// There is no token.
    pub(super) async fn authorized(
        &self,
        is_refused: bool,
        auth: &AuthContext<'_>,
    ) -> Result<Self, SessionError> {
        let mut authorized = self.clone();
        if let Address::Sse(remote) | Address::StreamableHttp(remote) = &mut authorized.address
            && let Some(grant) = &remote.grant
        {
            let header = grant.authorization(is_refused, auth).await?;
            remote.headers.insert(AUTHORIZATION, header);
        }
        Ok(authorized)
    }

    /// Reads a transport of a spec; relative paths start at `folder`.
    ///
    /// # Errors
    /// [`ToolErrorKind::Configuration`], if a setting is invalid or a secret is missing.
    pub(super) fn of(transport: &Arc<Component>, folder: &Path) -> Result<Self, ToolError> {
        let client =
            ClientTransport::of(transport).ok_or_else(|| unusable(transport, "it has errors"))?;
        let seconds = client
            .session_parameters()
            .get("read_timeout_seconds")
            .and_then(Value::as_f64);
        let read_timeout = seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|timeout| !timeout.is_zero())
            // A moment that is further away has no place in the clock.
            .map_or(DEFAULT_READ_TIMEOUT, |timeout| timeout.min(*TIME.end()));
        if let Some(stdio) = StdioTransport::of(transport) {
            speaks_utf8(transport)?;
            return Ok(Self {
                address: Address::Program(Program::of(&stdio, folder)),
                read_timeout,
                retry_policy: None,
            });
        }
        let Some(remote) = RemoteTransport::of(transport) else {
            return Err(unusable(
                transport,
                &format!("a `{}` can't be used yet", transport.type_name()),
            ));
        };
        let at = Remote::of(&remote, folder)?;
        Ok(Self {
            address: if sends_events(transport) {
                Address::Sse(at)
            } else {
                Address::StreamableHttp(at)
            },
            read_timeout,
            retry_policy: remote.retry_policy().map(RetryPolicy::from_json),
        })
    }
}

/// Formats the command, or the URL without its secret parts.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Program(program) => f.write_str(&shown_command(&program.argv)),
            Address::Sse(remote) | Address::StreamableHttp(remote) => {
                f.write_str(&shown_address(&remote.url))
            }
        }
    }
}

/// Formats like `Display`, because environment and headers may contain secrets.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl Program {
    /// Returns the secrets that the program is started with.
    fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add_arguments(&self.argv);
        for (name, value) in &self.env {
            if is_secret_name(name) || looks_like_secret(value) {
                redactor.add_header(value);
            }
        }
        redactor
    }

    fn of(stdio: &StdioTransport, folder: &Path) -> Self {
        let args = stdio
            .args()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned);
        let env = stdio.env().into_iter().flatten();
        Self {
            argv: std::iter::once(stdio.command().to_owned())
                .chain(args)
                .collect(),
            env: env
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
            folder: stdio
                .cwd()
                .map_or_else(|| folder.to_owned(), |cwd| folder.join(cwd)),
        }
    }
}

impl Remote {
    /// Returns the secrets that are sent with each request.
    pub(super) fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add_address(&self.url);
        let secret = |(name, value): &(&HeaderName, &HeaderValue)| {
            value.is_sensitive() || *name == AUTHORIZATION
        };
        for (_, value) in self.headers.iter().filter(secret) {
            redactor.add_header(&String::from_utf8_lossy(value.as_bytes()));
        }
        redactor
    }

    fn of(remote: &RemoteTransport, folder: &Path) -> Result<Self, ToolError> {
        let transport = remote.component();
        let url: Url = remote.url().parse().map_err(|error| {
            unusable(
                transport,
                &format!("`{}` is not an address: {error}", shown_text(remote.url())),
            )
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unusable(
                transport,
                &format!("`{}` is neither `http` nor `https`", shown_address(&url)),
            ));
        }
        let grant = remote
            .auth()
            .map(|auth| Grant::of(auth, &url))
            .transpose()?;
        let mut headers = HeaderMap::new();
        if let Some(plain) = remote.headers() {
            add_headers(transport, &mut headers, plain, false)?;
        }
        if let Some(secret) = given(transport, remote.sensitive_headers())?
            && let Some(secret) = secret.as_object()
        {
            add_headers(transport, &mut headers, secret, true)?;
        }
        Ok(Self {
            url,
            headers,
            tls: tls_files(transport, folder)?,
            grant,
        })
    }
}

fn add_headers(
    transport: &Arc<Component>,
    headers: &mut HeaderMap,
    given: &Map<String, Value>,
    are_secret: bool,
) -> Result<(), ToolError> {
    for (name, value) in given {
        let key = HeaderName::try_from(name)
            .map_err(|_invalid| unusable(transport, &format!("`{name}` is not a header")))?;
        let mut value = value
            .as_str()
            .and_then(|text| HeaderValue::from_str(text).ok())
            .ok_or_else(|| {
                unusable(
                    transport,
                    &format!("the value of the header `{name}` can't be sent"),
                )
            })?;
        value.set_sensitive(are_secret);
        headers.insert(key, value);
    }
    Ok(())
}

/// Returns the certificates of a transport with mTLS; none for other transports.
fn tls_files(transport: &Arc<Component>, folder: &Path) -> Result<TlsFiles, ToolError> {
    let fields = if let Some(mtls) = SSEmTLSTransport::of(transport) {
        [mtls.key_file(), mtls.cert_file(), mtls.ca_file()]
            .map(|field| path(transport, field, folder))
    } else if let Some(mtls) = StreamableHTTPmTLSTransport::of(transport) {
        [mtls.key_file(), mtls.cert_file(), mtls.ca_file()]
            .map(|field| path(transport, field, folder))
    } else if let Some(mtls) = PluginHTTPmTLSBaseTransport::of(transport) {
        [mtls.key_file(), mtls.cert_file(), mtls.ca_file()].map(|file| Ok(Some(folder.join(file))))
    } else {
        return Ok(TlsFiles::default());
    };
    let [key, certificate, authorities] = fields;
    Ok(TlsFiles {
        key: key?,
        certificate: certificate?,
        authorities: authorities?,
    })
}

fn path(
    transport: &Arc<Component>,
    field: SensitiveValue<'_>,
    folder: &Path,
) -> Result<Option<PathBuf>, ToolError> {
    let text = given(transport, field)?.and_then(Value::as_str);
    Ok(text.map(|text| folder.join(text)))
}

/// Returns the value of a sensitive field.
pub(super) fn given<'c>(
    component: &Arc<Component>,
    field: SensitiveValue<'c>,
) -> Result<Option<&'c Value>, ToolError> {
    match field {
        SensitiveValue::Absent => Ok(None),
        SensitiveValue::Given(secret) => Ok(Some(secret.reveal())),
        SensitiveValue::Missing(reference) => {
            Err(
                unusable(component, &format!("nothing supplies `{reference}`")).with_hint(format!(
                    "supply `{reference}` in a file of `component_files` or with `--component`"
                )),
            )
        }
    }
}

/// Checks that a transport uses UTF-8, as the protocol requires, whatever encoding WayFlow's type
/// allows.
fn speaks_utf8(transport: &Arc<Component>) -> Result<(), ToolError> {
    let Some(wayflow) = PluginStdioTransport::of(transport) else {
        return Ok(());
    };
    match wayflow.encoding().to_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(()),
        other => Err(unusable(
            transport,
            &format!("its `encoding` is `{other}`, and MCP is spoken in UTF-8"),
        )),
    }
}

/// Returns whether a server sends events on one stream, as in the protocol's first version.
fn sends_events(transport: &Component) -> bool {
    transport.is::<SSETransport>()
        || transport.is::<PluginSSETransport>()
        || transport.is::<PluginSSEmTLSTransport>()
}

fn unusable(component: &Arc<Component>, why: &str) -> ToolError {
    let what = if component.is::<ClientTransport>() {
        "transport"
    } else {
        "authorization client"
    };
    ToolError::new(
        ToolErrorKind::Configuration,
        format!("the {what} `{}` can't be used: {why}", component.name()),
    )
}
