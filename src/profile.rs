//! Profiles: what a spec's models and tools are bound to here (`flowdeck.toml`).
//!
//! A spec says what an agent is; a profile says what runs it on this machine. No profile ever
//! changes a spec. Two profiles are built in: `spec` takes models as the spec writes them, and
//! `offline` answers with the built-in offline model, without network and key.

mod binding;

pub use binding::{Binding, HttpBinding, ModelTarget, PythonSettings, ToolBinding};

use std::path::PathBuf;

use indexmap::IndexMap;

/// One profile, read and checked: everything that running a spec needs to know of this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The profile's name: `offline`, `spec`, or a key of `[profiles]`.
    pub name: String,
    /// The folder of `flowdeck.toml`; paths and commands are relative to it.
    pub folder: PathBuf,
    /// Bound on runs in flight.
    pub at_once: Option<usize>,
    /// Bound on model requests.
    pub requests_per_second: Option<f64>,
    /// Disaggregated components and values to load with every spec.
    pub component_files: Vec<PathBuf>,
    /// What ServerTools are bound to, by name.
    pub tools: IndexMap<String, ToolBinding>,
    /// How Python tools are run.
    pub python: PythonSettings,
}
