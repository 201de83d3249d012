//! Where the calls of a model configuration go.

mod place;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::place::Place;
use super::error::ProfileError;
use super::llm_rule::LlmRule;
use super::model_endpoint::ModelTarget;
use super::secret_source::environment_variable;
use super::{ModelSource, Profile};
use crate::base::secret::Secret;
use crate::spec::Component;
use crate::spec::language::LlmConfig;
use crate::spec::sensitive::SensitiveValue;

impl Profile {
    /// Where the calls of a model configuration go under this profile, with key and parameters.
    ///
    /// A key is sent only where it belongs: the spec's to the spec's own host, the environment's
    /// to its provider's own host over `https`, a profile's to where the profile says. May read a
    /// file or run a program for a key (see [`SecretSource::resolve`](super::SecretSource::resolve)).
    ///
    /// # Errors
    /// [`ProfileError`] when there is no usable address or key, or the configuration asks for what
    /// can't be run.
    pub fn model_target(&self, component: &Arc<Component>) -> Result<ModelTarget, ProfileError> {
        self.model_target_with(component, environment_variable)
    }

    fn model_target_with(
        &self,
        component: &Arc<Component>,
        environment: impl Fn(&str) -> Option<Secret>,
    ) -> Result<ModelTarget, ProfileError> {
        let name = component.name();
        let Some(config) = LlmConfig::of(component) else {
            return self.target_without_view(component);
        };
        let rule = self.llm.iter().find(|rule| rule.matches(&config));
        let binding_rule = rule.filter(|rule| rule.names_endpoint());
        if self.model == ModelSource::Offline && binding_rule.is_none() {
            return Ok(ModelTarget::Offline);
        }
        let place = match binding_rule {
            Some(rule) => Place::of_rule(rule, name)?,
            None => Place::of_config(&config)?,
        };
        let is_own_host = binding_rule.is_none()
            || Place::of_config(&config).is_ok_and(|own| own.url.origin() == place.url.origin());
        let mut key = key_of_rule(rule, &self.name)?;
        if key.is_none() && is_own_host {
            key = own_key(&config)?;
        }
        let model_id = rule.and_then(|rule| rule.model_id.as_deref());
        let model_id = model_id.unwrap_or(config.model_id());
        place.target(name, model_id, key, generation(&config, rule), environment)
    }

    /// Where a rule that names an endpoint points, whatever it matches; none for other rules.
    ///
    /// # Errors
    /// As [`Profile::model_target`].
    pub fn rule_target(&self, rule: &LlmRule) -> Result<Option<ModelTarget>, ProfileError> {
        if !rule.names_endpoint() {
            return Ok(None);
        }
        let key = key_of_rule(Some(rule), &self.name)?;
        let model_id = rule.model_id.as_deref().unwrap_or("");
        let place = Place::of_rule(rule, &rule.pattern)?;
        let generation = rule.generation.clone();
        place
            .target(
                &rule.pattern,
                model_id,
                key,
                generation,
                environment_variable,
            )
            .map(Some)
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
