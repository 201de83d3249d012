//! Loads a text: the component, and every problem of the text.

mod versions;

use std::sync::Arc;

use serde_json::Value;

use self::versions::{check_versions, declared_version, versions};
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::IdSource;
use crate::spec::component::{Component, FieldValue, Origin};
use crate::spec::component_set::is_set;
use crate::spec::diagnostic::{self, Code, Diagnostic, Elsewhere, Severity};
use crate::spec::hidden::Hidden;
use crate::spec::lower::{Lowering, copies};
use crate::spec::places::Places;
use crate::spec::policy::LoadPolicy;
use crate::spec::references::Definitions;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY, Sources, in_document};
use crate::spec::syntax::{Format, NodeValue, Place, Tree, parse};
use crate::spec::validate;
use crate::spec::version::AgentSpecVersion;

/// The code of a fault of form.
const MALFORMED: Code = Code("AS001");

/// The code of a field that its component type does not have.
const UNKNOWN_FIELD: Code = Code("AS006");

/// A key that is given twice in one object.
const GIVEN_TWICE: Code = Code("AS011");

/// The options of loading a document.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// How the text is written; `None` to go by its first character.
    pub format: Option<Format>,
    /// The source of ids for components that have none.
    pub ids: IdSource,
    /// Parts that the document may refer to.
    pub supplied: Vec<Supplied>,
    /// Whether a document may be a mere set of components: all that it defines is checked then, and
    /// there is no root component.
    pub sets: bool,
    /// Whether references without a target in the document or the supplied parts may stay open: they are warnings then, not errors.
    pub partial: bool,
    /// Whether definitions that nothing uses are checked too, and rules of the specification that the reference SDK and
    /// published documents break.
    pub strict: bool,
    /// The types that the document may contain; supplied parts are trusted.
    pub policy: LoadPolicy,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            format: None,
            ids: IdSource::Random,
            supplied: Vec::new(),
            sets: false,
            partial: false,
            strict: false,
            policy: LoadPolicy::default(),
        }
    }
}

/// A text whose `$referenced_components` (components, and plain values) a document may refer to.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// The name for messages, usually the path.
    pub name: String,
    /// The text, YAML or JSON.
    pub text: String,
}

/// A loaded text.
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
    /// Returns where the components are in the text.
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.tree)
    }

    /// Returns how many fields no component type has. In a file such a field may be of a later version; where setting one
    /// adds to them, it was mistyped.
    pub(crate) fn n_unknown_fields(&self) -> usize {
        let problems = self.diagnostics.iter();
        problems
            .filter(|problem| problem.code == UNKNOWN_FIELD)
            .count()
    }

    /// The text as it may be shown beside its problems: with stars over its secrets, byte for byte.
    pub fn shown_text(&self) -> String {
        let is_malformed = self
            .diagnostics
            .iter()
            .any(|problem| problem.code == MALFORMED || problem.code == GIVEN_TWICE);
        Hidden::of(&self.tree, is_malformed).masked(self.tree.lines().text())
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
    let is_malformed = diagnostics.iter().any(|problem| problem.code == MALFORMED);
    diagnostics.extend(oversized(&tree));
    let mut sources = Sources::new(tree);
    for part in &options.supplied {
        supply(part, &mut sources, &mut diagnostics);
    }
    let mut version = AgentSpecVersion::LATEST;
    let mut component = None;
    // A component that is missing after a fault of form would be reported as missing from the
    // document, so nothing more is reported.
    if !is_malformed && let Some(root) = outermost(&sources, options.sets, &mut diagnostics) {
        let is_set = is_set(sources.document());
        let declared = declared_version(&sources, root, &mut diagnostics);
        version = declared.unwrap_or(AgentSpecVersion::LATEST);
        let definitions = Definitions::collect(&sources, &mut diagnostics);
        definitions.check(&sources, options.partial, &mut diagnostics);
        let versions = versions(&sources, version);
        let lowering = || Lowering::new(&sources, &definitions, &options.ids, &versions);
        let mut roots = if is_set { Vec::new() } else { vec![root] };
        if options.strict || is_set {
            let defined = definitions.of_document().map(|(_, defined)| defined.at);
            // A set may hold plain values too.
            let is_component = |at: &Origin| sources.get(*at, "component_type").is_some();
            roots.extend(defined.filter(|at| !is_set || is_component(at)));
        }
        let mut lowered = lowering().run(&roots);
        let copies = copies(&lowered.components);
        if !copies.is_empty() {
            lowered = lowering().with_copies(copies).run(&roots);
        }
        diagnostics.extend(lowered.problems);
        diagnostics.extend(check_policy(&sources, &options.policy, &lowered.components));
        diagnostics.extend(check_ids(&sources, &lowered.components));
        diagnostics.extend(check_keys(&sources, &definitions));
        if let Some(version) = declared {
            diagnostics.extend(check_versions(&sources, root, version, &lowered.components));
        }
        let mut checked = lowered.roots.iter().flatten().flat_map(Component::walk);
        let document = sources.document();
        diagnostics.extend(validate::check(checked.by_ref(), document, options.strict));
        component = lowered
            .roots
            .into_iter()
            .next()
            .flatten()
            .filter(|_| !is_set);
    }
    diagnostic::sort(&mut diagnostics);
    if !diagnostics.is_empty() {
        let document = sources.document();
        // Of a key that is given twice the tree has the last value alone.
        let is_more_written = diagnostics
            .iter()
            .any(|problem| problem.code == GIVEN_TWICE);
        Hidden::of(document, is_malformed || is_more_written).clean(text, &mut diagnostics);
        for part in &options.supplied {
            Hidden::of_text(&part.text).clean(&part.text, &mut diagnostics);
        }
    }
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

/// Whole numbers that no value can hold, for a component keeps values and not how they are written.
fn oversized(tree: &Tree) -> impl Iterator<Item = Diagnostic> {
    tree.oversized().map(|place| {
        let message = "whole numbers have at most 64 bits";
        let problem = Diagnostic::error(Code("AS008"), place, message);
        problem.with_help("write it as text to keep every digit")
    })
}

/// Adds a part that the document may refer to. Problems of form in it have their places there.
fn supply(part: &Supplied, sources: &mut Sources, problems: &mut Vec<Diagnostic>) {
    let (tree, mut found) = parse(&part.text, Format::guess(&part.text));
    found.extend(oversized(&tree));
    let mut error = |code, place, message| {
        let file = part.name.clone();
        let elsewhere = Elsewhere {
            file,
            place,
            message,
        };
        problems.push(Diagnostic::elsewhere(code, Severity::Error, elsewhere));
    };
    for problem in found.into_iter().filter(Diagnostic::is_error) {
        error(problem.code, problem.place, problem.message);
    }
    let has = |key| {
        tree.root()
            .is_some_and(|root| tree.get(root, key).is_some())
    };
    if !has(DEFINITIONS_KEY) && !has("component_type") {
        let message =
            format!("this file supplies nothing: it has no `{DEFINITIONS_KEY}` at its top");
        let place = tree.root().map_or(Place::START, |root| tree.place(root));
        error(Code("AS110"), place, message);
    }
    sources.add(&part.name, tree);
}

/// The outermost object, if it is a component or refers to one, or is a set and may be one.
fn outermost(sources: &Sources, sets: bool, problems: &mut Vec<Diagnostic>) -> Option<Origin> {
    let tree = sources.document();
    let Some(node) = tree.root() else {
        let message = "an Agent Spec document is an object; the text is empty";
        problems.push(Diagnostic::error(Code("AS002"), Place::START, message));
        return None;
    };
    let what = match tree.value(node) {
        NodeValue::Object(_) => {
            if is_set(tree) && !sets {
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

/// Components of types that may not be there.
fn check_policy(
    sources: &Sources,
    policy: &LoadPolicy,
    components: &[Arc<Component>],
) -> Vec<Diagnostic> {
    let blocked = components
        .iter()
        .filter(|component| component.origin.source == 0 && !policy.permits(component));
    let problem = |component: &Arc<Component>| {
        let name = component.type_name();
        let command = component.field("command").and_then(FieldValue::as_value);
        let message = match command.and_then(Value::as_str) {
            Some(command) => format!("{name} starts the local program `{command}`"),
            None => format!("{name} is not allowed here"),
        };
        let place = sources.type_place(component.origin);
        let problem = sources.problem(Severity::Error, "AS901", 0, place, message);
        problem
            .with_component(component.id())
            .with_help("allow it explicitly, if you trust this file")
    };
    blocked.map(problem).collect()
}

/// Two different components with one id: an export could keep only one of them.
fn check_ids(sources: &Sources, components: &[Arc<Component>]) -> Vec<Diagnostic> {
    let mut ids = HashSet::default();
    let repeated: HashSet<&str> = components
        .iter()
        .map(|component| component.id())
        .filter(|id| !ids.insert(*id))
        .collect();
    let id = |component: &Component| {
        let origin = component.origin;
        sources.get(origin, "id").unwrap_or(origin)
    };
    let place = |component: &Component| sources.place(id(component));
    let mut in_text_order: Vec<_> = components
        .iter()
        .filter(|component| repeated.contains(component.id()))
        .collect();
    in_text_order.sort_by_cached_key(|component| (component.origin.source, place(component)));
    let mut first_with: HashMap<&str, &Arc<Component>> = HashMap::default();
    let mut problems = Vec::new();
    for component in in_text_order {
        let first = first_with.entry(component.id()).or_insert(component);
        // Equal ones are one component; of start nodes, which stay apart, the rules on flows tell.
        if *first == component {
            continue;
        }
        let message = format!(
            "id `{}` is already used by another component at {}",
            component.id(),
            sources.position(id(first))
        );
        let source = component.origin.source;
        let problem = sources.problem(Severity::Error, "AS106", source, place(component), message);
        let problem = problem.with_component(component.id());
        let is_near = first.origin.source == 0 && source == 0;
        problems.push(if is_near {
            problem.with_related(place(first), "first used here")
        } else {
            problem
        });
    }
    problems
}

/// Definitions whose key is not the component's id, which an export renames.
fn check_keys(sources: &Sources, definitions: &Definitions<'_>) -> Vec<Diagnostic> {
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
            let place = sources.document().place_of(definition.key_span);
            problems.push(sources.problem(Severity::Warning, "AS109", 0, place, message));
        }
    }
    problems
}

#[cfg(test)]
mod tests;
