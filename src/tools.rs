//! Carries out tool calls through their bindings. Does not know who calls.
//!
//! [`Tools`] finds the executor of a tool (a registered Rust function, a program, a Python
//! function, an HTTP request, an MCP server, a database, an agent elsewhere, a fixed value, a tool of its own) and ends it on cancel,
//! timeout or shutdown.
//! [`read_arguments`] makes what a model wrote fit the tool's inputs, [`fit_result`] what a tool or
//! a person gave fit its outputs.

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
