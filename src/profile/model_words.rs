//! Descriptions of the models that a spec uses under a profile.

use std::sync::Arc;

use super::llm_rule::LlmRule;
use super::model_target::Place;
use super::{ModelSource, Profile};
use crate::base::files::file_name;
use crate::spec::Component;
use crate::spec::language::LlmConfig;

impl Profile {
    /// Describes the models below a component and their hosts, without duplicates: `llama3.2 at
    /// localhost:11434`. Reads no file and no key.
    pub fn models_in_words(&self, root: &Arc<Component>) -> Vec<String> {
        if self.is_of_workers {
            return vec!["what workers bind".to_owned()];
        }
        let mut named = Vec::new();
        for part in root.walk() {
            if part.is::<LlmConfig>() {
                let words = self.model_in_words(part);
                if !named.contains(&words) {
                    named.push(words);
                }
            }
        }
        named
    }

    fn model_in_words(&self, component: &Arc<Component>) -> String {
        let config = LlmConfig::of(component);
        let matches = |rule: &&LlmRule| config.as_ref().is_some_and(|config| rule.matches(config));
        let rule = self.llm.iter().find(matches);
        let binding = rule.filter(|rule| rule.names_endpoint());
        if self.model == ModelSource::Offline && binding.is_none() {
            return "offline model".to_owned();
        }
        if let Some(path) = rule.and_then(|rule| rule.config.as_deref()) {
            return format!("the model of {}", file_name(path));
        }
        let of_config = config.as_ref().map(LlmConfig::model_id);
        let of_rule = rule.and_then(|rule| rule.model_id.as_deref());
        let model = of_rule.or(of_config).filter(|model| !model.is_empty());
        let model = model.unwrap_or(component.name());
        let place = match (binding, &config) {
            (Some(rule), _) => Place::of_rule(rule, component.name()).ok(),
            (None, Some(config)) => Place::of_config(config).ok(),
            (None, None) => None,
        };
        match place.as_ref().and_then(Place::host) {
            Some(host) => format!("{model} at {host}"),
            None => model.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::profile::ProfileFile;
    use crate::spec::{LoadOptions, load};

    const FLOW: &str = "\
component_type: Agent
agentspec_version: 26.1.2
name: a
system_prompt: Hi.
llm_config: {component_type: OllamaConfig, name: small, url: 'http://ann:secret@localhost:11434', model_id: llama3.2}
";

    #[test]
    fn a_model_is_named_with_its_host_and_nothing_secret() {
        let loaded = load(FLOW, &LoadOptions::default());
        let agent = loaded.component.unwrap();
        let words = |profile: &Profile| profile.models_in_words(&agent).join(", ");
        assert_eq!(words(&Profile::offline()), "offline model");
        assert_eq!(words(&Profile::spec()), "llama3.2 at localhost:11434");
        let file = "[profiles.p]\n[[profiles.p.llm]]\nmatch = \"*\"\nurl = \"https://models.example/v1\"\nmodel_id = \"big\"\n";
        let file = ProfileFile::parse(file, "/w/flowdeck.toml".as_ref()).unwrap();
        let profile = file.profile(Some("p")).unwrap();
        assert_eq!(words(&profile), "big at models.example");
    }
}
