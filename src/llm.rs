//! One model call: encode, stream, decode, retry. Knows nothing of agents, runs and screens.

mod model;

pub use model::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ResponseFormat, RetryNotice, ToolChoice, ToolDeclaration,
};
pub use model::{ModelError, ModelErrorKind};
