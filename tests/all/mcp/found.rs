//! Tool boxes: what their servers have, and what their filters want.

use std::sync::Arc;

use flowdeck::spec::language::MCPTool;
use flowdeck::spec::property::{Property, parameters_schema};
use flowdeck::tools::{ToolError, ToolErrorKind};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Bed, mcp_tool, test_server, toolbox};

async fn filtered(filter: Value) -> Result<Vec<Arc<flowdeck::spec::Component>>, ToolError> {
    let bed = Bed::new();
    bed.discover(&toolbox(&test_server(), &json!({"tool_filter": filter})))
        .await
}

fn spec(name: &str, inputs: &Value) -> Value {
    json!({"component_type": "MCPToolSpec", "id": name, "name": name, "inputs": inputs})
}

fn names(tools: &[Arc<flowdeck::spec::Component>]) -> Vec<&str> {
    tools.iter().map(|tool| tool.name()).collect()
}

#[tokio::test]
async fn a_box_has_all_that_its_server_has() {
    let found = filtered(Value::Null).await.unwrap();
    assert_eq!(
        names(&found),
        [
            "add",
            "ask_name",
            "bake",
            "count",
            "deep",
            "die",
            "environment",
            "fail",
            "flood",
            "halve",
            "learn",
            "misnamed",
            "nameless",
            "picture",
            "ponder",
            "sample",
            "silent",
            "visit_page"
        ]
    );
    let add = MCPTool::of(&found[0]).unwrap();
    assert_eq!(
        add.component().description(),
        Some("add of the test server")
    );
    assert!(!add.requires_confirmation());
    assert_eq!(
        parameters_schema(found[0].inputs()),
        json!({
            "type": "object",
            "properties": {
                "a": {"type": "integer", "title": "a"},
                "b": {"type": "integer", "title": "b", "default": null},
            },
            "required": ["a"],
        })
    );
}

#[tokio::test]
async fn an_argument_that_is_left_out_is_not_sent_as_null() {
    let bed = Bed::new();
    let add = bed.found(&toolbox(&test_server(), &json!({})), "add").await;
    assert_eq!(
        bed.call(&add, json!({"a": 1, "b": null})).await.unwrap(),
        json!("3")
    );
    assert_eq!(
        bed.call(&add, json!({"a": 1, "b": 5})).await.unwrap(),
        json!("6")
    );
}

#[tokio::test]
async fn a_filter_takes_names_and_specifications_in_its_order() {
    let inputs = json!([
        {"title": "b", "anyOf": [{"type": "null"}, {"type": "integer"}], "default": null},
        {"title": "a", "type": "integer"},
    ]);
    let mut add = spec("add", &inputs);
    add["description"] = json!("Adds two numbers.");
    add["requires_confirmation"] = json!(true);
    let found = filtered(json!(["picture", add])).await.unwrap();
    assert_eq!(names(&found), ["picture", "add"]);
    assert_eq!(found[1].description(), Some("Adds two numbers."));
    let asks: Vec<bool> = found
        .iter()
        .map(|tool| MCPTool::of(tool).unwrap().requires_confirmation())
        .collect();
    assert_eq!(asks, [false, true]);
}

#[tokio::test]
async fn a_box_that_asks_asks_for_all_of_its_tools() {
    let bed = Bed::new();
    let asking = toolbox(&test_server(), &json!({"requires_confirmation": true}));
    let found = bed.discover(&asking).await.unwrap();
    assert!(
        found
            .iter()
            .all(|tool| MCPTool::of(tool).unwrap().requires_confirmation())
    );
}

#[tokio::test]
async fn what_the_server_does_not_have_is_told_with_what_it_has() {
    let error = filtered(json!(["ad", "count", "subtract"]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Configuration);
    let told = "has no `ad`, `subtract`; it has `add`, `ask_name`, `bake`, `count`, `deep`, `die`, `environment`, `fail`, `flood`, `halve`, `learn`, `misnamed`, `nameless`, `picture`, `ponder`, `sample`, `silent`, `visit_page`";
    assert!(error.message.ends_with(told), "{error}");
    assert_eq!(error.hint.as_deref(), Some("did you mean `add`?"));
}

#[tokio::test]
async fn a_specification_must_fit_exactly() {
    for (inputs, told) in [
        (
            json!([{"title": "a", "type": "string"}, {"title": "c", "type": "integer"}]),
            "its input `a` is integer, not string; it has no input `c`; it has the further input `b` (integer or null)",
        ),
        (
            json!([{"title": "a", "type": "integer"}]),
            "it has the further input `b` (integer or null)",
        ),
    ] {
        let error = filtered(json!([spec("add", &inputs)])).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Configuration);
        let expected = format!("has another `add` than `tool_filter` specifies: {told}");
        assert!(error.message.ends_with(&expected), "{error}");
    }
}

#[tokio::test]
async fn tools_that_a_server_learns_are_found() {
    let bed = Bed::new();
    let all = toolbox(&test_server(), &json!({}));
    let learn = bed.found(&all, "learn").await;
    bed.call(&learn, json!({"name": "greet"})).await.unwrap();
    let greet = bed.found(&all, "greet").await;
    assert_eq!(
        bed.call(&greet, json!({})).await.unwrap(),
        json!("greet was called")
    );
    assert_eq!(bed.lines("starts").len(), 1);
}

#[tokio::test]
async fn a_server_that_knows_no_handshake_is_used_without_one() {
    let bed = Bed::new();
    let mut modern = test_server();
    modern["args"].as_array_mut().unwrap().push(json!("modern"));
    let all = toolbox(&modern, &json!({}));
    let learn = bed.found(&all, "learn").await;
    assert_eq!(
        bed.call(&learn, json!({"name": "greet"})).await.unwrap(),
        json!("learned")
    );
    bed.found(&all, "greet").await;
}

#[tokio::test]
async fn a_tool_without_inputs_takes_those_of_its_server() {
    let bed = Bed::new();
    let bare = mcp_tool(
        "add",
        &test_server(),
        &json!({}),
        &json!({"sum": "integer"}),
    );
    let completed = bed.discover(&bare).await.unwrap().remove(0);
    let inputs: Vec<&str> = completed.inputs().iter().map(Property::title).collect();
    assert_eq!(inputs, ["a", "b"]);
    assert_eq!(
        bed.call(&completed, json!({"a": 1, "b": 1})).await.unwrap(),
        json!(2)
    );
    let error = bed
        .discover(&mcp_tool("sub", &test_server(), &json!({}), &json!({})))
        .await
        .unwrap_err();
    assert!(
        error.message.contains("has no `sub`; it has `add`, "),
        "{error}"
    );
}
