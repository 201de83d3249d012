//! Faults of single types: teams, requests, models, transforms, datastores.

use serde_json::{Value, json};

use super::{Fault, with};
use crate::differential::generator::Generator;

/// A fault as a type with fields.
type Case = (&'static str, &'static str, Value);

pub(super) fn faults(g: &mut Generator) -> Vec<Fault> {
    let mut cases = requests();
    cases.extend(models());
    cases.extend(transforms());
    cases.push(("AS608", "BuiltinTool", json!({"tool_type": "none_of_ours"})));
    let mut faults: Vec<Fault> = cases
        .into_iter()
        .map(|(code, type_name, fields)| {
            let what = format!("{type_name} with {fields}");
            let component = with(g, type_name, fields);
            Fault::new(code, &what, &component)
        })
        .collect();
    faults.extend(teams(g));
    faults
}

fn teams(g: &mut Generator) -> Vec<Fault> {
    let agent = |g: &mut Generator| json!(g.make("Agent"));
    let (one, two, three) = (agent(g), agent(g), agent(g));
    let mut faults = Vec::new();
    let mut add = |g: &mut Generator, code, what: &str, type_name: &str, fields: Value| {
        let component = with(g, type_name, fields);
        faults.push(Fault::new(
            code,
            &format!("{type_name}: {what}"),
            &component,
        ));
    };
    add(
        g,
        "AS601",
        "no relationship",
        "Swarm",
        json!({"relationships": []}),
    );
    add(
        g,
        "AS602",
        "a relationship of one",
        "Swarm",
        json!({"relationships": [[one]]}),
    );
    add(
        g,
        "AS602",
        "a relationship of none",
        "Swarm",
        json!({"relationships": [[]]}),
    );
    add(
        g,
        "AS602",
        "a relationship of three",
        "Swarm",
        json!({"relationships": [[one, two, three]]}),
    );
    add(
        g,
        "AS603",
        "no worker",
        "ManagerWorkers",
        json!({"workers": []}),
    );
    let manager = json!({"$component_ref": "manager"});
    let fields = json!({
        "group_manager": manager, "workers": [manager], "$referenced_components": {"manager": one},
    });
    add(
        g,
        "AS604",
        "the manager is a worker",
        "ManagerWorkers",
        fields,
    );
    for (handoff, what) in [(true, "true"), (false, "false")] {
        add(g, "AS605", what, "Swarm", json!({"handoff": handoff}));
    }
    let tool = |id: &str| json!({"component_type": "ServerTool", "id": id, "name": "same"});
    add(
        g,
        "AS606",
        "one name for two tools",
        "Agent",
        json!({"tools": [tool("a"), tool("b")]}),
    );
    let exported = json!({
        "name": "desk", "system_prompt": "Help. This is the user input: {{desk_input}}",
        "tools": [{
            "component_type": "ServerTool", "id": "look", "name": "look",
            "inputs": [{"title": "City", "type": "string"}],
        }],
    });
    add(g, "AS308", "titles of AutoGen", "Agent", exported);
    add(
        g,
        "AS606",
        "a first agent without relationships",
        "Swarm",
        json!({}),
    );
    faults
}

fn requests() -> Vec<Case> {
    let mut cases = Vec::new();
    for ty in [
        "SSETransport",
        "StreamableHTTPTransport",
        "SSEmTLSTransport",
        "RemoteTool",
        "ApiNode",
    ] {
        let twice = json!({"headers": {"X-A": "1"}, "sensitive_headers": {"X-A": "2"}});
        cases.push(("AS701", ty, twice));
    }
    let policies = [
        json!({"max_attempts": -1}),
        json!({"request_timeout": 0}),
        json!({"request_timeout": -1.5}),
        json!({"initial_retry_delay": -0.1}),
        json!({"max_retry_delay": -1}),
        json!({"backoff_factor": 0}),
        json!({"backoff_factor": -2.0}),
        json!({"initial_retry_delay": 5, "max_retry_delay": 4.5}),
        json!({"initial_retry_delay": 9}),
        json!({"max_retry_delay": 0.5}),
    ];
    for ty in ["RemoteTool", "VllmConfig", "MCPTool"] {
        cases.extend(
            policies
                .iter()
                .map(|it| ("AS705", ty, json!({"retry_policy": it}))),
        );
    }
    cases
}

fn models() -> Vec<Case> {
    let ty = "DbmsVectorChainLlmConfig";
    let mut cases = vec![
        (
            "AS702",
            ty,
            json!({"credential_name": "c", "host": "local", "provider": "openai"}),
        ),
        ("AS702", ty, json!({"credential_name": null, "host": null})),
        (
            "AS702",
            ty,
            json!({"credential_name": null, "host": "local", "provider": "cohere"}),
        ),
        ("AS702", ty, json!({"api_key": "k"})),
        ("AS702", ty, json!({"api_type": "t"})),
        ("AS702", ty, json!({"api_provider": "p"})),
        ("AS010", ty, json!({"model_id": ""})),
        (
            "AS010",
            ty,
            json!({"provider": "", "host": null, "credential_name": "c"}),
        ),
        ("AS010", ty, json!({"url": ""})),
        ("AS010", ty, json!({"credential_name": "", "host": null})),
        ("AS010", ty, json!({"transfer_timeout": -1})),
        (
            "AS706",
            "OciClientConfigWithApiKey",
            json!({"auth_type": "SECURITY_TOKEN"}),
        ),
        (
            "AS706",
            "OciClientConfigWithSecurityToken",
            json!({"auth_type": "API_KEY"}),
        ),
        (
            "AS706",
            "OciClientConfigWithInstancePrincipal",
            json!({"auth_type": "API_KEY"}),
        ),
        (
            "AS706",
            "OciClientConfigWithResourcePrincipal",
            json!({"auth_type": "INSTANCE_PRINCIPAL"}),
        ),
        ("AS706", "OpenAiConfig", json!({"provider": "ollama"})),
        ("AS706", "OpenAiConfig", json!({"api_provider": "oci"})),
        ("AS706", "OciGenAiConfig", json!({"api_provider": "openai"})),
        ("AS706", "GeminiConfig", json!({"provider": "openai"})),
        ("AS706", "VllmConfig", json!({"api_provider": "ollama"})),
        ("AS706", "OllamaConfig", json!({"api_provider": "vllm"})),
    ];
    cases.push(("AS009", "OciGenAiConfig", json!({"provider": "google"})));
    cases
}

fn transforms() -> Vec<Case> {
    let conversation = "ConversationSummarizationTransform";
    let message = "MessageSummarizationTransform";
    let store = |schema: Value| {
        json!({"datastore": {"component_type": "InMemoryCollectionDatastore", "id": "store", "name": "store",
            "datastore_schema": schema}})
    };
    let columns = |column: &str, schema: Value| {
        let mut columns = json!({
            "cache_key": {"type": "string"}, "cache_content": {"type": "string"},
            "created_at": {"type": "number"}, "last_used_at": {"type": "number"},
        });
        columns[column] = schema;
        store(json!({"summarized_messages_cache": {"type": "object", "properties": columns}}))
    };
    vec![
        ("AS703", conversation, json!({"max_num_messages": null})),
        ("AS703", conversation, json!({"max_num_characters": 500})),
        ("AS703", conversation, json!({"max_num_messages": 10})),
        (
            "AS703",
            conversation,
            json!({"max_num_messages": 20, "min_num_messages": 30}),
        ),
        (
            "AS010",
            conversation,
            json!({"max_num_messages": null, "max_num_characters": 0}),
        ),
        ("AS010", conversation, json!({"min_num_messages": 0})),
        ("AS010", conversation, json!({"max_cache_size": 0})),
        ("AS010", conversation, json!({"max_cache_lifetime": -1})),
        ("AS010", message, json!({"max_message_size": 0})),
        ("AS010", message, json!({"max_cache_size": -5})),
        ("AS010", message, json!({"max_cache_lifetime": 0})),
        (
            "AS704",
            message,
            store(json!({"another": {"type": "object", "properties": {}}})),
        ),
        ("AS704", message, store(json!({}))),
        (
            "AS704",
            message,
            columns("cache_key", json!({"type": "integer"})),
        ),
        (
            "AS704",
            message,
            columns("created_at", json!({"type": "array"})),
        ),
        (
            "AS704",
            conversation,
            columns("prefix_size", json!({"type": "integer"})),
        ),
        (
            "AS704",
            "InMemoryCollectionDatastore",
            json!({"datastore_schema": {"a": {"type": "string"}}}),
        ),
        (
            "AS704",
            "InMemoryCollectionDatastore",
            json!({"datastore_schema": {"a": {"type": "object"}}}),
        ),
        (
            "AS704",
            "InMemoryCollectionDatastore",
            json!({"datastore_schema": {"a": {"properties": {}}}}),
        ),
        (
            "AS704",
            "OracleDatabaseDatastore",
            json!({"datastore_schema": {"a": {"type": "array"}}}),
        ),
        (
            "AS704",
            "PostgresDatabaseDatastore",
            json!({"datastore_schema": {"a": {"type": "object", "items": {}}}}),
        ),
    ]
}
