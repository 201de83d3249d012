//! What rules ask of a component beyond the kinds of its fields, so that generated ones are valid.

use flowdeck::spec::language::kind::DefaultValue;
use flowdeck::spec::language::{
    ComponentKind, ComponentType, ConversationSummarizationTransform, DbmsVectorChainLlmConfig,
    FieldDefinition, Flow, MCPToolBox, ObjectDefinition, PluginRegexOutputParser,
    PluginVariableNode, Swarm,
};
use serde_json::{Map, Value, json};

use super::flows;
use super::generator::{Extent, Generator};
use super::values;

/// Of families whose types hold components of the same family: the type that ends the nesting.
pub(super) const PLAINEST: &[(ComponentKind, ComponentKind)] = &[
    (ComponentKind::AgenticComponent, ComponentKind::Agent),
    (ComponentKind::Node, ComponentKind::OutputMessageNode),
    (ComponentKind::Tool, ComponentKind::ServerTool),
    (ComponentKind::ToolBox, ComponentKind::MCPToolBox),
    (
        ComponentKind::ClientTransport,
        ComponentKind::StdioTransport,
    ),
    (ComponentKind::LlmConfig, ComponentKind::VllmConfig),
];

/// The collections that the caches of generated transforms live in.
const CACHES: [&str; 3] = [
    "summarized_messages_cache",
    "summarized_conversations_cache",
    "own_cache",
];

/// Fields for which any value that is not the default breaks a rule.
pub(super) const ONLY_DEFAULT: &[(&str, &str)] = &[
    ("DbmsVectorChainLlmConfig", "api_provider"),
    ("DbmsVectorChainLlmConfig", "api_type"),
    ("DbmsVectorChainLlmConfig", "api_key"),
];

/// Fields with a default that breaks a rule.
pub(super) const NEVER_LEFT_OUT: &[(&str, &str)] = &[
    ("PluginSwarm", "relationships"),
    ("PluginManagerWorkers", "workers"),
];

/// The value of a field that a rule has a say in; `object` is what has been made of the component.
pub(super) fn value(
    g: &mut Generator,
    ty: &ComponentType,
    field: &FieldDefinition,
    object: &Map<String, Value>,
) -> Option<Value> {
    if ONLY_DEFAULT.contains(&(ty.name(), field.name)) {
        return Some(Value::Null);
    }
    Some(match field.name {
        // Made all at once when the component is settled.
        "start_node" | "nodes" | "control_flow_connections" | "data_flow_connections" => {
            Value::Null
        }
        "subflow" | "flow" => json!(flows::plain(g)),
        "subflows" | "flows" => json!([flows::plain(g), flows::plain(g)]),
        "source_node" => json!(port(g, "StartNode", "given")),
        "source_output" => json!("given"),
        "destination_node" => json!(port(g, "EndNode", "taken")),
        "destination_input" => json!("taken"),
        "reducers" => {
            let subflow = flows::ports(object.get("subflow")?);
            let title = subflow.outputs.first()?.get("title")?.as_str()?.to_owned();
            let method = g.random.choice(["append", "max", "min"])?;
            json!({ title: method })
        }
        "relationships" => {
            let family = if ty.is::<Swarm>() {
                ComponentKind::AgenticComponent
            } else {
                ComponentKind::Agent
            };
            let mut agent = || g.slot(family, Extent::Least);
            json!([[agent(), agent()], [agent(), agent()]])
        }
        "handoff" if ty.is::<Swarm>() => json!(g.random.choice(["never", "always"])?),
        "datastore_schema" => datastore_schema(g),
        "cache_collection_name" => json!("own_cache"),
        // Names that inputs and outputs get.
        "ENTITY" | "ENTITIES" | "CREATED_ENTITY" | "UPDATE" | "RESULT" => {
            json!(format!("rows_{}", g.number()))
        }
        "unpack_input" => {
            let flow = flows::ports(object.get("flow")?);
            let title = flow.inputs.first()?.get("title")?.as_str()?.to_owned();
            json!({ title: "." })
        }
        // WayFlow can't load the flags of patterns in parsers, and no components as vectors.
        "regex_pattern" if ty.is::<PluginRegexOutputParser>() => json!(values::text(g)),
        "vectors" => json!(values::text(g)),
        "min_num_messages" => json!(5),
        "max_num_messages" => json!(60),
        "tool_filter" if ty.is::<MCPToolBox>() => json!(["a_name", g.make("MCPToolSpec")]),
        "tool_filter" => json!(["a_name", g.make("PluginMCPToolSpec")]),
        "constant_values" => {
            json!({"text": values::text(g), "flag": true, "whole": 3, "part": 0.5})
        }
        "provider" if ty.is::<DbmsVectorChainLlmConfig>() => json!("openai"),
        _ => return None,
    })
}

/// A node with one text going through it.
fn port(g: &mut Generator, type_name: &str, title: &str) -> Map<String, Value> {
    let mut node = g.make(type_name);
    let property = json!([{"title": title, "type": "string"}]);
    node.insert("inputs".to_owned(), property);
    node
}

/// Collections with free columns, and those that caches of transforms need.
fn datastore_schema(g: &mut Generator) -> Value {
    let columns = json!({
        "cache_key": {"type": "string"},
        "cache_content": {"type": "string"},
        "created_at": {"type": "number"},
        "last_used_at": {"type": "number"},
        "prefix_size": {"type": "integer"},
    });
    let mut schema = Map::new();
    for name in CACHES {
        let entity = json!({"title": name, "type": "object", "properties": columns});
        schema.insert(name.to_owned(), entity);
    }
    let entity = json!({"type": "object", "properties": {"column": values::property(g)}});
    schema.insert(format!("a collection {}", g.number()), entity);
    Value::Object(schema)
}

/// The value of a field of a plain object that a rule has a say in.
pub(super) fn object_value(
    g: &mut Generator,
    object: &ObjectDefinition,
    field: &FieldDefinition,
) -> Option<Value> {
    Some(match (object.name, field.name) {
        ("RetryPolicy", "initial_retry_delay") => json!(g.random.f64()),
        ("RetryPolicy", "max_retry_delay") => json!(20.0 + g.random.f64()),
        ("RetryPolicy", "recoverable_statuses") => json!({"503": ["a", "b"], "500": []}),
        _ => return None,
    })
}

/// Brings fields that depend on each other into line.
pub(super) fn settle(
    g: &mut Generator,
    ty: &ComponentType,
    extent: Extent,
    object: &mut Map<String, Value>,
) {
    if ty.is::<Flow>() {
        flows::fill(g, extent, object);
    }
    if ty.is::<ConversationSummarizationTransform>() && object.contains_key("max_num_characters") {
        object.insert("max_num_messages".to_owned(), Value::Null);
    }
    if object.contains_key("prompt_template_object") {
        object.insert("prompt_template".to_owned(), json!(""));
    }
    if ty.is::<PluginVariableNode>()
        && (object.contains_key("write_variables") || object.contains_key("write_operations"))
    {
        let variables = [
            json!({"title": "text", "type": "string"}),
            json!({"title": "list", "type": "array", "items": {"type": "number"}}),
        ];
        object.insert("write_variables".to_owned(), json!(variables));
        let operations = json!({"text": "overwrite", "list": "insert"});
        object.insert("write_operations".to_owned(), operations);
    }
    // The datastore that a transform has by default has a collection of the default name only.
    if object.contains_key("cache_collection_name") && !object.contains_key("datastore") {
        let datastore = json!(g.make("InMemoryCollectionDatastore"));
        object.insert("datastore".to_owned(), datastore);
    }
    if ty.is::<DbmsVectorChainLlmConfig>() {
        let only = match extent {
            Extent::Only(name) => name,
            _ => g.random.choice(["host", "credential_name"]).expect("two"),
        };
        if only == "host" {
            object.shift_remove("credential_name");
            object.insert("host".to_owned(), json!("local"));
        } else {
            object.shift_remove("host");
            object.insert("credential_name".to_owned(), json!(values::text(g)));
        }
    }
}

/// What an explicit list of inputs, outputs or branches may hold.
enum List {
    /// Anything.
    Free,
    /// One property, a text.
    OneText,
    /// One property of any type.
    One,
    /// What the other of inputs and outputs holds, if that is given.
    LikeTheOther,
    /// What follows from the other fields, in any order.
    Inferred,
}

fn list_kind(ty: &ComponentType, field: &str) -> List {
    match (ty.name(), field) {
        ("StartNode" | "EndNode", "inputs" | "outputs") => List::LikeTheOther,
        ("InputMessageNode" | "MCPToolSpec", "outputs") => List::OneText,
        ("BranchingNode", "inputs") => List::One,
        ("AgentNode", "branches")
        | ("LlmNode" | "ApiNode" | "Agent" | "RemoteTool", "outputs")
        | (
            "ServerTool" | "ClientTool" | "BuiltinTool" | "MCPTool" | "Swarm" | "ManagerWorkers"
            | "A2AAgent" | "OciAgent" | "ParallelFlowNode",
            "inputs" | "outputs",
        )
        | ("MCPToolSpec", "inputs") => List::Free,
        _ => List::Inferred,
    }
}

/// A list of inputs, outputs or branches that is written out.
pub(super) fn list(
    g: &mut Generator,
    ty: &ComponentType,
    field: &str,
    object: &Map<String, Value>,
) -> Value {
    let properties = match list_kind(ty, field) {
        List::Free if field == "branches" => return json!(["next", "another way"]),
        List::Free => values::properties(g),
        List::OneText => vec![json!({"title": format!("t{}", g.number()), "type": "string"})],
        List::One => vec![values::property(g)],
        List::LikeTheOther => {
            let given = object.get("inputs").or_else(|| object.get("outputs"));
            return given
                .cloned()
                .unwrap_or_else(|| json!(values::properties(g)));
        }
        List::Inferred if field == "branches" => {
            let mut branches = flows::ports(&json!(object)).branches;
            g.random.shuffle(&mut branches);
            return json!(branches);
        }
        List::Inferred => {
            let ports = flows::ports(&json!(object));
            let mut inferred = if field == "inputs" {
                ports.inputs
            } else {
                ports.outputs
            };
            g.random.shuffle(&mut inferred);
            for property in &mut inferred {
                if g.random.bool() {
                    property["description"] = json!(values::text(g));
                }
            }
            inferred
        }
    };
    json!(properties)
}

/// Whether a field can have a value that is not its default.
pub(super) fn can_differ(ty: &ComponentType, field: &FieldDefinition) -> bool {
    let is_fixed = match (field.kind.inner(), field.default) {
        (flowdeck::spec::language::kind::FieldKind::OneOf([only]), DefaultValue::Text(text)) => {
            *only == text
        }
        _ => false,
    };
    !is_fixed && !ONLY_DEFAULT.contains(&(ty.name(), field.name))
}
