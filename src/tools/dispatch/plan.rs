//! Describes before a call where it will run and how the tool is bound.

use std::sync::Arc;

use super::Tools;
use super::route::Route;
use crate::base::address::{shown_text, shown_with_query};
use crate::base::command_line::shown_command;
use crate::profile::{Binding, Profile, lines_that_bind};
use crate::spec::Component;
use crate::spec::builtin::builtin_of;
use crate::tools::a2a::RemoteAgents;
use crate::tools::builtin;
use crate::tools::executor::{Lane, ToolPlan};
use crate::tools::oci_agent::OciAgents;
use crate::tools::postgres;

impl Tools {
    /// Returns the plan of a tool's calls.
    pub(super) fn plan_of(&self, tool: &Arc<Component>) -> ToolPlan {
        let name = tool.name();
        match self.route(tool) {
            Route::Registered(function) => ToolPlan::Run {
                lane: function.lane(),
                binding: "registered".to_owned(),
            },
            Route::Bound(bound) => ToolPlan::Run {
                lane: self.lane(&bound.binding),
                binding: shown(&bound.binding, &self.profile),
            },
            Route::Stubbed(_) => ToolPlan::Run {
                lane: Lane::Fixed,
                binding: "stubbed".to_owned(),
            },
            Route::Remote(remote) => request_plan(remote.http_method(), remote.url()),
            Route::Api(node) => request_plan(node.http_method(), node.url()),
            Route::Mcp(mcp) => ToolPlan::Run {
                lane: Lane::Mcp,
                binding: self.mcp.shown(&mcp),
            },
            Route::Database(node) => ToolPlan::Run {
                lane: Lane::Database,
                binding: postgres::shown(&node.datastore),
            },
            Route::Agent(agent) => ToolPlan::Run {
                lane: Lane::A2a,
                binding: RemoteAgents::shown(&agent),
            },
            Route::OciAgent(agent) => ToolPlan::Run {
                lane: Lane::Http,
                binding: OciAgents::shown(&agent),
            },
            Route::Builtin(tool) => match builtin_of(&tool) {
                Ok(_) => ToolPlan::Run {
                    lane: builtin::lane(&tool),
                    binding: format!("builtin {}", tool.tool_type()),
                },
                Err(error) => {
                    let refused = builtin::refused(name, &error);
                    ToolPlan::Unbound {
                        message: refused.message,
                        hint: refused.hint.unwrap_or_default(),
                    }
                }
            },
            Route::Person => ToolPlan::AskPerson,
            Route::Unbound => ToolPlan::Unbound {
                message: unbound_message(name),
                hint: lines_that_bind(name),
            },
            Route::NotYet => ToolPlan::Unbound {
                message: not_yet_message(tool),
                hint: "use a `ServerTool` or a `RemoteTool` in its place".to_owned(),
            },
        }
    }

    fn lane(&self, binding: &Binding) -> Lane {
        match binding {
            Binding::Command { .. } => Lane::Process,
            Binding::Python { file, function } => self.python.lane(file, function),
            Binding::Http(_) => Lane::Http,
            Binding::Ask => Lane::Person,
            Binding::Stub(_) => Lane::Fixed,
        }
    }
}

/// Describes a binding in a few words: `tools/work.py:heavy_work`.
fn shown(binding: &Binding, profile: &Profile) -> String {
    match binding {
        Binding::Command { argv } => shown_command(argv),
        Binding::Python { file, function } => {
            let file = file.strip_prefix(&profile.folder).unwrap_or(file);
            format!("{}:{function}", file.display())
        }
        Binding::Http(http) => format!("{} {}", http.method, shown_text(&http.url)),
        Binding::Ask => "ask".to_owned(),
        Binding::Stub(stub) if stub.outcome.is_err() => "error".to_owned(),
        Binding::Stub(_) => "value".to_owned(),
    }
}

fn request_plan(method: &str, url: &str) -> ToolPlan {
    ToolPlan::Run {
        lane: Lane::Http,
        binding: format!("{method} {}", shown_with_query(url)),
    }
}

/// Returns the message about a tool without a binding.
pub(super) fn unbound_message(name: &str) -> String {
    format!("`{name}` is not available: nothing is bound to it here")
}

/// Returns the message about a tool of a type that can't be run yet.
pub(super) fn not_yet_message(tool: &Component) -> String {
    format!(
        "`{}` is a `{}`, which can't be run yet",
        tool.name(),
        tool.type_name()
    )
}
