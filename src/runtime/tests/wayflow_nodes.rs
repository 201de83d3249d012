//! WayFlow's nodes that make values of values.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, end, flow, llm, node, start, strings, tool};
use super::script::{Ran, Script};
use super::world::{ScriptedAction, text};
use crate::trace::FailureKind;

/// A flow of these nodes in a row, wired by name.
pub(super) fn row(inputs: &Value, nodes: &[Value], outputs: &Value) -> Value {
    let mut all = vec![node("StartNode", "start", json!({ "inputs": inputs }))];
    all.extend(nodes.iter().cloned());
    all.push(node("EndNode", "end", json!({ "outputs": outputs })));
    let ids: Vec<String> = all
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    let control: Vec<(&str, &str, &str)> = ids
        .windows(2)
        .map(|pair| (pair[0].as_str(), "next", pair[1].as_str()))
        .collect();
    flow("f", &all, &control, None)
}

async fn run_one(middle: Value, inputs: &Value, given: Value, outputs: Value) -> Ran {
    let spec = document(row(inputs, &[middle], &outputs));
    Script::of(&spec).inputs(given).run().await
}

#[tokio::test(start_paused = true)]
async fn constants_and_templates_give_values() {
    let constants = json!({"constant_values": {"n": 3, "yes": true, "s": "x", "f": 1.0}});
    let template = json!({
        "template": "{{s}}{% if yes %}!{% endif %} {{n}} {{f}}", "output_mapping": {"output": "t"},
    });
    let nodes = [
        node("PluginConstantValuesNode", "fixed", constants),
        node("PluginTemplateNode", "fill", template),
    ];
    let outputs = json!([
        {"title": "t", "type": "string"}, {"title": "n", "type": "integer"},
        {"title": "f", "type": "number"}, {"title": "yes", "type": "boolean"},
    ]);
    let spec = document(row(&json!([]), &nodes, &outputs));
    let ran = Script::of(&spec).run().await;
    assert_eq!(
        ran.outputs(),
        json!({"t": "x! 3 1.0", "n": 3, "f": 1.0, "yes": true})
    );
}

#[tokio::test(start_paused = true)]
async fn patterns_are_found_in_text() {
    let said = "a1 b22\nA3";
    let list = json!([{"title": "output", "type": "array", "items": {"type": "string"}}]);
    for (pattern, is_first, expected) in [
        (json!("[a-z]\\d"), true, json!("a1")),
        (json!("[a-z](\\d+)"), false, json!(["1", "22"])),
        (
            json!({"pattern": "[a-z](\\d+)", "match": "last"}),
            true,
            json!("22"),
        ),
        (
            json!({"pattern": "[a-z](\\d+)", "flags": 2}),
            false,
            json!(["1", "22", "3"]),
        ),
        (
            json!({"pattern": "b.*", "flags": 16}),
            true,
            json!("b22\nA3"),
        ),
        (json!("b.*"), true, json!("b22")),
        (json!("x"), true, json!("")),
        (json!("x"), false, json!([])),
    ] {
        let fields = json!({"regex_pattern": pattern, "return_first_match_only": is_first});
        let outputs = if is_first {
            strings(&["output"])
        } else {
            list.clone()
        };
        let finder = node("PluginRegexNode", "find", fields);
        let ran = run_one(finder, &strings(&["text"]), json!({"text": said}), outputs).await;
        assert_eq!(ran.outputs(), json!({"output": expected}), "{pattern}");
    }
    let finder = node(
        "PluginRegexNode",
        "find",
        json!({"regex_pattern": "(?<=a)1"}),
    );
    let outputs = strings(&["output"]);
    let ran = run_one(finder, &strings(&["text"]), json!({"text": said}), outputs).await;
    assert_eq!(ran.failure().kind, FailureKind::Spec);
    assert!(
        ran.failure().message.contains("look-around"),
        "{}",
        ran.failure()
    );
}

#[tokio::test(start_paused = true)]
async fn values_are_taken_out_of_json_in_text() {
    let outputs = json!([{"title": "city", "type": "string"}, {"title": "n", "type": "integer"}]);
    let taker = |more: Value| {
        let mut fields =
            json!({"output_values": {"city": ".address.city", "n": ".rooms | length"}});
        fields
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        node("PluginExtractNode", "take", fields)
    };
    let said = "Here:\n```json\n{'address': {'city': 'Bern'}, 'rooms': [1, 2],}\n```\n{\"address\": {\"city\": \"Rome\"}}";
    let given = json!({"text": said});
    let ran = run_one(
        taker(json!({})),
        &strings(&["text"]),
        given,
        outputs.clone(),
    )
    .await;
    assert_eq!(ran.outputs(), json!({"city": "Bern", "n": 2}));

    let none = json!({"text": "no such thing"});
    let ran = run_one(
        taker(json!({})),
        &strings(&["text"]),
        none.clone(),
        outputs.clone(),
    )
    .await;
    assert_eq!(ran.failure().kind, FailureKind::Input);
    assert!(
        ran.failure()
            .message
            .contains("nothing was found for `city`"),
        "{}",
        ran.failure()
    );

    let mending = taker(json!({"retry": true, "llm_config": llm()}));
    let spec = document(row(&strings(&["text"]), &[mending], &outputs));
    let ran = Script::of(&spec)
        .inputs(none)
        .model([text(
            "```json\n{\"address\": {\"city\": \"Bern\"}, \"rooms\": []}\n```",
        )])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"city": "Bern", "n": 0}));
}

#[tokio::test(start_paused = true)]
async fn a_model_chooses_the_branch() {
    let choices = json!([
        ["money", "About bills.", "billing"],
        ["fault", "Something is broken."]
    ]);
    let chooser = node(
        "PluginChoiceNode",
        "choose",
        json!({"llm_config": llm(), "next_branches": choices}),
    );
    let way = |way: &str| {
        node(
            "PluginConstantValuesNode",
            way,
            json!({"constant_values": {"way": way}}),
        )
    };
    let spec = document(flow(
        "f",
        &[
            start(&["input"]),
            chooser,
            way("money"),
            way("fault"),
            way("other"),
            end(&["way", "selected_choice", "llm_output"]),
        ],
        &[
            ("start", "next", "choose"),
            ("choose", "money", "money"),
            ("choose", "fault", "fault"),
            ("choose", "default", "other"),
            ("money", "next", "end"),
            ("fault", "next", "end"),
            ("other", "next", "end"),
        ],
        None,
    ));
    for (answer, choice, way) in [
        ("It is billing, not fault.", "billing", "money"),
        ("fault", "fault", "fault"),
        ("neither", "default", "other"),
    ] {
        let ran = Script::of(&spec)
            .inputs(json!({"input": "My bill"}))
            .model([text(answer)])
            .run()
            .await;
        let expected = json!({"way": way, "selected_choice": choice, "llm_output": answer});
        assert_eq!(ran.outputs(), expected);
        let request = &ran.requests[0];
        let asked = &request.messages[0].content;
        assert!(
            asked.contains("- billing: About bills.\n- fault:") && asked.contains("My bill"),
            "{asked}"
        );
        assert_eq!(request.parameters["max_tokens"], json!(7));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_tool_may_give_its_message() {
    for (raises, is_failure) in [(true, true), (false, false)] {
        let fields = json!({
            "tool": tool("ServerTool", "work", &["x"], &["r"]), "raise_exceptions": raises,
            "output_mapping": {"r": "told"},
        });
        let spec = document(row(
            &strings(&["x"]),
            &[node("ExtendedToolNode", "call", fields)],
            &strings(&["told"]),
        ));
        let ran = Script::of(&spec)
            .inputs(json!({"x": "1"}))
            .tool("work", ScriptedAction::Fail("broken".to_owned()))
            .run()
            .await;
        assert_eq!(ran.result.is_err(), is_failure);
        if !is_failure {
            assert_eq!(ran.outputs(), json!({"told": "broken"}));
        }
    }
}
