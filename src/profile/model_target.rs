//! Where the calls of a model configuration go.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::address::chat_completions_url;
use super::binding::ModelTarget;
use super::error::ProfileError;
use super::llm_rule::LlmRule;
use super::secret_source::environment_variable;
use super::{ModelSource, Profile};
use crate::base::secret::Secret;
use crate::spec::Component;
use crate::spec::language::{LlmConfig, OpenAiCompatibleConfig};
use crate::spec::sensitive::SensitiveValue;

/// The host to which alone the environment's OpenAI key goes.
const OPENAI_HOST: &str = "api.openai.com";
/// OpenAI's own address.
const OPENAI_URL: &str = "https://api.openai.com/v1";
/// Where a local Ollama listens.
const OLLAMA_URL: &str = "http://localhost:11434/v1";
/// The names that `api_type` has for chat completions.
const CHAT_API_TYPES: [&str; 2] = ["chat_completions", "openai_chat_completions"];

impl Profile {
    /// Where the calls of a model configuration go under this profile, with key and parameters.
    ///
    /// A key is sent only where it belongs: the spec's to the spec's own host, the environment's
    /// `OPENAI_API_KEY` to OpenAI over `https`, a profile's to where the profile says. May read a
    /// file or run a program for a key (see [`SecretSource::resolve`](super::SecretSource::resolve)).
    ///
    /// # Errors
    /// [`ProfileError`] when there is no usable address or key, or the configuration asks for what
    /// can't be run yet.
    pub fn model_target(&self, component: &Arc<Component>) -> Result<ModelTarget, ProfileError> {
        self.model_target_with(component, environment_variable)
    }

    fn model_target_with(
        &self,
        component: &Arc<Component>,
        environment: impl Fn(&str) -> Option<Secret>,
    ) -> Result<ModelTarget, ProfileError> {
        let name = component.name().to_owned();
        let Some(config) = LlmConfig::of(component) else {
            return self.target_without_view(component);
        };
        let rule = self.llm.iter().find(|rule| rule.matches(&config));
        let rule_url = rule.and_then(|rule| rule.url.as_deref());
        if self.model == ModelSource::Offline && rule_url.is_none() {
            return Ok(ModelTarget::Offline);
        }
        if rule_url.is_none() {
            check_protocol(&config)?;
        }
        let own_url = own_url(&config);
        let Some(text) = rule_url.or(own_url) else {
            return Err(ProfileError::NoAddress { component: name });
        };
        let address = |text| {
            chat_completions_url(text).map_err(|source| ProfileError::Address {
                component: name.clone(),
                source,
            })
        };
        let url = address(text)?;
        let is_openai = url.scheme() == "https" && url.host_str() == Some(OPENAI_HOST);
        let is_own_host = own_url
            .and_then(|own| chat_completions_url(own).ok())
            .is_some_and(|own| own.origin() == url.origin());
        let mut api_key = key_of_rule(rule, &self.name)?;
        if api_key.is_none() && is_own_host {
            api_key = own_key(&config)?;
        }
        if api_key.is_none() && is_openai {
            api_key = environment("OPENAI_API_KEY");
            if api_key.is_none() {
                return Err(ProfileError::NoOpenAiKey { component: name });
            }
        }
        Ok(ModelTarget::ChatCompletions {
            url,
            model_id: rule
                .and_then(|rule| rule.model_id.as_deref())
                .unwrap_or(config.model_id())
                .to_owned(),
            api_key,
            generation: generation(&config, rule),
            is_openai,
        })
    }

    /// A model configuration of a type that is known by name only.
    fn target_without_view(&self, component: &Arc<Component>) -> Result<ModelTarget, ProfileError> {
        if self.model == ModelSource::Offline {
            return Ok(ModelTarget::Offline);
        }
        Err(ProfileError::NotYet {
            component: component.name().to_owned(),
            what: format!("`{}`", component.type_name()),
        })
    }
}

/// The address that the spec itself gives, or that follows from the provider.
fn own_url(config: &LlmConfig) -> Option<&str> {
    let provider = || {
        if config.component().type_name() == "OpenAiConfig" {
            return Some(OPENAI_URL);
        }
        match config.api_provider()?.to_ascii_lowercase().as_str() {
            "openai" => Some(OPENAI_URL),
            "ollama" => Some(OLLAMA_URL),
            _ => None,
        }
    };
    config
        .url()
        .filter(|url| !url.trim().is_empty())
        .or_else(provider)
}

/// Refuses what a chat completions client can't do.
fn check_protocol(config: &LlmConfig) -> Result<(), ProfileError> {
    let not_yet = |what: String| ProfileError::NotYet {
        component: config.component().name().to_owned(),
        what,
    };
    if let Some(api_type) = config.api_type()
        && !CHAT_API_TYPES.contains(&api_type)
    {
        return Err(not_yet(format!("`api_type: {api_type}`")));
    }
    if let Some(config) = OpenAiCompatibleConfig::of(config.component()) {
        let files = [
            ("key_file", config.key_file()),
            ("cert_file", config.cert_file()),
            ("ca_file", config.ca_file()),
        ];
        if let Some((field, _)) = files
            .into_iter()
            .find(|(_, value)| *value != SensitiveValue::Absent)
        {
            return Err(not_yet(format!("`{field}`")));
        }
    }
    Ok(())
}

fn key_of_rule(rule: Option<&LlmRule>, profile: &str) -> Result<Option<Secret>, ProfileError> {
    let Some(source) = rule.and_then(|rule| rule.api_key.as_ref()) else {
        return Ok(None);
    };
    source
        .resolve()
        .map(Some)
        .map_err(|source| ProfileError::Secret {
            what: format!("`api_key` in `[[profiles.{profile}.llm]]`"),
            source,
        })
}

fn own_key(config: &LlmConfig) -> Result<Option<Secret>, ProfileError> {
    match config.api_key() {
        SensitiveValue::Absent => Ok(None),
        SensitiveValue::Given(secret) => Ok(secret.reveal_text().map(Secret::new)),
        SensitiveValue::Missing(reference) => Err(ProfileError::MissingSensitive {
            component: config.component().name().to_owned(),
            reference: reference.to_owned(),
        }),
    }
}

/// The spec's parameters, each replaced by the profile's of the same name; null is none.
fn generation(config: &LlmConfig, rule: Option<&LlmRule>) -> Map<String, Value> {
    let mut merged = config
        .default_generation_parameters()
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(rule) = rule {
        merged.extend(rule.generation.clone());
    }
    merged.retain(|_, value| !value.is_null());
    merged
}

#[cfg(test)]
mod tests;
