//! Agents with manners of their own: what `ExtendedAgent` and `SpecializedAgent` add.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, flow, node, strings, tool};
use super::script::Script;
use super::world::{ScriptedAction, calls, text};
use crate::runtime::{Halt, check_inputs};
use crate::trace::{FailureKind, Reply, RequestKind};

fn extended(change: impl FnOnce(&mut Value)) -> Value {
    document(agent(|agent| {
        agent["component_type"] = json!("ExtendedAgent");
        agent["initial_message"] = json!(null);
        change(agent);
    }))
}

fn system_prompt(ran: &super::script::Ran, request: usize) -> &str {
    &ran.requests[request].messages[0].content
}

#[tokio::test(start_paused = true)]
async fn what_it_says_first_is_said_without_a_model() {
    for (initial, said) in [
        (json!("N/A"), "Hi! How can I help you?"),
        (json!("Welcome."), "Welcome."),
    ] {
        let ran = Script::of(&extended(|agent| agent["initial_message"] = initial))
            .replies([Reply::message("Hello.")])
            .model([text("Goodbye.")])
            .run()
            .await;
        assert_eq!(
            ran.said(),
            [&format!("agent: {said}"), "user: Hello.", "agent: Goodbye."]
        );
        let sent: Vec<_> = ran.requests[0]
            .messages
            .iter()
            .map(|message| message.content.as_str())
            .collect();
        assert_eq!(sent, ["Be good.", said, "Hello."]);
    }
    let ran = Script::of(&extended(|agent| {
        agent["initial_message"] = json!("Welcome.");
    }))
    .opening("Hello.")
    .model([text("Goodbye.")])
    .run()
    .await;
    assert_eq!(ran.said(), ["user: Hello.", "agent: Goodbye."]);
}

#[tokio::test(start_paused = true)]
async fn what_contradicts_itself_is_refused() {
    let silent = |agent: &mut Value| {
        agent["initial_message"] = json!("Welcome.");
        agent["caller_input_mode"] = json!("never");
    };
    let never = |agent: &mut Value| agent["max_iterations"] = json!(0);
    for (document, told) in [
        (extended(silent), "may not talk to the user"),
        (extended(never), "`max_iterations` is 0"),
    ] {
        let failure = Script::of(&document).run().await.failure();
        assert_eq!(failure.kind, FailureKind::Spec);
        assert!(failure.message.contains(told), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_asks_its_model_no_more_than_it_says() {
    for (of_the_run, told) in [
        (None, "made 2 model calls"),
        (Some(1), "made 1 model call "),
    ] {
        let failure = Script::of(&extended(|agent| {
            agent["max_iterations"] = json!(2);
            agent["tools"] = json!([tool("ServerTool", "t", &[], &["r"])]);
        }))
        .limits(|limits| limits.max_iterations = of_the_run)
        .tool("t", ScriptedAction::Give(json!("x")))
        .model([calls(&[("t", "{}")]), calls(&[("t", "{}")])])
        .run()
        .await
        .failure();
        assert!(failure.message.contains(told), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_the_conversation_when_it_says_so_twice() {
    let ran = Script::of(&extended(|agent| {
        agent["can_finish_conversation"] = json!(true);
    }))
    .opening("Bye.")
    .model([
        calls(&[("end_conversation", "{}")]),
        calls(&[("end_conversation", "{}")]),
    ])
    .run()
    .await;
    assert_eq!(ran.outputs(), json!({}));
    assert_eq!(
        ran.said()[2..],
        [
            "= If the user asked for the end of the conversation, call `end_conversation` again, and nothing else.",
            "agent:  → end_conversation",
            "= The conversation is over.",
        ]
    );
    let offered: Vec<_> = ran.requests[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(offered, ["end_conversation", "talk_to_user"]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_tool_ends_the_run_where_it_says_so() {
    let failure = Script::of(&extended(|agent| {
        agent["raise_exceptions"] = json!(true);
        agent["tools"] = json!([tool("ServerTool", "t", &[], &["r"])]);
    }))
    .tool("t", ScriptedAction::Fail("no".to_owned()))
    .model([calls(&[("t", "{}")])])
    .run()
    .await
    .failure();
    assert_eq!(
        (failure.kind, failure.component.as_deref()),
        (FailureKind::Tool, Some("t"))
    );
}

#[tokio::test(start_paused = true)]
async fn strict_outputs_are_not_converted() {
    let strict = |has_tool: bool| {
        extended(|agent| {
            agent["strict_output_validation"] = json!(true);
            agent["outputs"] = json!([{"title": "n", "type": "integer"}, {"title": "s", "type": "string", "default": "d"}]);
            if has_tool {
                agent["tools"] = json!([tool("ServerTool", "t", &[], &["r"])]);
            }
        })
    };
    let submit = |arguments: &str| calls(&[("submit_result", arguments)]);
    let ran = Script::of(&strict(true))
        .model([submit(r#"{"n": "7", "x": 1}"#), submit(r#"{"n": 7}"#)])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"n": 7, "s": "d"}));
    let told = &ran.said()[1];
    assert!(
        told.contains("`n`: expected integer") && told.contains("`x` is not asked for"),
        "{told}"
    );
    let ran = Script::of(&strict(false))
        .model([text(r#"{"n": "7"}"#), text(r#"{"n": 7}"#)])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"n": 7, "s": "d"}));
}

#[tokio::test(start_paused = true)]
async fn context_is_asked_for_anew_before_each_model_call() {
    let clock = flow(
        "clock",
        &[
            node("StartNode", "start", json!({})),
            node(
                "ToolNode",
                "look",
                json!({"tool": tool("ServerTool", "time", &[], &["now"])}),
            ),
            node("EndNode", "end", json!({"outputs": strings(&["now"])})),
        ],
        &[("start", "next", "look"), ("look", "next", "end")],
        None,
    );
    let provider =
        |kind: &str, fields: Value| node(&format!("Plugin{kind}ContextProvider"), kind, fields);
    let spec = extended(|agent| {
        agent["system_prompt"] = json!("{{place}}, {{now}}, {{mood}}, {{who}}");
        agent["context_providers"] = json!([
            provider(
                "Constant",
                json!({"value": "Bern", "outputs": strings(&["place"])})
            ),
            provider("Flow", json!({"flow": clock})),
            provider(
                "Tool",
                json!({"tool": tool("ServerTool", "feel", &[], &["f"]), "output_name": "mood"})
            ),
        ]);
    });
    let component = super::documents::component(&spec);
    assert!(check_inputs(&component, json!({"who": "Ada"}).as_object().unwrap()).is_ok());
    let ran = Script::of(&spec)
        .inputs(json!({"who": "Ada"}))
        .tool("time", ScriptedAction::Give(json!("noon")))
        .tool("feel", ScriptedAction::Give(json!("fine")))
        .replies([Reply::message("And?")])
        .model([text("Hello."), text("Goodbye.")])
        .run()
        .await;
    assert_eq!(system_prompt(&ran, 0), "Bern, noon, fine, Ada");
    assert_eq!(system_prompt(&ran, 1), "Bern, noon, fine, Ada");
    let calls = ran
        .event_names()
        .into_iter()
        .filter(|name| name == "ToolExecutionRequest");
    assert_eq!(calls.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_specialised_agent_has_the_instructions_and_tools_of_both() {
    let spec = document(json!({
        "component_type": "SpecializedAgent", "id": "s", "name": "s",
        "agent": agent(|agent| agent["tools"] = json!([tool("ServerTool", "one", &[], &["r"])])),
        "agent_specialization_parameters": {
            "component_type": "AgentSpecializationParameters", "id": "p", "name": "p",
            "additional_instructions": "Speak {{tongue}}.",
            "additional_tools": [tool("ServerTool", "two", &[], &["r"])],
            "human_in_the_loop": false,
        },
    }));
    let ran = Script::of(&spec)
        .inputs(json!({"tongue": "Latin"}))
        .opening("Hello.")
        .model([text("Salve.")])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({}));
    assert_eq!(system_prompt(&ran, 0), "Be good.\n\nSpeak Latin.");
    let offered: Vec<_> = ran.requests[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(offered, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_ask_does_not() {
    let ran = Script::of(&extended(|agent| {
        agent["caller_input_mode"] = json!("never");
    }))
    .opening("Hello.")
    .model([text("Done.")])
    .run()
    .await;
    assert!(ran.result.is_ok());
    let asking = Script::of(&extended(|_| {}))
        .opening("Hello.")
        .model([text("What?")])
        .run()
        .await;
    let Err(Halt::Unanswered(request)) = asking.result else {
        panic!("{:?}", asking.result);
    };
    assert!(matches!(*request, RequestKind::UserMessage { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_step_has_outputs_and_names_of_its_own() {
    let expert = agent(|agent| {
        agent["system_prompt"] = json!("Answer {{topic}}.");
        agent["human_in_the_loop"] = json!(true);
    });
    let ask = json!({
        "agent": expert, "caller_input_mode": "never", "outputs": strings(&["said"]),
        "input_mapping": {"topic": "question"}, "output_mapping": {"answer": "said"},
    });
    let flow = document(flow(
        "f",
        &[
            node(
                "StartNode",
                "start",
                json!({"inputs": strings(&["question"])}),
            ),
            node("ExtendedAgentNode", "ask", ask),
            node("EndNode", "end", json!({"outputs": strings(&["said"])})),
        ],
        &[("start", "next", "ask"), ("ask", "next", "end")],
        None,
    ));
    let ran = Script::of(&flow)
        .inputs(json!({"question": "why"}))
        .model([text("Whom may I ask?"), text(r#"{"answer": "so"}"#)])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"said": "so"}));
    assert_eq!(system_prompt(&ran, 0), "Answer why.");
}

/// A template of a word before the conversation, with further fields.
fn template(fields: &Value) -> Value {
    let mut template = json!({
        "component_type": "PluginPromptTemplate", "id": "template", "name": "template",
        "messages": [
            {"role": "system", "contents": [{"type": "text", "content":
                "{{custom_instruction}} In {{place}}.{% for tool in __TOOLS__ %} {{ tool.function.name }}{% endfor %}"}]},
            {"role": "user"},
        ],
        "native_tool_calling": false,
        "output_parser": {"component_type": "PluginJsonToolOutputParser", "id": "p", "name": "p"},
        "generation_config": {"temperature": 0.0, "stop": ["END"], "max_tokens": null},
    });
    for (name, value) in fields.as_object().unwrap() {
        template[name] = value.clone();
    }
    template
}

#[tokio::test(start_paused = true)]
async fn a_template_offers_tools_in_text_and_reads_calls_from_it() {
    let ran = Script::of(&extended(|agent| {
        agent["tools"] = json!([tool("ServerTool", "t", &["q"], &["r"])]);
        agent["caller_input_mode"] = json!("never");
        agent["outputs"] = strings(&["y"]);
        agent["context_providers"] = json!([{
            "component_type": "PluginConstantContextProvider", "id": "c", "name": "c", "value": "Rome",
            "outputs": strings(&["place"]),
        }]);
        agent["agent_template"] = template(&json!({}));
    }))
    .opening("Go.")
    .tool("t", ScriptedAction::Give(json!("found")))
    .model([
        text(r#"{"name": "t", "parameters": {"q": "a"}}"#),
        text(r#"{"name": "submit_result", "parameters": {"y": "done"}}"#),
    ])
    .run()
    .await;
    assert_eq!(ran.outputs(), json!({"y": "done"}));
    assert_eq!(system_prompt(&ran, 0), "Be good. In Rome. t submit_result");
    let first = &ran.requests[0];
    assert!(first.tools.is_empty());
    assert_eq!(
        Value::Object(first.parameters.clone()),
        json!({"temperature": 0.0, "stop": ["END"]})
    );
    assert_eq!(ran.said()[..3], ["user: Go.", "agent:  → t", "= found"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_template_can_not_do_is_refused() {
    let picture =
        json!([{"role": "user", "contents": [{"type": "image", "base64_content": "AAAA"}]}]);
    for (fields, told) in [
        (
            json!({"response_format": {"title": "r", "type": "string"}}),
            "`response_format`",
        ),
        (json!({"messages": picture}), "can only have text"),
        (json!({}), "can't be filled in"),
    ] {
        let document = extended(|agent| agent["agent_template"] = template(&fields));
        let failure = Script::of(&document).opening("Go.").run().await.failure();
        assert_eq!(failure.kind, FailureKind::Spec);
        assert!(failure.message.contains(told), "{failure}");
    }
}
