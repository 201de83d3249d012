//! The plugin types of WayFlow 26.3.1. `Plugin…` types exist only in WayFlow; `Extended…` types are
//! types of the specification with more fields.
//!
//! They are allowed wherever their parents are. An export names the plugin of each type; loading
//! ignores that name.

pub mod agents;
pub mod context;
pub mod datastore_nodes;
pub mod embeddings;
pub mod mcp;
pub mod nodes;
pub mod parsers;
pub mod prompts;
pub mod search;
pub mod transforms;
pub mod variable_nodes;

/// The version of the plugins, as exports write it.
pub const PLUGIN_VERSION: &str = "26.3.1";
