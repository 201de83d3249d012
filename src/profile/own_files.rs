//! The files that a profile names, which must not be overwritten while the profile is in use.

use std::path::PathBuf;

use super::Profile;
use super::binding::Binding;
use super::secret_source::SecretSource;

impl Profile {
    /// Returns the files that runs with this profile may read: the profile itself, components,
    /// configurations and keys of models, and the programs and Python files of tools. For a
    /// command, these are the words that are names of existing files.
    pub fn own_files(&self) -> Vec<PathBuf> {
        let rules = self.llm.iter().flat_map(|rule| {
            let key = match &rule.api_key {
                Some(SecretSource::File(path)) => Some(path),
                _ => None,
            };
            rule.config.iter().chain(key).cloned()
        });
        let tools = self.tools.values().flat_map(|tool| match &tool.binding {
            Binding::Command { argv } => argv.iter().map(PathBuf::from).collect(),
            Binding::Python { file, .. } => vec![file.clone()],
            Binding::Http(_) | Binding::Ask | Binding::Stub(_) => Vec::new(),
        });
        let named = self.component_files.iter().chain(&self.file).cloned();
        named
            .chain(rules)
            .chain(tools)
            .map(|path| self.folder.join(path))
            .filter(|path| path.is_file())
            .collect()
    }
}
