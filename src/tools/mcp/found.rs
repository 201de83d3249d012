//! Converts the tools of a server to tools of a spec.

mod catalogue;
mod schema;

use std::sync::Arc;

pub(super) use self::catalogue::{Catalogue, MAX_TOOLS, Served};
pub(super) use self::schema::Arguments;
use super::misfit;
use super::target::Target;
use crate::base::suggest::closest;
use crate::spec::language::{MCPTool, MCPToolBox, MCPToolSpec};
use crate::spec::property::{Property, same_type};
use crate::spec::{Component, FieldValue, FoundTool};
use crate::tools::executor::ToolError;

/// The maximum number of tool names that an error message lists.
const TOLD_NAMES: usize = 40;

/// Returns the tools of a toolbox: all tools of its server, or those of its filter in the filter's
/// order.
///
/// A named tool must exist; a tool specification must have the same inputs, by name and type, and
/// its description replaces the server's. Without a filter, unusable tools are left out.
///
/// # Errors
/// All missing tools, or the mismatch of the first specification.
pub(super) fn of_box(
    toolbox: &MCPToolBox,
    served: &Catalogue,
    target: &Target,
) -> Result<Vec<Arc<Component>>, ToolError> {
    let asks = toolbox.requires_confirmation();
    let Some(filter) = toolbox.tool_filter() else {
        return Ok(served
            .tools
            .iter()
            .map(|tool| found(tool, asks).in_box(toolbox))
            .collect());
    };
    let wanted: Vec<(&str, Option<MCPToolSpec>)> = filter.iter().filter_map(wanted).collect();
    let find = |name: &str| served.tools.iter().find(|tool| tool.name == name);
    let gone: Vec<&str> = wanted
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| find(name).is_none())
        .collect();
    if !gone.is_empty() {
        return Err(missing(served, &gone, target));
    }
    let chosen = wanted
        .into_iter()
        .filter_map(|(name, spec)| Some((find(name)?, spec)));
    chosen
        .map(|(tool, spec)| {
            let mut found = found(tool, asks);
            if let Some(spec) = spec {
                check(&spec, &found, target)?;
                found.requires_confirmation |= spec.requires_confirmation();
                if let Some(description) = spec.component().description() {
                    found.description = Some(description.to_owned());
                }
            }
            Ok(found.in_box(toolbox))
        })
        .collect()
}

/// Returns a tool with the inputs of its server, and the server's description if the tool has none.
///
/// # Errors
/// The server does not have the tool.
pub(super) fn of_tool(
    tool: &MCPTool,
    served: &Catalogue,
    target: &Target,
) -> Result<Arc<Component>, ToolError> {
    let served = named(served, tool.component().name(), target)?;
    let mut found = found(served, tool.requires_confirmation());
    if let Some(description) = tool.component().description() {
        found.description = Some(description.to_owned());
    }
    Ok(found.completing(tool))
}

/// Returns the server's tool with a name.
///
/// # Errors
/// The server does not have the tool, or the tool is unusable.
pub(super) fn named<'c>(
    served: &'c Catalogue,
    name: &str,
    target: &Target,
) -> Result<&'c Served, ToolError> {
    let found = served.tools.iter().find(|served| served.name == name);
    found.ok_or_else(|| missing(served, &[name], target))
}

/// Returns a notice for the user about the server's tools.
pub(super) fn notice(served: &Catalogue, target: &Target) -> Option<String> {
    let notice = served.notice()?;
    Some(format!(
        "of the tools of the MCP server `{target}`, {notice}"
    ))
}

fn found(served: &Served, requires_confirmation: bool) -> FoundTool {
    FoundTool {
        name: served.name.clone(),
        description: served.description.clone(),
        inputs: served.inputs.clone(),
        requires_confirmation,
    }
}

/// Returns an entry of a filter: the name, and the specification if there is one.
fn wanted(entry: &FieldValue) -> Option<(&str, Option<MCPToolSpec>)> {
    match entry {
        FieldValue::Component(component) => Some((component.name(), MCPToolSpec::of(component))),
        other => Some((other.as_value()?.as_str()?, None)),
    }
}

/// Checks a tool against its specification.
fn check(spec: &MCPToolSpec, found: &FoundTool, target: &Target) -> Result<(), ToolError> {
    let specified = spec.component().inputs();
    let named = |inputs: &[Property], title: &str| {
        let mut named = inputs.iter().filter(|input| !input.is_further());
        named.find(|input| input.title() == title).cloned()
    };
    let mut problems = Vec::new();
    for input in specified {
        let title = input.title();
        match named(&found.inputs, title) {
            None => problems.push(format!("it has no input `{title}`")),
            Some(served) if same_type(input.schema(), served.schema()).unwrap_or(false) => {}
            Some(served) => problems.push(format!(
                "its input `{title}` is {}, not {}",
                served.type_text(),
                input.type_text()
            )),
        }
    }
    for served in found.inputs.iter().filter(|input| !input.is_further()) {
        let title = served.title();
        if named(specified, title).is_none() {
            problems.push(format!(
                "it has the further input `{title}` ({})",
                served.type_text()
            ));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(misfit(format!(
        "the MCP server `{target}` has another `{}` than `tool_filter` specifies: {}",
        found.name,
        problems.join("; ")
    ))
    .with_hint("make the inputs of the MCPToolSpec those of the server, or give the name alone"))
}

/// Makes the error for names that a server does not have, or whose tools are unusable.
fn missing(served: &Catalogue, names: &[&str], target: &Target) -> ToolError {
    let faulty = names
        .iter()
        .find_map(|name| Some((name, served.fault_of(name)?)));
    if let Some((name, why)) = faulty {
        return misfit(format!(
            "the tool `{name}` of the MCP server `{target}` can't be used: {why}"
        ));
    }
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let known: Vec<&str> = served.tools.iter().map(|tool| tool.name.as_str()).collect();
    let has = match known.as_slice() {
        [] => "it has no tools".to_owned(),
        known if known.len() > TOLD_NAMES => {
            let more = known.len() - TOLD_NAMES;
            format!("it has {} and {more} more", quoted(&known[..TOLD_NAMES]))
        }
        known => format!("it has {}", quoted(known)),
    };
    let error = misfit(format!(
        "the MCP server `{target}` has no {}; {has}",
        quoted(names)
    ));
    match names
        .iter()
        .find_map(|name| closest(name, known.iter().copied()))
    {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error,
    }
}
