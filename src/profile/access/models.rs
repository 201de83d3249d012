//! Grants of models: the servers that they call.

use std::sync::Arc;

use super::{Below, Draft, GrantKind, Survey, described, shown_path, text};
use crate::base::address::{shown_address, shown_text};
use crate::profile::ModelSource;
use crate::profile::llm_rule::LlmRule;
use crate::profile::model_target::Place;
use crate::spec::Component;
use crate::spec::language::{
    DbmsVectorChainLlmConfig, GeminiConfig, GeminiVertexAIAuthConfig, LlmConfig, OciGenAiConfig,
};

impl Survey<'_> {
    /// Adds the server of a model configuration, as replaced by the profile.
    pub(super) fn model(&mut self, component: &Arc<Component>) -> Below {
        let config = LlmConfig::of(component);
        let profile = self.profile;
        let matches = |rule: &&LlmRule| config.as_ref().is_some_and(|config| rule.matches(config));
        let rule = profile.llm.iter().find(matches);
        let names_endpoint = rule.is_some_and(LlmRule::names_endpoint);
        if profile.model == ModelSource::Offline && !names_endpoint {
            return Below::Skip;
        }
        if let Some(rule) = rule {
            if let Some(key) = &rule.api_key {
                let purpose = format!("key for {}", described(component));
                self.secret_of_profile(key, &purpose);
            }
            if names_endpoint {
                self.model_of_rule(component, rule);
                return Below::Skip;
            }
        }
        let has_key = rule.is_some_and(|rule| rule.api_key.is_some());
        match config {
            Some(config) => self.model_of_spec(&config, has_key),
            // Of a plugin that the language does not have: it can't be run either.
            None => return Below::Skip,
        }
        self.files(component);
        self.secrets(component);
        Below::Look
    }

    fn model_of_rule(&mut self, component: &Arc<Component>, rule: &LlmRule) {
        let purpose = purpose(component, rule.model_id.as_deref());
        if let Some(path) = &rule.config {
            let path = shown_path(path, &self.profile.folder);
            let file = Draft::of(component, GrantKind::File, &path).by_profile();
            self.add(file.purpose("a model configuration"));
            let endpoint = format!("the server that {path} names");
            let endpoint = Draft::of(component, GrantKind::Endpoint, endpoint).by_profile();
            self.add(endpoint.purpose(purpose));
            return;
        }
        let place = Place::of_rule(rule, component.name());
        let target = place.as_ref().map_or_else(
            |_unusable| shown_text(rule.url.as_deref().unwrap_or_default()),
            |place| shown_address(&place.url),
        );
        let endpoint = Draft::of(component, GrantKind::Endpoint, target).by_profile();
        self.add(endpoint.purpose(purpose));
        if let (Ok(place), None) = (&place, &rule.api_key) {
            self.key_of_environment(component, place.variable());
        }
    }

    fn model_of_spec(&mut self, config: &LlmConfig, has_key: bool) {
        let component = config.component();
        let rule_model = self.profile.llm.iter().find(|rule| rule.matches(config));
        let purpose = purpose(
            component,
            rule_model.and_then(|rule| rule.model_id.as_deref()),
        );
        let endpoint = |target: String| Draft::of(component, GrantKind::Endpoint, target);
        if let Some(gemini) = GeminiConfig::of(component) {
            let vertex = GeminiVertexAIAuthConfig::of(gemini.auth());
            let (host, variable) = match &vertex {
                Some(vertex) if vertex.location() != "global" => (
                    format!("https://{}-aiplatform.googleapis.com/", vertex.location()),
                    "GOOGLE_APPLICATION_CREDENTIALS",
                ),
                Some(_) => (
                    "https://aiplatform.googleapis.com/".to_owned(),
                    "GOOGLE_APPLICATION_CREDENTIALS",
                ),
                None => (
                    "https://generativelanguage.googleapis.com/".to_owned(),
                    "GEMINI_API_KEY",
                ),
            };
            self.add(endpoint(host).purpose(purpose));
            if !has_key && !has_secret(gemini.auth()) {
                self.key_of_environment(component, Some(variable));
            }
            return;
        }
        // Those of Oracle's cloud name their address below, in `client_config`; a database has its own.
        if component.is::<OciGenAiConfig>() || component.is::<DbmsVectorChainLlmConfig>() {
            return;
        }
        match Place::of_config(config) {
            Ok(place) => {
                self.add(endpoint(shown_address(&place.url)).purpose(purpose));
                if !has_key && !has_secret(component) {
                    self.key_of_environment(component, place.variable());
                }
            }
            Err(error) => {
                let written = text(component, "url").unwrap_or("an unknown server");
                let draft = endpoint(super::shown_url(written)).purpose(purpose);
                self.add(draft.concern(error.to_string()));
            }
        }
    }

    /// Adds a provider's API key from the environment, which is only sent to the provider's own
    /// host.
    fn key_of_environment(&mut self, component: &Component, variable: Option<&str>) {
        if let Some(variable) = variable {
            let target = format!("the environment variable {variable}");
            let draft = Draft::of(component, GrantKind::Secret, target);
            self.add(draft.purpose(format!("key for {}", described(component))));
        }
    }
}

/// Returns whether a component has its own key or account.
fn has_secret(component: &Component) -> bool {
    use crate::spec::component::FieldValue::{Reference, Secret};
    ["api_key", "credentials"]
        .into_iter()
        .filter_map(|field| component.field(field))
        .any(|value| matches!(value, Secret(_) | Reference(_)))
}

fn purpose(component: &Component, model_id: Option<&str>) -> String {
    let model_id = model_id.or_else(|| text(component, "model_id"));
    match model_id {
        Some(model_id) => format!("model `{}` ({model_id})", component.name()),
        None => format!("model `{}`", component.name()),
    }
}
