//! Agents whose conversations are summarised or put into another order.

use serde_json::json;

use super::super::parts::{agent, find, summaries, tool};
use super::super::server::Answer::{Calls, Text};
use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let messages = summaries(
        "MessageSummarizationTransform",
        json!({"max_message_size": 100}),
    );
    let conversation = summaries(
        "ConversationSummarizationTransform",
        json!({"max_num_messages": 4, "min_num_messages": 2}),
    );
    let canonical = json!({
        "component_type": "PluginCanonicalizationMessageTransform", "id": "t", "name": "t",
        "component_plugin_name": "MessageTransformPlugin", "component_plugin_version": "26.3.1",
    });
    let find_twice = vec![("find", r#"{"query": "1"}"#), ("find", r#"{"query": "2"}"#)];
    vec![
        Case::of(
            "an order for older models",
            agent(json!({"transforms": [canonical], "tools": [find()]})),
            &["One.", "Two."],
            &[
                Calls("I look.", find_twice),
                Text("Found."),
                Text("No more."),
            ],
        ),
        Case::of(
            "a long message",
            agent(json!({"transforms": [messages], "tools": [tool("long", json!([]))]})),
            &["Read.", "And?"],
            &[
                Calls("", vec![("long", "{}")]),
                Text("Many words."),
                Text("It has many words."),
                Text("No more."),
            ],
        ),
        Case::of(
            "a long conversation",
            agent(json!({"transforms": [conversation]})),
            &["One.", "Two.", "Three."],
            &[Text("1"), Text("2"), Text("They counted."), Text("3")],
        ),
    ]
}
