//! The endpoint of a model: its address, its protocol and its credentials.

use serde_json::{Map, Value};

use super::call_limits::CallLimits;
use super::google_credentials::GoogleCredentials;
use super::oci_key::{OciInstance, OciKey};
use crate::base::secret::Secret;
use crate::net::client::TlsFiles;
use crate::net::retry::RetryPolicy;

/// The destination of a model configuration's calls, after the rules of the profile.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelTarget {
    /// The built-in offline model.
    Offline,
    /// A model server.
    Endpoint(Box<ModelEndpoint>),
}

/// A model on a server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEndpoint {
    /// The protocol of the server.
    pub api: Api,
    /// The complete URL for requests, as described at [`Api`].
    pub url: url::Url,
    /// Headers of each request in addition to those of the protocol.
    pub headers: Vec<(&'static str, String)>,
    /// Fields of each request's body in addition to those of the protocol.
    pub fields: Map<String, Value>,
    /// The name of the model at the provider.
    pub model_id: String,
    /// The credentials for the endpoint.
    pub credentials: Credentials,
    /// Generation parameters: the spec's, overridden by the profile's; keys as in
    /// `LlmGenerationConfig` (`temperature`, `max_tokens`, `top_p`, …).
    pub generation: Map<String, Value>,
    /// The policy for repeating failed requests; `None` for the default. Comes from the
    /// configuration in use, which may be one from a rule of the profile.
    pub retry: Option<RetryPolicy>,
    /// The time limits of each call, set by the profile.
    pub call_limits: CallLimits,
    /// Whether the server is OpenAI itself, which uses other names for some fields.
    pub is_openai: bool,
    /// The certificates for the connection, if they differ from the machine's.
    pub tls: TlsFiles,
}

impl ModelEndpoint {
    /// Makes an endpoint without credentials and parameters, with the machine's certificates.
    pub fn new(api: Api, url: url::Url, model_id: impl Into<String>) -> Self {
        Self {
            api,
            url,
            headers: Vec::new(),
            fields: Map::new(),
            model_id: model_id.into(),
            credentials: Credentials::None,
            generation: Map::new(),
            retry: None,
            call_limits: CallLimits::default(),
            is_openai: false,
            tls: TlsFiles::default(),
        }
    }
}

/// A protocol of model servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's chat completions and compatible protocols; the address ends in `/chat/completions`.
    ChatCompletions,
    /// OpenAI's responses; the address ends in `/responses`.
    Responses,
    /// Anthropic's messages; the address ends in `/messages`.
    Messages,
    /// Google's `generateContent`; the address is the part before `/models/…`.
    Gemini,
    /// Oracle's own chat protocol for all models except Cohere's; the address ends in
    /// `/actions/chat`.
    OciGeneric,
    /// Oracle's own chat protocol for Cohere's models.
    OciCohere,
}

impl Api {
    /// All protocols.
    pub const ALL: [Self; 6] = [
        Self::ChatCompletions,
        Self::Responses,
        Self::Messages,
        Self::Gemini,
        Self::OciGeneric,
        Self::OciCohere,
    ];

    /// Returns the end of an address's path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::Messages => "/messages",
            Self::Gemini => "",
            Self::OciGeneric | Self::OciCohere => "/actions/chat",
        }
    }

    /// Returns the version that is appended to a base address without one.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses | Self::Messages => "/v1",
            Self::Gemini => "/v1beta",
            Self::OciGeneric | Self::OciCohere => "/20231130",
        }
    }
}

/// The credentials for an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum Credentials {
    /// No credentials.
    None,
    /// A key, sent in the header that the protocol defines.
    Key(Secret),
    /// A Google Cloud account, which provides tokens.
    Google(GoogleCredentials),
    /// A key that signs requests to Oracle's cloud.
    Oci(OciKey),
    /// The identity of the machine in Oracle's cloud on which the program runs.
    OciInstance(OciInstance),
}

impl Credentials {
    /// Returns the secret that is sent literally, if there is one.
    pub fn key(&self) -> Option<&Secret> {
        match self {
            Self::Key(key) => Some(key),
            Self::None | Self::Google(_) | Self::Oci(_) | Self::OciInstance(_) => None,
        }
    }
}

impl From<Option<Secret>> for Credentials {
    fn from(key: Option<Secret>) -> Self {
        key.map_or(Self::None, Self::Key)
    }
}
