//! Agents and flows whose tools are at MCP servers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use flowdeck::profile::Profile;
use flowdeck::runtime::{Engine, ExecutionStatus};
use flowdeck::spec::Component;
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::guarded::{serve, transport as transport_to_guarded};
use super::{component, test_server, within};
use crate::scripted_model::{ScriptedModel, calls, says};

/// An engine whose models are those of the spec; programs start in the folder.
pub(super) fn engine(folder: &tempfile::TempDir) -> Engine {
    let profile = Profile {
        folder: folder.path().to_owned(),
        ..Profile::spec()
    };
    Engine::builder().profile(profile).build()
}

/// An agent that asks the model, with these tools and tool boxes.
pub(super) fn agent(model: &ScriptedModel, tools: &Value, toolboxes: &Value) -> Arc<Component> {
    component(json!({
        "component_type": "Agent", "id": "agent", "name": "agent", "system_prompt": "Use the tools.",
        "llm_config": model.config(), "tools": tools, "toolboxes": toolboxes,
    }))
}

pub(super) fn toolbox(id: &str, transport: &Value) -> Value {
    json!({"component_type": "MCPToolBox", "id": id, "name": id, "client_transport": transport})
}

/// Runs the agent to its reply.
pub(super) async fn reply(engine: &Engine, agent: &Arc<Component>) -> Result<String, String> {
    let mut conversation = engine
        .start_conversation(agent, &Map::new())
        .map_err(|failure| failure.message)?;
    conversation.append_user_message("Go.");
    match within(conversation.execute()).await {
        Ok(ExecutionStatus::UserMessageRequest { message }) => Ok(message),
        Ok(status) => panic!("{status:?}"),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn an_agent_calls_tools_of_a_box_and_a_dead_server_is_back_in_its_next_turn() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([
        calls(&[
            ("add", json!({"a": 1})),
            ("fail", json!({"why": "no luck"})),
        ]),
        calls(&[("die", json!({}))]),
        calls(&[("add", json!({"a": 2, "b": 5}))]),
        says("7"),
    ])
    .await;
    let engine = engine(&folder);
    let agent = agent(&model, &json!([]), &json!([toolbox("box", &test_server())]));
    assert_eq!(reply(&engine, &agent).await.unwrap(), "7");
    let results = model.results();
    assert_eq!(results[..2], ["3", "`fail` failed: no luck"]);
    assert!(
        results[2].ends_with("it ended with exit code 3: out of memory"),
        "{}",
        results[2]
    );
    assert_eq!(results[3], "7");
    let starts = std::fs::read_to_string(folder.path().join("starts")).unwrap();
    assert_eq!(starts.lines().count(), 2);
    engine.shutdown().await;
}

#[tokio::test]
async fn wayflows_own_forms_of_tools_boxes_and_transports_are_run_alike() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([
        calls(&[("add", json!({"a": 1})), ("halve", json!({"n": 4}))]),
        says("Done."),
    ])
    .await;
    let in_wayflows_form = |mut component: Value| {
        let ty = format!("Plugin{}", component["component_type"].as_str().unwrap());
        component["component_type"] = json!(ty);
        component["component_plugin_name"] = json!("MCPPlugin");
        component["component_plugin_version"] = json!("26.3.1");
        component
    };
    let transport = in_wayflows_form(test_server());
    let mut one = in_wayflows_form(toolbox("add", &transport));
    one["component_type"] = json!("PluginMCPTool");
    let mut same = transport.clone();
    same["id"] = json!("same");
    let mut several = in_wayflows_form(toolbox("box", &same));
    several["tool_filter"] = json!([in_wayflows_form(json!({
        "component_type": "MCPToolSpec", "id": "spec", "name": "halve",
        "inputs": [{"title": "n", "type": "integer"}],
    }))]);
    let agent = agent(&model, &json!([one]), &json!([several]));
    assert!(Profile::spec().unbound_tools(&agent).is_empty());
    let engine = engine(&folder);
    assert_eq!(reply(&engine, &agent).await.unwrap(), "Done.");
    assert_eq!(model.offered()[..2], ["add", "halve"]);
    assert_eq!(model.results(), ["3", r#"{"word": "even", "number": 2}"#]);
    engine.shutdown().await;
}

#[tokio::test]
async fn wayflows_transport_with_another_encoding_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut transport = test_server();
    transport["component_type"] = json!("PluginStdioTransport");
    transport["component_plugin_name"] = json!("MCPPlugin");
    transport["component_plugin_version"] = json!("26.3.1");
    transport["encoding"] = json!("latin-1");
    let model = ScriptedModel::start([]).await;
    let agent = agent(&model, &json!([]), &json!([toolbox("box", &transport)]));
    let engine = engine(&folder);
    assert_eq!(
        reply(&engine, &agent).await.unwrap_err(),
        "the transport `server` can't be used: its `encoding` is `latin-1`, and MCP is spoken in UTF-8"
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn a_tool_that_the_server_learns_is_offered_in_the_next_turn() {
    let folder = tempfile::tempdir().unwrap();
    let model =
        ScriptedModel::start([calls(&[("learn", json!({"name": "greet"}))]), says("Done.")]).await;
    let engine = engine(&folder);
    let agent = agent(&model, &json!([]), &json!([toolbox("box", &test_server())]));
    assert_eq!(reply(&engine, &agent).await.unwrap(), "Done.");
    assert!(
        model.offered().contains(&"greet".to_owned()),
        "{:?}",
        model.offered()
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn a_name_that_comes_twice_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([]).await;
    let engine = engine(&folder);
    let own = json!([{"component_type": "ServerTool", "id": "count", "name": "count"}]);
    let agent_with_own = agent(&model, &own, &json!([toolbox("box", &test_server())]));
    let told = reply(&engine, &agent_with_own).await.unwrap_err();
    assert_eq!(
        told,
        "the tool box `box` has a tool `count`, and the agent has one of its own"
    );
    let mut same_server = test_server();
    same_server["id"] = json!("again");
    let mut other = toolbox("other", &same_server);
    other["tool_filter"] = json!(["count"]);
    let agent_with_two = agent(
        &model,
        &json!([]),
        &json!([toolbox("box", &test_server()), other]),
    );
    let told = reply(&engine, &agent_with_two).await.unwrap_err();
    assert_eq!(
        told,
        "the tool box `other` has a tool `count`, and the tool box `box` has one, too"
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn a_server_with_a_bad_list_is_left_out_where_others_work_and_ends_the_run_alone() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([calls(&[("add", json!({"a": 1}))]), says("3")]).await;
    let engine = engine(&folder);
    let mut listless = test_server();
    listless["args"]
        .as_array_mut()
        .unwrap()
        .push(json!("listless"));
    listless["id"] = json!("listless");
    let (bad, good) = (toolbox("bad", &listless), toolbox("good", &test_server()));
    let with_both = agent(&model, &json!([]), &json!([bad, good]));
    assert_eq!(reply(&engine, &with_both).await.unwrap(), "3");
    let alone = agent(&model, &json!([]), &json!([bad]));
    let told = reply(&engine, &alone).await.unwrap_err();
    assert!(
        told.starts_with("the tools of `bad` can't be listed: the MCP server `python3 "),
        "{told}"
    );
    let mut wanted = bad.clone();
    wanted["tool_filter"] = json!(["add"]);
    let with_wanted = agent(
        &model,
        &json!([]),
        &json!([wanted, toolbox("other", &test_server())]),
    );
    assert!(reply(&engine, &with_wanted).await.is_err());
    engine.shutdown().await;
}

/// What a server of the network answers.
async fn odd_server(State(size): State<Option<usize>>, Json(message): Json<Value>) -> Response {
    let result = match (message["method"].as_str().unwrap(), size) {
        ("initialize", Some(_)) => json!({
            "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "odd", "version": "1"},
        }),
        ("tools/list", Some(size)) => {
            json!({"tools": [{"name": "x", "inputSchema": {}, "description": "x".repeat(size)}]})
        }
        ("server/discover", _) => return StatusCode::NOT_FOUND.into_response(),
        ("initialize", None) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, "on fire").into_response();
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

#[tokio::test]
async fn a_server_at_fault_is_left_out_and_named_while_the_others_work() {
    let serving = |size: Option<usize>| {
        serve(move |_url| {
            Router::new()
                .route("/mcp", post(odd_server))
                .with_state(size)
        })
    };
    let (broken, _broken_server) = serving(None).await;
    let (huge, _huge_server) = serving(Some(17 * 1024 * 1024)).await;
    let (gone, server) = serving(None).await;
    drop(server);
    let http = |url: &str| json!({"component_type": "StreamableHTTPTransport", "id": "h", "name": "h", "url": format!("{url}/mcp")});
    let program = |command: &str, args: &[&str]| super::stdio(command, args);
    for (mut transport, why) in [
        (http(&broken), "500 Internal Server Error: on fire"),
        (http(&huge), "more than 16 MB"),
        (http(&gone), "Connection refused"),
        (
            transport_to_guarded(
                &gone,
                &json!({"redirect_uri": "http://localhost/"}),
                &json!({"type": "dynamic_registration"}),
            ),
            "does not say where to sign in: ",
        ),
        (program("no-such-program", &[]), "there is no such program"),
        (
            program("sh", &["-c", "exit 7"]),
            "it ended with exit code 7",
        ),
    ] {
        transport["id"] = json!("bad-server");
        let folder = tempfile::tempdir().unwrap();
        let model = ScriptedModel::start([calls(&[("add", json!({"a": 1}))]), says("3")]).await;
        let engine = engine(&folder);
        let (bad, good) = (toolbox("bad", &transport), toolbox("good", &test_server()));
        let with_both = agent(&model, &json!([]), &json!([bad, good]));
        assert_eq!(
            reply(&engine, &with_both).await,
            Ok("3".to_owned()),
            "{why}"
        );
        let alone = agent(&model, &json!([]), &json!([bad]));
        let told = reply(&engine, &alone).await.unwrap_err();
        assert!(told.contains(why), "{told}");
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_that_wants_a_token_is_not_left_out() {
    let (url, _server) = serve(|_url| {
        Router::new().route(
            "/mcp",
            post(|| std::future::ready(StatusCode::UNAUTHORIZED)),
        )
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([]).await;
    let engine = engine(&folder);
    let transport = json!({"component_type": "StreamableHTTPTransport", "id": "h", "name": "h", "url": format!("{url}/mcp")});
    let boxes = json!([toolbox("bad", &transport), toolbox("good", &test_server())]);
    let told = reply(&engine, &agent(&model, &json!([]), &boxes)).await;
    let told = told.unwrap_err();
    assert!(told.ends_with("wants a valid authorization"), "{told}");
    engine.shutdown().await;
}

#[tokio::test]
async fn a_box_that_can_not_be_listed_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([]).await;
    let engine = engine(&folder);
    let transport = json!({"component_type": "StdioTransport", "id": "s", "name": "s", "command": "no-such-program"});
    let agent = agent(&model, &json!([]), &json!([toolbox("box", &transport)]));
    let told = reply(&engine, &agent).await.unwrap_err();
    let expected = "the tools of `box` can't be listed: the MCP server `no-such-program` can't be used: there is no such program";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_box_that_asks_waits_for_a_yes() {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([calls(&[("add", json!({"a": 1}))]), says("3")]).await;
    let engine = engine(&folder);
    let mut asking = toolbox("box", &test_server());
    asking["requires_confirmation"] = json!(true);
    let agent = agent(&model, &json!([]), &json!([asking]));
    let mut conversation = engine.start_conversation(&agent, &Map::new()).unwrap();
    conversation.append_user_message("Go.");
    let ExecutionStatus::ToolExecutionConfirmation { calls } =
        within(conversation.execute()).await.unwrap()
    else {
        panic!("nobody was asked");
    };
    assert_eq!(calls[0].tool, "add");
    conversation.confirm(&calls[0].request, None).unwrap();
    within(conversation.execute()).await.unwrap();
    assert_eq!(model.results(), ["3"]);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_tool_node_calls_a_tool_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let integer = |title: &str| json!({"title": title, "type": "integer"});
    let flow = component(json!({
        "component_type": "Flow", "id": "f", "name": "f",
        "start_node": {"$component_ref": "start"},
        "nodes": [{"$component_ref": "start"}, {"$component_ref": "node"}, {"$component_ref": "end"}],
        "control_flow_connections": [
            {"component_type": "ControlFlowEdge", "id": "e1", "name": "e1", "from_node": {"$component_ref": "start"}, "to_node": {"$component_ref": "node"}},
            {"component_type": "ControlFlowEdge", "id": "e2", "name": "e2", "from_node": {"$component_ref": "node"}, "to_node": {"$component_ref": "end"}},
        ],
        "data_flow_connections": [
            {"component_type": "DataFlowEdge", "id": "d1", "name": "d1", "source_node": {"$component_ref": "start"}, "source_output": "a",
             "destination_node": {"$component_ref": "node"}, "destination_input": "a"},
            {"component_type": "DataFlowEdge", "id": "d2", "name": "d2", "source_node": {"$component_ref": "node"}, "source_output": "sum",
             "destination_node": {"$component_ref": "end"}, "destination_input": "sum"},
        ],
        "$referenced_components": {
            "start": {"component_type": "StartNode", "id": "start", "name": "start", "inputs": [integer("a")]},
            "node": {"component_type": "ToolNode", "id": "node", "name": "node", "tool": {
                "component_type": "MCPTool", "id": "add", "name": "add", "client_transport": test_server(),
                "inputs": [integer("a")], "outputs": [integer("sum")],
            }},
            "end": {"component_type": "EndNode", "id": "end", "name": "end", "outputs": [integer("sum")]},
        },
    }));
    let engine = engine(&folder);
    let inputs = json!({"a": 40}).as_object().cloned().unwrap();
    let mut conversation = engine.start_conversation(&flow, &inputs).unwrap();
    let ExecutionStatus::Finished { outputs } = within(conversation.execute()).await.unwrap()
    else {
        panic!("it did not finish");
    };
    assert_eq!(Value::Object(outputs), json!({"sum": 42}));
    engine.shutdown().await;
}
