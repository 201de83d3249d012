//! Model configurations and tools that can't be used on this machine, detected before a run starts.

use std::path::PathBuf;
use std::sync::Arc;

use super::Profile;
use super::binding::Binding;
use super::error::ProfileError;
use super::secret_source::SecretSource;
use crate::spec::Component;
use crate::spec::language::{Execution, LlmConfig, ToolExecution};

impl Profile {
    /// Returns the model configurations below a component whose calls would fail before they are
    /// sent, because an address or a key is missing or invalid. Runs no programs. Empty for a
    /// profile that only the workers define.
    pub fn unusable_models(&self, root: &Arc<Component>) -> Vec<(Arc<Component>, ProfileError)> {
        if self.is_of_workers {
            return Vec::new();
        }
        let models = root
            .walk()
            .into_iter()
            .filter(|part| part.is::<LlmConfig>());
        let checked = models.filter(|model| !self.asks_a_program_for_key(model));
        checked
            .filter_map(|model| Some((Arc::clone(model), self.model_target(model).err()?)))
            .collect()
    }

    /// Returns the tools below a component whose bound file does not exist, each with that file.
    /// Programs given without a folder are not checked.
    pub fn unusable_tools(&self, root: &Arc<Component>) -> Vec<(Arc<Component>, PathBuf)> {
        let mut unusable: Vec<(Arc<Component>, PathBuf)> = Vec::new();
        for tool in root
            .walk()
            .into_iter()
            .filter(|part| part.execution() == Execution::Tool(ToolExecution::ServerTool))
            .filter(|tool| self.stub(tool.name()).is_none())
        {
            let file = match self.binding(tool.name()).map(|bound| &bound.binding) {
                Some(Binding::Command { argv }) => {
                    let program = argv.first().filter(|program| program.contains('/'));
                    program.map(PathBuf::from)
                }
                Some(Binding::Python { file, .. }) => Some(file.clone()),
                Some(Binding::Http(_) | Binding::Ask | Binding::Stub(_)) | None => None,
            };
            let file = file.map(|file| self.folder.join(file));
            let is_new = unusable
                .iter()
                .all(|(known, _)| known.name() != tool.name());
            if let Some(file) = file.filter(|file| is_new && !file.exists()) {
                unusable.push((Arc::clone(tool), file));
            }
        }
        unusable
    }

    fn asks_a_program_for_key(&self, model: &Arc<Component>) -> bool {
        let config = LlmConfig::of(model);
        let rule = config.and_then(|config| self.llm.iter().find(|rule| rule.matches(&config)));
        let key = rule.and_then(|rule| rule.api_key.as_ref());
        matches!(key, Some(SecretSource::Command(_)))
    }
}
