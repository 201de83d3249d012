//! Flows with edges that are written as text.

use serde_json::{Map, Value, json};

use super::super::parts::{merge, node};

/// A flow in the making.
pub(super) struct Graph {
    id: String,
    inputs: Value,
    nodes: Vec<Value>,
    control: Vec<Value>,
    data: Option<Vec<Value>>,
    fields: Value,
}

impl Graph {
    /// A flow whose start node is called `start`.
    pub(super) fn new(id: impl Into<String>, inputs: Value) -> Self {
        let id = id.into();
        let mut start = node(
            "StartNode",
            &format!("{id}_start"),
            json!({"name": "start"}),
        );
        start["inputs"] = inputs.clone();
        Self {
            id,
            inputs,
            nodes: vec![start],
            control: Vec::new(),
            data: None,
            fields: json!({}),
        }
    }

    pub(super) fn node(mut self, node: Value) -> Self {
        self.nodes.push(node);
        self
    }

    /// An end, which is left by `branch` where the flow is a node.
    pub(super) fn end(self, name: &str, outputs: Value, branch: &str) -> Self {
        let mut end = json!({"name": name, "branch_name": branch});
        end["outputs"] = outputs;
        let id = format!("{}_{name}", self.id);
        self.node(node("EndNode", &id, end))
    }

    /// Edges by the names of nodes: `start > a > b; b[no] > a`.
    pub(super) fn control(mut self, edges: &str) -> Self {
        for row in edges.split(';') {
            let nodes: Vec<&str> = row.split('>').map(str::trim).collect();
            for pair in nodes.windows(2) {
                let (from, branch) = match pair[0].split_once('[') {
                    Some((from, branch)) => (from, json!(branch.trim_end_matches(']'))),
                    None => (pair[0], Value::Null),
                };
                let (to, _) = pair[1].split_once('[').unwrap_or((pair[1], ""));
                let mut edge = self.edge("ControlFlowEdge", self.control.len());
                merge(
                    &mut edge,
                    json!({
                        "from_node": self.named(from), "from_branch": branch, "to_node": self.named(to),
                    }),
                );
                self.control.push(edge);
            }
        }
        self
    }

    /// Edges by the names of nodes and of their values: `start.x > a.y; a.z > done.z`. Without a call data goes by name.
    pub(super) fn data(mut self, edges: &str) -> Self {
        for row in edges.split(';') {
            let (from, to) = row.split_once('>').unwrap();
            let (source, output) = from.trim().split_once('.').unwrap();
            let (destination, input) = to.trim().split_once('.').unwrap();
            let mut edge = self.edge("DataFlowEdge", self.data.iter().flatten().count());
            merge(
                &mut edge,
                json!({
                    "source_node": self.named(source), "source_output": output,
                    "destination_node": self.named(destination), "destination_input": input,
                }),
            );
            self.data.get_or_insert_default().push(edge);
        }
        self
    }

    /// Further fields of the flow.
    pub(super) fn with(mut self, fields: Value) -> Self {
        merge(&mut self.fields, fields);
        self
    }

    pub(super) fn build(self) -> Value {
        let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
        let reference = |node: &Value| json!({"$component_ref": node["id"]});
        let definitions: Map<String, Value> = self
            .nodes
            .iter()
            .map(|node| (id(node), node.clone()))
            .collect();
        let mut flow = json!({
            "component_type": "Flow", "id": self.id, "name": self.id, "description": "A flow.",
            "inputs": self.inputs, "start_node": reference(&self.nodes[0]),
            "nodes": self.nodes.iter().map(reference).collect::<Vec<_>>(),
            "control_flow_connections": self.control, "data_flow_connections": self.data,
            "$referenced_components": definitions,
        });
        merge(&mut flow, self.fields);
        flow
    }

    fn edge(&self, kind: &str, number: usize) -> Value {
        let name = format!("{}_{kind}_{number}", self.id);
        node(kind, &name, json!({}))
    }

    /// A node by its name.
    fn named(&self, name: &str) -> Value {
        let mut nodes = self.nodes.iter();
        let node = nodes.find(|node| node["name"] == name);
        let node = node.unwrap_or_else(|| panic!("`{}` has no node `{name}`", self.id));
        json!({"$component_ref": node["id"]})
    }
}
