//! The provider, the protocol and the address in a configuration or rule.

use url::Url;

use super::Environment;
use crate::base::secret::Secret;
use crate::profile::address::endpoint_url;
use crate::profile::error::ProfileError;
use crate::profile::llm_rule::LlmRule;
use crate::profile::model_endpoint::{Api, Credentials, ModelEndpoint};
use crate::spec::language::{ComponentKind, LlmConfig};

/// A provider with a known address or key variable.
#[derive(Debug)]
struct Provider {
    /// The name in lower case, as in `api_provider`.
    name: &'static str,
    /// The name as written in messages.
    title: &'static str,
    /// The provider's own address, if there is one.
    url: Option<&'static str>,
    /// The environment variable with the provider's key, which is sent only to the provider's own
    /// host over `https`.
    variable: Option<&'static str>,
    /// The default protocol.
    api: Api,
}

const PROVIDERS: [Provider; 5] = [
    Provider {
        name: "openai",
        title: "OpenAI",
        url: Some("https://api.openai.com/v1"),
        variable: Some("OPENAI_API_KEY"),
        api: Api::ChatCompletions,
    },
    Provider {
        name: "anthropic",
        title: "Anthropic",
        url: Some("https://api.anthropic.com/v1"),
        variable: Some("ANTHROPIC_API_KEY"),
        api: Api::Messages,
    },
    Provider {
        name: "gemini",
        title: "Gemini",
        url: Some("https://generativelanguage.googleapis.com/v1beta"),
        variable: Some("GEMINI_API_KEY"),
        api: Api::Gemini,
    },
    Provider {
        name: "google",
        title: "Gemini",
        url: Some("https://generativelanguage.googleapis.com/v1beta"),
        variable: Some("GEMINI_API_KEY"),
        api: Api::Gemini,
    },
    Provider {
        name: "ollama",
        title: "Ollama",
        url: Some("http://localhost:11434/v1"),
        variable: None,
        api: Api::ChatCompletions,
    },
];

impl Provider {
    fn named(name: &str) -> Option<&'static Self> {
        PROVIDERS
            .iter()
            .find(|provider| provider.name.eq_ignore_ascii_case(name))
    }

    /// Returns the provider whose own host is in a URL with `https`.
    fn at(url: &Url) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| {
            let own = provider.url.and_then(|own| Url::parse(own).ok());
            url.scheme() == "https" && own.is_some_and(|own| own.origin() == url.origin())
        })
    }
}

/// The names in `api_type`, both in the language and in `flowdeck.toml`.
const API_TYPES: [(&str, Api); 6] = [
    ("chat_completions", Api::ChatCompletions),
    ("openai_chat_completions", Api::ChatCompletions),
    ("responses", Api::Responses),
    ("openai_responses", Api::Responses),
    ("messages", Api::Messages),
    ("gemini", Api::Gemini),
];

/// An address with its provider and protocol.
#[derive(Debug)]
pub(in crate::profile) struct Place {
    pub(in crate::profile) url: Url,
    api: Api,
}

impl Place {
    /// Returns the place that a configuration names.
    ///
    /// # Errors
    /// [`ProfileError`] if the configuration has no usable address or needs an unsupported
    /// protocol.
    pub(in crate::profile) fn of_config(config: &LlmConfig) -> Result<Self, ProfileError> {
        let component = config.component();
        let provider = match component.kind() {
            ComponentKind::OpenAiConfig => Some("openai"),
            ComponentKind::OllamaConfig => Some("ollama"),
            _ => config.api_provider(),
        };
        Self::of(config.url(), provider, config.api_type(), component.name())
    }

    /// Returns the place that a rule names.
    ///
    /// # Errors
    /// As [`Self::of_config`].
    pub(in crate::profile) fn of_rule(
        rule: &LlmRule,
        component: &str,
    ) -> Result<Self, ProfileError> {
        Self::of(
            rule.url.as_deref(),
            rule.api_provider.as_deref(),
            rule.api_type.as_deref(),
            component,
        )
    }

    fn of(
        url: Option<&str>,
        provider: Option<&str>,
        api_type: Option<&str>,
        component: &str,
    ) -> Result<Self, ProfileError> {
        let provider = provider.and_then(Provider::named);
        let api = match api_type {
            Some(name) => api_named(name).ok_or_else(|| ProfileError::UnknownApi {
                component: component.to_owned(),
                api_type: name.to_owned(),
                known: API_TYPES
                    .iter()
                    .map(|(name, _)| (*name).to_owned())
                    .collect(),
            })?,
            None => provider.map_or(Api::ChatCompletions, |provider| provider.api),
        };
        let url = url.filter(|url| !url.trim().is_empty());
        let url = url
            .or(provider.and_then(|provider| provider.url))
            .ok_or_else(|| ProfileError::NoAddress {
                component: component.to_owned(),
            })?;
        let url = endpoint_url(url, api).map_err(|source| ProfileError::Address {
            component: component.to_owned(),
            source,
        })?;
        Ok(Self { url, api })
    }

    /// Returns the host with its port, without the parts of the address that may be secret.
    pub(in crate::profile) fn host(&self) -> Option<String> {
        let host = self.url.host_str()?;
        Some(match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    /// Returns the environment variable with the key to use if there is no other key.
    pub(in crate::profile) fn variable(&self) -> Option<&'static str> {
        Provider::at(&self.url)?.variable
    }

    /// Returns the endpoint at this place. Without a key, uses the one from the environment, if it
    /// belongs to this provider.
    ///
    /// # Errors
    /// [`ProfileError::NoKey`] if the provider requires a key.
    pub(super) fn endpoint(
        self,
        component: &str,
        key: Option<Secret>,
        environment: &Environment<'_>,
    ) -> Result<ModelEndpoint, ProfileError> {
        let owner = Provider::at(&self.url);
        let variable = owner.and_then(|owner| Some((owner, owner.variable?)));
        let key = match (key, variable) {
            (None, Some((owner, variable))) => {
                let key = environment(variable).ok_or_else(|| ProfileError::NoKey {
                    component: component.to_owned(),
                    provider: owner.title,
                    variable,
                })?;
                Some(key)
            }
            (key, _) => key,
        };
        Ok(ModelEndpoint {
            credentials: Credentials::from(key),
            is_openai: owner.is_some_and(|owner| owner.name == "openai"),
            ..ModelEndpoint::new(self.api, self.url, "")
        })
    }
}

fn api_named(name: &str) -> Option<Api> {
    API_TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, api)| *api)
}
