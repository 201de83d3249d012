//! The graph of an agent or a team: calls between agents, and their tools.

use std::collections::HashMap;
use std::sync::Arc;

use super::{EdgeKind, Graph, GraphEdge, GraphNode, NodeRole, TakingApart, label_of};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{
    AgentSpecializationParameters, AgenticComponent, Flow, ManagerWorkers, Swarm, Tool, ToolBox,
};

pub(super) fn graph(root: &Arc<Component>, taking_apart: &mut TakingApart) -> Graph {
    let mut builder = Builder {
        index: HashMap::new(),
        members: Vec::new(),
        edges: Vec::new(),
    };
    builder.member(root);
    // What is found while one member is looked at is looked at later: no recursion, whatever the depth.
    let mut next = 0;
    while let Some(member) = builder.members.get(next).copied() {
        builder.connect(next, member);
        next += 1;
    }
    let mut boxed = |(at, member): (usize, &&Arc<Component>)| GraphNode {
        component_id: member.id().to_owned(),
        name: label_of(member).to_owned(),
        detail: member.type_name().to_owned(),
        role: role(member),
        values: Vec::new(),
        inner: if at > 0 && member.is::<Flow>() {
            taking_apart.inside(&[*member])
        } else {
            Vec::new()
        },
    };
    Graph {
        component_id: root.id().to_owned(),
        name: label_of(root).to_owned(),
        type_name: root.type_name().to_owned(),
        nodes: builder.members.iter().enumerate().map(&mut boxed).collect(),
        edges: builder.edges,
    }
}

struct Builder<'c> {
    index: HashMap<*const Component, usize>,
    members: Vec<&'c Arc<Component>>,
    edges: Vec<GraphEdge>,
}

impl<'c> Builder<'c> {
    /// Returns the box of a component; adds one the first time.
    fn member(&mut self, component: &'c Arc<Component>) -> usize {
        let members = &mut self.members;
        *self.index.entry(Arc::as_ptr(component)).or_insert_with(|| {
            members.push(component);
            members.len() - 1
        })
    }

    /// Adds the edges that leave a box.
    fn connect(&mut self, at: usize, component: &'c Arc<Component>) {
        // A flow is taken apart in a graph of its own; what a tool is made of is nobody who is called.
        if !component.is::<AgenticComponent>() || component.is::<Flow>() {
            return;
        }
        let mut owners = vec![component];
        while let Some(owner) = owners.pop() {
            for (field, value) in owner.fields() {
                if field == "relationships" {
                    self.relationships(value);
                    continue;
                }
                for part in parts(value) {
                    if is_called(part) {
                        let to = self.member(part);
                        self.edge(at, to, relation(field));
                    } else if part.is::<AgentSpecializationParameters>() {
                        owners.push(part);
                    }
                }
            }
        }
    }

    /// Adds the hand-over edges of a swarm from its list of pairs.
    fn relationships(&mut self, value: &'c FieldValue) {
        let FieldValue::List(pairs) = value else {
            return;
        };
        for pair in pairs {
            if let [from, to] = parts(pair).as_slice() {
                let (from, to) = (self.member(from), self.member(to));
                self.edge(from, to, "");
            }
        }
    }

    fn edge(&mut self, from: usize, to: usize, label: &str) {
        let edge = GraphEdge {
            from,
            to,
            label: label.to_owned(),
            kind: EdgeKind::Control,
        };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }
}

/// Returns whether an agent can call a component: another agent, a team, a flow or a tool.
fn is_called(component: &Component) -> bool {
    component.is::<AgenticComponent>() || is_tool(component)
}

fn is_tool(component: &Component) -> bool {
    component.is::<Tool>() || component.is::<ToolBox>()
}

/// Returns the components in a field, at its top or in its list.
fn parts(value: &FieldValue) -> Vec<&Arc<Component>> {
    match value {
        FieldValue::Component(component) => vec![component],
        FieldValue::List(items) => items.iter().filter_map(FieldValue::as_component).collect(),
        FieldValue::Map(entries) => entries
            .values()
            .filter_map(FieldValue::as_component)
            .collect(),
        FieldValue::Value(_) | FieldValue::Secret(_) | FieldValue::Reference(_) => Vec::new(),
    }
}

/// Returns the label for the relation that a field expresses; empty if the box makes it clear.
fn relation(field: &str) -> &str {
    match field {
        "tools" | "toolboxes" | "additional_tools" | "flows" | "agents" => "",
        "group_manager" => "manager",
        "first_agent" => "first",
        "workers" => "worker",
        other => other,
    }
}

fn role(component: &Component) -> NodeRole {
    if is_tool(component) {
        NodeRole::Tool
    } else if component.is::<Swarm>() || component.is::<ManagerWorkers>() {
        NodeRole::Team
    } else {
        NodeRole::Agent
    }
}
