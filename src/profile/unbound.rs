//! `ServerTool`s without a binding, and the TOML lines that would bind them.

use std::sync::Arc;

use super::Profile;
use super::file::FILE_NAME;
use crate::spec::Component;
use crate::spec::language::{Execution, ToolExecution};

/// A `ServerTool` without a binding: a warning when a spec is opened, an error when the tool is
/// called.
#[derive(Clone, Debug, PartialEq)]
pub struct UnboundTool {
    /// The tool.
    pub tool: Arc<Component>,
    /// The lines to add to `flowdeck.toml`.
    pub lines: String,
}

impl UnboundTool {
    /// Returns the warning in one sentence.
    pub fn message(&self) -> String {
        format!(
            "`{}` is bound to nothing in `{FILE_NAME}`",
            self.tool.name()
        )
    }
}

impl Profile {
    /// Returns the `ServerTool`s below a component that have no binding in this profile, without
    /// duplicate names. Empty for a profile that only the workers define.
    pub fn unbound_tools(&self, root: &Arc<Component>) -> Vec<UnboundTool> {
        let mut unbound: Vec<UnboundTool> = Vec::new();
        if self.is_of_workers {
            return unbound;
        }
        for tool in root.walk() {
            let is_new = |known: &UnboundTool| known.tool.name() != tool.name();
            if tool.execution() == Execution::Tool(ToolExecution::ServerTool)
                && tool.is_complete()
                && self.binding(tool.name()).is_none()
                && self.stub(tool.name()).is_none()
                && unbound.iter().all(is_new)
            {
                unbound.push(UnboundTool {
                    tool: Arc::clone(tool),
                    lines: lines_that_bind(tool.name()),
                });
            }
        }
        unbound
    }
}

/// Returns example lines for `flowdeck.toml` that would bind a tool, one for each possible kind of
/// binding.
pub(crate) fn lines_that_bind(tool_name: &str) -> String {
    let is_bare = !tool_name.is_empty()
        && tool_name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if is_bare {
        tool_name.to_owned()
    } else {
        format!("{tool_name:?}")
    };
    format!(
        "[tools.{key}]\n\
         ask = true  # or one of\n\
         # value = \"a fixed result\"\n\
         # command = [\"python3\", \"tool.py\"]\n\
         # python = \"tool.py:function\"\n\
         # http = {{ url = \"http://localhost:9000/\", method = \"POST\" }}"
    )
}
