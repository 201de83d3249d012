//! The errors of profiles, with what to do about them.

use std::fmt;
use std::path::PathBuf;

use super::address::AddressError;
use super::secret_source::SecretError;
use crate::base::files::ReadError;
use crate::base::toml_table::{TomlProblem, quoted};

/// Why a profile can't be had, or can't say where a model is.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file says something that it can't say; all such places.
    #[error("{}", listed(problems))]
    Invalid {
        /// Never empty.
        problems: Vec<ProfileProblem>,
    },
    /// There is no profile of that name.
    #[error("there is no profile `{name}`")]
    NoSuchProfile {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A secret could not be had from where the profile says.
    #[error("{what} can't be read")]
    Secret {
        /// The setting that needs the secret: `[[profiles.local.llm]] api_key`.
        what: String,
        /// The cause.
        #[source]
        source: SecretError,
    },
    /// A sensitive value of the spec is a reference that nothing fills.
    #[error("`{component}` needs `{reference}`, which nothing supplies")]
    MissingSensitive {
        /// Name of the component.
        component: String,
        /// The reference: `main-llm.api_key`.
        reference: String,
    },
    /// The address of a model can't be used.
    #[error("`{component}` has an address that can't be used")]
    Address {
        /// Name of the model configuration.
        component: String,
        /// The cause.
        #[source]
        source: AddressError,
    },
    /// The configuration has no address, and none follows from its provider.
    #[error("`{component}` has no `url`")]
    NoAddress {
        /// Name of the model configuration.
        component: String,
    },
    /// A provider that takes nobody without a key is asked without one.
    #[error("`{component}` has no key for {provider}")]
    NoKey {
        /// Name of the model configuration.
        component: String,
        /// The provider.
        provider: &'static str,
        /// The variable of the environment that would hold it.
        variable: &'static str,
    },
    /// The credentials are incomplete, or can't be used.
    #[error("`{component}`: {problem}")]
    Credentials {
        /// Name of the model configuration.
        component: String,
        /// The problem, without the value.
        problem: String,
        /// The advice to the person.
        hint: &'static str,
    },
    /// A file that is to hold a model configuration does not.
    #[error("`{}` is not a model configuration: {problem}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// The configuration wants a protocol that nobody here speaks.
    #[error("`{component}`: there is no `api_type: {api_type}`")]
    UnknownApi {
        /// Name of the model configuration.
        component: String,
        /// The `api_type` that the component asks for.
        api_type: String,
        /// The values of `api_type` that there are.
        known: Vec<String>,
    },
    /// A part of the language that this program can't do yet.
    #[error("`{component}`: {what} can't be run yet")]
    NotYet {
        /// Name of the component.
        component: String,
        /// The part that can't be run: ``"`key_file`"``.
        what: String,
    },
}

impl ProfileError {
    /// Returns what the person can do about it.
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
    /// Where in it, and what.
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
