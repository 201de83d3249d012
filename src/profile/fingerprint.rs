//! The fingerprint of a profile, by which records of runs identify it.

use std::path::{Path, PathBuf};

use serde::Serializer;
use serde_json::json;

use super::Profile;
use crate::base::digest::hex_digest;

impl Profile {
    /// Returns the fingerprint, 64 hexadecimal digits, which changes with every binding of the
    /// profile. Values of secrets and the profile's folder are not included, so that a copy on
    /// another machine has the same fingerprint.
    pub fn fingerprint(&self) -> String {
        let Self {
            name: _,
            file: _,
            folder: _,
            model,
            llm,
            at_once: _,
            max_concurrency: _,
            requests_per_second: _,
            is_of_workers: _,
            keeping: _,
            tracing: _,
            call_limits,
            component_files,
            tools,
            stubs,
            python,
        } = self;
        let component_files = component_files.iter().map(|file| file.to_string_lossy());
        // Every key is a string and every number finite, so this can be written.
        let mut bound = json!({
            "model": model,
            "llm": llm,
            "call_limits": call_limits,
            "component_files": component_files.collect::<Vec<_>>(),
            "tools": tools,
            "python": python,
        });
        // Profiles without stand-ins keep the fingerprint that they had before there were any.
        if !stubs.is_empty() {
            bound["stubs"] = json!(stubs);
        }
        hex_digest(bound.to_string().as_bytes())
    }
}

/// Serializes a path that may not be UTF-8.
pub(super) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// Serializes an optional path that may not be UTF-8.
#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
pub(super) fn lossy_option<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => lossy(path, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_ne;

    use super::*;
    use crate::profile::{Binding, SecretSource, ToolBinding};

    fn with_key(key: SecretSource) -> Profile {
        let mut profile = Profile::spec();
        profile.llm.push(crate::profile::LlmRule {
            pattern: "*".to_owned(),
            config: Some("model.yaml".into()),
            url: None,
            api_provider: None,
            api_type: None,
            model_id: None,
            api_key: Some(key),
            generation: serde_json::Map::new(),
            call_limits: crate::profile::CallLimits::default(),
        });
        profile
    }

    #[test]
    fn a_profile_that_binds_something_else_has_another_fingerprint_and_a_moved_one_the_same() {
        let profile = with_key(SecretSource::Env("KEY".to_owned()));
        let moved = Profile {
            folder: "/elsewhere".into(),
            name: "other".to_owned(),
            ..profile.clone()
        };
        assert_eq!(moved.fingerprint(), profile.fingerprint());
        let mut bound = profile.clone();
        bound.layer_tools(
            [(
                "t".to_owned(),
                ToolBinding {
                    binding: Binding::Ask,
                    timeout: None,
                    is_idempotent: false,
                },
            )]
            .into(),
        );
        assert_ne!(bound.fingerprint(), profile.fingerprint());
        let renamed = with_key(SecretSource::Env("KEY_2".to_owned()));
        assert_ne!(renamed.fingerprint(), profile.fingerprint());
        assert_ne!(
            Profile::offline().fingerprint(),
            Profile::spec().fingerprint()
        );
    }

    #[test]
    fn a_secret_is_not_in_the_fingerprint() {
        let key = |text: &str| {
            with_key(SecretSource::Literal(crate::base::secret::Secret::new(
                text,
            )))
        };
        assert_eq!(key("one").fingerprint(), key("two").fingerprint());
    }
}
