//! The outline of a document, as an editor shows it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{
    AgenticComponent, ControlFlowEdge, DataFlowEdge, LlmConfig, Node, Tool, ToolBox,
};
use crate::spec::load::Loaded;
use crate::spec::places::{PathSegment, Places};
use crate::spec::property::{Property, type_text};
use crate::spec::syntax::{NodeId, NodeValue, Place, Tree};

/// The maximum depth of an outline; deeper components are left out.
const MAX_DEPTH: usize = 24;

/// The maximum number of lines of an outline; further lines are cut off.
const MAX_ITEMS: usize = 5_000;

/// What a line of an outline stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlineKind {
    /// A heading over the lines below it: `inputs`, `tools`, `nodes`.
    Group,
    /// An input of the component above.
    Input,
    /// An output of the component above.
    Output,
    /// A model configuration.
    Model,
    /// A tool, or a toolbox.
    Tool,
    /// An agent, team or flow.
    Agent,
    /// A node of a flow.
    Node,
    /// A control-flow edge, such as `start → classify`. The detail has the branch unless it is
    /// `next`.
    ControlEdge,
    /// A data-flow edge, such as `start.text → classify.text`.
    DataEdge,
    /// Any other component.
    Other,
}

/// A line of an outline. Its parent is the nearest line above with a smaller depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineItem {
    /// The nesting depth; 0 for the document's component.
    pub depth: usize,
    /// The label: a component's name, a property's title, a group's heading.
    pub label: String,
    /// The detail: a component's type, a property's type; may be empty.
    pub detail: String,
    /// What the line stands for.
    pub kind: OutlineKind,
    /// The position in the text; `None` for a part of another file and for inferred inputs and
    /// outputs.
    pub place: Option<Place>,
    /// The id of the component, for lines that stand for a component.
    pub component_id: Option<String>,
}

/// Returns the outline of a loaded document: its component with inputs, outputs, model, tools,
/// agents, nodes and edges. A component that is used in several places is expanded only in the
/// first.
///
/// If the text is too broken to load, the outline has the objects with a `component_type`.
pub fn outline(loaded: &Loaded) -> Vec<OutlineItem> {
    let mut items = Vec::new();
    if let Some(component) = &loaded.component {
        let mut outliner = Outliner {
            places: loaded.places(),
            seen: HashSet::new(),
            items,
        };
        outliner.component(0, component);
        items = outliner.items;
    } else if let Some(root) = loaded.tree.root() {
        outline_tree(&loaded.tree, root, 0, 0, &mut items);
    }
    items.truncate(MAX_ITEMS);
    items
}

/// Walks components and collects the lines of the outline.
struct Outliner<'c> {
    places: Places<'c>,
    /// The components that were already expanded.
    seen: HashSet<*const Component>,
    items: Vec<OutlineItem>,
}

impl Outliner<'_> {
    fn component(&mut self, depth: usize, component: &Arc<Component>) {
        let (label, detail) = described(component);
        self.items.push(OutlineItem {
            depth,
            label,
            detail,
            kind: kind_of(component),
            place: self.places.of(component).field("component_type"),
            component_id: Some(component.id().to_owned()),
        });
        let is_first = self.seen.insert(Arc::as_ptr(component));
        if !is_first || depth >= MAX_DEPTH || self.items.len() >= MAX_ITEMS {
            return;
        }
        // A tool's parameters and a node's inputs would drown the rest.
        if component.is::<AgenticComponent>() {
            self.properties(depth + 1, component, "inputs", component.inputs());
            self.properties(depth + 1, component, "outputs", component.outputs());
        }
        for (field, value) in component.fields() {
            self.field(depth + 1, component, field, value);
        }
    }

    fn properties(
        &mut self,
        depth: usize,
        component: &Component,
        list: &str,
        properties: &[Property],
    ) {
        if properties.is_empty() {
            return;
        }
        let places = self.places.of(component);
        self.group(depth, list, places.key(list));
        let kind = if list == "inputs" {
            OutlineKind::Input
        } else {
            OutlineKind::Output
        };
        for (index, property) in properties.iter().enumerate() {
            let path = [PathSegment::Key(list), PathSegment::Index(index)];
            self.items.push(OutlineItem {
                depth: depth + 1,
                label: property.title().to_owned(),
                detail: property.type_text(),
                kind,
                place: places.path(&path),
                component_id: None,
            });
        }
    }

    fn group(&mut self, depth: usize, label: &str, place: Option<Place>) {
        self.items.push(OutlineItem {
            depth,
            label: label.to_owned(),
            detail: String::new(),
            kind: OutlineKind::Group,
            place,
            component_id: None,
        });
    }

    fn field(&mut self, depth: usize, owner: &Component, field: &str, value: &FieldValue) {
        match value {
            // It is one of the nodes too.
            FieldValue::Component(_) if field == "start_node" => {}
            FieldValue::Component(component) => self.component(depth, component),
            FieldValue::List(items) if !items.is_empty() => {
                let heading = match field {
                    "control_flow_connections" => "control edges",
                    "data_flow_connections" => "data edges",
                    other => other,
                };
                self.group(depth, heading, self.places.of(owner).key(field));
                for item in items {
                    self.member(depth + 1, item);
                }
            }
            FieldValue::Map(entries) => {
                for item in entries.values() {
                    self.member(depth, item);
                }
            }
            FieldValue::Value(_)
            | FieldValue::Secret(_)
            | FieldValue::Reference(_)
            | FieldValue::List(_) => {}
        }
    }

    fn member(&mut self, depth: usize, item: &FieldValue) {
        match item {
            FieldValue::Component(edge) if edge.is::<ControlFlowEdge>() => {
                let branch = text(edge, "from_branch").filter(|branch| *branch != "next");
                let label = format!("{} → {}", end(edge, "from_node"), end(edge, "to_node"));
                self.edge(
                    depth,
                    edge,
                    OutlineKind::ControlEdge,
                    label,
                    branch.unwrap_or_default(),
                );
            }
            FieldValue::Component(edge) if edge.is::<DataFlowEdge>() => {
                let label = format!(
                    "{}.{} → {}.{}",
                    end(edge, "source_node"),
                    text(edge, "source_output").unwrap_or("?"),
                    end(edge, "destination_node"),
                    text(edge, "destination_input").unwrap_or("?"),
                );
                self.edge(depth, edge, OutlineKind::DataEdge, label, "");
            }
            FieldValue::Component(component) => self.component(depth, component),
            FieldValue::List(items) => items.iter().for_each(|item| self.member(depth, item)),
            FieldValue::Value(_)
            | FieldValue::Secret(_)
            | FieldValue::Reference(_)
            | FieldValue::Map(_) => {}
        }
    }

    fn edge(
        &mut self,
        depth: usize,
        edge: &Component,
        kind: OutlineKind,
        label: String,
        detail: &str,
    ) {
        self.items.push(OutlineItem {
            depth,
            label,
            detail: detail.to_owned(),
            kind,
            place: self.places.of(edge).field("component_type"),
            component_id: Some(edge.id().to_owned()),
        });
    }
}

/// Returns the label and the detail of a component. For a model, the detail is the model's own
/// name.
fn described(component: &Component) -> (String, String) {
    let name = if component.name().is_empty() {
        component.id()
    } else {
        component.name()
    };
    let label = text(component, "model_id")
        .filter(|_| component.is::<LlmConfig>())
        .unwrap_or(name);
    (label.to_owned(), component.type_name().to_owned())
}

fn kind_of(component: &Component) -> OutlineKind {
    if component.is::<LlmConfig>() {
        OutlineKind::Model
    } else if component.is::<Tool>() || component.is::<ToolBox>() {
        OutlineKind::Tool
    } else if component.is::<AgenticComponent>() {
        OutlineKind::Agent
    } else if component.is::<Node>() {
        OutlineKind::Node
    } else {
        OutlineKind::Other
    }
}

fn text<'c>(component: &'c Component, field: &str) -> Option<&'c str> {
    component.field(field)?.as_value()?.as_str()
}

/// Returns the name of the node at one end of an edge.
fn end<'c>(edge: &'c Component, field: &str) -> &'c str {
    match edge.field(field) {
        Some(FieldValue::Component(node)) => node.name(),
        Some(FieldValue::Reference(id)) => id,
        _ => "?",
    }
}

/// Adds the outline of a syntax tree without a component. `steps` limits the recursion; `depth` is
/// the indentation.
fn outline_tree(
    tree: &Tree,
    node: NodeId,
    depth: usize,
    steps: usize,
    items: &mut Vec<OutlineItem>,
) {
    if steps >= 4 * MAX_DEPTH || items.len() >= MAX_ITEMS {
        return;
    }
    match tree.value(node) {
        NodeValue::Object(entries) => {
            let text = |key| tree.get(node, key).and_then(|value| tree.text(value));
            let mut depth = depth;
            if let Some(type_name) = text("component_type") {
                items.push(OutlineItem {
                    depth,
                    label: text("name")
                        .or_else(|| text("id"))
                        .unwrap_or_default()
                        .to_owned(),
                    detail: type_name.to_owned(),
                    kind: OutlineKind::Other,
                    place: tree
                        .get(node, "component_type")
                        .map(|value| tree.place(value)),
                    component_id: text("id").map(ToOwned::to_owned),
                });
                depth += 1;
            }
            for entry in entries {
                match entry.key.as_str() {
                    "inputs" => {
                        outline_properties(tree, entry.value, depth, OutlineKind::Input, items);
                    }
                    "outputs" => {
                        outline_properties(tree, entry.value, depth, OutlineKind::Output, items);
                    }
                    _ => outline_tree(tree, entry.value, depth, steps + 1, items),
                }
            }
        }
        NodeValue::Array(members) => {
            for member in members {
                outline_tree(tree, *member, depth, steps + 1, items);
            }
        }
        _ => {}
    }
}

fn outline_properties(
    tree: &Tree,
    list: NodeId,
    depth: usize,
    kind: OutlineKind,
    items: &mut Vec<OutlineItem>,
) {
    for property in tree.items(list).unwrap_or_default() {
        let Some(title) = tree
            .get(*property, "title")
            .and_then(|title| tree.text(title))
        else {
            continue;
        };
        items.push(OutlineItem {
            depth,
            label: title.to_owned(),
            detail: type_text(&tree.to_json(*property)),
            kind,
            place: Some(tree.place(*property)),
            component_id: None,
        });
    }
}

#[cfg(test)]
mod tests;
