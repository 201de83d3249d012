//! The errors of profiles, with hints on how to fix them.

use std::fmt;
use std::path::PathBuf;

use super::address::AddressError;
use super::secret_source::SecretError;
use crate::base::files::ReadError;
use crate::base::toml_table::{TomlProblem, quoted};

/// The reason why a profile can't be loaded, or a model's endpoint can't be determined.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file has invalid settings; contains all of them.
    #[error("{}", listed(problems))]
    Invalid {
        /// Never empty.
        problems: Vec<ProfileProblem>,
    },
    /// No profile has the requested name.
    #[error("there is no profile `{name}`")]
    NoSuchProfile {
        /// The requested name.
        name: String,
        /// The names of all profiles.
        known: Vec<String>,
    },
    /// A secret could not be read from its source.
    #[error("{what} can't be read")]
    Secret {
        /// The setting that needs the secret: `[[profiles.local.llm]] api_key`.
        what: String,
        /// The cause.
        #[source]
        source: SecretError,
    },
    /// A sensitive field of the spec is a reference without a value.
    #[error("`{component}` needs `{reference}`, which nothing supplies")]
    MissingSensitive {
        /// The name of the component.
        component: String,
        /// The reference: `main-llm.api_key`.
        reference: String,
    },
    /// The address of a model is invalid.
    #[error("`{component}` has an address that can't be used")]
    Address {
        /// The name of the model configuration.
        component: String,
        /// The cause.
        #[source]
        source: AddressError,
    },
    /// The configuration has no address, and none follows from its provider.
    #[error("`{component}` has no `url`")]
    NoAddress {
        /// The name of the model configuration.
        component: String,
    },
    /// No key is available for a provider that requires one.
    #[error("`{component}` has no key for {provider}")]
    NoKey {
        /// The name of the model configuration.
        component: String,
        /// The name of the provider.
        provider: &'static str,
        /// The environment variable that could contain the key.
        variable: &'static str,
    },
    /// The credentials are incomplete or invalid.
    #[error("`{component}`: {problem}")]
    Credentials {
        /// The name of the model configuration.
        component: String,
        /// The problem, without the credentials themselves.
        problem: String,
        /// A hint on how to fix the problem.
        hint: &'static str,
    },
    /// A file that should contain a model configuration contains something else.
    #[error("`{}` is not a model configuration: {problem}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// The configuration requests a protocol that flowdeck does not support.
    #[error("`{component}`: there is no `api_type: {api_type}`")]
    UnknownApi {
        /// The name of the model configuration.
        component: String,
        /// The `api_type` of the component.
        api_type: String,
        /// The supported values of `api_type`.
        known: Vec<String>,
    },
    /// A part of the language is not supported yet.
    #[error("`{component}`: {what} can't be run yet")]
    NotYet {
        /// The name of the component.
        component: String,
        /// The unsupported part, such as ``"`key_file`"``.
        what: String,
    },
}

impl ProfileError {
    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(_) | Self::Invalid { .. } => None,
            Self::Secret { source, .. } => source.hint(),
            Self::NoSuchProfile { known, .. } => {
                Some(format!("profiles here are {}", quoted(known)))
            }
            Self::MissingSensitive { reference, .. } => {
                let in_profile = if reference.ends_with("api_key") {
                    ", or set `api_key` in a profile"
                } else {
                    ""
                };
                Some(format!(
                    "supply `{reference}` in a file of `component_files` or with `--component`{in_profile}"
                ))
            }
            Self::Address { .. } => Some(
                "an address is like `http://localhost:8000/v1`".to_owned(),
            ),
            Self::NoAddress { .. } => Some(
                "add `url` to the spec, or bind it in `[[profiles.NAME.llm]]`; the profile `offline` needs none"
                    .to_owned(),
            ),
            Self::NoKey { variable, .. } => Some(format!(
                "set {variable}, or `api_key` in a profile; the profile `offline` needs none"
            )),
            Self::Configuration { path, .. } => {
                Some(format!("`flowdeck validate {}` shows all problems", path.display()))
            }
            Self::Credentials { hint, .. } => Some((*hint).to_owned()),
            Self::UnknownApi { known, .. } => {
                Some(format!("protocols are {}", quoted(known)))
            }
            Self::NotYet { .. } => {
                Some("bind it to a chat completions endpoint in `[[profiles.NAME.llm]]`".to_owned())
            }
        }
    }
}

/// A problem of a profile file, shown as `flowdeck.toml:4:1: unknown key `matc`; did you mean `match`?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileProblem {
    /// The file.
    pub path: PathBuf,
    /// The position in the file and the message.
    pub problem: TomlProblem,
}

impl fmt::Display for ProfileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TomlProblem {
            line,
            column,
            message,
            help,
        } = &self.problem;
        write!(f, "{}:{line}:{column}: {message}", self.path.display())?;
        match help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

fn listed(problems: &[ProfileProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
