//! The resolution of a model configuration to its target.

mod gemini;
mod oci;
mod place;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use self::place::Place;
use super::error::ProfileError;
use super::llm_rule::LlmRule;
use super::model_endpoint::{ModelEndpoint, ModelTarget};
use super::secret_source::environment_variable;
use super::{ModelSource, Profile};
use crate::base::files::read_text;
use crate::base::secret::Secret;
use crate::net::client::TlsFiles;
use crate::net::retry::RetryPolicy;
use crate::spec::language::{
    DbmsVectorChainLlmConfig, GeminiConfig, LlmConfig, OciGenAiConfig, OpenAiCompatibleConfig,
};
use crate::spec::sensitive::SensitiveValue;
use crate::spec::{Component, LoadOptions, load};

/// A function that reads an environment variable.
pub(super) type Environment<'e> = dyn Fn(&str) -> Option<Secret> + 'e;

impl Profile {
    /// Returns the target of a model configuration's calls under this profile, with key and
    /// parameters.
    ///
    /// A key is sent only where it belongs: the spec's to the spec's own host, the environment's to
    /// its provider's own host over `https`, and a profile's to the host that the profile names.
    /// May read a file or run a program for a key (see
    /// [`SecretSource::resolve`](super::SecretSource::resolve)).
    ///
    /// # Errors
    /// [`ProfileError`] if there is no usable address or key, or the configuration needs something
    /// unsupported.
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
        let config = match rule.and_then(|rule| rule.config.as_deref()) {
            Some(path) => read_configuration(path)?,
            None => config,
        };
        let key = key_of_rule(rule, &self.name)?;
        let mut endpoint = match binding_rule {
            Some(rule) if rule.config.is_none() => {
                let place = Place::of_rule(rule, name)?;
                let own = Place::of_config(&config);
                let is_own_host = own.is_ok_and(|own| own.url.origin() == place.url.origin());
                let key = match key {
                    None if is_own_host => own_key(&config)?,
                    key => key,
                };
                place.endpoint(name, key, &environment)?
            }
            _ => own_endpoint(&config, key, &self.folder, &environment)?,
        };
        endpoint.generation = generation(&config, rule);
        endpoint.retry = config.retry_policy().map(RetryPolicy::from_json);
        endpoint.call_limits = rule.map_or(self.call_limits, |rule| {
            rule.call_limits.or(self.call_limits)
        });
        let model_id = rule.and_then(|rule| rule.model_id.as_deref());
        model_id
            .unwrap_or(config.model_id())
            .clone_into(&mut endpoint.model_id);
        Ok(ModelTarget::Endpoint(Box::new(endpoint)))
    }

    /// Returns the target of a rule that names an endpoint, without a matching model; `None` for
    /// other rules.
    ///
    /// # Errors
    /// As [`Profile::model_target`].
    pub fn rule_target(&self, rule: &LlmRule) -> Result<Option<ModelTarget>, ProfileError> {
        if !rule.names_endpoint() {
            return Ok(None);
        }
        let key = key_of_rule(Some(rule), &self.name)?;
        let mut endpoint = if let Some(path) = rule.config.as_deref() {
            let config = read_configuration(path)?;
            let own = own_endpoint(&config, key, &self.folder, &environment_variable)?;
            ModelEndpoint {
                generation: generation(&config, Some(rule)),
                retry: config.retry_policy().map(RetryPolicy::from_json),
                model_id: config.model_id().to_owned(),
                ..own
            }
        } else {
            let place = Place::of_rule(rule, &rule.pattern)?;
            ModelEndpoint {
                generation: rule.generation.clone(),
                ..place.endpoint(&rule.pattern, key, &environment_variable)?
            }
        };
        if let Some(model_id) = &rule.model_id {
            endpoint.model_id.clone_from(model_id);
        }
        endpoint.call_limits = rule.call_limits.or(self.call_limits);
        Ok(Some(ModelTarget::Endpoint(Box::new(endpoint))))
    }

    /// Returns the target of a model configuration whose type belongs to a plugin.
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

/// Reads a model configuration from its own file.
fn read_configuration(path: &Path) -> Result<LlmConfig, ProfileError> {
    let loaded = load(&read_text(path)?, &LoadOptions::default());
    let problem = loaded.diagnostics.iter().find(|problem| problem.is_error());
    let refused = |problem: &str| ProfileError::Configuration {
        path: path.to_owned(),
        problem: problem.to_owned(),
    };
    if let Some(problem) = problem {
        return Err(refused(&problem.message));
    }
    let config = loaded.component.as_ref().and_then(LlmConfig::of);
    config.ok_or_else(|| refused("it holds another component"))
}

/// Returns the endpoint that the spec itself names. `key` is the key from the profile, if any.
fn own_endpoint(
    config: &LlmConfig,
    key: Option<Secret>,
    folder: &Path,
    environment: &Environment<'_>,
) -> Result<ModelEndpoint, ProfileError> {
    let component = config.component();
    if let Some(config) = GeminiConfig::of(component) {
        return gemini::endpoint(&config, key, environment);
    }
    if let Some(config) = OciGenAiConfig::of(component) {
        return oci::endpoint(&config, environment);
    }
    if component.is::<DbmsVectorChainLlmConfig>() {
        return Err(ProfileError::NotYet {
            component: component.name().to_owned(),
            what: "a model that only an Oracle database can call".to_owned(),
        });
    }
    let place = Place::of_config(config)?;
    let key = match key {
        None => own_key(config)?,
        key => key,
    };
    let endpoint = place.endpoint(component.name(), key, environment)?;
    Ok(ModelEndpoint {
        tls: tls_files(config, folder)?,
        ..endpoint
    })
}

/// Returns the certificate files of a connection; relative paths start at `folder`.
fn tls_files(config: &LlmConfig, folder: &Path) -> Result<TlsFiles, ProfileError> {
    let Some(compatible) = OpenAiCompatibleConfig::of(config.component()) else {
        return Ok(TlsFiles::default());
    };
    let component = config.component().name();
    let path = |value| {
        let path = sensitive(value, component)?;
        Ok::<_, ProfileError>(path.map(|path| folder.join(path.expose())))
    };
    let files = TlsFiles {
        key: path(compatible.key_file())?,
        certificate: path(compatible.cert_file())?,
        authorities: path(compatible.ca_file())?,
    };
    if files.key.is_some() != files.certificate.is_some() {
        return Err(ProfileError::Credentials {
            component: component.to_owned(),
            problem: "`key_file` and `cert_file` must be given together".to_owned(),
            hint: "give both, or neither",
        });
    }
    Ok(files)
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
    sensitive(config.api_key(), config.component().name())
}

/// Returns the text of a component's sensitive field; `None` if it has no value.
pub(super) fn sensitive(
    value: SensitiveValue<'_>,
    component: &str,
) -> Result<Option<Secret>, ProfileError> {
    match value {
        SensitiveValue::Absent => Ok(None),
        SensitiveValue::Given(secret) => Ok(secret.reveal_text().map(Secret::new)),
        SensitiveValue::Missing(reference) => Err(ProfileError::MissingSensitive {
            component: component.to_owned(),
            reference: reference.to_owned(),
        }),
    }
}

/// Returns the spec's parameters, overridden by the profile's; a null removes a parameter.
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
