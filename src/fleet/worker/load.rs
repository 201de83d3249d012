//! Loads what is needed to execute a run here: its spec, and the profile of the same name on this
//! worker.

use std::sync::{Arc, Mutex};

use crate::base::files::read_text;
use crate::base::hash::HashMap;
use crate::base::keeping::Keeping;
use crate::base::lock::lock;
use crate::fleet::connection::{Link, in_words};
use crate::fleet::message::RunMessage;
use crate::fleet::submit::spec_object;
use crate::profile::{Profile, ProfileFile};
use crate::runs::{BatchPlan, BatchTerms, Origin, check_runnable};
use crate::spec::diagnostic::Severity;
use crate::spec::{Component, Format, LoadOptions, LoadPolicy, Supplied, load};
use crate::trace::{Planned, RunPlan, SpecText};

/// The maximum number of cached specs, each with its profile.
const MAX_KEPT: usize = 64;

/// Loads specs and profiles for runs.
#[derive(Debug)]
pub(super) struct Loader {
    link: Link,
    file: ProfileFile,
    /// The only profile whose runs are taken.
    only: Option<String>,
    may_start_programs: bool,
    /// The cached specs, by the hashes of spec and terms and the name of the profile.
    loaded: Mutex<HashMap<(String, String, String), Loaded>>,
}

/// A spec with its profile.
#[derive(Clone, Debug)]
struct Loaded {
    spec_name: String,
    component: Arc<Component>,
    profile: Arc<Profile>,
}

impl Loader {
    pub(super) fn new(
        link: Link,
        (file, only): (ProfileFile, Option<String>),
        may_start_programs: bool,
    ) -> Self {
        Self {
            link,
            file,
            only,
            may_start_programs,
            loaded: Mutex::default(),
        }
    }

    /// Makes the plan for a run.
    ///
    /// # Errors
    /// The reason why this worker can't execute the run.
    pub(super) async fn plan(
        &self,
        message: &RunMessage,
        planned: &Planned,
    ) -> Result<BatchPlan, String> {
        let terms = &planned.terms;
        let key = (
            terms.spec.hash.clone(),
            message.terms.clone(),
            terms.profile.name.clone(),
        );
        let known = lock(&self.loaded).get(&key).cloned();
        let loaded = if let Some(loaded) = known {
            loaded
        } else {
            let loaded = self.load(message, planned).await?;
            let mut all = lock(&self.loaded);
            if all.len() >= MAX_KEPT {
                all.clear();
            }
            all.insert(key, loaded.clone());
            loaded
        };
        let unbound = loaded.profile.unbound_tools(&loaded.component);
        let mut unbound = unbound.iter().map(|unbound| unbound.tool.name());
        if let Some(tool) = unbound.find(|tool| message.unbound.iter().all(|known| known != tool)) {
            return Err(format!("nothing is bound to the tool `{tool}` there"));
        }
        if let Some((model, error)) = loaded
            .profile
            .unusable_models(&loaded.component)
            .into_iter()
            .next()
        {
            return Err(format!(
                "the model `{}` can't be used there: {error}",
                model.name()
            ));
        }
        Ok(BatchPlan {
            spec_name: loaded.spec_name,
            component: loaded.component,
            spec: Arc::new(SpecText {
                hash: terms.spec.hash.clone(),
                text: String::new(),
            }),
            variants: Vec::new(),
            profile: loaded.profile,
            limits: terms.limits,
            runs: vec![Arc::new(RunPlan {
                // The spec is that of its variant.
                variant: None,
                ..RunPlan::clone(&planned.run)
            })],
            at_once: 1,
            requests_per_second: None,
            max_tokens_total: None,
            canary: None,
            timeout: terms.timeout,
            is_fail_fast: false,
            is_attended: terms.is_attended,
            is_steered: false,
            keeping: Keeping::All,
            origin: Origin::default(),
        })
    }

    async fn load(&self, message: &RunMessage, planned: &Planned) -> Result<Loaded, String> {
        let name = &planned.terms.profile.name;
        if let Some(only) = self.only.as_ref().filter(|only| *only != name) {
            return Err(format!(
                "it has only the profile `{only}`, and the run needs `{name}`"
            ));
        }
        let mut profile = self
            .file
            .profile(Some(name))
            .map_err(|error| in_words(&error))?;
        let terms = self.link.object(&message.terms).await;
        let terms = terms.map_err(|error| in_words(&error))?;
        let terms: BatchTerms = serde_json::from_slice(&terms)
            .map_err(|error| format!("it does not understand the terms of the batch: {error}"))?;
        profile.stubs.clone_from(&terms.stubs);
        let spec = self
            .link
            .object(&spec_object(&planned.terms.spec.hash))
            .await
            .map_err(|error| in_words(&error))?;
        let policy = if self.may_start_programs {
            LoadPolicy::default()
        } else {
            LoadPolicy::without_local_programs()
        };
        let parts = profile.component_files.clone();
        let loading = tokio::task::spawn_blocking(move || component(&spec, parts, policy));
        let component = loading
            .await
            .unwrap_or_else(|panicked| Err(panicked.to_string()))?;
        check_runnable(&component).map_err(|failure| failure.message)?;
        Ok(Loaded {
            spec_name: terms.spec_name,
            component,
            profile: Arc::new(profile),
        })
    }
}

/// Returns the component of a spec, loaded with the parts that the profile supplies.
fn component(
    spec: &[u8],
    parts: Vec<std::path::PathBuf>,
    policy: LoadPolicy,
) -> Result<Arc<Component>, String> {
    let supplied = parts.into_iter().map(|path| {
        Ok(Supplied {
            text: read_text(&path).map_err(|error| error.to_string())?,
            name: path.display().to_string(),
        })
    });
    let options = LoadOptions {
        supplied: supplied.collect::<Result<_, String>>()?,
        format: Some(Format::Json),
        policy,
        ..LoadOptions::default()
    };
    let text = std::str::from_utf8(spec).map_err(|error| error.to_string())?;
    let loaded = load(text, &options);
    match &loaded.component {
        Some(component) if !loaded.has_errors() => Ok(Arc::clone(component)),
        _ => {
            let mut problems = loaded.diagnostics.iter();
            let error = problems.find(|problem| problem.severity == Severity::Error);
            let message = error.map_or("the text is not a spec", |error| error.message.as_str());
            Err(format!("the spec can't be loaded there: {message}"))
        }
    }
}
