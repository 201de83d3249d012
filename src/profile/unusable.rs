//! Model configurations that can't be used here, found out before anything runs.

use std::sync::Arc;

use super::Profile;
use super::error::ProfileError;
use super::secret_source::SecretSource;
use crate::spec::Component;
use crate::spec::language::LlmConfig;

impl Profile {
    /// The model configurations below a component whose calls would fail before they are sent: an address or a key is
    /// missing or can't be used. No program is run to find out.
    pub fn unusable_models(&self, root: &Arc<Component>) -> Vec<(Arc<Component>, ProfileError)> {
        let models = root
            .walk()
            .into_iter()
            .filter(|part| part.is_a("LlmConfig"));
        let checked = models.filter(|model| !self.asks_a_program_for_key(model));
        checked
            .filter_map(|model| Some((Arc::clone(model), self.model_target(model).err()?)))
            .collect()
    }

    fn asks_a_program_for_key(&self, model: &Arc<Component>) -> bool {
        let config = LlmConfig::of(model);
        let rule = config.and_then(|config| self.llm.iter().find(|rule| rule.matches(&config)));
        let key = rule.and_then(|rule| rule.api_key.as_ref());
        matches!(key, Some(SecretSource::Command(_)))
    }
}
