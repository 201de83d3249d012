//! The plan of a batch: one spec, one profile, and the inputs, messages and seed of each run.

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

/// The plan of runs that are launched together.
#[derive(Clone, Debug, Serialize)]
pub struct BatchPlan {
    /// The name of the spec for people, which is that of its root component.
    pub spec_name: String,
    /// The root component; serialized as its text.
    #[serde(skip)]
    pub component: Arc<Component>,
    /// The text from which the root component can be loaded again.
    pub spec: Arc<SpecText>,
    /// The variants of the spec; empty if nothing is varied.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// The profile that binds models and tools; serialized as its name and fingerprint.
    #[serde(serialize_with = "as_mark")]
    pub profile: Arc<Profile>,
    /// The limits of each run.
    pub limits: Limits,
    /// The runs, in the order of inputs.
    pub runs: Vec<Arc<RunPlan>>,
    /// The maximum number of runs at once, at least 1.
    pub at_once: usize,
    /// The maximum number of model requests per second in the whole batch; `None` for no limit.
    pub requests_per_second: Option<f64>,
    /// The maximum total of tokens of all model calls, for prompts and answers; `None` for no
    /// limit.
    #[serde(default)]
    pub max_tokens_total: Option<u64>,
    /// The runs that go first while the others are held back; `None` if all may start.
    #[serde(default)]
    pub canary: Option<Canary>,
    /// The maximum active time of a run; time in the queue or waiting for a person does not count.
    pub timeout: Option<Duration>,
    /// Whether the first failure cancels all unfinished runs.
    pub is_fail_fast: bool,
    /// Whether a person is available: requests without a prepared answer then wait. Otherwise they
    /// end the run.
    pub is_attended: bool,
    /// Whether a person can control the batch while it is active: an exhausted budget then pauses
    /// the batch. Otherwise it ends the batch.
    #[serde(default)]
    pub is_steered: bool,
    /// How much of the batch's runs the history keeps.
    #[serde(default)]
    pub keeping: Keeping,
    /// The paths of the batch's files.
    pub origin: Origin,
}

/// The first runs of a batch, from which a person can judge whether to start the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// The number of runs, at least 1.
    pub n_runs: usize,
    /// Whether the batch continues automatically when all of them have finished or answered.
    /// Otherwise, if no person can control the batch, it ends.
    pub goes_on: bool,
}

/// The absolute paths of a batch's files, with which it can be resumed later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The working folder.
    pub workspace: PathBuf,
    /// The file of the spec; `None` if the spec has no file.
    pub spec: Option<PathBuf>,
    /// The component files that the spec was loaded with.
    #[serde(default)]
    pub components: Vec<PathBuf>,
    /// The tools file, whose bindings take precedence over the profile's.
    #[serde(default)]
    pub tools: Option<PathBuf>,
    /// The client's id for the conversation, if the batch is a served conversation.
    #[serde(default)]
    pub served: Option<String>,
}

/// The settings of a batch, without those of its runs: the part of the plan that is recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchTerms {
    /// The name of the spec, for people.
    pub spec_name: String,
    /// The maximum number of runs at once, at least 1.
    pub at_once: usize,
    /// The maximum number of model requests per second in the whole batch; `None` for no limit.
    pub requests_per_second: Option<f64>,
    /// The maximum total of tokens of all model calls; `None` for no limit.
    #[serde(default)]
    pub max_tokens_total: Option<u64>,
    /// Whether the first failure cancels all unfinished runs.
    pub is_fail_fast: bool,
    /// How much of the batch's runs the history keeps.
    #[serde(default)]
    pub keeping: Keeping,
    /// The stubs of tools, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub stubs: IndexMap<String, Stub>,
    /// The paths of the batch's files.
    pub origin: Origin,
    /// The queue through which workers take the runs; `None` if they are executed locally.
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
    /// The servers, without users and passwords.
    pub servers: String,
    /// The name of the pool of workers.
    pub pool: String,
    /// The creation time of the queue's records in nanoseconds, which distinguishes the queue from
    /// others, whatever the servers are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
}

impl QueueName {
    /// Returns whether both are the same queue with the same workers; the names of servers may
    /// differ, such as `localhost` and `127.0.0.1`.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same_queue = match (&self.store, &other.store) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.servers == other.servers,
        };
        is_same_queue && self.pool == other.pool
    }

    /// Returns why a process without a queue must not execute a batch whose runs are at the workers
    /// of this queue: their calls would be made twice.
    pub fn refusal(&self, batch: &BatchId) -> String {
        let Self { servers, pool, .. } = self;
        format!(
            "the runs of batch `{batch}` are at the workers of the queue at {servers}, pool `{pool}`: `--nats` with its address follows them"
        )
    }
}

impl BatchPlan {
    /// Returns the recorded settings of the batch, without those of its runs.
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

    /// Returns the settings that a remote worker needs in addition to those of each run.
    pub(in crate::runs) fn errand_terms(&self) -> BatchTerms {
        BatchTerms {
            stubs: self.profile.stubs.clone(),
            ..self.batch_terms()
        }
    }

    /// Returns the stubs as far as they may be recorded: a name contains no content, but a result
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

    /// Returns the root component of a run.
    pub(in crate::runs) fn component_of(&self, run: &RunPlan) -> &Arc<Component> {
        let variant = run.variant.and_then(|variant| self.variants.get(variant));
        variant.map_or(&self.component, |variant| &variant.component)
    }

    /// Returns the settings that runs share, for their records: one for each variant, or one for
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
