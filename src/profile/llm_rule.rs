//! The rules `[[profiles.NAME.llm]]`, which replace model configurations.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::call_limits::CallLimits;
use super::fingerprint::lossy_option;
use super::secret_source::SecretSource;
use crate::base::glob;
use crate::spec::Component;
use crate::spec::language::LlmConfig;

/// A rule of a profile for the models that match its pattern. Settings that the rule lacks come
/// from the spec.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LlmRule {
    /// A glob for the configuration's id, name or model id: `*` matches any text, `?` any
    /// character.
    pub pattern: String,
    /// A file with a model configuration that replaces the spec's.
    #[serde(serialize_with = "lossy_option")]
    pub config: Option<PathBuf>,
    /// The URL that replaces the spec's.
    pub url: Option<String>,
    /// The provider that serves the model at `url`, as in `LlmConfig.api_provider`: `openai`,
    /// `anthropic`, ….
    pub api_provider: Option<String>,
    /// The protocol, as in `LlmConfig.api_type`; `None` for the provider's usual one.
    pub api_type: Option<String>,
    /// The model id that replaces the spec's.
    pub model_id: Option<String>,
    /// The API key that replaces the spec's.
    pub api_key: Option<SecretSource>,
    /// Generation parameters, which replace the spec's parameters of the same name.
    pub generation: Map<String, Value>,
    /// Time limits of each call, which take precedence over those of the profile.
    pub call_limits: CallLimits,
}

impl LlmRule {
    /// Returns whether the rule determines the endpoint, rather than only other settings.
    pub fn names_endpoint(&self) -> bool {
        self.url.is_some() || self.api_provider.is_some() || self.config.is_some()
    }

    /// Returns whether the rule applies to a model configuration.
    pub fn matches(&self, config: &LlmConfig) -> bool {
        let component: &Component = config.component();
        [component.id(), component.name(), config.model_id()]
            .into_iter()
            .any(|text| glob::matches(&self.pattern, text))
    }
}
