//! Executes tool calls through their bindings, independent of the caller.
//!
//! [`Tools`] finds the executor of a tool (a registered Rust function, a program, a Python
//! function, an HTTP request, an MCP server, a database, a remote agent, a fixed value, a built-in
//! tool) and ends it on cancellation, timeout or shutdown. [`read_arguments`] fits what a model
//! wrote to the tool's inputs, and [`fit_result`] fits what a tool or a person returned to its
//! outputs.

mod a2a;
mod arguments;
mod builtin;
mod command;
mod dispatch;
mod executor;
mod http;
mod limit;
mod live_output;
mod mcp;
mod oci_agent;
mod output;
mod postgres;
mod process;
mod python;
mod registry;
mod retry;
mod slot;

pub use a2a::{RemoteAnswer, RemoteThread, RemoteTurn};
pub(crate) use arguments::fit_form;
pub use arguments::{ArgumentsError, fit_arguments, read_arguments};
pub use dispatch::{Tools, ToolsBuilder};
pub use executor::{
    CallIdentity, Consent, Elicited, Form, Lane, ToolError, ToolErrorKind, ToolExecutor,
    ToolInvocation, ToolObserver, ToolPlan,
};
pub(crate) use output::{fit_result, read_result, settle_result};
pub use postgres::DatastoreOperation;
pub use registry::ToolRegistry;
pub(crate) use slot::take_slot;
