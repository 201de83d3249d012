//! Agent Spec documents: loads text into typed components, writes components back as text, and
//! reports every problem with its position.
//!
//! Everything here is pure: no files, no network, no clock. [`load()`] never fails: it returns what
//! it could read and every problem of the text. [`language`] is the table of component types that
//! the other modules read.

pub mod assist;
pub mod builtin;
pub mod component;
mod component_set;
pub mod diagnostic;
pub mod diff;
pub mod export;
mod found_tool;
pub mod graph;
mod hidden;
pub mod infer;
pub mod language;
pub mod load;
mod lower;
mod mcp_successor;
pub mod placeholder;
pub mod places;
pub mod policy;
pub mod property;
mod references;
mod requirements;
mod roster;
pub mod sensitive;
pub(crate) mod set_field;
mod source;
pub mod syntax;
pub mod templates;
pub mod validate;
pub mod version;

pub use self::component::{Component, FieldValue};
pub use self::component_set::{open_references, set_keys};
pub use self::diagnostic::{Diagnostic, Severity};
pub use self::export::{ExportError, ExportOptions, Exported, Loss, SplitOff, export, losses};
pub use self::found_tool::FoundTool;
pub use self::load::{LoadOptions, Loaded, Supplied, is_spec, load};
pub use self::mcp_successor::mcp_successor;
pub use self::places::{ComponentPlaces, PathSegment, Places};
pub use self::policy::LoadPolicy;
pub(crate) use self::roster::members as members_of_team;
pub use self::syntax::{Format, Place};
pub use self::version::AgentSpecVersion;
pub use crate::base::ids::IdSource;
