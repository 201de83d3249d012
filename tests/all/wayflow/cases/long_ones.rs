//! Agents whose messages or conversations are summarised.

use serde_json::json;

use super::super::parts::{agent, summaries, tool};
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
    vec![
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
