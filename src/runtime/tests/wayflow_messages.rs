//! WayFlow's nodes that ask, say and look back.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::documents::{document, llm, node, strings};
use super::script::Script;
use super::wayflow_nodes::row;
use super::world::text;
use crate::conversation::Role;
use crate::trace::Reply;

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
