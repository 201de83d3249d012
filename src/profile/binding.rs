//! The bindings of tools.

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
    /// The time limit of one call; none takes the default of 60 s.
    pub timeout: Option<Duration>,
    /// Whether a call may be made again when it is not known whether it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_idempotent: bool,
}

/// The ways to carry out a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Binding {
    /// A program: JSON arguments on standard input, JSON or text on standard output.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
    /// A Python function in a kept worker process.
    Python {
        /// The file; a relative path is taken from the profile's folder.
        #[serde(serialize_with = "lossy")]
        file: PathBuf,
        /// The function's name.
        function: String,
    },
    /// An HTTP request with the arguments as its JSON body (or query, for `GET`).
    Http(HttpBinding),
    /// A person gives the result.
    Ask,
    /// A stub: always the same outcome.
    Stub(Stub),
}

/// A stub of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stub {
    /// Its result, or the message with which its call fails.
    pub outcome: Result<Written, String>,
    /// How long a call takes.
    pub delay: Duration,
}

/// An HTTP request that carries a tool call out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HttpBinding {
    /// The address.
    pub url: String,
    /// The method; `POST` unless said otherwise.
    pub method: String,
    /// Further headers; values may be secrets.
    pub headers: IndexMap<String, SecretSource>,
}

/// How Python tools are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonSettings {
    /// The interpreter.
    pub command: String,
    /// How many worker processes take sync calls at once.
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
