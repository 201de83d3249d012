//! The comparison of matched components.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::matching::{Matching, is_edge};
use super::values::{self, ValueChange};
use super::{ComponentName, Difference, DifferenceKind, EdgeName, Masked, Side};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::DataFlowEdge;
use crate::spec::property::Property;

/// The lists whose order has no meaning.
const UNORDERED: [&str; 3] = ["nodes", "control_flow_connections", "data_flow_connections"];

pub(super) fn compare(matching: &Matching<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (before, after) in &matching.pairs {
        let mut comparison = Comparison {
            matching,
            owner: ComponentName::of(after),
            found: &mut found,
        };
        comparison.components(before, after);
    }
    found
}

/// Compares two matched components.
struct Comparison<'m, 'c> {
    matching: &'m Matching<'c>,
    owner: ComponentName,
    found: &'m mut Vec<Difference>,
}

impl Comparison<'_, '_> {
    fn components(&mut self, before: &Arc<Component>, after: &Arc<Component>) {
        self.texts("component_type", before.type_name(), after.type_name());
        if before.has_written_id() && after.has_written_id() {
            self.texts("id", before.id(), after.id());
        }
        self.texts("name", before.name(), after.name());
        let description = |component: &Component| json!(component.description());
        self.values("description", &description(before), &description(after));
        let metadata = |component: &Component| match component.metadata() {
            Value::Null => json!({}),
            other => other.clone(),
        };
        self.values("metadata", &metadata(before), &metadata(after));
        let (old, new) = (before.declared(), after.declared());
        // What both infer follows from differences that are reported elsewhere.
        if old.inputs || new.inputs {
            self.properties("inputs", before.inputs(), after.inputs());
        }
        if old.outputs || new.outputs {
            self.properties("outputs", before.outputs(), after.outputs());
        }
        if old.branches || new.branches {
            self.branches(before.branches(), after.branches());
        }
        // What another type has by default is not told beside the type.
        let is_compared = |field: &str| {
            before.type_name() == after.type_name()
                || !(is_default(before, field) && is_default(after, field))
        };
        for (field, value) in before.fields().filter(|(field, _)| is_compared(field)) {
            self.field(field, Some(value), after.field(field));
        }
        for (field, value) in after.fields().filter(|(field, _)| is_compared(field)) {
            if before.field(field).is_none() {
                self.field(field, None, Some(value));
            }
        }
    }

    fn note(
        &mut self,
        kind: DifferenceKind,
        field: &str,
        before: Option<Side>,
        after: Option<Side>,
    ) {
        self.found.push(Difference {
            kind,
            component: self.owner.clone(),
            field: field.to_owned(),
            before,
            after,
        });
    }

    /// Records a difference between two values; `None` on one side makes the value added or
    /// removed.
    fn note_sides(&mut self, field: &str, before: Option<Side>, after: Option<Side>) {
        let kind = match (&before, &after) {
            (None, _) => DifferenceKind::Added,
            (_, None) => DifferenceKind::Removed,
            _ => DifferenceKind::Changed,
        };
        self.note(kind, field, before, after);
    }

    fn texts(&mut self, field: &str, before: &str, after: &str) {
        self.values(field, &json!(before), &json!(after));
    }

    /// Compares two plain values and records where they differ.
    fn values(&mut self, field: &str, before: &Value, after: &Value) {
        for ValueChange {
            path,
            before,
            after,
        } in values::changes(before, after)
        {
            let field = format!("{field}{path}");
            self.note_sides(&field, before.map(Side::Value), after.map(Side::Value));
        }
    }

    /// Compares inputs or outputs, matched by title.
    fn properties(&mut self, list: &str, before: &[Property], after: &[Property]) {
        let find = |all: &[Property], title: &str| {
            all.iter()
                .find(|property| property.title() == title)
                .cloned()
        };
        let schema = |property: &Property| Side::Value(property.schema().clone());
        for old in before {
            let field = format!("{list}.{}", old.title());
            match find(after, old.title()) {
                None => self.note_sides(&field, Some(schema(old)), None),
                Some(new) => self.values(&field, old.schema(), new.schema()),
            }
        }
        for new in after {
            if find(before, new.title()).is_none() {
                let field = format!("{list}.{}", new.title());
                self.note_sides(&field, None, Some(schema(new)));
            }
        }
    }

    /// Compares branches, whose order has no meaning.
    fn branches(&mut self, before: &[String], after: &[String]) {
        for gone in before.iter().filter(|branch| !after.contains(branch)) {
            self.note_sides("branches", Some(Side::Value(json!(gone))), None);
        }
        for new in after.iter().filter(|branch| !before.contains(branch)) {
            self.note_sides("branches", None, Some(Side::Value(json!(new))));
        }
    }

    fn field(&mut self, field: &str, before: Option<&FieldValue>, after: Option<&FieldValue>) {
        match (before, after) {
            (Some(FieldValue::Value(before)), Some(FieldValue::Value(after))) => {
                self.values(field, before, after);
            }
            (Some(FieldValue::Secret(before)), Some(FieldValue::Secret(after)))
                if before == after => {}
            (Some(FieldValue::Reference(before)), Some(FieldValue::Reference(after)))
                if before == after => {}
            (Some(FieldValue::Component(before)), Some(FieldValue::Component(after)))
                if self.is_same(before, after) => {}
            (Some(FieldValue::List(before)), Some(FieldValue::List(after))) => {
                self.lists(field, before, after);
            }
            (Some(FieldValue::List(items)), after) if is_nothing(after) => {
                self.lists(field, items, &[]);
            }
            (before, Some(FieldValue::List(items))) if is_nothing(before) => {
                self.lists(field, &[], items);
            }
            (Some(FieldValue::Map(before)), Some(FieldValue::Map(after))) => {
                for (key, value) in before {
                    self.field(&format!("{field}.{key}"), Some(value), after.get(key));
                }
                for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                    self.field(&format!("{field}.{key}"), None, Some(value));
                }
            }
            (before, after) => {
                let (before, after) = (before.and_then(side), after.and_then(side));
                if before.is_some() || after.is_some() {
                    self.note_sides(field, before, after);
                }
            }
        }
    }

    /// Returns whether two components in the same slot match, or are copies with the same meaning.
    fn is_same(&self, before: &Arc<Component>, after: &Arc<Component>) -> bool {
        self.matching.is_pair(before, after) || before == after
    }

    /// Compares lists with components in them.
    fn lists(&mut self, field: &str, before: &[FieldValue], after: &[FieldValue]) {
        let mut left: Vec<&FieldValue> = after.iter().collect();
        let mut kept = Vec::new();
        for old in before {
            let same = |new: &&FieldValue| self.is_same_item(old, new);
            match left.iter().position(same) {
                Some(at) => kept.push(std::ptr::from_ref(left.remove(at))),
                None => self.note_sides(field, Some(item_side(old)), None),
            }
        }
        let new: HashSet<*const FieldValue> =
            left.iter().map(|item| std::ptr::from_ref(*item)).collect();
        for item in left {
            self.note_sides(field, None, Some(item_side(item)));
        }
        let order: Vec<*const FieldValue> = after
            .iter()
            .map(std::ptr::from_ref)
            .filter(|item| !new.contains(item))
            .collect();
        if kept != order && !UNORDERED.contains(&field) {
            let side = |order: Vec<*const FieldValue>| {
                let names = order.iter().filter_map(|item| {
                    let found = after
                        .iter()
                        .find(|other| std::ptr::from_ref(*other) == *item)?;
                    Some(json!(item_label(found)))
                });
                Some(Side::Value(names.collect()))
            };
            let (before, after) = (side(kept), side(order));
            self.note(DifferenceKind::Reordered, field, before, after);
        }
    }

    fn is_same_item(&self, before: &FieldValue, after: &FieldValue) -> bool {
        match (before, after) {
            (FieldValue::Component(before), FieldValue::Component(after)) => {
                self.is_same(before, after)
            }
            (FieldValue::List(before), FieldValue::List(after)) => {
                let mut items = before.iter().zip(after);
                before.len() == after.len() && items.all(|(old, new)| self.is_same_item(old, new))
            }
            _ => before == after,
        }
    }
}

/// Returns whether a field is missing, or has the default value of its type.
fn is_default(component: &Component, field: &str) -> bool {
    let default = component
        .component_type()
        .field(field)
        .and_then(|definition| definition.default.to_field(&definition.kind));
    let value = component.field(field);
    value.is_none() || value == default.as_ref()
}

/// Returns whether a field is missing or null.
fn is_nothing(value: Option<&FieldValue>) -> bool {
    matches!(value, None | Some(FieldValue::Value(Value::Null)))
}

/// Returns a field's value as a side of a difference; `None` if the field is missing or null.
fn side(value: &FieldValue) -> Option<Side> {
    if is_nothing(Some(value)) {
        return None;
    }
    Some(item_side(value))
}

fn item_side(value: &FieldValue) -> Side {
    match value {
        FieldValue::Component(component) if is_edge(component) => Side::Edge(edge_name(component)),
        FieldValue::Component(component) => Side::Component(ComponentName::of(component)),
        FieldValue::Secret(_) => Side::Secret(Masked { secret: true }),
        FieldValue::Value(value) => Side::Value(value.clone()),
        FieldValue::Reference(id) => Side::Value(json!({ "$component_ref": id })),
        FieldValue::List(_) | FieldValue::Map(_) => Side::Value(json!(item_label(value))),
    }
}

/// Returns a short name for an item of a list.
fn item_label(value: &FieldValue) -> String {
    match value {
        FieldValue::Component(component) => ComponentName::of(component).label().to_owned(),
        FieldValue::List(items) => {
            let labels: Vec<String> = items.iter().map(item_label).collect();
            labels.join(" → ")
        }
        FieldValue::Map(entries) => {
            let entries = entries.iter();
            let labels: Vec<String> = entries
                .map(|(key, value)| format!("{key}: {}", item_label(value)))
                .collect();
            format!("{{{}}}", labels.join(", "))
        }
        FieldValue::Secret(_) => "••••••".to_owned(),
        FieldValue::Reference(id) => id.clone(),
        FieldValue::Value(Value::String(text)) => text.clone(),
        FieldValue::Value(value) => value.to_string(),
    }
}

fn edge_name(edge: &Component) -> EdgeName {
    let text = |field: &str| Some(edge.field(field)?.as_value()?.as_str()?.to_owned());
    let node = |field: &str| match edge.field(field) {
        Some(value) => item_label(value),
        None => "?".to_owned(),
    };
    let is_data = edge.is::<DataFlowEdge>();
    let (from, to, out) = if is_data {
        ("source_node", "destination_node", text("source_output"))
    } else {
        ("from_node", "to_node", text("from_branch"))
    };
    EdgeName {
        component_type: edge.type_name().to_owned(),
        from: node(from),
        out: out.unwrap_or_else(|| "next".to_owned()),
        to: node(to),
        input: text("destination_input"),
    }
}
