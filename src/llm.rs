//! Model calls: encoding, streaming, decoding and retries. Independent of agents, runs and screens.
//!
//! [`Models`] makes the [`Model`] for a target that a profile names: the offline model, or a server
//! behind pooled HTTP clients. Each provider's protocol has its own file in `wire`; sending,
//! retrying and streaming are shared. [`mock_server`] serves the offline model at a chat
//! completions endpoint.

mod answer;
mod assemble;
mod authorizer;
mod cut;
mod dialect;
mod encrypted_key;
mod error;
mod google_token;
mod http;
mod http_model;
mod json;
pub mod mock_server;
mod model;
mod models;
mod oci_instance;
mod oci_service;
mod oci_signature;
mod offline;
mod probe;
mod reasoning_details;
mod renewed;
#[cfg(test)]
mod scripted_server;
mod server_words;
mod side_request;
mod signing_key;
mod thoughts;
mod usage;
mod wire;
mod wire_name;

pub use cut::CutBy;
pub use http::HttpSettings;
pub use model::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ResponseFormat, RetryNotice, ToolChoice,
};
pub use model::{ModelError, ModelErrorKind};
pub use models::{ModelSettings, Models};
pub(crate) use oci_service::{OciFailure, OciRequest, OciService};
pub use offline::{OfflineModel, Pace};
pub use probe::Probed;
pub(crate) use thoughts::after_thoughts;
pub(crate) use wire_name::{wire_name, wire_names};
