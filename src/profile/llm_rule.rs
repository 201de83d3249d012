//! `[[profiles.NAME.llm]]`: what replaces which model configuration.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::call_limits::CallLimits;
use super::fingerprint::lossy_option;
use super::secret_source::SecretSource;
use crate::base::glob;
use crate::spec::Component;
use crate::spec::language::LlmConfig;

/// A rule of a profile on the models it matches. What it leaves out, the spec's own configuration says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LlmRule {
    /// A glob over the configuration's id, name or model id: `*` is any text, `?` any character.
    pub pattern: String,
    /// The file of a model configuration that takes the place of the spec's.
    #[serde(serialize_with = "lossy_option")]
    pub config: Option<PathBuf>,
    /// The endpoint instead of the spec's.
    pub url: Option<String>,
    /// The provider that serves the model at `url`, as `LlmConfig.api_provider` has it: `openai`,
    /// `anthropic`, ….
    pub api_provider: Option<String>,
    /// The protocol spoken there, as `LlmConfig.api_type` has it; none is the provider's usual one.
    pub api_type: Option<String>,
    /// The model instead of the spec's.
    pub model_id: Option<String>,
    /// The key instead of the spec's.
    pub api_key: Option<SecretSource>,
    /// Generation parameters, each instead of the spec's of the same name.
    pub generation: Map<String, Value>,
    /// Bounds on each call, before those of the profile.
    pub call_limits: CallLimits,
}

impl LlmRule {
    /// Whether the rule says where requests go, and does not only change how.
    pub fn names_endpoint(&self) -> bool {
        self.url.is_some() || self.api_provider.is_some() || self.config.is_some()
    }

    /// Whether the rule is about this model configuration.
    pub fn matches(&self, config: &LlmConfig) -> bool {
        let component: &Component = config.component();
        [component.id(), component.name(), config.model_id()]
            .into_iter()
            .any(|text| glob::matches(&self.pattern, text))
    }
}
