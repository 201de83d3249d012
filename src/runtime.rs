//! Carries out a run: agents and flows as plain async functions over a [`RunContext`].
//!
//! [`execute()`] gives a component its inputs and gets its outputs back. On the way a run acts through its context alone, by
//! four effects: a model is asked, a tool is called, a person is asked, or something else is read or done
//! outside. So a test gives it a scripted world, and its events hold all of it: whole enough to be given back ([`Past`]).
//! The runtime knows one run only; many runs are the task of `runs`.

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
