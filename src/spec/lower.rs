//! Converts a syntax tree to typed components, guided by the language table.

mod choice;
mod component_type;
mod copies;
mod default;
mod fields;
mod value;

pub(super) use self::copies::copies;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::hash::HashMap;
use crate::base::ids::IdSource;
use crate::spec::component::{Component, Declared, FieldValue, Origin};
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::infer;
use crate::spec::language::kind::{FieldKind, with_article};
use crate::spec::language::{ComponentKind, ComponentType};
use crate::spec::references::{Definition, Definitions, Resolution};
use crate::spec::source::{DEFINITIONS_KEY, Sources, position};
use crate::spec::syntax::{NodeValue, Place};
use crate::spec::version::{AgentSpecVersion, VersionText};

/// The maximum nesting depth of a document with all components inline; each component counts as two
/// levels (itself and a list around it). Limits the recursion of every walk over components.
const MAX_NESTING: usize = 128;

/// Returns whether a key is part of every component's structure rather than a field of its type.
fn is_structural(key: &str) -> bool {
    matches!(
        key,
        "component_type"
            | DEFINITIONS_KEY
            | "agentspec_version"
            | "air_version"
            | "component_plugin_name"
            | "component_plugin_version"
    )
}

/// Returns whether a component stores a field outside its field map.
fn has_own_place(field: &str) -> bool {
    matches!(
        field,
        "id" | "name" | "description" | "metadata" | "inputs" | "outputs" | "branches"
    )
}

/// Makes the components of one load.
pub(super) struct Lowering<'l> {
    sources: &'l Sources,
    definitions: &'l Definitions<'l>,
    ids: &'l IdSource,
    /// The version of each text, by source number.
    versions: &'l [AgentSpecVersion],
    /// Objects that repeat another component, each with the object to use instead.
    copies: HashMap<Origin, Origin>,
    /// The component made from each visited object; `None` if the object is too broken.
    done: HashMap<Origin, Option<Arc<Component>>>,
    /// The components under construction, outermost first.
    in_progress: Vec<InProgress>,
    /// The nesting depth of the current value, counted as if all components were inline.
    nesting: usize,
    /// All components made so far, parts before the components that contain them.
    components: Vec<Arc<Component>>,
    problems: Vec<Diagnostic>,
}

/// A component under construction.
struct InProgress {
    at: Origin,
    /// The name in the reference to the component, else the id.
    name: String,
    /// The field that is currently read.
    field: String,
    is_complete: bool,
    /// The version of the text or definition that contains the component.
    version: AgentSpecVersion,
}

/// A position at which a component may be.
#[derive(Clone, Copy)]
struct Slot<'s> {
    /// The accepted families, at least one.
    families: &'s [ComponentKind],
    /// The name for messages: the field, or `this document`.
    label: &'s str,
}

impl Slot<'_> {
    /// Returns the accepted types for messages: `a Tool`, `an Agent or an LlmConfig`.
    fn wanted(&self) -> String {
        let families: Vec<_> = self
            .families
            .iter()
            .map(|family| with_article(family.name()))
            .collect();
        families.join(" or ")
    }
}

/// The result of the conversion to components.
pub(super) struct Lowered {
    /// The requested components; `None` if one is too broken.
    pub(super) roots: Vec<Option<Arc<Component>>>,
    /// All components, parts before the components that contain them.
    pub(super) components: Vec<Arc<Component>>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'l> Lowering<'l> {
    pub(super) fn new(
        sources: &'l Sources,
        definitions: &'l Definitions<'l>,
        ids: &'l IdSource,
        versions: &'l [AgentSpecVersion],
    ) -> Self {
        Self {
            sources,
            definitions,
            ids,
            versions,
            copies: HashMap::default(),
            done: HashMap::default(),
            in_progress: Vec::new(),
            nesting: 0,
            components: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Sets the objects that repeat other components.
    pub(super) fn with_copies(mut self, copies: HashMap<Origin, Origin>) -> Self {
        self.copies = copies;
        self
    }

    /// Makes the components at these positions and everything below. A value that is not a
    /// component is skipped, unless it is the document itself.
    pub(super) fn run(mut self, roots: &[Origin]) -> Lowered {
        let slot = Slot {
            families: &[ComponentKind::Component],
            label: "this document",
        };
        let mut made = Vec::new();
        for (at, root) in roots.iter().enumerate() {
            if at == 0 || self.sources.get(*root, "component_type").is_some() {
                made.push(self.component(*root, slot));
            }
        }
        Lowered {
            roots: made,
            components: self.components,
            problems: self.problems,
        }
    }

    /// Returns the component that is at a position or referred to there, if the slot accepts it.
    fn component(&mut self, at: Origin, slot: Slot<'_>) -> Option<Arc<Component>> {
        let Some(name) = self.sources.reference(at) else {
            let component = self.written(at, None, slot)?;
            return self.fits(&component, slot, at, None).then_some(component);
        };
        let definition = self.resolve(name, at)?;
        if let Some(first) = self
            .in_progress
            .iter()
            .position(|outer| outer.at == definition.at)
        {
            self.cycle(first, at, name);
            return None;
        }
        let component = self.written(definition.at, Some(name), slot)?;
        self.fits(&component, slot, at, Some(name))
            .then_some(component)
    }

    /// Returns the definition that a reference names; an unresolved reference was already reported.
    fn resolve(&mut self, name: &str, at: Origin) -> Option<Definition> {
        match self.definitions.resolve(self.sources, name, at) {
            Resolution::Found(definition) => Some(definition),
            Resolution::Missing => None,
            Resolution::Cycle => {
                let message = format!("`{name}` leads back to itself through references only");
                self.error("AS103", at.source, self.sources.place(at), message);
                None
            }
        }
    }

    /// Returns whether a value is a component or a reference to one.
    fn leads_to_component(&self, at: Origin) -> bool {
        let is_component = |at| self.sources.get(at, "component_type").is_some();
        match self
            .sources
            .reference(at)
            .map(|name| self.definitions.resolve(self.sources, name, at))
        {
            None => is_component(at),
            Some(Resolution::Found(definition)) => is_component(definition.at),
            Some(Resolution::Missing | Resolution::Cycle) => false,
        }
    }

    /// Returns the component that is written at a position; made only once, however many references
    /// there are.
    fn written(
        &mut self,
        at: Origin,
        name: Option<&str>,
        slot: Slot<'_>,
    ) -> Option<Arc<Component>> {
        let at = self.copies.get(&at).copied().unwrap_or(at);
        if let Some(done) = self.done.get(&at) {
            return done.clone();
        }
        let made = self
            .nested(2, at, |lowering| lowering.make(at, name, slot))
            .flatten();
        self.components.extend(made.clone());
        self.done.insert(at, made.clone());
        made
    }

    /// Runs `read` several nesting levels deeper; `None` if that exceeds the maximum, which is
    /// reported.
    fn nested<T>(
        &mut self,
        levels: usize,
        at: Origin,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.nesting + levels > MAX_NESTING {
            let message = format!(
                "components are nested deeper than {} levels",
                MAX_NESTING / 2
            );
            self.error("AS103", at.source, self.sources.type_place(at), message);
            return None;
        }
        self.nesting += levels;
        let result = read(self);
        self.nesting -= levels;
        Some(result)
    }

    fn make(&mut self, at: Origin, name: Option<&str>, slot: Slot<'_>) -> Option<Arc<Component>> {
        if !matches!(self.sources.value(at), NodeValue::Object(_)) {
            self.misfit("AS008", at, slot.label, &slot.wanted());
            return None;
        }
        let (ty, foreign_name) = self.component_type(at)?;
        let id = self
            .sources
            .get(at, "id")
            .and_then(|id| self.sources.text(id));
        let name = name.or(id).unwrap_or("this component").to_owned();
        self.in_progress.push(InProgress {
            at,
            name,
            field: String::new(),
            is_complete: true,
            version: self.version(at),
        });
        let component = self.of_type(at, ty, foreign_name);
        self.in_progress.pop();
        Some(Arc::new(component))
    }

    /// Returns the version of an object. An entry of a supplied set may declare its own, which
    /// applies to everything inside it.
    fn version(&self, at: Origin) -> AgentSpecVersion {
        let own = (at.source > 0)
            .then(|| self.sources.get(at, "agentspec_version"))
            .flatten();
        let own = own.and_then(|own| self.sources.text(own));
        if let Some(VersionText::Known(version)) = own.map(AgentSpecVersion::parse) {
            return version;
        }
        match self.in_progress.last() {
            Some(outer) if outer.at.source == at.source => outer.version,
            _ => self
                .versions
                .get(at.source)
                .copied()
                .unwrap_or(AgentSpecVersion::LATEST),
        }
    }

    /// Makes a component from an object whose type is known.
    fn of_type(
        &mut self,
        at: Origin,
        ty: &'static ComponentType,
        foreign_name: Option<String>,
    ) -> Component {
        self.check_keys(at, ty);
        let id = self.id(at);
        let name = self.text_field(at, "name").unwrap_or_default();
        let description = self.text_field(at, "description");
        let metadata = match self.sources.get(at, "metadata") {
            None => Value::Object(Map::new()),
            Some(value) => {
                let kind = FieldKind::Nullable(&FieldKind::Map(&FieldKind::Any));
                self.plain(&kind, value, "metadata").unwrap_or(Value::Null)
            }
        };
        let has = |field| ty.field(field).is_some();
        let inputs = has("inputs")
            .then(|| self.properties(at, "inputs"))
            .flatten();
        let outputs = has("outputs")
            .then(|| self.properties(at, "outputs"))
            .flatten();
        let branches = has("branches").then(|| self.branches(at)).flatten();
        let mut fields = if ty.is_declared() {
            self.declared_fields(at, ty, &id)
        } else {
            self.raw_fields(at, ty)
        };
        if ty.field("reducers").is_some()
            && fields.get("reducers") == Some(&FieldValue::Value(Value::Null))
            && let Some(reducers) = infer::default_reducers(&fields)
        {
            fields.insert("reducers", reducers);
        }
        let declared = Declared {
            inputs: inputs.is_some(),
            outputs: outputs.is_some(),
            branches: branches.is_some(),
        };
        let is_all_declared = declared.inputs && declared.outputs && declared.branches;
        let inferred = (!is_all_declared)
            .then(|| infer::infer_from(ty, &fields, inputs.as_deref(), outputs.as_deref()))
            .flatten();
        let (of_inputs, of_outputs, of_branches) =
            inferred.map_or_else(Default::default, |rules| {
                (
                    rules.inputs.into_list(),
                    rules.outputs.into_list(),
                    rules.branches.into_list(),
                )
            });
        let is_complete = self
            .in_progress
            .last()
            .is_some_and(|current| current.is_complete);
        let written_id = self.sources.get(at, "id");
        Component {
            ty,
            foreign_name,
            is_id_written: written_id.and_then(|written| self.sources.text(written)) == Some(&id),
            id,
            name,
            description,
            metadata,
            inputs: inputs.unwrap_or(of_inputs),
            outputs: outputs.unwrap_or(of_outputs),
            branches: branches.unwrap_or(of_branches),
            declared,
            fields,
            is_complete,
            document_version: self
                .in_progress
                .last()
                .map_or(AgentSpecVersion::LATEST, |current| current.version),
            origin: at,
        }
    }

    /// Returns whether a slot accepts a component. If not, reports it at the reference, if there is
    /// one.
    fn fits(
        &mut self,
        component: &Component,
        slot: Slot<'_>,
        at: Origin,
        reference: Option<&str>,
    ) -> bool {
        let belongs = |family: &ComponentKind| component.ty.is_a(*family);
        if component.foreign_name.is_some() || slot.families.iter().any(belongs) {
            return true;
        }
        if reference.is_some_and(|name| self.definitions.is_repeated(name)) {
            return false;
        }
        let wanted = format!("`{}` takes {}", slot.label, slot.wanted());
        let given = with_article(component.type_name());
        let type_place = self.sources.type_place(component.origin);
        let message = match reference {
            Some(name) => format!("{wanted}; `{name}` ({}) is {given}", position(type_place)),
            None => format!("{wanted}; this is {given}"),
        };
        let place = if reference.is_some() {
            self.sources.place(at)
        } else {
            self.sources.type_place(at)
        };
        self.error("AS102", at.source, place, message);
        false
    }

    /// Reports a reference from inside a component to the component itself.
    fn cycle(&mut self, first: usize, at: Origin, name: &str) {
        let steps = self.in_progress.iter().skip(first);
        let path: Vec<String> = steps
            .map(|outer| format!("{} -> {} -> ", outer.name, outer.field))
            .collect();
        let message = format!("reference cycle: {}{name}", path.concat());
        self.error("AS103", at.source, self.sources.place(at), message);
    }

    /// Marks the current component as incomplete, because one of its fields could not be read.
    fn mark_incomplete(&mut self) {
        if let Some(current) = self.in_progress.last_mut() {
            current.is_complete = false;
        }
    }

    fn error(&mut self, code: &'static str, source: usize, place: Place, message: String) {
        self.problem(Severity::Error, code, source, place, message);
    }

    /// Records a problem of the current component and returns it, so that the caller can add to it.
    fn problem(
        &mut self,
        severity: Severity,
        code: &'static str,
        source: usize,
        place: Place,
        message: String,
    ) -> &mut Diagnostic {
        let mut problem = self.sources.problem(severity, code, source, place, message);
        let current = self
            .in_progress
            .last()
            .and_then(|current| self.sources.get(current.at, "id"));
        problem.component = current
            .and_then(|id| self.sources.text(id))
            .map(str::to_owned);
        let index = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[index]
    }
}

#[cfg(test)]
mod tests;
