//! The command `flowdeck info`, which prints all paths in use, version and commit, and the features
//! of the terminal.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::kept;
use super::outcome::{Exit, Stop};
use crate::profile::ProfileFile;
use crate::spec::AgentSpecVersion;
use crate::spec::diagnostic::Colours;

/// Options of `info`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Options {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for each fact
    Text,
    /// One object
    Json,
}

/// Prints the facts.
pub(super) fn run(options: Options, context: &Context) -> Result<Exit, Stop> {
    let facts = facts(context);
    let text = match options.format {
        Format::Json => format!("{:#}\n", Value::Object(facts)),
        Format::Text => facts.iter().fold(String::new(), |text, (name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            text + &format!("{name:<14} {value}\n")
        }),
    };
    match options.format {
        Format::Json => context.output.json(&text)?,
        Format::Text => context.output.data(&text)?,
    }
    Ok(Exit::Success)
}

fn facts(context: &Context) -> Map<String, Value> {
    let paths = &context.paths;
    let workspace = context.working_folder();
    let workspace = std::path::absolute(&workspace).unwrap_or(workspace);
    let profile_file = ProfileFile::find(&workspace)
        .map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let facts = [
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        (
            "commit",
            json!(option_env!("FLOWDECK_COMMIT").unwrap_or("unknown")),
        ),
        ("agent spec", json!(AgentSpecVersion::LATEST.as_str())),
        ("program", json!(std::env::current_exe().ok())),
        ("workspace", json!(workspace)),
        ("profile file", json!(profile_file)),
        ("config", json!(paths.config_file())),
        ("trusted", json!(paths.trust_file())),
        ("tokens", json!(paths.tokens())),
        ("history", json!(kept::file(context).path())),
        ("log", json!(paths.log_file())),
        ("samples", json!(paths.samples())),
        ("terminal", json!(variable("TERM"))),
        ("is a terminal", json!(io::stdout().is_terminal())),
        (
            "colours",
            json!(if context.output.data_colours == Colours::On {
                "on"
            } else {
                "off"
            }),
        ),
        (
            "truecolor",
            json!(["truecolor", "24bit"].contains(&variable("COLORTERM").as_str())),
        ),
        ("unicode", json!(is_unicode())),
    ];
    facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether the locale uses UTF-8.
pub(super) fn is_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .map(variable)
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Returns an environment variable; empty if it is not set.
fn variable(name: &str) -> String {
    std::env::var_os(name).map_or_else(String::new, |value| value.to_string_lossy().into_owned())
}
