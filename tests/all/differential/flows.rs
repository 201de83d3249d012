//! Well-formed flows around given nodes.

use flowdeck::spec::language::ComponentKind;
use flowdeck::spec::property::Property;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::generator::{Extent, Generator};
use super::values;

/// What goes into a component, comes out of it, and how control leaves it.
#[derive(Debug, Default)]
pub(super) struct Ports {
    pub(super) inputs: Vec<Value>,
    pub(super) outputs: Vec<Value>,
    pub(super) branches: Vec<String>,
}

/// The ports of a component, as we infer them; what is built on them stands or falls with that before the SDK.
pub(super) fn ports(component: &Value) -> Ports {
    let loaded = Document::of("ports", component).load();
    let schemas = |list: &[Property]| list.iter().map(|it| it.schema().clone()).collect();
    loaded.component.map_or_else(Ports::default, |it| Ports {
        inputs: schemas(it.inputs()),
        outputs: schemas(it.outputs()),
        branches: it.branches().to_vec(),
    })
}

/// The smallest flow that has inputs and outputs: what comes in goes out. Its outputs have defaults, and titles that
/// no other flow has.
pub(super) fn plain(g: &mut Generator) -> Map<String, Value> {
    let number = g.number();
    let (text, count) = (format!("text_{number}"), format!("count_{number}"));
    let given = json!([{"title": text, "type": "string"}, values::property(g)]);
    let taken = json!([
        {"title": text, "type": "string", "default": "none"},
        {"title": count, "type": "number", "default": 1},
    ]);
    let mut start = g.make("StartNode");
    start.insert("inputs".to_owned(), given);
    let mut end = g.make("EndNode");
    end.insert("outputs".to_owned(), taken);
    let data = json!([data_edge(g, (&start, &text), (&end, &text))]);
    let control = json!([control_edge(g, &start, None, &end)]);
    let mut flow = named(g, "Flow");
    assemble(&mut flow, vec![start, end], control);
    flow.insert("data_flow_connections".to_owned(), data);
    flow
}

/// Gives a flow nodes and edges: some of any types, one after the other. Data edges only if it has a field for them.
pub(super) fn fill(g: &mut Generator, extent: Extent, flow: &mut Map<String, Value>) {
    let types: Vec<_> = g
        .types_of(ComponentKind::Node)
        .into_iter()
        .filter(|ty| !["StartNode", "EndNode"].contains(&ty.name()))
        .collect();
    let count = if extent == Extent::Least {
        0
    } else {
        g.random.usize(1..=3)
    };
    let nodes = (0..count)
        .map(|_| {
            let ty = g.random.choice(&types).expect("there are nodes");
            g.component(ty, Extent::Chance)
        })
        .collect();
    connect(g, nodes, flow);
}

/// A flow that runs one node.
pub(super) fn around(g: &mut Generator, node: Map<String, Value>) -> Value {
    let mut flow = named(g, "Flow");
    flow.insert("data_flow_connections".to_owned(), Value::Null);
    connect(g, vec![node], &mut flow);
    json!(flow)
}

/// Makes nodes the steps of a flow: the start node gives each what it takes, each branch leads on to the next node, the
/// last node's branches to an end node each, and those give what the nodes gave.
fn connect(g: &mut Generator, nodes: Vec<Map<String, Value>>, flow: &mut Map<String, Value>) {
    let mut start = g.make("StartNode");
    let mut data = Vec::new();
    let mut taken = Vec::new();
    let mut given = Vec::new();
    let mut steps = Vec::new();
    for node in nodes {
        let ports = ports(&json!(node));
        for input in &ports.inputs {
            let title = title_of(input);
            let mut property = input.clone();
            let from = format!("{title}_{}", g.number());
            property["title"] = json!(from);
            // Nothing that is called differently casts to the type of null.
            if input["type"] != "null" {
                data.push(data_edge(g, (&start, &from), (&node, &title)));
            }
            given.push(property);
        }
        if let Some(output) = ports.outputs.first() {
            taken.push((node.clone(), title_of(output)));
        }
        steps.push((node, ports.branches));
    }
    start.insert("inputs".to_owned(), json!(given));

    let results: Vec<String> = taken
        .iter()
        .map(|_| format!("result_{}", g.number()))
        .collect();
    let outputs: Vec<Value> = results
        .iter()
        .map(|title| json!({"title": title, "type": "string", "default": ""}))
        .collect();
    let last_branches = steps
        .last()
        .map_or(1, |(_, branches)| branches.len().max(1));
    let mut ends: Vec<_> = (0..last_branches).map(|_| g.make("EndNode")).collect();
    for (index, end) in ends.iter_mut().enumerate() {
        end.insert("inputs".to_owned(), json!(outputs));
        if index > 0 {
            end.insert("branch_name".to_owned(), json!(format!("way {index}")));
        }
    }
    for end in &ends {
        for ((node, output), result) in taken.iter().zip(&results) {
            data.push(data_edge(g, (node, output), (end, result)));
        }
    }

    let mut control = Vec::new();
    let first = steps.first().map_or(&ends[0], |(node, _)| node);
    control.push(control_edge(g, &start, None, first));
    for (at, (node, branches)) in steps.iter().enumerate() {
        for (index, branch) in branches.iter().enumerate() {
            let next = steps
                .get(at + 1)
                .map_or_else(|| &ends[index], |(node, _)| node);
            // No branch means `next`.
            let branch = (branch != "next" || g.random.bool()).then_some(branch.as_str());
            control.push(control_edge(g, node, branch, next));
        }
    }
    let mut all = vec![start];
    all.extend(steps.into_iter().map(|(node, _)| node));
    all.extend(ends);
    assemble(flow, all, json!(control));
    if flow.contains_key("data_flow_connections") {
        flow.insert("data_flow_connections".to_owned(), json!(data));
    }
}

/// Puts nodes, the first of which is the start node, and control edges into a flow.
fn assemble(flow: &mut Map<String, Value>, nodes: Vec<Map<String, Value>>, control: Value) {
    let references: Vec<Value> = nodes.iter().map(reference).collect();
    flow.insert("start_node".to_owned(), references[0].clone());
    flow.insert("nodes".to_owned(), json!(references));
    flow.insert("control_flow_connections".to_owned(), control);
    let definitions = nodes.into_iter().map(|node| (id_of(&node), json!(node)));
    let definitions = Value::Object(definitions.collect());
    flow.insert("$referenced_components".to_owned(), definitions);
}

fn named(g: &mut Generator, type_name: &str) -> Map<String, Value> {
    let name = format!("{type_name}-{}", g.number());
    Map::from_iter([
        ("component_type".to_owned(), json!(type_name)),
        ("id".to_owned(), json!(name)),
        ("name".to_owned(), json!(name)),
    ])
}

fn control_edge(
    g: &mut Generator,
    from: &Map<String, Value>,
    branch: Option<&str>,
    to: &Map<String, Value>,
) -> Value {
    let mut edge = named(g, "ControlFlowEdge");
    edge.insert("from_node".to_owned(), reference(from));
    if branch.is_some() || g.random.bool() {
        edge.insert("from_branch".to_owned(), json!(branch));
    }
    edge.insert("to_node".to_owned(), reference(to));
    json!(edge)
}

fn data_edge(
    g: &mut Generator,
    (from, output): (&Map<String, Value>, &str),
    (to, input): (&Map<String, Value>, &str),
) -> Value {
    let mut edge = named(g, "DataFlowEdge");
    edge.insert("source_node".to_owned(), reference(from));
    edge.insert("source_output".to_owned(), json!(output));
    edge.insert("destination_node".to_owned(), reference(to));
    edge.insert("destination_input".to_owned(), json!(input));
    json!(edge)
}

fn id_of(component: &Map<String, Value>) -> String {
    component["id"]
        .as_str()
        .expect("every node has an id")
        .to_owned()
}

fn reference(component: &Map<String, Value>) -> Value {
    json!({"$component_ref": id_of(component)})
}

fn title_of(property: &Value) -> String {
    property["title"].as_str().unwrap_or_default().to_owned()
}
