//! The canonical form of components, written piece by piece.

use std::collections::HashSet;
use std::sync::Arc;

use super::ExportError;
use super::placement::{Elsewhere, Placement};
use super::sink::{self, Leaf, Sink};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::wayflow::PLUGIN_VERSION;
use crate::spec::property::Property;
use crate::spec::requirements::is_written;
use crate::spec::sensitive::reference_for;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::version::AgentSpecVersion;

/// The settings and state of one exported document.
#[derive(Clone, Debug)]
pub(super) struct ExportContext<'o> {
    pub(super) version: AgentSpecVersion,
    pub(super) include_sensitive: bool,
    /// Components that are defined outside this document.
    pub(super) elsewhere: Elsewhere,
    /// Ids that are left out unless a reference needs them.
    pub(super) unwritten_ids: &'o HashSet<String>,
}

/// Writes the whole document and returns the secrets that were replaced by references.
pub(super) fn document(
    root: &Arc<Component>,
    context: &ExportContext<'_>,
    sink: &mut impl Sink,
) -> Result<Vec<String>, ExportError> {
    let mut writer = Writer {
        placement: Placement::of(root, &context.elsewhere),
        context,
        sink,
        masked: Vec::new(),
    };
    writer.sink.begin_object();
    writer.entries(root)?;
    writer.text("agentspec_version", context.version.as_str());
    writer.sink.end_object();
    Ok(writer.masked)
}

struct Writer<'c, S> {
    placement: Placement<'c>,
    context: &'c ExportContext<'c>,
    sink: &'c mut S,
    masked: Vec<String>,
}

impl<'c, S: Sink> Writer<'c, S> {
    /// Writes a component with its fields and definitions.
    fn component(&mut self, component: &'c Arc<Component>) -> Result<(), ExportError> {
        self.sink.begin_object();
        self.entries(component)?;
        self.sink.end_object();
        Ok(())
    }

    fn entries(&mut self, component: &'c Arc<Component>) -> Result<(), ExportError> {
        self.text("component_type", component.type_name());
        if component.component_type().is_declared() {
            self.declared_fields(component)?;
        } else {
            self.raw_fields(component)?;
        }
        let definitions = self.placement.defined_at(component).to_vec();
        if !definitions.is_empty() {
            self.sink.key(DEFINITIONS_KEY);
            self.sink.begin_object();
            for definition in definitions {
                self.sink.key(definition.id());
                self.component(definition)?;
            }
            self.sink.end_object();
        }
        Ok(())
    }

    /// Writes all fields that the type has in this version, whether set or not.
    fn declared_fields(&mut self, component: &'c Arc<Component>) -> Result<(), ExportError> {
        let version = self.context.version;
        let written = component.component_type().fields();
        for field in written.filter(|field| is_written(field, version)) {
            if self.own_field(component, field.name) {
                continue;
            }
            let Some(value) = component.field(field.name) else {
                return Err(ExportError::Incomplete {
                    id: component.id().to_owned(),
                });
            };
            self.sink.key(field.name);
            self.value(component, field.name, value)?;
        }
        if let Some(plugin) = component.component_type().plugin() {
            self.text("component_plugin_name", plugin);
            self.text("component_plugin_version", PLUGIN_VERSION);
        }
        Ok(())
    }

    /// Writes the fields of a foreign plugin's type as they were written.
    fn raw_fields(&mut self, component: &'c Arc<Component>) -> Result<(), ExportError> {
        let declared = component.declared();
        for field in component.component_type().fields() {
            let is_given = match field.name {
                "inputs" => declared.inputs,
                "outputs" => declared.outputs,
                "branches" => declared.branches,
                _ => true,
            };
            if is_given {
                self.own_field(component, field.name);
            }
        }
        for (name, value) in component.fields() {
            self.sink.key(name);
            self.value(component, name, value)?;
        }
        Ok(())
    }

    /// Writes a field that has an accessor of its own, such as the id; returns whether `name` is
    /// such a field.
    fn own_field(&mut self, component: &Arc<Component>, name: &'static str) -> bool {
        let is_made_up = || self.context.unwritten_ids.contains(component.id());
        match name {
            "id" if is_made_up() && !self.placement.is_shared(component) => {}
            "id" => self.text(name, component.id()),
            "name" => self.text(name, component.name()),
            "description" => {
                self.sink.key(name);
                self.sink
                    .leaf(component.description().map_or(Leaf::Null, Leaf::Text));
            }
            "metadata" => {
                self.sink.key(name);
                sink::value(self.sink, component.metadata());
            }
            "inputs" => self.properties(name, component.inputs()),
            "outputs" => self.properties(name, component.outputs()),
            "branches" => {
                self.sink.key(name);
                sink::array(self.sink, component.branches(), |sink, branch| {
                    sink.leaf(Leaf::Text(branch));
                });
            }
            _ => return false,
        }
        true
    }

    fn value(
        &mut self,
        component: &Component,
        field: &str,
        value: &'c FieldValue,
    ) -> Result<(), ExportError> {
        match value {
            FieldValue::Value(value) => sink::value(self.sink, value),
            FieldValue::Secret(secret) if self.context.include_sensitive => {
                sink::value(self.sink, secret.reveal());
            }
            FieldValue::Secret(_) => {
                let name = reference_for(component.id(), field);
                self.reference(&name);
                self.masked.push(name);
            }
            FieldValue::Reference(name) => self.reference(name),
            FieldValue::Component(child) => {
                if let Some(key) = self.context.elsewhere.get(&Arc::as_ptr(child)) {
                    self.reference(key);
                } else if self.placement.is_shared(child) {
                    self.reference(child.id());
                } else {
                    self.component(child)?;
                }
            }
            FieldValue::List(items) if items.is_empty() => self.sink.leaf(Leaf::EmptyArray),
            FieldValue::List(items) => {
                self.sink.begin_array();
                for item in items {
                    self.sink.item();
                    self.value(component, field, item)?;
                }
                self.sink.end_array();
            }
            FieldValue::Map(entries) if entries.is_empty() => self.sink.leaf(Leaf::EmptyObject),
            FieldValue::Map(entries) => {
                self.sink.begin_object();
                for (key, value) in sink::leading_first(|| entries.iter()) {
                    self.sink.key(key);
                    self.value(component, field, value)?;
                }
                self.sink.end_object();
            }
        }
        Ok(())
    }

    fn text(&mut self, key: &str, text: &str) {
        self.sink.key(key);
        self.sink.leaf(Leaf::Text(text));
    }

    fn properties(&mut self, key: &str, properties: &[Property]) {
        self.sink.key(key);
        sink::array(self.sink, properties, |sink, property| {
            sink::value(sink, property.schema());
        });
    }

    fn reference(&mut self, name: &str) {
        self.sink.begin_object();
        self.text(REFERENCE_KEY, name);
        self.sink.end_object();
    }
}
