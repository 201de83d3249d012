//! The plan of a batch: one spec, one profile, and for each run its inputs, messages and seed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::base::ids::BatchId;
use crate::base::keeping::Keeping;
use crate::base::written::Written;
use crate::profile::{Profile, Stub};
use crate::runs::Variant;
use crate::spec::Component;
use crate::trace::{ComponentName, Limits, ProfileMark, RunPlan, RunTerms, SpecText};

/// A plan of runs that are launched together.
#[derive(Clone, Debug, Serialize)]
pub struct BatchPlan {
    /// Name of the spec, for people: its root component's.
    pub spec_name: String,
    /// The root component; serialised as its text.
    #[serde(skip)]
    pub component: Arc<Component>,
    /// The text that the root component is loaded from again.
    pub spec: Arc<SpecText>,
    /// The variants of the spec; none where nothing is varied.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// The profile that binds models and tools; serialised as its name and fingerprint.
    #[serde(serialize_with = "as_mark")]
    pub profile: Arc<Profile>,
    /// The bounds of each run.
    pub limits: Limits,
    /// The runs, in the order of their inputs.
    pub runs: Vec<Arc<RunPlan>>,
    /// How many may be in flight, at least 1.
    pub at_once: usize,
    /// Model requests a second over the whole batch; none is unbounded.
    pub requests_per_second: Option<f64>,
    /// Tokens that its model calls may use together, those of prompts and of answers; none is unbounded.
    #[serde(default)]
    pub max_tokens_total: Option<u64>,
    /// The runs that go first, while the others are held back; none holds nothing back.
    #[serde(default)]
    pub canary: Option<Canary>,
    /// How long one run may be active; time queued or waiting for a person does not count.
    pub timeout: Option<Duration>,
    /// Whether the first failure cancels what has not ended.
    pub is_fail_fast: bool,
    /// Whether a person watches: requests without an answer wait. Otherwise they end the run.
    pub is_attended: bool,
    /// Whether a person can steer the batch while it goes on: a spent budget then pauses it. Otherwise it ends it.
    #[serde(default)]
    pub is_steered: bool,
    /// How much the history keeps of the batch's runs.
    #[serde(default)]
    pub keeping: Keeping,
    /// The paths of its parts.
    pub origin: Origin,
}

/// The first runs of a batch, by which a person sees whether the others are worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// The number of runs, at least 1.
    pub n_runs: usize,
    /// Whether the batch goes on by itself once all of them have finished or answered. Where nobody can steer it, it
    /// ends otherwise.
    pub goes_on: bool,
}

/// The absolute paths of a batch's parts, so that it can be carried on later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The folder that was open.
    pub workspace: PathBuf,
    /// The file of the spec; none if it came from elsewhere.
    pub spec: Option<PathBuf>,
    /// Further components that it was loaded with.
    #[serde(default)]
    pub components: Vec<PathBuf>,
    /// The file of tool bindings that go over the profile's.
    #[serde(default)]
    pub tools: Option<PathBuf>,
    /// The client's id for the conversation that the batch is; none where it is not served.
    #[serde(default)]
    pub served: Option<String>,
}

/// The terms of a batch beside those of its runs: the part of its plan that is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchTerms {
    /// Name of the spec, for people.
    pub spec_name: String,
    /// How many may be in flight, at least 1.
    pub at_once: usize,
    /// Model requests a second over the whole batch; none is unbounded.
    pub requests_per_second: Option<f64>,
    /// Tokens that its model calls may use together; none is unbounded.
    #[serde(default)]
    pub max_tokens_total: Option<u64>,
    /// Whether the first failure cancels what has not ended.
    pub is_fail_fast: bool,
    /// How much the history keeps of the batch's runs.
    #[serde(default)]
    pub keeping: Keeping,
    /// The stubs of tools, by the tools' names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub stubs: IndexMap<String, Stub>,
    /// The paths of its parts.
    pub origin: Origin,
    /// The queue through which workers take its runs; none where its own process carries them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
}

/// A queue through which workers take runs.
///
/// ```json
/// {"servers": "queue.example.com:4222", "pool": "default", "store": "1767225600500000000"}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueName {
    /// Its servers, without users and passwords.
    pub servers: String,
    /// The name of the workers' pool.
    pub pool: String,
    /// The time when its records were begun, to the nanosecond: it distinguishes them from those of any other queue,
    /// whatever its servers are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
}

impl QueueName {
    /// Whether both are the same workers behind the same queue: `localhost` may be `127.0.0.1`.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same_queue = match (&self.store, &other.store) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.servers == other.servers,
        };
        is_same_queue && self.pool == other.pool
    }

    /// Returns why a batch whose runs are at the workers of this queue is not carried out by a process that has no queue:
    /// its calls would be made twice.
    pub fn refusal(&self, batch: &BatchId) -> String {
        let Self { servers, pool, .. } = self;
        format!(
            "the runs of batch `{batch}` are at the workers of the queue at {servers}, pool `{pool}`: `--nats` with its address follows them"
        )
    }
}

impl BatchPlan {
    /// Returns the terms that are kept of it, beside those of its runs.
    pub(in crate::runs) fn batch_terms(&self) -> BatchTerms {
        BatchTerms {
            spec_name: self.spec_name.clone(),
            at_once: self.at_once,
            requests_per_second: self.requests_per_second,
            max_tokens_total: self.max_tokens_total,
            is_fail_fast: self.is_fail_fast,
            keeping: self.keeping,
            stubs: self.kept_stubs(),
            origin: self.origin.clone(),
            queue: None,
        }
    }

    /// Returns the terms that a worker elsewhere needs beside those of each run.
    pub(in crate::runs) fn errand_terms(&self) -> BatchTerms {
        BatchTerms {
            stubs: self.profile.stubs.clone(),
            ..self.batch_terms()
        }
    }

    /// Returns the stubs of tools, as far as they may be kept: a name says nothing of what was said and done, a result
    /// does.
    fn kept_stubs(&self) -> IndexMap<String, Stub> {
        let mut stubs = self.profile.stubs.clone();
        if self.keeping != Keeping::All {
            for stub in stubs.values_mut() {
                stub.outcome = Ok(Written::from(Value::Null));
            }
        }
        stubs
    }

    /// The root component of a run.
    pub(in crate::runs) fn component_of(&self, run: &RunPlan) -> &Arc<Component> {
        let variant = run.variant.and_then(|variant| self.variants.get(variant));
        variant.map_or(&self.component, |variant| &variant.component)
    }

    /// Returns the terms that runs share, as their records have them: those of each variant, or of
    /// all.
    pub(in crate::runs) fn terms(&self) -> Vec<RunTerms> {
        if self.variants.is_empty() {
            return vec![self.terms_of(&self.component, &self.spec, IndexMap::new())];
        }
        let variants = self.variants.iter();
        variants
            .map(|variant| {
                let settings = variant.settings.clone();
                self.terms_of(&variant.component, &variant.spec, settings)
            })
            .collect()
    }

    fn terms_of(
        &self,
        component: &Arc<Component>,
        spec: &Arc<SpecText>,
        settings: IndexMap<String, String>,
    ) -> RunTerms {
        RunTerms {
            component: ComponentName::of(component),
            spec: Arc::clone(spec),
            settings,
            profile: mark(&self.profile),
            stubbed: self.profile.stubs.keys().cloned().collect(),
            limits: self.limits,
            timeout: self.timeout,
            is_attended: self.is_attended,
            keeping: self.keeping,
        }
    }
}

fn mark(profile: &Profile) -> ProfileMark {
    ProfileMark {
        name: profile.name.clone(),
        fingerprint: profile.fingerprint(),
    }
}

fn as_mark<S: Serializer>(profile: &Arc<Profile>, serializer: S) -> Result<S::Ok, S::Error> {
    mark(profile).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_known_by_its_records_and_where_nobody_knows_them_by_its_address() {
        let queue = |servers: &str, pool: &str, store: Option<&str>| QueueName {
            servers: servers.to_owned(),
            pool: pool.to_owned(),
            store: store.map(str::to_owned),
        };
        let ours = queue("localhost:4222", "default", Some("17"));
        assert!(ours.is_same(&queue("127.0.0.1:4222", "default", Some("17"))));
        assert!(!ours.is_same(&queue("localhost:4222", "default", Some("18"))));
        assert!(!ours.is_same(&queue("localhost:4222", "night", Some("17"))));
        assert!(ours.is_same(&queue("localhost:4222", "default", None)));
        assert!(!ours.is_same(&queue("127.0.0.1:4222", "default", None)));
    }
}
