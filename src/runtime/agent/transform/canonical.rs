//! The order of messages that older models require: one system message, then user and agent in
//! turn, with one call at a time.
//!
//! Source: WayFlow 26.3.1. A message after a tool's result stays separate, because results are not
//! user messages here.

use std::collections::VecDeque;

use crate::conversation::{Message, Role};

/// The user message that begins a conversation without one.
const BEGIN: &str = "begin";

/// Converts a conversation to this order.
pub(super) fn canonical(messages: Vec<Message>) -> Vec<Message> {
    let (system, messages): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|message| message.role == Role::System && message.tool_result.is_none());
    let mut ordered: Vec<Message> = Vec::new();
    for message in in_turn(messages) {
        match ordered.last_mut() {
            Some(last) if is_one_with(last, &message) => merge(last, message),
            Some(_) => ordered.push(message),
            None if message.role == Role::User => ordered.push(message),
            None => ordered.extend([begin(&message), message]),
        }
    }
    if ordered.is_empty() {
        let like = Message::text("begin", Role::User, "");
        ordered.push(begin(system.first().unwrap_or(&like)));
    }
    let mut system = system.into_iter();
    if let Some(mut first) = system.next() {
        system.for_each(|message| merge(&mut first, message));
        ordered.insert(0, first);
    }
    ordered
}

/// Splits messages so that each has one call, before its result. A call without a result stays
/// where it is.
fn in_turn(messages: Vec<Message>) -> Vec<Message> {
    let mut ordered = Vec::new();
    let mut results: VecDeque<Message> = messages
        .iter()
        .filter(|message| message.tool_result.is_some())
        .cloned()
        .collect();
    for message in messages {
        if message.tool_result.is_some() {
            continue;
        }
        if message.tool_calls.is_empty() {
            ordered.push(message);
            continue;
        }
        for (index, call) in message.tool_calls.iter().enumerate() {
            ordered.push(Message {
                // What is said beside the calls is said once.
                content: if index == 0 {
                    message.content.clone()
                } else {
                    String::new()
                },
                tool_calls: vec![call.clone()],
                ..message.clone()
            });
            let found = results.iter().position(|result| {
                let result = result.tool_result.as_ref();
                result.is_some_and(|result| result.call_id == call.id)
            });
            ordered.extend(found.and_then(|found| results.remove(found)));
        }
    }
    // A result without its call is kept at the end, for the model's provider to judge.
    ordered.extend(results);
    ordered
}

/// Returns whether two messages are merged: texts from the same side, or a text of the agent before
/// its call.
fn is_one_with(last: &Message, next: &Message) -> bool {
    let is_text = |message: &Message| message.tool_result.is_none();
    last.role == next.role && is_text(last) && is_text(next) && last.tool_calls.is_empty()
}

fn merge(last: &mut Message, next: Message) {
    if !last.content.is_empty() && !next.content.is_empty() {
        last.content.push('\n');
    }
    last.content.push_str(&next.content);
    last.images.extend(next.images);
    last.tool_calls.extend(next.tool_calls);
    last.extra = next.extra.or(last.extra.take());
}

fn begin(like: &Message) -> Message {
    Message::text(format!("{}_begin", like.id), Role::User, BEGIN)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::conversation::{ToolCall, ToolResult};

    fn text(role: Role, text: &str) -> Message {
        Message::text("m", role, text)
    }

    fn calling(said: &str, ids: &[&str]) -> Message {
        let call = |id: &&str| ToolCall {
            id: (*id).to_owned(),
            name: "find".to_owned(),
            arguments: "{}".to_owned(),
            extra: None,
        };
        Message {
            tool_calls: ids.iter().map(call).collect(),
            ..text(Role::Agent, said)
        }
    }

    fn result(id: &str) -> Message {
        Message {
            tool_result: Some(ToolResult {
                call_id: id.to_owned(),
                content: String::new(),
                is_error: false,
            }),
            ..text(Role::User, "")
        }
    }

    /// Each message in a few words: who, what, which calls, which result.
    fn shown(messages: &[Message]) -> Vec<String> {
        let one = |message: &Message| {
            let calls: Vec<&str> = message.tool_calls.iter().map(|call| &*call.id).collect();
            let result = message.tool_result.as_ref();
            match result {
                Some(result) => format!("result {}", result.call_id),
                None => format!("{:?} {} {}", message.role, message.content, calls.join(",")),
            }
        };
        messages
            .iter()
            .map(one)
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn sides_take_turns_and_calls_come_one_by_one() {
        use Role::{Agent, System, User};
        let given = vec![
            text(System, "a"),
            text(Agent, "hello"),
            text(User, "b"),
            text(System, "c"),
            text(User, "d"),
            calling("I look.", &["1", "2"]),
            result("2"),
            result("1"),
            text(Agent, "e"),
            text(Agent, "f"),
        ];
        let expected = [
            "System a\nc",
            "User begin",
            "Agent hello",
            "User b\nd",
            "Agent I look. 1",
            "result 1",
            "Agent  2",
            "result 2",
            "Agent e\nf",
        ];
        assert_eq!(shown(&canonical(given)), expected);
        assert_eq!(shown(&canonical(Vec::new())), ["User begin"]);
        let lonely = vec![text(System, "a")];
        assert_eq!(shown(&canonical(lonely)), ["System a", "User begin"]);
    }
}
