//! The nodes that WayFlow's plugins add.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, end, flow, llm, node, start, strings, tool};
use super::script::{Ran, Script};
use super::world::{Deed, text};
use crate::conversation::Role;
use crate::trace::{FailureKind, Reply};

/// A flow of these nodes in a row, wired by name.
fn row(inputs: &Value, nodes: &[Value], outputs: &Value) -> Value {
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

fn variable(title: &str, ty: &Value) -> Value {
    let mut schema = ty.clone();
    schema["title"] = json!(title);
    schema
}

#[tokio::test(start_paused = true)]
async fn variables_are_written_and_read() {
    let list = variable(
        "list",
        &json!({"type": "array", "items": {"type": "string"}, "default": ["a"]}),
    );
    let count = variable("count", &json!({"type": "integer", "default": 1}));
    let unset = variable("unset", &json!({"type": "string"}));
    let nodes = [
        node(
            "PluginWriteVariableNode",
            "add",
            json!({"variable": list, "operation": "insert", "input_mapping": {"value": "x"}}),
        ),
        node(
            "PluginVariableNode",
            "both",
            json!({
                "write_variables": [count], "write_operations": {"count": "overwrite"},
                "read_variables": [list, count], "input_mapping": {"count": "n"},
            }),
        ),
        node(
            "PluginReadVariableNode",
            "look",
            json!({"variable": list, "output_mapping": {"value": "again"}}),
        ),
    ];
    let inputs = json!([{"title": "x", "type": "string"}, {"title": "n", "type": "integer"}]);
    let mut again = list.clone();
    again["title"] = json!("again");
    let mut spec = document(row(&inputs, &nodes, &json!([list, count, again])));
    spec["component_type"] = json!("ExtendedFlow");
    spec["state"] = json!([list, count, unset]);
    let ran = Script::of(&spec)
        .inputs(json!({"x": "b", "n": 5}))
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"list": ["a", "b"], "count": 5, "again": ["a", "b"]})
    );
    let reader = node(
        "PluginReadVariableNode",
        "look",
        json!({ "variable": unset }),
    );
    let mut spec = document(row(&json!([]), &[reader], &strings(&["value"])));
    spec["component_type"] = json!("ExtendedFlow");
    spec["state"] = json!([unset]);
    let ran = Script::of(&spec).run().await;
    assert!(ran.failure().message.contains("`unset` was never written"));
}

/// Providers are asked each time that a node takes what they give.
#[tokio::test(start_paused = true)]
async fn context_providers_fill_inputs_of_nodes() {
    let provider = json!({
        "component_type": "PluginToolContextProvider", "id": "today", "name": "today", "output_name": "day",
        "outputs": strings(&["day"]), "tool": tool("ServerTool", "get_day", &[], &["day"]),
    });
    let edges = [
        ("start.name", "greet.name"),
        ("today.day", "greet.day"),
        ("greet.output", "end.output"),
    ];
    for edges in [Some(&edges[..]), None] {
        let greet = json!({"template": "It is {{day}}, {{name}}."});
        let mut spec = document(flow(
            "f",
            &[
                start(&["name"]),
                node("PluginTemplateNode", "greet", greet),
                end(&["output"]),
            ],
            &[("start", "next", "greet"), ("greet", "next", "end")],
            edges,
        ));
        spec["component_type"] = json!("ExtendedFlow");
        spec["$referenced_components"]["today"] = provider.clone();
        spec["context_providers"] = json!([{"$component_ref": "today"}]);
        let ran = Script::of(&spec)
            .inputs(json!({"name": "Ann"}))
            .tool("get_day", Deed::Give(json!("Monday")))
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({"output": "It is Monday, Ann."}));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_is_tried_until_it_succeeds() {
    let tried = |max: u64| {
        let guess = json!({"llm_config": llm(), "prompt_template": "Guess {{x}}.", "outputs": strings(&["r"])});
        let check = json!({"regex_pattern": "yes", "input_mapping": {"text": "r"}, "output_mapping": {"output": "ok"}});
        let mut inner = row(
            &strings(&["x"]),
            &[
                node("LlmNode", "guess", guess),
                node("PluginRegexNode", "check", check),
            ],
            &strings(&["r", "ok"]),
        );
        inner["id"] = json!("inner");
        for renamed in ["start", "end"] {
            let text = inner
                .to_string()
                .replace(&format!("\"{renamed}\""), &format!("\"inner_{renamed}\""));
            inner = serde_json::from_str(&text).unwrap();
        }
        let text = inner.to_string().replace("\"f_", "\"inner_");
        let inner: Value = serde_json::from_str(&text).unwrap();
        let retry = json!({"flow": inner, "success_condition": "ok", "max_num_trials": max});
        let outputs = json!([
            {"title": "r", "type": "string"}, {"title": "retry_step_num_retries", "type": "integer"},
            {"title": "retry_step_success", "type": "boolean"},
        ]);
        document(flow(
            "f",
            &[
                start(&["x"]),
                node("PluginRetryNode", "retry", retry),
                node("EndNode", "end", json!({ "outputs": outputs })),
            ],
            &[
                ("start", "next", "retry"),
                ("retry", "next", "end"),
                ("retry", "failure", "end"),
            ],
            None,
        ))
    };
    for (max, expected) in [
        (
            5,
            json!({"r": "yes", "retry_step_num_retries": 3, "retry_step_success": true}),
        ),
        (
            2,
            json!({"r": "no", "retry_step_num_retries": 2, "retry_step_success": false}),
        ),
    ] {
        let ran = Script::of(&tried(max))
            .inputs(json!({"x": "it"}))
            .model([text("no"), text("no"), text("yes")])
            .run()
            .await;
        assert_eq!(ran.outputs(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_asked_said_and_looked_back_at() {
    let nodes = [
        node(
            "PluginInputMessageNode",
            "ask",
            json!({"message_template": "{% if x %}{{x}}?{% endif %}", "outputs": strings(&["answer"])}),
        ),
        node(
            "PluginOutputMessageNode",
            "say",
            json!({"message": "You said {{answer}}.", "output_mapping": {"output_message": "said"}}),
        ),
        node(
            "PluginOutputMessageNode",
            "note",
            json!({"message": "secret", "message_type": "INTERNAL", "expose_message_as_output": false}),
        ),
        node(
            "PluginOutputMessageNode",
            "rephrase",
            json!({
                "message": "Bye.", "rephrase": true, "llm_config": llm(), "expose_message_as_output": false,
            }),
        ),
        node(
            "PluginGetChatHistoryNode",
            "look_back",
            json!({"n": 2, "offset": 1}),
        ),
    ];
    let outputs = strings(&["answer", "said", "chat_history"]);
    let ran = Script::of(&document(row(&strings(&["x"]), &nodes, &outputs)))
        .inputs(json!({"x": "Well"}))
        .replies([Reply::message("Fine")])
        .model([text("So long.")])
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({
            "answer": "Fine", "said": "You said Fine.",
            "chat_history": "USER >> Fine\nAGENT >> You said Fine.",
        })
    );
    let said = [
        "agent: Well?",
        "user: Fine",
        "agent: You said Fine.",
        "agent: So long.",
    ];
    assert_eq!(ran.said(), said);
    // What is for people only is told, and in no conversation.
    let told = ran.traced().filter(|event| {
        matches!(event, crate::trace::Event::ConversationMessageAdded { message } if message.content == "secret")
    });
    assert_eq!(told.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn history_is_given_as_messages_too() {
    let fields = json!({"output_template": null, "which_messages": "first", "message_types": null});
    let nodes = [
        node("OutputMessageNode", "say", json!({"message": "Hi."})),
        node("PluginGetChatHistoryNode", "look_back", fields),
    ];
    let outputs = json!([{"title": "chat_history", "type": "array"}]);
    let ran = Script::of(&document(row(&json!([]), &nodes, &outputs)))
        .run()
        .await;
    let expected = json!({"chat_history": [{"message_type": "AGENT", "content": "Hi."}]});
    assert_eq!(ran.outputs(), expected);
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
            .tool("work", Deed::Fail("broken".to_owned()))
            .run()
            .await;
        assert_eq!(ran.result.is_err(), is_failure);
        if !is_failure {
            assert_eq!(ran.outputs(), json!({"told": "broken"}));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_prompt_of_several_messages_takes_the_conversation() {
    let message = |role: &str, text: &str| json!({"role": role, "contents": [{"type": "text", "content": text}]});
    let template = json!({
        "component_type": "PluginPromptTemplate", "id": "prompt", "name": "prompt",
        "messages": [
            message("system", "Be {{tone}}."), {"role": "user", "contents": []}, message("user", "Sum up."),
        ],
        "generation_config": {"temperature": 0.5},
    });
    let nodes = [
        node("OutputMessageNode", "say", json!({"message": "Hello."})),
        node(
            "ExtendedLlmNode",
            "sum",
            json!({
                "llm_config": llm(), "prompt_template": "", "prompt_template_object": template,
                "send_message": true,
            }),
        ),
    ];
    let ran = Script::of(&document(row(
        &strings(&["tone"]),
        &nodes,
        &strings(&["output"]),
    )))
    .inputs(json!({"tone": "brief"}))
    .model([text("Greeted.")])
    .run()
    .await;
    assert_eq!(ran.outputs(), json!({"output": "Greeted."}));
    let sent = ran.requests[0].messages.iter();
    let sent: Vec<_> = sent
        .map(|message| (message.role, message.content.as_str()))
        .collect();
    let expected = [
        (Role::System, "Be brief."),
        (Role::Agent, "Hello."),
        (Role::User, "Sum up."),
    ];
    assert_eq!(sent, expected);
    assert_eq!(ran.requests[0].parameters["temperature"], json!(0.5));
    assert_eq!(ran.said(), ["agent: Hello.", "agent: Greeted."]);
}

#[tokio::test(start_paused = true)]
async fn maps_take_values_out_of_elements() {
    let work = tool("ServerTool", "work", &["x", "all"], &["r"]);
    let mut inner = row(
        &strings(&["x", "all"]),
        &[node("ToolNode", "inner_work", json!({ "tool": work }))],
        &strings(&["r"]),
    );
    let text = inner.to_string();
    let text = text
        .replace("\"start\"", "\"inner_start\"")
        .replace("\"end\"", "\"inner_end\"");
    inner = serde_json::from_str(
        &text
            .replace("\"f_", "\"inner_")
            .replace("\"f\"", "\"inner\""),
    )
    .unwrap();
    let outputs = json!([{"title": "r", "type": "array", "items": {"type": "string"}}]);
    for (component_type, parallel) in [
        ("ExtendedMapNode", json!({})),
        (
            "ExtendedMapNode",
            json!({"parallel_execution": true, "max_workers": 2}),
        ),
        ("ExtendedParallelMapNode", json!({})),
    ] {
        let mut fields = json!({
            "flow": inner, "unpack_input": {"x": ".v"}, "inputs": [
                {"title": "all", "type": "string"}, {"title": "iterated_input"},
            ],
            "outputs": outputs,
        });
        fields
            .as_object_mut()
            .unwrap()
            .extend(parallel.as_object().unwrap().clone());
        let inputs = json!([{"title": "all", "type": "string"}, {"title": "iterated_input"}]);
        let spec = document(row(
            &inputs,
            &[node(component_type, "each", fields)],
            &outputs,
        ));
        let ran = Script::of(&spec)
            .inputs(json!({"all": "a", "iterated_input": [{"v": "2"}, {"v": "1"}]}))
            .tool("work", Deed::Obey)
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({"r": ["2", "1"]}), "{component_type}");
    }
}
