//! Executes a run: agents and flows are plain async functions over a [`RunContext`].
//!
//! [`execute()`] passes a component its inputs and returns its outputs. A run acts only through its
//! context, by four kinds of effects: it calls a model, calls a tool, asks a person, or reads or
//! does something else outside. Therefore a test can supply a scripted world, and the events of a
//! run are complete enough to repeat the run without effects ([`Past`]). The runtime knows only one
//! run; `runs` manages many.

mod agent;
mod context;
mod datastore;
mod engine;
mod environment;
mod event_queue;
mod execute;
mod flow;
mod halt;
mod inputs;
mod jinja;
mod key;
mod message_value;
mod past;
mod provided;
mod providers;
mod query;
mod remote;
mod runnable;
mod structured;
mod team;
mod tool_result;
mod values;
mod world;

pub use crate::trace::Limits;
pub use context::{AnswerError, ContextParts, RunContext, RunHandle, ToolCallResult, check_reply};
pub use engine::{
    Conversation, ConversationError, ConversationStep, Engine, EngineBuilder, EngineModel,
    ExecutionStatus, PendingCall,
};
pub use environment::Environment;
pub use event_queue::{EventReceiver, EventSender, Unread, event_queue};
pub use execute::execute;
pub use halt::Halt;
pub use inputs::check_inputs;
pub use key::EffectKey;
pub use past::{InDoubt, Past, PastError};
pub(crate) use remote::{RemoteWait, remote_wait};
pub use runnable::check_runnable;
pub use world::{AlwaysPresent, Answerer, Keeper, KeepsNothing, NoAnswers, Presence, World};

#[cfg(test)]
mod tests;
