//! Faults of form, of references and of versions.

use flowdeck::spec::Format;
use serde_json::{Value, json};

use super::{Change, Fault, changed, push, set, take};

/// An agent with a model, and a tool that is defined by its id.
fn agent() -> Value {
    json!({
        "component_type": "Agent",
        "id": "agent",
        "name": "agent",
        "system_prompt": "Help.",
        "llm_config": {"component_type": "VllmConfig", "id": "llm", "name": "llm", "url": "http://localhost", "model_id": "m"},
        "tools": [{"$component_ref": "tool"}],
        "agentspec_version": "26.3.1",
        "$referenced_components": {
            "tool": {"component_type": "ServerTool", "id": "tool", "name": "tool"},
        },
    })
}

fn tool(id: &str) -> Value {
    json!({"component_type": "ServerTool", "id": id, "name": id})
}

const CHANGES: &[Change] = &[
    ("AS003", "no type", |it| take(it, "/component_type")),
    ("AS003", "no type inside", |it| {
        take(it, "/llm_config/component_type");
    }),
    ("AS003", "an old spelling of the type", |it| {
        take(it, "/component_type");
        set(it, "/type", json!("Agent"));
    }),
    ("AS004", "the type is a number", |it| {
        set(it, "/component_type", json!(5));
    }),
    ("AS004", "the type is null", |it| {
        set(it, "/llm_config/component_type", json!(null));
    }),
    ("AS005", "an unknown type", |it| {
        set(it, "/component_type", json!("Agnet"));
    }),
    ("AS005", "a type in lower case", |it| {
        set(it, "/component_type", json!("agent"));
    }),
    ("AS005", "an abstract type", |it| {
        set(it, "/component_type", json!("AgenticComponent"));
    }),
    ("AS005", "an abstract type inside", |it| {
        set(it, "/llm_config/component_type", json!("Component"));
    }),
    ("AS005", "a type that only the beta plugin loads", |it| {
        *it = json!({"component_type": "OpenAiAgent", "name": "a", "agentspec_version": "26.3.1",
            "llm_config": {"component_type": "OpenAiConfig", "name": "l", "model_id": "m"}});
    }),
    ("AS006", "a key that is no field", |it| {
        set(it, "/llm_config/temperatur", json!(1));
    }),
    ("AS007", "no name", |it| take(it, "/name")),
    ("AS007", "no model inside", |it| {
        take(it, "/llm_config/model_id");
    }),
    ("AS008", "a number for a text", |it| {
        set(it, "/system_prompt", json!(5));
    }),
    ("AS102", "one tool for a list of tools", |it| {
        set(it, "/tools", json!({"$component_ref": "tool"}));
    }),
    ("AS008", "null for an id", |it| set(it, "/id", json!(null))),
    ("AS008", "null for definitions", |it| {
        set(it, "/llm_config/$referenced_components", json!(null));
    }),
    ("AS012", "a version inside", |it| {
        set(it, "/llm_config/agentspec_version", json!("26.3.1"));
    }),
    ("AS013", "an empty id", |it| set(it, "/id", json!(""))),
    ("AS101", "a reference that leads nowhere", |it| {
        push(it, "/tools", json!({"$component_ref": "tol"}));
    }),
    ("AS101", "a reference to an inline id", |it| {
        push(it, "/tools", json!({"$component_ref": "llm"}));
    }),
    ("AS101", "a reference in free data", |it| {
        set(
            it,
            "/metadata",
            json!({"a": {"b": {"$component_ref": "x"}}}),
        );
    }),
    ("AS102", "a tool as a model", |it| {
        set(it, "/llm_config", tool("other"));
    }),
    ("AS102", "a tool as a model by reference", |it| {
        set(it, "/llm_config", json!({"$component_ref": "tool"}));
    }),
    ("AS102", "a toolbox as a tool", |it| {
        let transport = json!({"component_type": "StdioTransport", "name": "t", "command": "c"});
        push(
            it,
            "/tools",
            json!({"component_type": "MCPToolBox", "name": "b", "client_transport": transport}),
        );
    }),
    ("AS103", "references that refer to each other", |it| {
        set(
            it,
            "/$referenced_components",
            json!({
                "tool": {"$component_ref": "other"}, "other": {"$component_ref": "tool"},
            }),
        );
    }),
    ("AS103", "a component inside itself", |it| {
        *it = json!({
            "$component_ref": "team",
            "agentspec_version": "26.3.1",
            "$referenced_components": {
                "team": {"component_type": "ManagerWorkers", "id": "team", "name": "team",
                    "group_manager": {"$component_ref": "agent"}, "workers": [{"$component_ref": "worker"}, {"$component_ref": "team"}]},
                "worker": {"component_type": "A2AAgent", "id": "worker", "name": "worker", "agent_url": "u",
                    "connection_config": {"component_type": "A2AConnectionConfig", "id": "c", "name": "c"}},
                "agent": {"component_type": "Agent", "id": "agent", "name": "agent", "system_prompt": "",
                    "llm_config": {"component_type": "OpenAiConfig", "name": "l", "model_id": "m"}},
            },
        });
    }),
    ("AS104", "a key that is defined twice", |it| {
        set(
            it,
            "/llm_config/$referenced_components",
            json!({"tool": {"component_type": "ServerTool", "name": "t"}}),
        );
    }),
    (
        "AS105",
        "a definition in a sibling that is loaded before",
        |it| {
            set(
                it,
                "/llm_config/$referenced_components",
                json!({"inner": tool("inner")}),
            );
            push(it, "/tools", json!({"$component_ref": "inner"}));
        },
    ),
    (
        "AS105",
        "a definition in a sibling that is loaded later",
        |it| {
            let inner = json!({"component_type": "VllmConfig", "id": "inner", "name": "i", "url": "u", "model_id": "m"});
            set(
                it,
                "/$referenced_components/tool/$referenced_components",
                json!({"inner": inner}),
            );
            set(it, "/llm_config", json!({"$component_ref": "inner"}));
        },
    ),
    ("AS106", "one id for two components", |it| {
        push(it, "/tools", tool("llm"));
    }),
    ("AS107", "a definition that is not used", |it| {
        set(it, "/tools", json!([]));
    }),
    ("AS107", "a broken definition that is not used", |it| {
        set(
            it,
            "/$referenced_components/unused",
            json!({"component_type": "Agent", "name": "no prompt"}),
        );
    }),
    ("AS108", "a key beside a reference", |it| {
        set(
            it,
            "/tools",
            json!([{"$component_ref": "tool", "name": "other"}]),
        );
    }),
    ("AS109", "a key that is not the id", |it| {
        set(it, "/$referenced_components/tool/id", json!("other"));
    }),
    ("AS110", "a set", |it| {
        *it = json!({"$referenced_components": {"tool": tool("tool")}});
    }),
    ("AS201", "no version", |it| take(it, "/agentspec_version")),
    ("AS202", "a version to come", |it| {
        set(it, "/agentspec_version", json!("26.4.0"));
    }),
    ("AS202", "a version of development", |it| {
        set(it, "/agentspec_version", json!("26.2.0"));
    }),
    ("AS202", "a version that is a number", |it| {
        set(it, "/agentspec_version", json!(26.1));
    }),
    ("AS202", "a version that is null", |it| {
        set(it, "/agentspec_version", json!(null));
    }),
    ("AS202", "a version that is empty", |it| {
        set(it, "/agentspec_version", json!(""));
    }),
    ("AS202", "a version with a blank", |it| {
        set(it, "/agentspec_version", json!(" 26.3.1"));
    }),
    ("AS203", "a value that is too new", |it| {
        set(it, "/agentspec_version", json!("25.4.1"));
        set(it, "/human_in_the_loop", json!(false));
    }),
    ("AS203", "a type that is too new", |it| {
        set(it, "/agentspec_version", json!("26.1.0"));
        set(
            it,
            "/llm_config",
            json!({"component_type": "LlmConfig", "id": "l", "name": "l", "model_id": "m"}),
        );
    }),
    ("AS203", "a value in a definition that is too new", |it| {
        set(it, "/agentspec_version", json!("25.4.1"));
        set(
            it,
            "/$referenced_components/tool/requires_confirmation",
            json!(true),
        );
    }),
    ("AS204", "a pre-release", |it| {
        set(it, "/agentspec_version", json!("25.4.0"));
    }),
    ("AS204", "the old name of the version", |it| {
        take(it, "/agentspec_version");
        set(it, "/air_version", json!("25.4.1"));
    }),
    ("AS205", "a field that no export has", |it| {
        set(
            it,
            "/llm_config",
            json!({"component_type": "OpenAiConfig", "id": "l", "name": "l", "model_id": "m", "url": "u"}),
        );
    }),
    ("AS205", "a field that this version does not have", |it| {
        set(it, "/agentspec_version", json!("25.4.1"));
        take(it, "/llm_config/component_type");
        set(
            it,
            "/llm_config/component_type",
            json!("OpenAiCompatibleConfig"),
        );
        set(it, "/llm_config/provider", json!("p"));
    }),
    ("AS801", "a secret in the file", |it| {
        set(it, "/llm_config/api_key", json!("sk-1234567890"));
    }),
];

/// Texts that are no document at all, or not the one that they seem to be.
const TEXTS: &[(&str, &str, Format, &str)] = &[
    (
        "AS001",
        "an open brace",
        Format::Json,
        "{\"component_type\": \"Agent\"",
    ),
    (
        "AS001",
        "a comma too many",
        Format::Json,
        "{\"component_type\": \"ServerTool\", \"name\": \"t\",}",
    ),
    (
        "AS001",
        "a comment in JSON",
        Format::Json,
        "{\"component_type\": \"ServerTool\" /* tool */, \"name\": \"t\"}",
    ),
    (
        "AS001",
        "single quotes in JSON",
        Format::Json,
        "{'component_type': 'ServerTool', 'name': 't'}",
    ),
    (
        "AS001",
        "a mark of byte order in JSON",
        Format::Json,
        "\u{feff}{\"component_type\": \"ServerTool\", \"name\": \"t\"}",
    ),
    (
        "AS001",
        "two values",
        Format::Json,
        "{\"component_type\": \"ServerTool\", \"name\": \"t\"} {}",
    ),
    (
        "AS001",
        "a raw line break in a text",
        Format::Json,
        "{\"component_type\": \"ServerTool\", \"name\": \"a\nb\"}",
    ),
    (
        "AS001",
        "an unknown escape",
        Format::Json,
        "{\"component_type\": \"ServerTool\", \"name\": \"a\\x\"}",
    ),
    (
        "AS001",
        "an open bracket",
        Format::Yaml,
        "component_type: ServerTool\nname: [a\n",
    ),
    (
        "AS001",
        "two documents",
        Format::Yaml,
        "component_type: ServerTool\nname: t\n---\nname: u\n",
    ),
    (
        "AS001",
        "a tab before a key",
        Format::Yaml,
        "component_type: ServerTool\nmetadata:\n\tname: t\n",
    ),
    (
        "AS001",
        "a colon in a plain text",
        Format::Yaml,
        "component_type: ServerTool\nname: a: b\n",
    ),
    (
        "AS001",
        "an alias of nothing",
        Format::Yaml,
        "component_type: ServerTool\nname: *nobody\n",
    ),
    (
        "AS001",
        "an unknown tag",
        Format::Yaml,
        "component_type: ServerTool\nname: !mine t\n",
    ),
    (
        "AS001",
        "keys that are not in line",
        Format::Yaml,
        "component_type: ServerTool\n  name: t\n",
    ),
    (
        "AS001",
        "a lone equals sign",
        Format::Yaml,
        "component_type: ServerTool\nname: t\nmetadata: {a: =}\n",
    ),
    (
        "AS002",
        "a list",
        Format::Yaml,
        "- component_type: ServerTool\n  name: t\n",
    ),
    ("AS002", "a list", Format::Json, "[]"),
    ("AS002", "a text", Format::Yaml, "component_type\n"),
    ("AS002", "a number", Format::Json, "5"),
    ("AS002", "null", Format::Json, "null"),
    ("AS002", "nothing", Format::Yaml, ""),
    (
        "AS011",
        "a key twice",
        Format::Yaml,
        "component_type: ServerTool\nagentspec_version: 26.3.1\nname: t\nname: u\n",
    ),
    (
        "AS011",
        "a key twice",
        Format::Json,
        "{\"component_type\": \"ServerTool\", \"agentspec_version\": \"26.3.1\", \"name\": \"t\", \"name\": \"u\"}",
    ),
];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = changed(&agent(), CHANGES);
    let texts = TEXTS.iter();
    faults.extend(texts.map(|(code, what, format, text)| {
        let what = format!("{what} in {format:?}");
        Fault::text(code, &what, *format, text)
    }));
    faults
}
