//! The built-in tools of flowdeck, and the check whether a `BuiltinTool` of a spec is one of them.
//!
//! A spec declares the inputs that a model or a flow fills; everything else is set in
//! `configuration`, which no model can change. Source: Agent Spec 26.3.1, *Tools*; the tools
//! themselves are defined by flowdeck.

use std::sync::Arc;

use serde_json::Value;

use crate::base::suggest::closest;
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::BuiltinTool;
use crate::spec::property::Property;

/// The value of `executor_name` that stands for flowdeck.
pub const EXECUTOR: &str = "flowdeck";

/// The version of all tools, for `tool_version`.
pub const VERSION: &str = "1";

/// A built-in tool of flowdeck.
#[derive(Debug)]
pub struct Builtin {
    /// The name, as in `tool_type`.
    pub name: &'static str,
    /// A description of the tool, for people.
    pub doc: &'static str,
    /// The inputs that a tool may declare.
    pub inputs: &'static [Parameter],
    /// The settings that `configuration` may hold.
    pub configuration: &'static [Parameter],
}

/// A parameter of a built-in tool.
#[derive(Debug)]
pub struct Parameter {
    /// The name of the parameter.
    pub name: &'static str,
    /// A description of the parameter, for people.
    pub doc: &'static str,
    /// Whether the parameter is required.
    pub is_required: bool,
}

const fn required(name: &'static str, doc: &'static str) -> Parameter {
    Parameter {
        name,
        doc,
        is_required: true,
    }
}

const fn optional(name: &'static str, doc: &'static str) -> Parameter {
    Parameter {
        name,
        doc,
        is_required: false,
    }
}

/// All built-in tools, sorted by name.
pub const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "arithmetic",
        doc: "works out an expression such as `(3 + 4) * 2 ^ 0.5`",
        inputs: &[required("expression", "the expression")],
        configuration: &[],
    },
    Builtin {
        name: "current_time",
        doc: "the date and time, as in `2026-01-31T14:05:00+01:00`",
        inputs: &[optional(
            "utc_offset",
            "the distance from UTC, as in `+01:00`",
        )],
        configuration: &[optional("utc_offset", "the same, if it is not an input")],
    },
    Builtin {
        name: "http_fetch",
        doc: "the body of what a `GET` of an address gives; JSON as a value, else text",
        inputs: &[required("url", "the address")],
        configuration: &[required(
            "url_allow_list",
            "the beginnings of the addresses that may be fetched, as for a `RemoteTool`",
        )],
    },
    Builtin {
        name: "read_file",
        doc: "the text of a file in a folder of the workspace, 1 MB at most",
        inputs: &[required("path", "the file, from the folder")],
        configuration: &[optional(
            "folder",
            "the folder, relative to that of `flowdeck.toml`, which is the default",
        )],
    },
    Builtin {
        name: "wait",
        doc: "waits and then says how many seconds it has waited",
        inputs: &[required("seconds", "how long")],
        configuration: &[optional("max_seconds", "the longest that is allowed; 60")],
    },
];

/// A reason why a `BuiltinTool` can't be run here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuiltinError {
    /// No built-in tool has the name in `tool_type`.
    #[error("there is no builtin tool `{tool_type}` here")]
    Unknown {
        /// The `tool_type` that the tool names.
        tool_type: String,
    },
    /// `executor_name` names only other executors.
    #[error("it is a tool of {executors}, not of `{EXECUTOR}`")]
    OtherExecutor {
        /// The executors that the spec names.
        executors: String,
    },
    /// flowdeck does not have this `tool_version`.
    #[error("`{tool_type}` has version {VERSION} here, not {version}")]
    OtherVersion {
        /// The name of the tool.
        tool_type: String,
        /// The version that the spec names.
        version: String,
    },
    /// A required parameter is missing, both in the inputs and in the configuration.
    #[error("`{tool_type}` needs {needed}")]
    Missing {
        /// The name of the tool.
        tool_type: String,
        /// The missing parameter, such as ``the input `url` ``.
        needed: String,
    },
    /// The tool does not have a given parameter.
    #[error("`{tool_type}` has no {given}")]
    Unused {
        /// The name of the tool.
        tool_type: String,
        /// The unknown parameter, such as ``the input `uri` ``.
        given: String,
        /// The parameters that the tool does have.
        known: Vec<&'static str>,
    },
}

impl BuiltinError {
    /// Returns the field of the `BuiltinTool` that causes the problem.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "tool_type",
            Self::OtherExecutor { .. } => "executor_name",
            Self::OtherVersion { .. } => "tool_version",
            Self::Missing { needed: what, .. } | Self::Unused { given: what, .. } => {
                if what.contains("input") {
                    "inputs"
                } else {
                    "configuration"
                }
            }
        }
    }

    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { tool_type } => {
                let names = BUILTINS.iter().map(|builtin| builtin.name);
                if let Some(meant) = closest(tool_type, names.clone()) {
                    return Some(format!("did you mean `{meant}`?"));
                }
                let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                Some(format!("the builtin tools are {}", names.join(", ")))
            }
            Self::OtherExecutor { .. } => Some(format!(
                "add `{EXECUTOR}` to the executors, or leave them out"
            )),
            Self::OtherVersion { .. } => Some("leave `tool_version` out".to_owned()),
            Self::Missing { .. } => None,
            Self::Unused { known, .. } if known.is_empty() => None,
            Self::Unused { known, .. } => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                Some(format!("it has {}", known.join(", ")))
            }
        }
    }
}

/// Returns the built-in tool that a `BuiltinTool` stands for.
///
/// # Errors
/// [`BuiltinError`], with the first reason why flowdeck has no such tool.
pub fn builtin_of(tool: &BuiltinTool) -> Result<&'static Builtin, BuiltinError> {
    let tool_type = tool.tool_type();
    let owned = || tool_type.to_owned();
    let executors = executors(tool.component());
    if !executors.is_empty() && !executors.iter().any(|name| name == EXECUTOR) {
        let names: Vec<String> = executors.iter().map(|name| format!("`{name}`")).collect();
        return Err(BuiltinError::OtherExecutor {
            executors: names.join(", "),
        });
    }
    let known = BUILTINS.iter().find(|builtin| builtin.name == tool_type);
    let builtin = known.ok_or_else(|| BuiltinError::Unknown { tool_type: owned() })?;
    if let Some(version) = tool.tool_version().filter(|version| *version != VERSION) {
        return Err(BuiltinError::OtherVersion {
            tool_type: owned(),
            version: version.to_owned(),
        });
    }
    let inputs: Vec<&str> = tool.inputs().iter().map(Property::title).collect();
    let configuration: Vec<&str> = tool
        .configuration()
        .into_iter()
        .flat_map(|entries| entries.keys().map(String::as_str))
        .collect();
    for (what, given, parameters) in [
        ("input", &inputs, builtin.inputs),
        ("key", &configuration, builtin.configuration),
    ] {
        if let Some(missing) = parameters
            .iter()
            .find(|known| known.is_required && !given.contains(&known.name))
        {
            let place = if what == "key" {
                " in `configuration`"
            } else {
                ""
            };
            return Err(BuiltinError::Missing {
                tool_type: owned(),
                needed: format!("the {what} `{}`{place}", missing.name),
            });
        }
        if let Some(unused) = given
            .iter()
            .find(|name| parameters.iter().all(|known| known.name != **name))
        {
            return Err(BuiltinError::Unused {
                tool_type: owned(),
                given: format!("{what} `{unused}`"),
                known: parameters.iter().map(|known| known.name).collect(),
            });
        }
    }
    Ok(builtin)
}

/// Returns a value of a tool's `configuration`; null counts as missing.
pub fn configured<'t>(tool: &'t Arc<Component>, key: &str) -> Option<&'t Value> {
    let configuration = tool.field("configuration")?.as_value()?;
    configuration.get(key).filter(|value| !value.is_null())
}

/// Returns the executors that a tool names; empty if it allows any.
fn executors(tool: &Component) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match tool.field("executor_name") {
        Some(FieldValue::Value(Value::Array(names))) => names.iter().filter_map(text).collect(),
        Some(FieldValue::Value(name)) => text(name).into_iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::load::{LoadOptions, load};

    fn checked(fields: &str) -> Result<&'static str, String> {
        let text = format!(
            "{{component_type: BuiltinTool, id: b, name: b, agentspec_version: 26.3.1, {fields}}}"
        );
        let component = load(&text, &LoadOptions::default()).component.unwrap();
        let tool = BuiltinTool::of(&component).unwrap();
        let told = |error: BuiltinError| match error.hint() {
            Some(hint) => format!("{error} ({}; {hint})", error.field()),
            None => format!("{error} ({})", error.field()),
        };
        builtin_of(&tool).map(|builtin| builtin.name).map_err(told)
    }

    #[test]
    fn only_what_can_be_run_here_is_one() {
        let wait = "tool_type: wait, inputs: [{title: seconds, type: number}]";
        assert_eq!(checked(wait), Ok("wait"));
        for executor in ["flowdeck", "[other, flowdeck]", "null"] {
            let fields = format!("{wait}, executor_name: {executor}, tool_version: '1'");
            assert_eq!(checked(&fields), Ok("wait"), "{executor}");
        }
        for (fields, expected) in [
            (
                "tool_type: web_search".to_owned(),
                "there is no builtin tool `web_search` here (tool_type; the builtin tools are `arithmetic`, \
                 `current_time`, `http_fetch`, `read_file`, `wait`)",
            ),
            (
                "tool_type: waitt".to_owned(),
                "there is no builtin tool `waitt` here (tool_type; did you mean `wait`?)",
            ),
            (
                format!("{wait}, executor_name: [a, b]"),
                "it is a tool of `a`, `b`, not of `flowdeck` (executor_name; add `flowdeck` to the executors, or leave them out)",
            ),
            (
                format!("{wait}, tool_version: '2'"),
                "`wait` has version 1 here, not 2 (tool_version; leave `tool_version` out)",
            ),
            (
                "tool_type: wait".to_owned(),
                "`wait` needs the input `seconds` (inputs)",
            ),
            (
                "tool_type: http_fetch, inputs: [{title: url, type: string}]".to_owned(),
                "`http_fetch` needs the key `url_allow_list` in `configuration` (configuration)",
            ),
            (
                format!("{wait}, configuration: {{limit: 3}}"),
                "`wait` has no key `limit` (configuration; it has `max_seconds`)",
            ),
        ] {
            assert_eq!(checked(&fields), Err(expected.to_owned()));
        }
    }
}
