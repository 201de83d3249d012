//! Loads a document: returns its component and every problem of the text.

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

/// The code of a syntax error.
const MALFORMED: Code = Code("AS001");

/// The code of a field that the component's type does not have.
const UNKNOWN_FIELD: Code = Code("AS006");

/// The code of a key that occurs twice in one object.
const GIVEN_TWICE: Code = Code("AS011");

/// The options for loading a document.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// The format of the text; `None` to detect it from the first characters.
    pub format: Option<Format>,
    /// The source of ids for components without one.
    pub ids: IdSource,
    /// The parts that the document may refer to.
    pub supplied: Vec<Supplied>,
    /// Whether the document may be a component set. In that case all its definitions are checked,
    /// and there is no root component.
    pub sets: bool,
    /// Whether unresolved references are allowed; they are then warnings instead of errors.
    pub partial: bool,
    /// Whether to check more strictly: definitions that are never used, and rules of the
    /// specification that the reference SDK and published documents break.
    pub strict: bool,
    /// The component types that the document may contain; supplied parts are not restricted.
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

/// A text with `$referenced_components` (components and plain values) to which a document may
/// refer.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// The name for messages, usually the path of the file.
    pub name: String,
    /// The text, YAML or JSON.
    pub text: String,
}

/// The result of loading a document.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The component of the document; `None` if the text is too broken, and possibly incomplete if
    /// there are errors.
    pub component: Option<Arc<Component>>,
    /// All problems, sorted by position.
    pub diagnostics: Vec<Diagnostic>,
    /// The syntax tree of the text.
    pub tree: Tree,
    /// The declared version of the document, or the version assumed instead.
    pub version: AgentSpecVersion,
    /// The format of the text.
    pub format: Format,
}

impl Loaded {
    /// Returns the positions of the components in the text.
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.tree)
    }

    /// Returns the number of unknown fields. In a file, such a field may belong to a later version;
    /// if setting a field increases the number, the name was mistyped.
    pub(crate) fn n_unknown_fields(&self) -> usize {
        let problems = self.diagnostics.iter();
        problems
            .filter(|problem| problem.code == UNKNOWN_FIELD)
            .count()
    }

    /// Returns the text with its secrets replaced by asterisks, byte for byte, for display next to
    /// the problems.
    pub fn shown_text(&self) -> String {
        let is_malformed = self
            .diagnostics
            .iter()
            .any(|problem| problem.code == MALFORMED || problem.code == GIVEN_TWICE);
        Hidden::of(&self.tree, is_malformed).masked(self.tree.lines().text())
    }

    /// Returns whether any problem is an error. If so, the component can be shown but neither run
    /// nor exported.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Loads a document. Never fails: problems are part of the result.
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

/// Returns whether a text looks like Agent Spec: whether it has one of the language's keys at the
/// top level. Used to find documents among other files; the text may be cut off or broken below the
/// top level.
pub fn is_spec(text: &str) -> bool {
    let (tree, _) = parse(text, Format::guess(text));
    let Some(root) = tree.root() else {
        return false;
    };
    let has = |key| tree.get(root, key).is_some();
    has("component_type") || has(DEFINITIONS_KEY) || has(REFERENCE_KEY)
}

/// Reports whole numbers beyond 64 bits, which a component can't hold because it stores values and
/// not their spelling.
fn oversized(tree: &Tree) -> impl Iterator<Item = Diagnostic> {
    tree.oversized().map(|place| {
        let message = "whole numbers have at most 64 bits";
        let problem = Diagnostic::error(Code("AS008"), place, message);
        problem.with_help("write it as text to keep every digit")
    })
}

/// Adds a part to which the document may refer. Syntax errors in the part are reported at their
/// position there.
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

/// Returns the outermost object if it is a component, a reference, or an allowed component set.
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

/// Reports components of types that the policy forbids.
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

/// Reports different components with the same id, of which an export could keep only one.
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

/// Reports definitions whose key is not the component's id; an export renames them.
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
