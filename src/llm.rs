//! One model call: encode, stream, decode, retry. Knows nothing of agents, runs and screens.
//!
//! [`Models`] gives the [`Model`] of a target that a profile names: the offline model, or a chat
//! completions endpoint behind pooled HTTP clients. [`mock_server`] puts the offline model behind
//! such an endpoint.

mod assemble;
mod chat_completions;
mod error;
mod http;
mod json;
pub mod mock_server;
mod model;
mod models;
mod offline;
mod probe;
mod sse;
mod usage;

pub use http::HttpSettings;
pub use model::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ResponseFormat, RetryNotice, ToolChoice, ToolDeclaration,
};
pub use model::{ModelError, ModelErrorKind};
pub use models::{ModelSettings, Models};
pub use offline::{OFFLINE, OfflineModel, Pace};
pub use probe::Probed;
