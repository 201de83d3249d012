//! Grants of tools: what their calls reach.

use std::sync::Arc;

use serde_json::Value;

use super::{Draft, GrantKind, Survey, flag, shown_path, text};
use crate::base::command_line::shown_command;
use crate::profile::{Binding, ToolBinding};
use crate::spec::Component;
use crate::spec::builtin::{builtin_of, configured};
use crate::spec::component::FieldValue;
use crate::spec::language::{BuiltinTool, Execution, ToolExecution};

impl Survey<'_> {
    /// Adds a tool, and what its calls reach.
    pub(super) fn tool(&mut self, tool: &Arc<Component>) {
        let asks_first = flag(tool, "requires_confirmation");
        let draft = |words: &str| {
            let draft = Draft::of(tool, GrantKind::Tool, tool.name()).purpose(words);
            draft.asks_first(asks_first)
        };
        if let Execution::Tool(execution) = tool.execution() {
            self.calls(tool, execution, draft);
        } else {
            self.add(draft(tool.type_name()));
        }
        if asks_first {
            let purpose = format!("before each call of `{}`", tool.name());
            self.asks(tool, "a yes", &purpose);
        }
    }

    /// Adds what the calls of a tool reach.
    fn calls(
        &mut self,
        tool: &Arc<Component>,
        execution: ToolExecution,
        draft: impl Fn(&str) -> Draft,
    ) {
        match execution {
            ToolExecution::ServerTool => match self.profile.binding(tool.name()) {
                Some(bound) => {
                    self.add(draft(&binding_words(&bound.binding)).by_profile());
                    self.binding(tool, bound);
                }
                None => self.add(
                    draft("bound to nothing").concern("every call of it fails: it is not bound"),
                ),
            },
            ToolExecution::ClientTool => {
                self.add(draft("you give its result"));
                self.asks(tool, "a result", &format!("of tool `{}`", tool.name()));
            }
            ToolExecution::RemoteTool => {
                let method = text(tool, "http_method").unwrap_or("GET");
                self.add(draft(&format!("sends a {method} request")));
            }
            ToolExecution::BuiltinTool => self.builtin(tool, draft),
            ToolExecution::MCPTool => self.add(draft("of an MCP server")),
        }
    }

    /// Adds a built-in tool of flowdeck.
    fn builtin(&mut self, tool: &Arc<Component>, draft: impl Fn(&str) -> Draft) {
        let checked = BuiltinTool::of(tool).map(|tool| builtin_of(&tool));
        let builtin = match checked {
            Some(Ok(builtin)) => builtin,
            Some(Err(error)) => return self.add(draft("builtin").concern(error.to_string())),
            None => return,
        };
        self.add(draft(&format!("builtin {}", builtin.name)));
        let purpose = format!("tool `{}`", tool.name());
        match builtin.name {
            "http_fetch" => {
                let allowed = configured(tool, "url_allow_list").and_then(Value::as_array);
                for entry in allowed.into_iter().flatten().filter_map(Value::as_str) {
                    let draft = Draft::of(tool, GrantKind::Endpoint, super::shown_url(entry));
                    self.add(draft.purpose(format!("{purpose}, and all below")));
                }
            }
            "read_file" => {
                let folder = configured(tool, "folder").and_then(Value::as_str);
                let target = folder.unwrap_or("the whole folder of flowdeck.toml");
                let draft = Draft::of(tool, GrantKind::File, target);
                self.add(draft.purpose(format!("{purpose}, and all below")));
            }
            _ => {}
        }
    }

    /// Adds what the binding of a tool reaches.
    fn binding(&mut self, tool: &Component, bound: &ToolBinding) {
        let purpose = format!("tool `{}`", tool.name());
        let profile = self.profile;
        let granted = |kind, target: String| {
            let draft = Draft::of(tool, kind, target).by_profile();
            draft.purpose(&purpose)
        };
        match &bound.binding {
            Binding::Command { argv } => self.add(granted(GrantKind::Program, shown_command(argv))),
            Binding::Python { file, function } => {
                let file = shown_path(file, &profile.folder);
                let line = format!("{} {file}:{function}", profile.python.command);
                self.add(granted(GrantKind::Program, line));
            }
            Binding::Http(http) => {
                let target = super::shown_url(&http.url);
                self.add(granted(GrantKind::Endpoint, target));
                for source in http.headers.values() {
                    self.secret_of_profile(source, &format!("header for {purpose}"));
                }
            }
            Binding::Ask => self.asks(tool, "a result", &format!("of {purpose}")),
            Binding::Stub(_) => {}
        }
    }

    /// Adds a toolbox. Its tools are known only when the server is contacted.
    pub(super) fn tool_box(&mut self, tool_box: &Arc<Component>) {
        let server = tool_box
            .field("client_transport")
            .and_then(FieldValue::as_component);
        let Some(server) = server else { return };
        let names: Vec<&str> = match tool_box.field("tool_filter") {
            Some(FieldValue::List(items)) => items.iter().filter_map(filtered_name).collect(),
            Some(FieldValue::Value(Value::Array(items))) => {
                items.iter().filter_map(|item| item.as_str()).collect()
            }
            _ => Vec::new(),
        };
        let purpose = if names.is_empty() {
            "all tools that it has then".to_owned()
        } else {
            format!("tools {}", names.join(", "))
        };
        let asks_first = flag(tool_box, "requires_confirmation");
        let draft = Draft::of(tool_box, GrantKind::McpServer, server.name());
        self.add(draft.purpose(purpose).asks_first(asks_first));
        if asks_first {
            let purpose = format!("before each call of a tool of `{}`", tool_box.name());
            self.asks(tool_box, "a yes", &purpose);
        }
    }

    /// Adds a question to a person.
    pub(super) fn asks(&mut self, component: &Component, what: &str, purpose: &str) {
        self.add(Draft::of(component, GrantKind::Person, what).purpose(purpose));
    }
}

fn filtered_name(item: &FieldValue) -> Option<&str> {
    match item {
        FieldValue::Component(expected) => Some(expected.name()),
        FieldValue::Value(value) => value.as_str(),
        FieldValue::Secret(_)
        | FieldValue::List(_)
        | FieldValue::Map(_)
        | FieldValue::Reference(_) => None,
    }
}

/// Describes how a binding executes a call, in a word or two.
fn binding_words(binding: &Binding) -> String {
    match binding {
        Binding::Command { .. } => "runs a program".to_owned(),
        Binding::Python { .. } => "runs a Python function".to_owned(),
        Binding::Http(http) => format!("sends a {} request", http.method),
        Binding::Ask => "you give its result".to_owned(),
        Binding::Stub(stub) if stub.outcome.is_err() => "always fails".to_owned(),
        Binding::Stub(_) => "gives a fixed value".to_owned(),
    }
}
