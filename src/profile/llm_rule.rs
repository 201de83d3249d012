//! `[[profiles.NAME.llm]]`: what replaces which model configuration.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::call_limits::CallLimits;
use super::fingerprint::lossy_option;
use super::secret_source::SecretSource;
use crate::spec::Component;
use crate::spec::language::LlmConfig;

/// One rule. What it leaves out, the spec's own configuration says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LlmRule {
    /// A glob over the configuration's id, name or model id: `*` is any text, `?` any character.
    pub pattern: String,
    /// The file of a model configuration that takes the place of the spec's.
    #[serde(serialize_with = "lossy_option")]
    pub config: Option<PathBuf>,
    /// The endpoint instead of the spec's.
    pub url: Option<String>,
    /// Who serves the model at `url`, as `LlmConfig.api_provider` has it: `openai`, `anthropic`, ….
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
            .any(|text| glob_matches(&self.pattern, text))
    }
}

/// Whether the whole of `text` is as `pattern` says. Takes time in the product of their lengths at
/// worst, never exponential.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where the last `*` is, and where in the text what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                let Some((star_pattern, star_text)) = star else {
                    return false;
                };
                star = Some((star_pattern, star_text + 1));
                at_pattern = star_pattern + 1;
                at_text = star_text + 1;
            }
        }
    }
    pattern
        .get(at_pattern..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "gpt-4o", true),
            ("gpt-*", "gpt-4o", true),
            ("gpt-*", "my gpt-4o", false),
            ("*4?", "gpt-4o", true),
            ("*-*-x", "a-b-c-x", true),
            ("*-*-x", "a-x", false),
            ("main", "main", true),
            ("main", "Main", false),
            ("", "", true),
            ("a*b*", "ab", true),
        ] {
            assert_eq!(glob_matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
