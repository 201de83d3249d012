//! Flows whose nodes work at a database.

use std::collections::BTreeMap;

use flowdeck::profile::{CallLimits, Profile};
use flowdeck::runtime::{ConversationError, Engine, ExecutionStatus};
use flowdeck::spec::{LoadOptions, load};
use flowdeck::trace::Failure;
use serde_json::{Map, Value, json};

use super::server::Database;
use crate::awaited::within;

/// A datastore in a database; `collections` are the columns of each.
pub(super) fn datastore(database: &Database, collections: &Value) -> Value {
    datastore_over(&database.connection(&json!({})), collections)
}

/// The same over another connection.
pub(super) fn datastore_over(connection: &Value, collections: &Value) -> Value {
    let collections = collections.as_object().unwrap().iter();
    let schema: Map<String, Value> = collections
        .map(|(name, columns)| {
            (
                name.clone(),
                json!({"type": "object", "properties": columns}),
            )
        })
        .collect();
    json!({
        "component_type": "PostgresDatabaseDatastore", "id": "store", "name": "store",
        "datastore_schema": schema, "connection_config": connection,
    })
}

/// A node of a kind (`Create`); `fields` are put over what it has by itself.
pub(super) fn node(kind: &str, id: &str, fields: Value) -> Value {
    let mut node = json!({
        "component_type": format!("PluginDatastore{kind}Node"), "component_plugin_name": "DatastoreNodesPlugin",
        "component_plugin_version": "26.3.1", "id": id, "name": id, "datastore": {"$component_ref": "store"},
        "input_mapping": {}, "output_mapping": {},
    });
    let own = match kind {
        "List" => json!({"where": null, "limit": null, "unpack_single_entity_from_list": null}),
        _ => json!({}),
    };
    for fields in [own, fields] {
        node.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
    }
    node
}

/// A document of a flow that visits nodes in a row. Data goes by name; inputs and outputs take anything.
pub(super) fn document(store: &Value, nodes: &[Value], inputs: &[&str], outputs: &[&str]) -> Value {
    let open = |titles: &[&str]| -> Value {
        titles
            .iter()
            .map(|title| json!({ "title": title }))
            .collect()
    };
    let mut document = flow("flow", nodes, &open(inputs), &open(outputs));
    document["agentspec_version"] = json!("26.1.2");
    document["$referenced_components"]["store"] = store.clone();
    document
}

/// A flow that visits nodes in a row, between `ID_start` and `ID_end`.
pub(super) fn flow(id: &str, nodes: &[Value], inputs: &Value, outputs: &Value) -> Value {
    let at = |end: &str| format!("{id}_{end}");
    let start = json!({"component_type": "StartNode", "id": at("start"), "name": at("start"), "inputs": inputs});
    let end = json!({"component_type": "EndNode", "id": at("end"), "name": at("end"), "outputs": outputs});
    let all: Vec<&Value> = [&start].into_iter().chain(nodes).chain([&end]).collect();
    let reference = |node: &Value| json!({"$component_ref": node["id"]});
    let edge = |(index, pair): (usize, &[&Value])| {
        let id = format!("{id}_edge_{index}");
        json!({
            "component_type": "ControlFlowEdge", "id": id, "name": id,
            "from_node": reference(pair[0]), "to_node": reference(pair[1]),
        })
    };
    let known: Map<String, Value> = all
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), (*node).clone()))
        .collect();
    json!({
        "component_type": "Flow", "id": id, "name": id, "start_node": reference(&start),
        "nodes": all.iter().map(|node| reference(node)).collect::<Vec<_>>(),
        "control_flow_connections": all.windows(2).enumerate().map(edge).collect::<Vec<_>>(),
        "data_flow_connections": null, "$referenced_components": known,
    })
}

/// An engine whose calls may take so many seconds.
pub(super) fn engine(seconds: u64) -> Engine {
    let profile = Profile {
        call_limits: CallLimits {
            call: Some(std::time::Duration::from_secs(seconds)),
            idle: None,
        },
        ..Profile::spec()
    };
    Engine::builder().profile(profile).build()
}

/// Runs a flow to its end.
pub(super) async fn run(
    engine: &Engine,
    document: &Value,
    inputs: Value,
) -> Result<BTreeMap<String, Value>, Failure> {
    let loaded = load(&document.to_string(), &LoadOptions::default());
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|it| it.is_error())
        .map(|it| &it.message)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let Value::Object(inputs) = inputs else {
        panic!("inputs are an object, not {inputs}");
    };
    let mut conversation = engine.start_conversation(&loaded.component.unwrap(), &inputs)?;
    match within(conversation.execute()).await {
        Ok(ExecutionStatus::Finished { outputs }) => Ok(outputs.into_iter().collect()),
        Ok(status) => panic!("{status:?}"),
        Err(ConversationError::Failed(failure)) => Err(failure),
        Err(error) => panic!("{error}"),
    }
}
