//! The endpoint of a model: its address, its protocol and its credentials.

use serde_json::{Map, Value};

use super::call_limits::CallLimits;
use super::google_credentials::GoogleCredentials;
use super::oci_key::{OciInstance, OciKey};
use crate::base::secret::Secret;
use crate::net::client::TlsFiles;
use crate::net::retry::RetryPolicy;

/// Where the calls of one model configuration go, after a profile had its say.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelTarget {
    /// The built-in offline model.
    Offline,
    /// A server.
    Endpoint(Box<ModelEndpoint>),
}

/// A model behind a server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEndpoint {
    /// The protocol that is spoken there.
    pub api: Api,
    /// Where requests go: the whole address, as [`Api`] says.
    pub url: url::Url,
    /// Headers of each request beside those of the protocol.
    pub headers: Vec<(&'static str, String)>,
    /// Fields of each request's body beside those of the protocol.
    pub fields: Map<String, Value>,
    /// The model's name at its provider.
    pub model_id: String,
    /// The credentials for the endpoint.
    pub credentials: Credentials,
    /// Generation parameters: the spec's, overridden by the profile's; keys as in
    /// `LlmGenerationConfig` (`temperature`, `max_tokens`, `top_p`, …).
    pub generation: Map<String, Value>,
    /// When failed requests are sent again; none is the usual way. Of the configuration that is used,
    /// which a rule of the profile may have put in the place of the spec's.
    pub retry: Option<RetryPolicy>,
    /// Bounds on each call that the profile sets.
    pub call_limits: CallLimits,
    /// Whether it is OpenAI itself, which names some fields otherwise.
    pub is_openai: bool,
    /// The certificates of the connection, if they are not the machine's.
    pub tls: TlsFiles,
}

impl ModelEndpoint {
    /// A model that is asked as it is: no credentials, no parameters, the machine's certificates.
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

/// A protocol between a client and a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's chat completions and all that are compatible with it; the address ends in
    /// `/chat/completions`.
    ChatCompletions,
    /// OpenAI's responses; the address ends in `/responses`.
    Responses,
    /// Anthropic's messages; the address ends in `/messages`.
    Messages,
    /// Google's `generateContent`; the address is the part before `/models/…`.
    Gemini,
    /// Oracle's own chat, in the form that all models but Cohere's take; the address ends in
    /// `/actions/chat`.
    OciGeneric,
    /// Oracle's own chat, in the form that Cohere's models take.
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

    /// Returns what the path of an address ends in.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::Messages => "/messages",
            Self::Gemini => "",
            Self::OciGeneric | Self::OciCohere => "/actions/chat",
        }
    }

    /// Returns what a base address without a version gets.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses | Self::Messages => "/v1",
            Self::Gemini => "/v1beta",
            Self::OciGeneric | Self::OciCohere => "/20231130",
        }
    }
}

/// Credentials for an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A key, in the header that the protocol wants it in.
    Key(Secret),
    /// An account in Google's cloud, which gives tokens.
    Google(GoogleCredentials),
    /// A key with which requests to Oracle's cloud are signed.
    Oci(OciKey),
    /// The machine in Oracle's cloud that the program runs on.
    OciInstance(OciInstance),
}

impl Credentials {
    /// The secret that is sent as it is.
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
