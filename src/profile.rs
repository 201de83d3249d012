//! Profiles: the bindings of a spec's models and tools on this machine (`flowdeck.toml`).
//!
//! A spec says what an agent is; a profile says what runs it on this machine. No profile ever
//! changes a spec. Two profiles are built in: `spec` takes models as the spec writes them, and
//! `offline` answers with the built-in offline model, without network and key.
//!
//! ```text
//! flowdeck.toml ─ ProfileFile::find, read ─▶ ProfileFile ─ profile(name) ─▶ Profile
//!                                                                            ├ model_target(LlmConfig)
//!                                                                            └ binding(tool name)
//! ```

mod access;
mod address;
mod binding;
mod call_limits;
mod error;
mod example;
mod file;
mod fingerprint;
mod google_credentials;
mod llm_rule;
mod model_endpoint;
mod model_target;
mod model_words;
mod oci_client;
mod oci_key;
mod own_files;
pub mod quantity;
mod secret_source;
mod stubs;
mod tool_table;
mod traces;
mod unbound;
mod unusable;

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

pub use crate::base::keeping::Keeping;
pub use crate::base::secret::Secret;
pub use crate::base::toml_table::TomlProblem;
pub use crate::net::client::TlsFiles;
pub use crate::net::retry::{Jitter, RetryPolicy};
pub use access::{Access, AccessLine, Grant, GrantKind, GrantedTo, Origin};
pub use address::AddressError;
pub(crate) use address::endpoint_url;
pub use binding::{Binding, HttpBinding, PythonSettings, Stub, ToolBinding};
pub use call_limits::CallLimits;
pub use error::{ProfileError, ProfileProblem};
pub use example::Example;
pub use file::ProfileFile;
pub use google_credentials::GoogleCredentials;
pub use llm_rule::LlmRule;
pub use model_endpoint::{Api, Credentials, ModelEndpoint, ModelTarget};
pub(crate) use oci_client::oci_credentials;
pub use oci_key::{OciInstance, OciKey};
pub use secret_source::{SecretCommand, SecretError, SecretSource};
pub use stubs::{StubError, ToolStub, by_tool};
pub use traces::{Collector, CollectorError, Tracing};
pub use unbound::UnboundTool;
pub(crate) use unbound::lines_that_bind;

/// A profile, read and checked: everything about this machine that running a spec needs.
///
/// Made by [`ProfileFile::profile`], or without a file by [`Profile::offline`] and
/// [`Profile::spec`].
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The profile's name: `offline`, `spec`, or a key of `[profiles]`.
    pub name: String,
    /// The file that defines the profile; `None` for a profile that was built in code.
    pub file: Option<PathBuf>,
    /// The folder of `flowdeck.toml`; paths and commands are relative to it.
    pub folder: PathBuf,
    /// The source of models for which no rule in `llm` matches.
    pub model: ModelSource,
    /// The rules that replace model configurations; the first one that matches wins.
    pub llm: Vec<LlmRule>,
    /// The maximum number of runs at once.
    pub at_once: Option<usize>,
    /// The maximum number of concurrent branches in a parallel node of one run.
    pub max_concurrency: Option<usize>,
    /// The maximum number of model requests per second.
    pub requests_per_second: Option<f64>,
    /// The time limits of each model call.
    pub call_limits: CallLimits,
    /// How much of the profile's runs the history keeps.
    pub keeping: Keeping,
    /// Where traces of the profile's runs are sent; `None` sends no traces.
    pub tracing: Option<Arc<Tracing>>,
    /// Disaggregated components and values to load with every spec.
    pub component_files: Vec<PathBuf>,
    /// The bindings of `ServerTool`s, by name.
    pub tools: IndexMap<String, ToolBinding>,
    /// Stubs that replace tools of any kind in this launch, by the tools' names. Never read from a
    /// file.
    pub stubs: IndexMap<String, Stub>,
    /// The settings for Python tools.
    pub python: PythonSettings,
    /// Whether only the workers that execute the runs define the profile; this machine knows just
    /// the name.
    pub is_of_workers: bool,
}

/// The source of answers to model requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ModelSource {
    /// The endpoint that the spec names.
    Spec,
    /// The built-in offline model, whatever the spec names.
    Offline,
}

impl Profile {
    /// Returns the built-in profile that answers with the offline model. It has no tool bindings;
    /// relative paths of tools that are added start at the current folder.
    pub fn offline() -> Self {
        Self::built_in("offline", ModelSource::Offline)
    }

    /// Returns the built-in profile that uses the models that the spec names. It has no tool
    /// bindings.
    pub fn spec() -> Self {
        Self::built_in("spec", ModelSource::Spec)
    }

    /// Makes a profile without any bindings.
    fn built_in(name: &str, model: ModelSource) -> Self {
        Self {
            name: name.to_owned(),
            file: None,
            folder: PathBuf::from("."),
            model,
            llm: Vec::new(),
            at_once: None,
            max_concurrency: None,
            requests_per_second: None,
            call_limits: CallLimits::default(),
            keeping: Keeping::All,
            tracing: None,
            component_files: Vec::new(),
            tools: IndexMap::new(),
            stubs: IndexMap::new(),
            python: PythonSettings::default(),
            is_of_workers: false,
        }
    }

    /// Makes a profile that only the workers define, given by its name.
    pub fn of_workers(name: &str) -> Self {
        Self {
            is_of_workers: true,
            ..Self::built_in(name, ModelSource::Spec)
        }
    }

    /// Describes the profile in a few words: `offline model · real tools`, `profile local`.
    pub fn words(&self) -> String {
        if self.model == ModelSource::Offline && self.llm.is_empty() {
            "offline model · real tools".to_owned()
        } else {
            format!("profile {}", self.name)
        }
    }

    /// Returns the binding of a `ServerTool` by its name.
    pub fn binding(&self, tool_name: &str) -> Option<&ToolBinding> {
        self.tools.get(tool_name)
    }

    /// Adds the bindings of a tools file (`--tools FILE`), which replace this profile's bindings of
    /// the same name. Relative paths are resolved against the tools file's folder.
    pub fn layer_tools(&mut self, tools: IndexMap<String, ToolBinding>) {
        self.tools.extend(tools);
    }
}
