//! The bindings of tools to programs, functions and servers.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::fingerprint::lossy;
use super::secret_source::SecretSource;
use crate::base::written::Written;

/// The binding of a `ServerTool`, with its time limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolBinding {
    /// How the call is made.
    pub binding: Binding,
    /// The time limit of one call; `None` for the default of 60 s.
    pub timeout: Option<Duration>,
    /// Whether a call may be repeated if it is unknown whether the first attempt took effect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_idempotent: bool,
}

/// The ways to execute a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Binding {
    /// A program: JSON arguments on standard input, JSON or text on standard output.
    Command {
        /// The program and its arguments.
        argv: Vec<String>,
    },
    /// A Python function in a persistent worker process.
    Python {
        /// The file; a relative path starts at the profile's folder.
        #[serde(serialize_with = "lossy")]
        file: PathBuf,
        /// The name of the function.
        function: String,
    },
    /// An HTTP request with the arguments as its JSON body (or query, for `GET`).
    Http(HttpBinding),
    /// A question to a person, who enters the result.
    Ask,
    /// A stub: always the same outcome.
    Stub(Stub),
}

/// A stub of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stub {
    /// The result, or the message with which each call fails.
    pub outcome: Result<Written, String>,
    /// The duration of a call.
    pub delay: Duration,
}

/// An HTTP request that executes a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HttpBinding {
    /// The address.
    pub url: String,
    /// The method; `POST` by default.
    pub method: String,
    /// Additional headers; values may be secrets.
    pub headers: IndexMap<String, SecretSource>,
}

/// The settings for Python tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonSettings {
    /// The command that starts the interpreter.
    pub command: String,
    /// The number of worker processes for synchronous calls.
    pub workers: usize,
}

impl Default for PythonSettings {
    fn default() -> Self {
        Self {
            command: "python3".to_owned(),
            workers: 2,
        }
    }
}
