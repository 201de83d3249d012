//! Profiles: what a spec's models and tools are bound to here (`flowdeck.toml`).
//!
//! A spec says what an agent is; a profile says what runs it on this machine. No profile ever
//! changes a spec. Two profiles are built in: `spec` takes models as the spec writes them, and
//! `offline` answers with the built-in offline model, without network and key.

mod binding;

pub use binding::{Binding, HttpBinding, ModelTarget, PythonSettings, ToolBinding};
