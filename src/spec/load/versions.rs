//! The version of a document: which one it declares, and whether the contents need another.

use std::sync::Arc;

use crate::base::suggest::closest;
use crate::spec::component::{Component, Origin};
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::language::Availability;
use crate::spec::requirements::{Reason, Requirement, lost_fields, requirements};
use crate::spec::source::{REFERENCE_KEY, Sources, position};
use crate::spec::syntax::NodeValue;
use crate::spec::version::{AgentSpecVersion, VersionText};

/// Returns the declared version, or the newest if none is declared. `None` if the declaration is
/// invalid, so that no statement about versions is possible.
pub(super) fn declared_version(
    sources: &Sources,
    root: Origin,
    problems: &mut Vec<Diagnostic>,
) -> Option<AgentSpecVersion> {
    let problem =
        |severity, code, place, message| sources.problem(severity, code, 0, place, message);
    let given = ["agentspec_version", "air_version"]
        .into_iter()
        .find_map(|key| Some((key, sources.get(root, key)?)));
    let Some((key, value)) = given else {
        // A document without a type is of another format, which is reported instead.
        let is_ours = |key| sources.get(root, key).is_some();
        if is_ours("component_type") || is_ours(REFERENCE_KEY) {
            let message = format!(
                "no `agentspec_version`; assuming {}",
                AgentSpecVersion::LATEST
            );
            let place = sources.type_place(root);
            problems.push(problem(Severity::Warning, "AS201", place, message));
        }
        return Some(AgentSpecVersion::LATEST);
    };
    let place = || sources.place(value);
    let text = match sources.value(value) {
        NodeValue::String(text) => text.to_string(),
        NodeValue::Number(number) => number.to_string(),
        _ => "this".to_owned(),
    };
    let meaning = match sources.value(value) {
        NodeValue::String(text) => AgentSpecVersion::parse(text),
        _ => VersionText::Unknown,
    };
    let mut notes = Vec::new();
    if key == "air_version" {
        notes.push("`air_version` is the old name of `agentspec_version`".to_owned());
    }
    let version = match meaning {
        VersionText::Known(version) => Some(version),
        VersionText::PreRelease => {
            notes.push(format!("{text} is read as {}", AgentSpecVersion::V25_4_1));
            Some(AgentSpecVersion::V25_4_1)
        }
        VersionText::TooOld => {
            let message = format!("{text} is older than every component; use 25.4.1 or newer");
            problems.push(problem(Severity::Error, "AS204", place(), message));
            None
        }
        VersionText::NeverReleased => {
            let message = format!("{text} was never released; use 26.1.2, or 26.3.1");
            let mut unreleased = problem(Severity::Error, "AS202", place(), message);
            unreleased.help = Some(format!(
                "set `agentspec_version: {}`, which has the same content: the TypeScript SDK and development versions of pyagentspec write {text}",
                AgentSpecVersion::V26_1_2
            ));
            problems.push(unreleased);
            None
        }
        VersionText::Unknown => {
            let names = AgentSpecVersion::ALL.map(AgentSpecVersion::as_str);
            let near = names
                .into_iter()
                .find(|name| name.starts_with(&format!("{text}.")));
            let near = near.or_else(|| closest(&text, names));
            let message = format!("{text} is not a version");
            let mut unknown = problem(Severity::Error, "AS202", place(), message);
            unknown.help = near.map(|near| format!("did you mean `{near}`?"));
            problems.push(unknown);
            None
        }
    };
    if !notes.is_empty() {
        let place = if key == "air_version" {
            sources.key_place(root, key)
        } else {
            place()
        };
        problems.push(problem(Severity::Warning, "AS204", place, notes.join("; ")));
    }
    version
}

/// Returns the version of each text, the document first. A supplied part without a declaration gets
/// the oldest version.
pub(super) fn versions(sources: &Sources, document: AgentSpecVersion) -> Vec<AgentSpecVersion> {
    let supplied = sources.supplied().map(|(_, tree)| {
        let declared = tree
            .root()
            .and_then(|root| tree.get(root, "agentspec_version"));
        match declared
            .and_then(|node| tree.text(node))
            .map(AgentSpecVersion::parse)
        {
            Some(VersionText::Known(version)) => version,
            _ => AgentSpecVersion::V25_4_1,
        }
    });
    std::iter::once(document).chain(supplied).collect()
}

/// Reports components that need a later version than the declared one, and values that an export at
/// the declared version would lose.
pub(super) fn check_versions(
    sources: &Sources,
    root: Origin,
    version: AgentSpecVersion,
    components: &[Arc<Component>],
) -> Vec<Diagnostic> {
    let declared = sources
        .get(root, "agentspec_version")
        .or_else(|| sources.get(root, "air_version"));
    let mut problems = Vec::new();
    for component in components
        .iter()
        .filter(|component| component.origin.source == 0)
    {
        let at = component.origin;
        let field = |name| sources.get(at, name).map(|value| sources.place(value));
        let needs = requirements(component)
            .into_iter()
            .filter(|needed| needed.version > version);
        for Requirement {
            version: needed,
            reason,
        } in needs
        {
            let (place, what) = match reason {
                Reason::Type => (None, component.type_name().to_owned()),
                Reason::Field(name) => (field(name), format!("this value of `{name}`")),
                Reason::PlainBody => (field("data"), "a body that is not an object".to_owned()),
                Reason::StructuredOutput => (
                    field("outputs"),
                    "structured output (anything but one string)".to_owned(),
                ),
            };
            let declared = declared.map_or_else(String::new, |declared| {
                let place = position(sources.place(declared));
                format!("; this file says {version} ({place})")
            });
            let message = format!("{what} needs agentspec_version {needed}{declared}");
            let place = place.unwrap_or_else(|| sources.type_place(at));
            let mut problem = sources.problem(Severity::Error, "AS203", 0, place, message);
            problem.component = Some(component.id().to_owned());
            problems.push(problem.with_help(format!("set `agentspec_version: {needed}`")));
        }
        for lost in lost_fields(component, version) {
            let message = match lost.availability {
                Availability::DroppedBefore(first) => {
                    format!(
                        "`{}` exists since {first} and is lost when exporting {version}",
                        lost.name
                    )
                }
                Availability::Unwritten | Availability::Since(_) => format!(
                    "`{}` of {} is read but never exported",
                    lost.name,
                    component.type_name()
                ),
            };
            let place = sources.key_place(at, lost.name);
            let mut problem = sources.problem(Severity::Warning, "AS205", 0, place, message);
            problem.component = Some(component.id().to_owned());
            problems.push(problem);
        }
    }
    problems
}
