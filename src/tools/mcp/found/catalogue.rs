//! The usable tools of a server.

use std::collections::HashSet;

use serde_json::Value;

use super::schema::Arguments;
use crate::conversation::Values;
use crate::spec::property::{MAX_SCHEMA_BYTES, Property};

/// The maximum number of tools that are read from a server.
pub(in crate::tools::mcp) const MAX_TOOLS: usize = 10_000;
/// The maximum size of all tool schemas of a server after expansion, in bytes.
const MAX_SCHEMAS_BYTES: usize = 64 * MAX_SCHEMA_BYTES;
/// The maximum size of a tool's description, in bytes.
const MAX_DESCRIPTION_BYTES: usize = 64 * 1024;
/// The maximum number of problems that are reported individually.
const TOLD_FAULTS: usize = 5;
/// The size of a tool's schema, in bytes, from which its cost is reported.
const DEAR_BYTES: usize = 32 * 1024;

/// A usable tool.
#[derive(Debug)]
pub(in crate::tools::mcp) struct Served {
    pub(in crate::tools::mcp) name: String,
    pub(super) description: Option<String>,
    pub(super) inputs: Vec<Property>,
    /// The arguments for which null means that they are left out.
    optional: Vec<String>,
    must_be_task: bool,
    may_repeat: bool,
}

impl Served {
    /// Reads a tool, and a notice for the user if there is one.
    ///
    /// # Errors
    /// The reason why the tool is unusable.
    fn of(name: &str, entry: &Value, room: &mut usize) -> Result<(Self, Option<String>), String> {
        let description = entry.get("description").and_then(Value::as_str);
        if description.is_some_and(|text| text.len() > MAX_DESCRIPTION_BYTES) {
            let kilobytes = MAX_DESCRIPTION_BYTES / 1024;
            return Err(format!("its description has more than {kilobytes} KB"));
        }
        let before = *room;
        let mut arguments = Arguments::of(entry.get("inputSchema"), room)?;
        arguments.properties.extend(arguments.further.take());
        let remark = if arguments.is_shortened {
            let what = "is described in part: the definitions of its schema are too large";
            Some(format!("`{name}` {what}"))
        } else if before - *room > DEAR_BYTES {
            let kilobytes = (before - *room) / 1024;
            Some(format!("`{name}` costs {kilobytes} KB of each prompt"))
        } else {
            None
        };
        let served = Self {
            name: name.to_owned(),
            description: description.map(str::to_owned),
            inputs: arguments.properties,
            optional: arguments.optional,
            may_repeat: ["readOnlyHint", "idempotentHint"].iter().any(|hint| {
                entry.pointer(&format!("/annotations/{hint}")) == Some(&Value::Bool(true))
            }),
            must_be_task: entry.pointer("/execution/taskSupport") == Some(&"required".into()),
        };
        Ok((served, remark))
    }

    /// Returns whether the tool declares that it changes nothing, or nothing further when called
    /// again.
    pub(in crate::tools::mcp) const fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    /// Returns whether the tool can be called only as a task, in protocol version 2025-11-25.
    pub(in crate::tools::mcp) const fn must_be_task(&self) -> bool {
        self.must_be_task
    }

    /// Converts arguments to the form that the server expects, leaving out nulls that stand for
    /// omitted arguments.
    pub(in crate::tools::mcp) fn arguments(&self, given: &Values) -> Values {
        given
            .iter()
            .filter(|(name, value)| !(value.is_null() && self.optional.contains(name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// An unusable tool.
#[derive(Debug)]
struct Fault {
    /// The name of the tool in backticks, or its position.
    tool: String,
    why: String,
}

/// The tools of a server in order, and the problems of unusable ones.
#[derive(Debug)]
pub(in crate::tools::mcp) struct Catalogue {
    pub(in crate::tools::mcp) tools: Vec<Served>,
    faults: Vec<Fault>,
    /// Further remarks about single tools, for the user.
    remarks: Vec<String>,
    /// The problem of the list as a whole.
    is_cut: Option<String>,
    names: HashSet<String>,
    /// The number of bytes left for schemas.
    room: usize,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            tools: Vec::new(),
            faults: Vec::new(),
            remarks: Vec::new(),
            is_cut: None,
            names: HashSet::new(),
            room: MAX_SCHEMAS_BYTES,
        }
    }
}

impl Catalogue {
    /// Returns whether no more tools are accepted.
    pub(in crate::tools::mcp) fn is_full(&self) -> bool {
        self.tools.len() + self.faults.len() >= MAX_TOOLS
    }

    /// Adds an entry of the server's list.
    pub(in crate::tools::mcp) fn take(&mut self, entry: &Value) {
        let place = self.tools.len() + self.faults.len() + 1;
        let name = entry.get("name").and_then(Value::as_str);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let why = "it has no name".to_owned();
            return self.fault(format!("number {place} of its list"), why);
        };
        if !self.names.insert(name.to_owned()) {
            let why = "there is one of that name before it".to_owned();
            return self.fault(format!("`{name}`"), why);
        }
        match Served::of(name, entry, &mut self.room) {
            Ok((served, remark)) => {
                self.tools.push(served);
                self.remarks.extend(remark);
            }
            Err(why) => self.fault(format!("`{name}`"), why),
        }
    }

    fn fault(&mut self, tool: String, why: String) {
        self.faults.push(Fault { tool, why });
    }

    /// Records that the rest of the list was not read, with the reason.
    pub(in crate::tools::mcp) fn cut(&mut self, why: String) {
        self.is_cut = Some(why);
    }

    /// Returns why a tool is unusable; `None` if it is not in the list of problems.
    pub(super) fn fault_of(&self, name: &str) -> Option<&str> {
        let named = format!("`{name}`");
        let fault = self.faults.iter().find(|fault| fault.tool == named)?;
        Some(&fault.why)
    }

    /// Returns a notice for the user: the tools that are left out, with reasons, and those with
    /// large schemas.
    pub(super) fn notice(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for fault in self.faults.iter().take(TOLD_FAULTS) {
            parts.push(format!("{} is left out: {}", fault.tool, fault.why));
        }
        if self.faults.len() > TOLD_FAULTS {
            parts.push(format!(
                "{} more are left out",
                self.faults.len() - TOLD_FAULTS
            ));
        }
        parts.extend(self.remarks.iter().take(TOLD_FAULTS).cloned());
        if self.remarks.len() > TOLD_FAULTS {
            parts.push(format!(
                "{} more have large schemas",
                self.remarks.len() - TOLD_FAULTS
            ));
        }
        parts.extend(self.is_cut.clone());
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
