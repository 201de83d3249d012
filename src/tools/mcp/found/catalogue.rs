//! The tools that a server has, as far as they can be used.

use std::collections::HashSet;

use serde_json::Value;

use super::schema::Arguments;
use crate::conversation::Values;
use crate::spec::property::{MAX_SCHEMA_BYTES, Property};

/// How many tools of a server are read.
pub(in crate::tools::mcp) const MAX_TOOLS: usize = 10_000;
/// How many bytes the schemas of all tools of a server may have once their references are replaced.
const MAX_SCHEMAS_BYTES: usize = 64 * MAX_SCHEMA_BYTES;
/// How many bytes of a tool's description are taken.
const MAX_DESCRIPTION_BYTES: usize = 64 * 1024;
/// How many faults are reported one by one.
const TOLD_FAULTS: usize = 5;
/// From how many bytes on the cost of a tool's schema is reported.
const DEAR_BYTES: usize = 32 * 1024;

/// A tool that can be used.
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
    /// The tool, and what the person should know of it.
    ///
    /// # Errors
    /// Why it can't be used.
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

    /// Whether it says of itself that it changes nothing, or nothing more when it is called again.
    pub(in crate::tools::mcp) const fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    /// Whether the protocol of 2025-11-25 lets it be called as a task only.
    pub(in crate::tools::mcp) const fn must_be_task(&self) -> bool {
        self.must_be_task
    }

    /// The arguments as the server takes them: a null that only says that an argument is left out is left out.
    pub(in crate::tools::mcp) fn arguments(&self, given: &Values) -> Values {
        given
            .iter()
            .filter(|(name, value)| !(value.is_null() && self.optional.contains(name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// A tool that can't be used.
#[derive(Debug)]
struct Fault {
    /// Its name in backticks, or its place.
    tool: String,
    why: String,
}

/// The tools of a server, in its order, and what is wrong with others.
#[derive(Debug)]
pub(in crate::tools::mcp) struct Catalogue {
    pub(in crate::tools::mcp) tools: Vec<Served>,
    faults: Vec<Fault>,
    /// Other facts on single tools that the person should know.
    remarks: Vec<String>,
    /// The problem of the list as a whole.
    is_cut: Option<String>,
    names: HashSet<String>,
    /// How many bytes of schemas there is still room for.
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
    /// Whether no more tools are taken.
    pub(in crate::tools::mcp) fn is_full(&self) -> bool {
        self.tools.len() + self.faults.len() >= MAX_TOOLS
    }

    /// Takes an entry of the server's list.
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

    /// Notes that no more of the list was read, and why.
    pub(in crate::tools::mcp) fn cut(&mut self, why: String) {
        self.is_cut = Some(why);
    }

    /// Returns why a tool that is named can't be used, if it is there at all.
    pub(super) fn fault_of(&self, name: &str) -> Option<&str> {
        let named = format!("`{name}`");
        let fault = self.faults.iter().find(|fault| fault.tool == named)?;
        Some(&fault.why)
    }

    /// Returns what the person should know of the list: which tools are left out, and why; which have large schemas.
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
