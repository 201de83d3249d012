//! Checks of a document's references.

use super::{Definition, Definitions};
use crate::base::hash::{HashMap, HashSet};
use crate::base::suggest::closest;
use crate::spec::component::Origin;
use crate::spec::component_set::is_set;
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::language;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY, Sources, in_document, position};
use crate::spec::syntax::{Entry, NodeId, NodeValue, Seen, Tree};

/// The maximum number of unresolved references for which a similar name is suggested. A document
/// with more has a more general problem.
const MAX_HINTS: usize = 100;

impl Definitions<'_> {
    /// Reports references of the document that are unresolved or not allowed, and definitions that
    /// are never used. With `partial`, unresolved references are allowed.
    pub(in crate::spec) fn check(
        &self,
        sources: &Sources,
        partial: bool,
        problems: &mut Vec<Diagnostic>,
    ) {
        let Some(root) = sources.document().root() else {
            return;
        };
        let mut check = Check {
            sources,
            definitions: self,
            partial,
            problems,
            root: in_document(root),
            enclosing: Vec::new(),
            seen: sources.trees().map(Seen::of).collect(),
            named: HashSet::default(),
            hints: 0,
            inline_ids: None,
        };
        check.value(in_document(root), None);
        let Check {
            named, problems, ..
        } = check;
        // A set is for other documents to refer to.
        if is_set(sources.document()) {
            return;
        }
        let unused = self.of_document().filter(|(name, _)| !named.contains(name));
        for (name, definition) in unused {
            let message = format!("`{name}` is never referred to");
            problems.push(sources.problem(
                Severity::Warning,
                "AS107",
                0,
                sources.document().place_of(definition.key_span),
                message,
            ));
        }
    }
}

/// A walk that checks each reference of the document, and of the supplied parts that it uses.
struct Check<'c> {
    sources: &'c Sources,
    definitions: &'c Definitions<'c>,
    partial: bool,
    problems: &'c mut Vec<Diagnostic>,
    root: Origin,
    /// The objects around the current value, outermost first.
    enclosing: Vec<Origin>,
    /// The visited nodes of each text.
    seen: Vec<Seen>,
    /// The names that are referred to.
    named: HashSet<&'c str>,
    /// The number of unresolved references for which a similar name was searched.
    hints: usize,
    /// Inline components by id, to which references can't refer; collected at the first unresolved
    /// reference.
    inline_ids: Option<HashMap<&'c str, NodeId>>,
}

impl<'c> Check<'c> {
    /// Checks a value; `field` is its key in the object around it, if any.
    fn value(&mut self, at: Origin, field: Option<&'c str>) {
        let tree = self.sources.tree(at.source);
        if tree.is_scalar(at.node) || !self.seen[at.source].insert(at.node) {
            return;
        }
        let sources = self.sources;
        let within = |node| Origin { node, ..at };
        match sources.value(at) {
            NodeValue::Array(items) => {
                for item in items {
                    self.value(within(*item), None);
                }
            }
            NodeValue::Object(entries) => {
                if let Some(reference) = sources.get(at, REFERENCE_KEY) {
                    self.reference(at, reference, field);
                    self.no_other_keys(at, entries);
                }
                self.enclosing.push(at);
                for entry in entries {
                    self.value(within(entry.value), Some(&entry.key));
                }
                self.enclosing.pop();
            }
            _ => {}
        }
    }

    fn reference(&mut self, at: Origin, reference: Origin, field: Option<&str>) {
        let Some(name) = self.sources.text(reference) else {
            let message = format!("`{REFERENCE_KEY}` must be a string");
            self.report(Severity::Error, "AS008", reference, message);
            return;
        };
        self.named.insert(name);
        match self.definitions.find(name, at) {
            Some(found) if found.at.source == 0 => self.encloses(at, name, found, reference),
            Some(found) => {
                // What is in a supplied part has nothing of the document around it.
                let enclosing = std::mem::take(&mut self.enclosing);
                self.value(found.at, None);
                self.enclosing = enclosing;
            }
            None if self.may_stay_open(name, field) => {}
            None => self.leads_nowhere(name, reference),
        }
    }

    fn encloses(&mut self, at: Origin, name: &str, found: Definition, reference: Origin) {
        let owner = in_document(found.owner);
        if at.source > 0 || owner == at || self.enclosing.contains(&owner) {
            return;
        }
        let sources = self.sources;
        let owner = sources
            .get(owner, "id")
            .and_then(|id| sources.text(id))
            .map_or_else(|| "another component".to_owned(), |id| format!("`{id}`"));
        let place = sources.document().place_of(found.key_span);
        let message = format!(
            "`{name}` is defined inside {owner} ({}), which does not enclose this place; other readers may refuse this",
            position(place)
        );
        let problem = self.report(Severity::Warning, "AS105", reference, message);
        problem.help = Some(format!("move it to the document's `{DEFINITIONS_KEY}`"));
        problem.related.push((place, "defined here".to_owned()));
    }

    /// Returns whether an unresolved reference stands for a masked secret: `ID.field`, in that
    /// field of the component with that id. Such a reference is an error only when the secret is
    /// used.
    fn may_stay_open(&self, name: &str, field: Option<&str>) -> bool {
        let (Some(field), Some(owner)) = (field, self.enclosing.last()) else {
            return false;
        };
        let text = |key| self.sources.text(self.sources.get(*owner, key)?);
        let (Some(id), Some(type_name)) = (text("id"), text("component_type")) else {
            return false;
        };
        let is_own = name
            .strip_prefix(id)
            .and_then(|rest| rest.strip_prefix('.'))
            == Some(field);
        is_own
            && language::find(type_name)
                .is_none_or(|ty| ty.is_sensitive(field) || !ty.is_declared())
    }

    fn leads_nowhere(&mut self, name: &str, reference: Origin) {
        let tree = self.sources.document();
        let inline = self
            .inline_ids
            .get_or_insert_with(|| inline_ids(tree))
            .get(name);
        let inline = inline.map(|node| tree.place(*node));
        let (message, help) = if let Some(inline) = inline {
            (
                format!(
                    "`{name}` is the id of a component written inline at {}",
                    position(inline)
                ),
                Some(format!("move it to `{DEFINITIONS_KEY}` to refer to it")),
            )
        } else {
            (
                format!("nothing in this file or its registry is called `{name}`"),
                self.hint(name),
            )
        };
        let severity = if self.partial {
            Severity::Warning
        } else {
            Severity::Error
        };
        let problem = self.report(severity, "AS101", reference, message);
        problem.help = help;
        if let Some(inline) = inline {
            problem.related.push((inline, "written here".to_owned()));
        }
    }

    /// Returns a suggestion for an unresolved reference.
    fn hint(&mut self, name: &str) -> Option<String> {
        self.hints += 1;
        if self.hints > MAX_HINTS {
            return None;
        }
        let known = self.definitions.by_name.keys().copied();
        let mut known: Vec<&str> = known.collect();
        known.sort_unstable();
        closest(name, known).map(|near| format!("did you mean `{near}`?"))
    }

    fn no_other_keys(&mut self, at: Origin, entries: &[Entry]) {
        let is_root = at == self.root;
        for entry in entries {
            let may_stand = matches!(entry.key.as_str(), REFERENCE_KEY | DEFINITIONS_KEY)
                || (is_root && matches!(entry.key.as_str(), "agentspec_version" | "air_version"));
            if !may_stand {
                let message = format!("`{}` beside `{REFERENCE_KEY}` is ignored", entry.key);
                let place = self.sources.entry_place(at.source, entry);
                let source = at.source;
                let problem =
                    self.sources
                        .problem(Severity::Warning, "AS108", source, place, message);
                self.problems.push(problem);
            }
        }
    }

    /// Records a problem at a value and returns it, so that the caller can add to it.
    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: Origin,
        message: String,
    ) -> &mut Diagnostic {
        let place = self.sources.place(at);
        let problem = self
            .sources
            .problem(severity, code, at.source, place, message);
        let index = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[index]
    }
}

/// Returns inline components by id. Definitions are not included, because references use their
/// keys.
fn inline_ids(tree: &Tree) -> HashMap<&str, NodeId> {
    let mut found = HashMap::default();
    let mut seen = Seen::of(tree);
    // Nodes that are still to be looked at, and whether they are written in their place.
    let mut pending = Vec::from_iter(tree.root().map(|root| (root, false)));
    while let Some((node, is_inline)) = pending.pop() {
        if is_inline
            && let Some(id) = tree.get(node, "id").and_then(|id| tree.text(id))
            && tree.get(node, "component_type").is_some()
        {
            let first = found.entry(id).or_insert(node);
            if tree.span(node) < tree.span(*first) {
                *first = node;
            }
        }
        if tree.is_scalar(node) || !seen.insert(node) {
            continue;
        }
        for entry in tree.entries(node).unwrap_or_default() {
            if entry.key == DEFINITIONS_KEY {
                let defined = tree.entries(entry.value).unwrap_or_default();
                pending.extend(defined.iter().map(|definition| (definition.value, false)));
            } else {
                pending.push((entry.value, true));
            }
        }
        let items = tree.items(node).unwrap_or_default();
        pending.extend(items.iter().map(|item| (*item, true)));
    }
    found
}
