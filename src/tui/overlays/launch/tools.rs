//! The effect of calling each tool of a spec under a profile.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::address::shown_text;
use crate::base::command_line::shown_command;
use crate::base::duration;
use crate::base::files::file_name;
use crate::profile::{Binding, Profile, Stub};
use crate::spec::Component;
use crate::spec::language::{ComponentKind, Tool};

/// A line of the launch dialog about one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ToolLine {
    pub(super) name: String,
    /// The description: `bound to tools/work.py:heavy_work`, `asks you each time`.
    pub(super) words: String,
    /// Whether a call of the tool will fail.
    pub(super) is_unbound: bool,
}

/// Returns the lines for the tools of a component, each name once.
pub(super) fn lines(
    component: &Arc<Component>,
    profile: &Profile,
    stubs: &IndexMap<String, Stub>,
) -> Vec<ToolLine> {
    let mut lines: Vec<ToolLine> = Vec::new();
    for part in component.walk() {
        let is_new = lines.iter().all(|line| line.name != part.name());
        if part.is::<Tool>() && is_new {
            lines.push(line(part, profile, stubs.get(part.name())));
        }
    }
    lines
}

fn line(tool: &Arc<Component>, profile: &Profile, stub: Option<&Stub>) -> ToolLine {
    let mut is_unbound = false;
    let mut words = match tool.kind() {
        _ if stub.is_some() => stub.map(stub_words).unwrap_or_default(),
        ComponentKind::ClientTool => "asks you for its result".to_owned(),
        ComponentKind::ServerTool => {
            if let Some(bound) = profile.binding(tool.name()) {
                binding_words(&bound.binding)
            } else if profile.is_of_workers {
                "what workers bind it to".to_owned()
            } else {
                is_unbound = true;
                "unbound: calls will fail".to_owned()
            }
        }
        ComponentKind::RemoteTool => "calls its URL".to_owned(),
        ComponentKind::BuiltinTool => "of flowdeck itself".to_owned(),
        _ => tool.type_name().to_owned(),
    };
    let must_ask = tool
        .field("requires_confirmation")
        .and_then(|field| field.as_value())
        .and_then(serde_json::Value::as_bool);
    if must_ask == Some(true) {
        words.push_str(", asks for your yes");
    }
    ToolLine {
        name: tool.name().to_owned(),
        words,
        is_unbound,
    }
}

fn binding_words(binding: &Binding) -> String {
    match binding {
        Binding::Command { argv } => format!("runs {}", shown_command(argv)),
        Binding::Python { file, function } => {
            format!("bound to {}:{function}", file_name(file))
        }
        Binding::Http(http) => format!("{} {}", http.method, shown_text(&http.url)),
        Binding::Ask => "asks you for its result".to_owned(),
        Binding::Stub(stub) if stub.outcome.is_err() => "a fixed failure".to_owned(),
        Binding::Stub(_) => "a fixed value".to_owned(),
    }
}

/// Returns the description of a tool's stub: `stubbed: {"sky":"clear"} after 2.0s`.
fn stub_words(stub: &Stub) -> String {
    let outcome = match &stub.outcome {
        Ok(value) => value.to_string(),
        Err(message) => format!("fails with {message}"),
    };
    let delay = if stub.delay.is_zero() {
        String::new()
    } else {
        format!(" after {}", duration::short(stub.delay))
    };
    format!("stubbed: {outcome}{delay}")
}
