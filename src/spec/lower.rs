//! From a tree to typed components, by the language table.

mod component_type;
mod value;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::ids::IdSource;
use crate::spec::component::{Component, Declared, FieldValue, Origin};
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::infer;
use crate::spec::language::ComponentType;
use crate::spec::language::kind::{FieldKind, with_article};
use crate::spec::property::Property;
use crate::spec::references::{Definition, Definitions, Resolution};
use crate::spec::sensitive::SecretValue;
use crate::spec::source::{DEFINITIONS_KEY, Sources, position};
use crate::spec::syntax::{NodeValue, Place};
use crate::spec::version::AgentSpecVersion;

/// How deep a document may be with every component written in its place: a component counts for two (the list that it
/// may stand in, and itself). Bounds the recursion of everything that walks components.
const MAX_NESTING: usize = 128;

/// Keys of a component that are not fields of its type.
const STRUCTURAL_KEYS: [&str; 6] = [
    "component_type",
    DEFINITIONS_KEY,
    "agentspec_version",
    "air_version",
    "component_plugin_name",
    "component_plugin_version",
];

/// Fields that a component keeps apart from the others.
const OWN_PLACE_FIELDS: [&str; 7] = [
    "id",
    "name",
    "description",
    "metadata",
    "inputs",
    "outputs",
    "branches",
];

/// Makes components of the values of one load.
pub(super) struct Lowering<'l> {
    sources: &'l Sources,
    definitions: &'l Definitions,
    ids: &'l IdSource,
    /// The version that each text is read as, by its number.
    versions: &'l [AgentSpecVersion],
    /// What became of the objects that have been seen; none for one too broken to be a component.
    done: HashMap<Origin, Option<Arc<Component>>>,
    /// The components that are being made, outermost first.
    in_progress: Vec<InProgress>,
    /// How deep the value that is being read would stand if no component were written elsewhere.
    nesting: usize,
    /// Every component that was made, parts before wholes.
    components: Vec<Arc<Component>>,
    problems: Vec<Diagnostic>,
}

/// A component that is being made.
struct InProgress {
    at: Origin,
    /// What a reference called it, else its id.
    name: String,
    /// The field that is being read.
    field: String,
    is_complete: bool,
}

/// Where a component may stand.
#[derive(Clone, Copy)]
struct Slot<'s> {
    family: &'s str,
    /// For people: the field, or `this document`.
    label: &'s str,
}

/// What lowering gave.
pub(super) struct Lowered {
    /// The outermost component.
    pub(super) root: Option<Arc<Component>>,
    /// Every component that was made, parts before wholes.
    pub(super) components: Vec<Arc<Component>>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'l> Lowering<'l> {
    pub(super) fn new(
        sources: &'l Sources,
        definitions: &'l Definitions,
        ids: &'l IdSource,
        versions: &'l [AgentSpecVersion],
    ) -> Self {
        Self {
            sources,
            definitions,
            ids,
            versions,
            done: HashMap::new(),
            in_progress: Vec::new(),
            nesting: 0,
            components: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Makes the outermost component and everything below it.
    pub(super) fn run(mut self, root: Origin) -> Lowered {
        let slot = Slot {
            family: "Component",
            label: "this document",
        };
        let root = self.component(root, slot);
        Lowered {
            root,
            components: self.components,
            problems: self.problems,
        }
    }

    /// The component that a value is or refers to, if it may stand in the slot.
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

    /// What a reference leads to. One that leads nowhere has been told already.
    fn resolve(&mut self, name: &str, at: Origin) -> Option<Definition> {
        match self.definitions.resolve(self.sources, name) {
            Resolution::Found(definition) => Some(definition),
            Resolution::Missing => None,
            Resolution::Cycle => {
                let message = format!("`{name}` leads back to itself through references only");
                self.error("AS103", at.source, self.sources.place(at), message);
                None
            }
        }
    }

    /// Whether a value is a component, or a reference to one.
    fn leads_to_component(&self, at: Origin) -> bool {
        let is_component = |at| self.sources.get(at, "component_type").is_some();
        match self
            .sources
            .reference(at)
            .map(|name| self.definitions.resolve(self.sources, name))
        {
            None => is_component(at),
            Some(Resolution::Found(definition)) => is_component(definition.at),
            Some(Resolution::Missing | Resolution::Cycle) => false,
        }
    }

    /// The component that is written at a place; made once however often it is referred to.
    fn written(
        &mut self,
        at: Origin,
        name: Option<&str>,
        slot: Slot<'_>,
    ) -> Option<Arc<Component>> {
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

    /// Goes so many levels deeper for a while; `None` if that is too deep, which is told.
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
            let message = format!(
                "`{}` must be {}, found {}",
                slot.label,
                with_article(slot.family),
                self.found(at)
            );
            self.error("AS008", at.source, self.sources.place(at), message);
            return None;
        }
        let (ty, foreign_name) = self.component_type(at)?;
        let id = self
            .sources
            .get(at, "id")
            .and_then(|id| self.sources.text(id));
        let name = name.or(id).unwrap_or("this component").to_owned();
        let field = String::new();
        self.in_progress.push(InProgress {
            at,
            name,
            field,
            is_complete: true,
        });
        let component = self.of_type(at, ty, foreign_name);
        self.in_progress.pop();
        Some(Arc::new(component))
    }

    /// Reads everything in an object whose type is known.
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
        let has_io = ty.is_a("ComponentWithIO");
        let inputs = has_io.then(|| self.properties(at, "inputs")).flatten();
        let outputs = has_io.then(|| self.properties(at, "outputs")).flatten();
        let branches = ty.is_a("Node").then(|| self.branches(at)).flatten();
        let mut fields = if ty.is_declared() {
            self.declared_fields(at, ty)
        } else {
            self.raw_fields(at, ty)
        };
        if ty.name() == "MapNode"
            && fields.get("reducers") == Some(&FieldValue::Value(Value::Null))
            && let Some(reducers) = infer::default_reducers(&fields)
        {
            fields.insert("reducers".to_owned(), reducers);
        }
        let declared = Declared {
            inputs: inputs.is_some(),
            outputs: outputs.is_some(),
            branches: branches.is_some(),
        };
        let inferred = infer::infer_from(ty, &fields, inputs.as_deref(), outputs.as_deref());
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
            .is_some_and(|current| current.is_complete)
            && ty.fields().all(|field| {
                OWN_PLACE_FIELDS.contains(&field.name) || fields.contains_key(field.name)
            });
        Component {
            ty,
            foreign_name,
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
                .versions
                .get(at.source)
                .copied()
                .unwrap_or(AgentSpecVersion::LATEST),
            origin: at,
        }
    }

    /// The id; made up if there is none or it can't be used.
    fn id(&mut self, at: Origin) -> String {
        match self.text_field(at, "id") {
            Some(id) if id.is_empty() => {
                let place = self.sources.get(at, "id").map(|id| self.sources.place(id));
                let message = "an `id` may not be empty; leave it out to get one".to_owned();
                self.error("AS013", at.source, place.unwrap_or_default(), message);
                self.ids.uuid()
            }
            Some(id) => id,
            None => self.ids.uuid(),
        }
    }

    /// One of the text fields that every component has.
    fn text_field(&mut self, at: Origin, name: &str) -> Option<String> {
        let value = self.sources.get(at, name)?;
        let kind = match name {
            "description" => &FieldKind::Nullable(&FieldKind::Text),
            _ => &FieldKind::Text,
        };
        match self.plain(kind, value, name) {
            Some(Value::String(text)) => Some(text),
            Some(_) => None,
            None => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// A list of properties, if the text has one. What is wrong inside each is for validation to say.
    fn properties(&mut self, at: Origin, name: &str) -> Option<Vec<Property>> {
        let value = self.sources.get(at, name)?;
        let kind = FieldKind::Nullable(&FieldKind::List(&FieldKind::Any));
        match self.plain(&kind, value, name) {
            Some(Value::Array(items)) => {
                Some(items.into_iter().map(Property::from_schema).collect())
            }
            Some(_) => None,
            None => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// The branches, if the text lists any.
    fn branches(&mut self, at: Origin) -> Option<Vec<String>> {
        let value = self.sources.get(at, "branches")?;
        match self.plain(&FieldKind::List(&FieldKind::Text), value, "branches") {
            Some(Value::Array(items)) if items.is_empty() => None,
            Some(Value::Array(items)) => Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => {
                self.mark_incomplete();
                None
            }
        }
    }

    /// Every other field of a declared type, defaults filled in.
    fn declared_fields(
        &mut self,
        at: Origin,
        ty: &'static ComponentType,
    ) -> IndexMap<String, FieldValue> {
        let mut fields = IndexMap::new();
        for field in ty
            .fields()
            .filter(|field| !OWN_PLACE_FIELDS.contains(&field.name))
        {
            let value = match self.sources.get(at, field.name) {
                Some(value) => {
                    if let Some(current) = self.in_progress.last_mut() {
                        field.name.clone_into(&mut current.field);
                    }
                    self.value(&field.kind, value, field.name)
                }
                None => field.default.to_field(&field.kind),
            };
            match value {
                Some(value) => {
                    fields.insert(field.name.to_owned(), value);
                }
                None => self.mark_incomplete(),
            }
        }
        fields
    }

    /// Every other key of a type that is known by name only, as it is written.
    fn raw_fields(
        &mut self,
        at: Origin,
        ty: &'static ComponentType,
    ) -> IndexMap<String, FieldValue> {
        let sources = self.sources;
        let entries = sources.tree(at.source).entries(at.node).unwrap_or_default();
        let mut fields = IndexMap::new();
        for entry in entries {
            let key = entry.key.as_str();
            let is_own = OWN_PLACE_FIELDS.contains(&key) && ty.field(key).is_some();
            let is_structural =
                STRUCTURAL_KEYS.contains(&key) && !key.starts_with("component_plugin");
            if is_own || is_structural {
                continue;
            }
            if let Some(current) = self.in_progress.last_mut() {
                key.clone_into(&mut current.field);
            }
            let mut value = self.raw(Origin {
                source: at.source,
                node: entry.value,
            });
            if ty.is_sensitive(key)
                && let FieldValue::Value(plain) = value
            {
                value = SecretValue::new(plain).map_or_else(FieldValue::Value, FieldValue::Secret);
            }
            fields.insert(key.to_owned(), value);
        }
        fields
    }

    /// Whether a component may stand in a slot; told at the reference if there is one.
    fn fits(
        &mut self,
        component: &Component,
        slot: Slot<'_>,
        at: Origin,
        reference: Option<&str>,
    ) -> bool {
        if component.foreign_name.is_some() || component.is_a(slot.family) {
            return true;
        }
        let wanted = format!("`{}` takes {}", slot.label, with_article(slot.family));
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

    /// Tells that a reference leads back to a component that it is part of.
    fn cycle(&mut self, first: usize, at: Origin, name: &str) {
        let steps = self.in_progress.iter().skip(first);
        let path: Vec<String> = steps
            .map(|outer| format!("{} -> {} -> ", outer.name, outer.field))
            .collect();
        let message = format!("reference cycle: {}{name}", path.concat());
        self.error("AS103", at.source, self.sources.place(at), message);
    }

    /// The current component has a field that could not be read.
    fn mark_incomplete(&mut self) {
        if let Some(current) = self.in_progress.last_mut() {
            current.is_complete = false;
        }
    }

    fn error(&mut self, code: &'static str, source: usize, place: Place, message: String) {
        self.problem(Severity::Error, code, source, place, message);
    }

    /// Notes a problem of the component that is being made; the caller may add to it.
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
