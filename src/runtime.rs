//! One run: agents and flows as plain async functions over a [`RunContext`].
//!
//! [`execute()`] gives a component its inputs and gets its outputs back. Whatever the run does on the way it does through
//! its context, by three effects: a model is asked, a tool is called, a person is asked. So a test gives it a scripted
//! world, and its events tell all of it. The runtime knows one run only; many runs are the task of `runs`.

mod agent;
mod context;
mod datastore;
mod engine;
mod environment;
mod execute;
mod flow;
mod halt;
mod jinja;
mod key;
mod limits;
mod runnable;
mod structured;
mod tool_result;
mod values;
mod world;

pub use context::{AnswerError, ContextParts, RunContext, RunHandle, ToolCallResult, check_reply};
pub use datastore::Datastores;
pub use engine::{
    Conversation, ConversationError, Engine, EngineBuilder, EngineModel, ExecutionStatus,
    PendingCall,
};
pub use environment::Environment;
pub use execute::{check_inputs, check_runnable, execute};
pub use halt::Halt;
pub use key::EffectKey;
pub use limits::Limits;
pub use world::{AlwaysPresent, Answerer, NoAnswers, Presence, World};

#[cfg(test)]
mod tests;
