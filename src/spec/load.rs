//! From text to a component and every problem of the text.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::ids::IdSource;
use crate::spec::component::{Component, Origin};
use crate::spec::diagnostic::{self, Code, Diagnostic, Severity};
use crate::spec::language::Availability;
use crate::spec::lower::{Lowering, copies};
use crate::spec::places::Places;
use crate::spec::references::Definitions;
use crate::spec::requirements::{Reason, Requirement, lost_fields, requirements};
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY, Sources, in_document, position};
use crate::spec::suggest::closest;
use crate::spec::syntax::{Format, NodeValue, Place, Tree, parse};
use crate::spec::validate;
use crate::spec::version::{AgentSpecVersion, VersionText};

/// How a document is to be loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// How the text is written; `None` to tell by its first character.
    pub format: Option<Format>,
    /// Where ids come from for components that have none.
    pub ids: IdSource,
    /// Parts that the document may refer to.
    pub supplied: Vec<Supplied>,
    /// Whether references to what is neither in the document nor supplied may stay open: warnings then, not errors.
    pub partial: bool,
    /// Whether definitions that nothing uses are checked too, and rules of the specification that the reference SDK and
    /// published documents break.
    pub strict: bool,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            format: None,
            ids: IdSource::Random,
            supplied: Vec::new(),
            partial: false,
            strict: false,
        }
    }
}

/// A text whose `$referenced_components` (components, and plain values) a document may refer to.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// What people know it by, usually its path; for messages.
    pub name: String,
    /// The text, YAML or JSON.
    pub text: String,
}

/// What a text turned out to be.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The component that the document describes. Missing if the text is too broken to have one; perhaps incomplete
    /// if there are errors.
    pub component: Option<Arc<Component>>,
    /// Every problem, in the order of its place.
    pub diagnostics: Vec<Diagnostic>,
    /// The text as values with places.
    pub tree: Tree,
    /// The version that the document declares, or that it is read as.
    pub version: AgentSpecVersion,
    /// How the text is written.
    pub format: Format,
}

impl Loaded {
    /// Where the components stand in the text.
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.tree)
    }

    /// Whether any problem is an error, so that the component may be looked at but not run or exported.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a document. Never fails: problems are in the result.
pub fn load(text: &str, options: &LoadOptions) -> Loaded {
    let format = options.format.unwrap_or_else(|| Format::guess(text));
    let (tree, mut diagnostics) = parse(text, format);
    let is_malformed = diagnostics
        .iter()
        .any(|problem| problem.code == Code("AS001"));
    let mut sources = Sources::new(tree);
    for part in &options.supplied {
        supply(part, &mut sources, &mut diagnostics);
    }
    let mut version = AgentSpecVersion::LATEST;
    let mut component = None;
    // What is missing after a fault of form would be told as missing from the document, so nothing more is told.
    if !is_malformed && let Some(root) = outermost(&sources, &mut diagnostics) {
        let declared = declared_version(&sources, root, &mut diagnostics);
        version = declared.unwrap_or(AgentSpecVersion::LATEST);
        let definitions = Definitions::collect(&sources, &mut diagnostics);
        definitions.check(&sources, options.partial, &mut diagnostics);
        let versions = versions(&sources, version);
        let lowering = || Lowering::new(&sources, &definitions, &options.ids, &versions);
        let mut roots = vec![root];
        if options.strict {
            roots.extend(definitions.of_document().map(|(_, defined)| defined.at));
        }
        let mut lowered = lowering().run(&roots);
        let copies = copies(&lowered.components);
        if !copies.is_empty() {
            lowered = lowering().with_copies(copies).run(&roots);
        }
        diagnostics.extend(lowered.problems);
        diagnostics.extend(check_ids(&sources, &lowered.components));
        diagnostics.extend(check_keys(&sources, &definitions));
        if let Some(version) = declared {
            diagnostics.extend(check_versions(&sources, root, version, &lowered.components));
        }
        let mut checked = lowered.roots.iter().flatten().flat_map(Component::walk);
        let document = sources.document();
        diagnostics.extend(validate::check(
            checked.by_ref(),
            document,
            text,
            options.strict,
        ));
        component = lowered.roots.into_iter().next().flatten();
    }
    diagnostic::sort(&mut diagnostics);
    Loaded {
        component,
        diagnostics,
        tree: sources.into_document(),
        version,
        format,
    }
}

/// Whether a text looks like Agent Spec at all: it has one of the language's keys at its top. For finding documents
/// among other files; a text that is cut off or broken below its top still counts.
pub fn is_spec(text: &str) -> bool {
    let (tree, _) = parse(text, Format::guess(text));
    let Some(root) = tree.root() else {
        return false;
    };
    let has = |key| tree.get(root, key).is_some();
    has("component_type") || has(DEFINITIONS_KEY) || has(REFERENCE_KEY)
}

/// Adds a part that the document may refer to. Problems of form in it are told at the start of the document.
fn supply(part: &Supplied, sources: &mut Sources, problems: &mut Vec<Diagnostic>) {
    let (tree, found) = parse(&part.text, Format::guess(&part.text));
    for problem in found.into_iter().filter(Diagnostic::is_error) {
        let message = format!(
            "in `{}` at {}: {}",
            part.name,
            position(problem.place),
            problem.message
        );
        problems.push(Diagnostic::error(problem.code, Place::START, message));
    }
    let has = |key| {
        tree.root()
            .is_some_and(|root| tree.get(root, key).is_some())
    };
    if !has(DEFINITIONS_KEY) && !has("component_type") {
        let message = format!(
            "`{}` supplies nothing: it has no `{DEFINITIONS_KEY}` at its top",
            part.name
        );
        problems.push(Diagnostic::error(Code("AS110"), Place::START, message));
    }
    sources.add(&part.name, tree);
}

/// The outermost object, if it is a component or refers to one.
fn outermost(sources: &Sources, problems: &mut Vec<Diagnostic>) -> Option<Origin> {
    let tree = sources.document();
    let Some(node) = tree.root() else {
        let message = "an Agent Spec document is an object; the text is empty";
        problems.push(Diagnostic::error(Code("AS002"), Place::START, message));
        return None;
    };
    let what = match tree.value(node) {
        NodeValue::Object(entries) => {
            let is_set = matches!(entries.as_slice(), [only] if only.key == DEFINITIONS_KEY);
            if is_set {
                let message = "this is a set of components for other documents to refer to";
                let place = sources.key_place(in_document(node), DEFINITIONS_KEY);
                let problem = Diagnostic::error(Code("AS110"), place, message).with_help(
                    "load a document that refers to it, and supply this with `--component`",
                );
                problems.push(problem);
                return None;
            }
            return Some(in_document(node));
        }
        NodeValue::Null => "null",
        NodeValue::Array(_) => "an array",
        NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => "a plain value",
    };
    let message = format!("an Agent Spec document is an object; found {what}");
    problems.push(Diagnostic::error(Code("AS002"), tree.place(node), message));
    None
}

/// The version that the document declares; the newest if it declares none. `None` if what it declares is none, so that
/// nothing can be said about what needs which version.
fn declared_version(
    sources: &Sources,
    root: Origin,
    problems: &mut Vec<Diagnostic>,
) -> Option<AgentSpecVersion> {
    let mut tell = |severity, code, place, message| {
        problems.push(sources.problem(severity, code, 0, place, message));
    };
    let given = ["agentspec_version", "air_version"]
        .into_iter()
        .find_map(|key| Some((key, sources.get(root, key)?)));
    let Some((key, value)) = given else {
        // What has no type either is another format, which is told instead.
        let is_ours = |key| sources.get(root, key).is_some();
        if is_ours("component_type") || is_ours(REFERENCE_KEY) {
            let message = format!(
                "no `agentspec_version`; assuming {}",
                AgentSpecVersion::LATEST
            );
            tell(
                Severity::Warning,
                "AS201",
                sources.type_place(root),
                message,
            );
        }
        return Some(AgentSpecVersion::LATEST);
    };
    let place = sources.place(value);
    let text = match sources.value(value) {
        NodeValue::String(text) => text.clone(),
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
            tell(Severity::Error, "AS204", place, message);
            None
        }
        VersionText::NeverReleased => {
            let message = format!("{text} was never released; use 26.1.2, or 26.3.1");
            tell(Severity::Error, "AS202", place, message);
            None
        }
        VersionText::Unknown => {
            let names = AgentSpecVersion::ALL.map(AgentSpecVersion::as_str);
            let near = names
                .into_iter()
                .find(|name| name.starts_with(&format!("{text}.")));
            let near = near.or_else(|| closest(&text, names));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            tell(
                Severity::Error,
                "AS202",
                place,
                format!("{text} is not a version{hint}"),
            );
            None
        }
    };
    if !notes.is_empty() {
        let place = if key == "air_version" {
            sources.key_place(root, key)
        } else {
            place
        };
        tell(Severity::Warning, "AS204", place, notes.join("; "));
    }
    version
}

/// The version of each text: a supplied part that declares none asks for nothing.
fn versions(sources: &Sources, document: AgentSpecVersion) -> Vec<AgentSpecVersion> {
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

/// Two components with one id: an export could keep only one of them.
fn check_ids(sources: &Sources, components: &[Arc<Component>]) -> Vec<Diagnostic> {
    let place = |component: &Component| {
        let origin = component.origin;
        sources.place(sources.get(origin, "id").unwrap_or(origin))
    };
    let mut in_text_order: Vec<_> = components.iter().collect();
    in_text_order.sort_by_key(|component| (component.origin.source, place(component)));
    let mut first_with: HashMap<&str, &Arc<Component>> = HashMap::new();
    let mut problems = Vec::new();
    for component in in_text_order {
        let first = first_with.entry(component.id()).or_insert(component);
        if Arc::ptr_eq(first, component) {
            continue;
        }
        let first_place = place(first);
        let message = format!(
            "id `{}` is already used by another component at {}",
            component.id(),
            position(first_place)
        );
        let source = component.origin.source;
        let mut problem =
            sources.problem(Severity::Error, "AS106", source, place(component), message);
        problem.component = Some(component.id().to_owned());
        if *first.as_ref() == **component {
            problem.help = Some(format!(
                "define it once in `{DEFINITIONS_KEY}` and refer to it"
            ));
        }
        problems.push(problem.with_related(first_place, "first used here"));
    }
    problems
}

/// Definitions whose key is not the component's id, which an export renames.
fn check_keys(sources: &Sources, definitions: &Definitions) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (key, definition) in definitions.of_document() {
        let id = sources
            .get(definition.at, "id")
            .and_then(|id| sources.text(id));
        if let Some(id) = id.filter(|id| *id != key)
            && sources.get(definition.at, "component_type").is_some()
        {
            let message =
                format!("`{key}` defines the component with id `{id}`; exports call it `{id}`");
            let place = definition.key_place;
            problems.push(sources.problem(Severity::Warning, "AS109", 0, place, message));
        }
    }
    problems
}

/// Components that need more than the declared version, and values that an export at it would lose.
fn check_versions(
    sources: &Sources,
    root: Origin,
    version: AgentSpecVersion,
    components: &[Arc<Component>],
) -> Vec<Diagnostic> {
    let declared = sources
        .get(root, "agentspec_version")
        .or_else(|| sources.get(root, "air_version"))
        .map(|value| sources.place(value));
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
                Reason::PlainBody => (field("data"), "a body that is no object".to_owned()),
                Reason::StructuredOutput => (
                    field("outputs"),
                    "structured output (anything but one string)".to_owned(),
                ),
            };
            let declared = declared.map_or_else(String::new, |declared| {
                format!("; this file says {version} ({})", position(declared))
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

#[cfg(test)]
mod tests;
