//! The `BuiltinTool`s that flowdeck has, and whether a component of a spec is one of them.
//!
//! A spec declares the inputs that a model or a flow fills; what is not declared there is set up in
//! `configuration`, which no model decides. Source: Agent Spec 26.3.1, *Tools*; the tools
//! themselves are flowdeck's own.

use std::sync::Arc;

use serde_json::Value;

use crate::base::suggest::closest;
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::BuiltinTool;
use crate::spec::property::Property;

/// The name under which `executor_name` means flowdeck.
pub const EXECUTOR: &str = "flowdeck";

/// The version of all tools, for `tool_version`.
pub const VERSION: &str = "1";

/// A tool that flowdeck has.
#[derive(Debug)]
pub struct Builtin {
    /// As in `tool_type`.
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
    /// Its name.
    pub name: &'static str,
    /// A description of the parameter, for people.
    pub doc: &'static str,
    /// Whether the tool can't do without it.
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

/// Every tool, by name.
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

/// Why a `BuiltinTool` can't be run here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuiltinError {
    /// `tool_type` names none.
    #[error("there is no builtin tool `{tool_type}` here")]
    Unknown {
        /// The `tool_type` that the tool names.
        tool_type: String,
    },
    /// `executor_name` names others alone.
    #[error("it is a tool of {executors}, not of `{EXECUTOR}`")]
    OtherExecutor {
        /// The executors that the tool names.
        executors: String,
    },
    /// `tool_version` is another one.
    #[error("`{tool_type}` has version {VERSION} here, not {version}")]
    OtherVersion {
        /// The tool.
        tool_type: String,
        /// The version that the tool names.
        version: String,
    },
    /// Something that the tool needs is neither an input nor in the configuration, where that is
    /// allowed.
    #[error("`{tool_type}` needs {needed}")]
    Missing {
        /// The tool.
        tool_type: String,
        /// The missing thing: ``the input `url` ``.
        needed: String,
    },
    /// The tool has no use for something.
    #[error("`{tool_type}` has no {given}")]
    Unused {
        /// The tool.
        tool_type: String,
        /// The thing that is not used: ``the input `uri` ``.
        given: String,
        /// The names that the tool has instead.
        known: Vec<&'static str>,
    },
}

impl BuiltinError {
    /// The field that is to blame.
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

    /// Returns what to do about the problem.
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

/// The tool that a `BuiltinTool` is.
///
/// # Errors
/// [`BuiltinError`] with the first reason why it is none of flowdeck's.
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

/// A value of a tool's `configuration`; null is none.
pub fn configured<'t>(tool: &'t Arc<Component>, key: &str) -> Option<&'t Value> {
    let configuration = tool.field("configuration")?.as_value()?;
    configuration.get(key).filter(|value| !value.is_null())
}

/// Returns whose tool it is; empty for anybody's.
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
