//! Lists of tools that are strange, endless or huge: what can be used is used, and the rest is named.

use flowdeck::spec::property::{Coercion, parameters_schema};
use flowdeck::tools::{ToolErrorKind, fit_arguments, read_arguments};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::{Bed, test_server, toolbox};
use crate::tool_calls::Watcher;

/// A tool named `echo` that takes the schema.
fn echo(schema: &Value) -> Value {
    json!({"name": "echo", "inputSchema": schema})
}

/// A bed whose server has this list.
fn bed_with(list: &Value) -> Bed {
    let bed = Bed::new();
    std::fs::write(bed.folder.path().join("list.json"), list.to_string()).unwrap();
    bed
}

/// The names that a box without a filter has, and what is told of the others.
async fn names_and_notices(list: &Value) -> (Vec<String>, Vec<String>) {
    let bed = bed_with(list);
    let watcher = Watcher::default();
    let found = bed
        .discover_watched(&toolbox(&test_server(), &json!({})), &watcher)
        .await
        .unwrap();
    let names = found.iter().map(|tool| tool.name().to_owned()).collect();
    (names, watcher.seen().notices)
}

#[tokio::test]
async fn a_tool_that_takes_a_tree_is_offered_and_called() {
    for references in 1..=8 {
        let children = (0..references)
            .map(|n| (format!("child{n}"), json!({"$ref": "#/$defs/Node"})))
            .collect::<Map<_, _>>();
        let mut node = json!({"type": "object", "properties": children});
        node["properties"]["label"] = json!({"type": "string"});
        let schema = json!({
            "type": "object", "properties": {"tree": {"$ref": "#/$defs/Node"}}, "required": ["tree"],
            "$defs": {"Node": node},
        });
        let bed = bed_with(&json!({"tools": [echo(&schema)]}));
        let tool = bed
            .found(&toolbox(&test_server(), &json!({})), "echo")
            .await;
        let shown = parameters_schema(tool.inputs()).to_string();
        assert!(shown.len() < 2_000, "{shown}");
        let tree = json!({"label": "a", "child0": {"label": "b", "child0": {"label": "c"}}});
        let given = json!({"tree": tree}).as_object().cloned().unwrap();
        let fitted = fit_arguments("echo", tool.inputs(), &given, Coercion::Text).unwrap();
        assert_eq!(Value::Object(fitted.clone()), json!({"tree": tree}));
        let said = bed.call(&tool, Value::Object(fitted)).await.unwrap();
        let said: Value = serde_json::from_str(said.as_str().unwrap()).unwrap();
        assert_eq!(said, json!({"tree": tree}));
    }
}

#[tokio::test]
async fn an_object_inside_requires_only_what_its_schema_says() {
    let place = json!({"type": ["object", "null"], "properties": {
        "city": {"type": "string"}, "geo": {"type": "object", "properties": {"lat": {"type": "number"}}},
    }});
    let schema = json!({"type": "object", "properties": {"place": place}});
    let bed = bed_with(&json!({"tools": [echo(&schema)]}));
    let tool = bed
        .found(&toolbox(&test_server(), &json!({})), "echo")
        .await;
    for arguments in [
        json!({}),
        json!({"place": {}}),
        json!({"place": {"geo": {}}}),
        json!({"place": {"city": "Bern", "further": 1}}),
    ] {
        let given = arguments.as_object().cloned().unwrap();
        let fitted = fit_arguments("echo", tool.inputs(), &given, Coercion::Text).unwrap();
        let said = bed.call(&tool, Value::Object(fitted)).await.unwrap();
        assert_eq!(
            said,
            json!(
                serde_json::to_string(&arguments)
                    .unwrap()
                    .replace("\":", "\": ")
                    .replace(",\"", ", \"")
            )
        );
    }
    let shown = parameters_schema(tool.inputs());
    let member = &shown["properties"]["place"];
    assert_eq!(member["required"], json!([]), "{shown}");
}

#[tokio::test]
async fn arguments_without_a_name_are_given_where_a_schema_declares_them() {
    let number = json!({"type": "integer"});
    let own = json!({"x": {"type": "integer"}});
    for (further, given, unfit) in [
        (
            json!({"additionalProperties": true}),
            json!({"x": 1, "y": [1.5, null]}),
            None,
        ),
        (
            json!({"additionalProperties": number}),
            json!({"x": 1, "y": 2}),
            Some((json!({"y": "b", "x": 1}), "`y`: expected integer")),
        ),
        (
            json!({"patternProperties": {"^x-": number}}),
            json!({"x": 1, "x-y": 2}),
            Some((json!({"y": "b", "x": 1}), "`y`: is not an argument")),
        ),
        (
            json!({}),
            json!({"x": 1}),
            Some((json!({"y": "b", "x": 1}), "`y`: is not an argument")),
        ),
        (
            json!({"additionalProperties": false}),
            json!({"x": 1}),
            Some((json!({"y": "b", "x": 1}), "`y`: is not an argument")),
        ),
    ] {
        let mut schema = json!({"type": "object", "properties": own, "required": ["x"]});
        let keywords = further.as_object().cloned().unwrap();
        schema.as_object_mut().unwrap().extend(keywords);
        let bed = bed_with(&json!({"tools": [echo(&schema)]}));
        let tool = bed
            .found(&toolbox(&test_server(), &json!({})), "echo")
            .await;
        let shown = parameters_schema(tool.inputs());
        assert_eq!(
            shown.get("patternProperties"),
            further.get("patternProperties")
        );
        assert_eq!(shown["properties"].as_object().unwrap().len(), 1, "{shown}");
        let fit = |given: &Value| read_arguments("echo", tool.inputs(), &given.to_string());
        let fitted = fit(&given).unwrap();
        assert_eq!(Value::Object(fitted.clone()), given);
        let said = bed.call(&tool, Value::Object(fitted)).await.unwrap();
        let said: Value = serde_json::from_str(said.as_str().unwrap()).unwrap();
        assert_eq!(said, given);
        if let Some((given, words)) = unfit {
            let error = fit(&given).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}

#[tokio::test]
async fn a_tool_at_fault_is_named_while_the_others_work() {
    let words: Vec<String> = (0..60_000).map(|n| format!("word {n}")).collect();
    let object = json!({"type": "object"});
    for (entry, notice) in [
        (
            json!({"name": "bad"}),
            "`bad` is left out: it has no `inputSchema`",
        ),
        (
            json!({"name": "bad", "inputSchema": null}),
            "`bad` is left out: it has no `inputSchema`",
        ),
        (
            json!({"name": "bad", "inputSchema": []}),
            "`bad` is left out: its `inputSchema` is not a JSON object",
        ),
        (
            json!({"name": "bad", "inputSchema": "x"}),
            "`bad` is left out: its `inputSchema` is not a JSON object",
        ),
        (
            json!({"name": "bad", "inputSchema": {"type": "array"}}),
            "`bad` is left out: its `inputSchema` is not that of an object",
        ),
        (
            json!({"inputSchema": object}),
            "number 2 of its list is left out: it has no name",
        ),
        (
            json!({"name": 7, "inputSchema": object}),
            "number 2 of its list is left out: it has no name",
        ),
        (
            json!("bad"),
            "number 2 of its list is left out: it has no name",
        ),
        (
            json!(null),
            "number 2 of its list is left out: it has no name",
        ),
        (
            json!({"name": "first", "inputSchema": object}),
            "`first` is left out: there is one of that name before it",
        ),
        (
            json!({"name": "bad", "inputSchema": {"properties": {"word": {"enum": words}}}}),
            "`bad` is left out: its schema has more than 256 KB",
        ),
        (
            json!({"name": "bad", "inputSchema": object, "description": "x".repeat(100_000)}),
            "`bad` is left out: its description has more than 64 KB",
        ),
    ] {
        let first = json!({"name": "first", "inputSchema": object, "annotations": [], "icons": {}});
        let last = json!({"name": "last", "inputSchema": object});
        let (names, notices) = names_and_notices(&json!({"tools": [first, entry, last]})).await;
        assert_eq!(names, ["first", "last"], "{notice}");
        assert_eq!(notices.len(), 1, "{notice}");
        assert!(notices[0].ends_with(notice), "{notices:?}");
        assert!(
            notices[0].starts_with("of the tools of the MCP server `python3 "),
            "{notices:?}"
        );
    }
}

#[tokio::test]
async fn a_tool_at_fault_that_is_wanted_by_name_is_an_error() {
    let bed = bed_with(&json!({"tools": [{"name": "bad"}, echo(&json!({"type": "object"}))]}));
    let wanted = toolbox(&test_server(), &json!({"tool_filter": ["bad"]}));
    let error = bed.discover(&wanted).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Configuration);
    assert!(
        error
            .message
            .starts_with("the tool `bad` of the MCP server `python3 "),
        "{error}"
    );
    assert!(
        error
            .message
            .ends_with("can't be used: it has no `inputSchema`"),
        "{error}"
    );
    // The fault is of no interest to who wants another one.
    let watcher = Watcher::default();
    let wanted = toolbox(&test_server(), &json!({"tool_filter": ["echo"]}));
    bed.discover_watched(&wanted, &watcher).await.unwrap();
    assert!(watcher.seen().notices.is_empty());
}

#[tokio::test]
async fn a_list_that_has_no_end_is_read_in_part() {
    let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
    for (list, names, notice) in [
        (
            json!({"tools": [tool("a")], "nextCursor": "again"}),
            vec!["a"],
            "its list starts again without an end, and was read once",
        ),
        (
            json!({"tools": [], "endless": true}),
            vec![],
            "its list continues, but 10 pages have no tool: no more are read",
        ),
        (
            json!({"tools": [tool("a")], "nextCursor": 7}),
            vec!["a"],
            "its `nextCursor` is not text",
        ),
    ] {
        let (found, notices) = names_and_notices(&list).await;
        assert_eq!(found, names, "{notice}");
        assert!(notices[0].ends_with(notice), "{notices:?}");
    }
}

#[tokio::test]
async fn tools_that_are_no_list_are_an_error_that_names_the_server() {
    for tools in [json!("none"), json!({"a": {}}), json!(null)] {
        let bed = bed_with(&json!({"tools": tools}));
        let all = toolbox(&test_server(), &json!({}));
        let error = bed.discover(&all).await.unwrap_err();
        assert!(
            error.message.contains("the MCP server `python3 "),
            "{error}"
        );
        assert!(
            error
                .message
                .ends_with("the `tools` of its list of tools is not a list"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_schema_of_many_definitions_costs_a_prompt_little_and_that_is_told() {
    let names: Vec<String> = (0..8).map(|n| format!("Part{n}")).collect();
    let references: Map<String, Value> = names
        .iter()
        .map(|name| {
            (
                name.to_lowercase(),
                json!({"$ref": format!("#/$defs/{name}")}),
            )
        })
        .collect();
    let definitions: Map<String, Value> = names
        .iter()
        .map(|name| {
            (
                name.clone(),
                json!({"type": "object", "properties": references}),
            )
        })
        .collect();
    let schema = json!({"type": "object", "properties": references, "$defs": definitions});
    let bed = bed_with(&json!({"tools": [echo(&schema)]}));
    let watcher = Watcher::default();
    let all = toolbox(&test_server(), &json!({}));
    let found = bed.discover_watched(&all, &watcher).await.unwrap();
    let shown = parameters_schema(found[0].inputs()).to_string();
    assert!(shown.len() < 40_000, "{}", shown.len());
    let notices = watcher.seen().notices;
    assert!(
        notices[0]
            .ends_with("`echo` is described in part: the definitions of its schema are too large"),
        "{notices:?}"
    );
}

#[tokio::test]
async fn ten_thousand_tools_are_read_and_no_more() {
    let tools: Vec<Value> = (0..10_001)
        .map(|n| json!({"name": format!("t{n}"), "inputSchema": {"type": "object"}}))
        .collect();
    let (names, notices) = names_and_notices(&json!({"tools": tools})).await;
    assert_eq!(names.len(), 10_000);
    assert!(
        notices[0].ends_with("no more than 10000 tools are read"),
        "{notices:?}"
    );
}

#[tokio::test]
async fn what_lies_too_deep_in_a_schema_takes_any_value() {
    let bed = Bed::new();
    let deep = format!("{}{{}}{}", "{\"items\":".repeat(4_000), "}".repeat(4_000));
    let list = format!(
        r#"{{"tools":[{{"name":"echo","inputSchema":{{"properties":{{"deep":{deep}}}}}}},{{"name":"other","inputSchema":{{}}}}]}}"#
    );
    // Python reads and writes no deeper than its own limit, so the server gives the text on as it is.
    std::fs::write(bed.folder.path().join("list.txt"), list).unwrap();
    let found = bed
        .discover(&toolbox(&test_server(), &json!({})))
        .await
        .unwrap();
    let names: Vec<&str> = found.iter().map(|tool| tool.name()).collect();
    assert_eq!(names, ["echo", "other"]);
}
