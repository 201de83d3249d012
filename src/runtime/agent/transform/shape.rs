//! Transforms that change the form of a conversation but not its content. Source: WayFlow 26.3.1.

use crate::conversation::{Message, Role};

/// The default marker between parts of a message.
pub(super) const MARKER: &str = "\n---";

/// Appends a final system message to the user message before it.
pub(super) fn append_trailing_system(mut messages: Vec<Message>) -> Vec<Message> {
    if let [.., before, last] = messages.as_mut_slice()
        && last.role == Role::System
        && is_text_of(before, Role::User)
    {
        before.content = format!("{}\n{}", before.content, last.content);
        messages.pop();
    }
    messages
}

/// Joins the system messages at the beginning.
pub(super) fn coalesce_system(mut messages: Vec<Message>) -> Vec<Message> {
    let count = messages
        .iter()
        .take_while(|message| message.role == Role::System)
        .count();
    let leading: Vec<Message> = messages.drain(..count).collect();
    let texts: Vec<&str> = leading
        .iter()
        .map(|message| message.content.trim_matches('\n'))
        .collect();
    let content = texts.join("\n\n");
    let one = leading.first().map(|first| Message {
        content,
        ..first.clone()
    });
    one.into_iter().chain(messages).collect()
}

/// Removes empty messages, except those of the user.
pub(super) fn remove_empty(mut messages: Vec<Message>) -> Vec<Message> {
    messages.retain(|message| {
        message.role == Role::User || !message.content.is_empty() || !message.tool_calls.is_empty()
    });
    messages
}

/// Splits messages at a marker into one message for each non-empty part.
pub(super) fn split_on(marker: &str, messages: Vec<Message>) -> Vec<Message> {
    let mut split = Vec::new();
    for message in messages {
        let is_plain = message.tool_calls.is_empty() && message.tool_result.is_none();
        if !is_plain || marker.is_empty() || !message.content.contains(marker) {
            split.push(message);
            continue;
        }
        let parts = message.content.split(marker).map(str::trim);
        split.extend(parts.filter(|part| !part.is_empty()).map(|part| Message {
            content: part.to_owned(),
            ..message.clone()
        }));
    }
    split
}

fn is_text_of(message: &Message, role: Role) -> bool {
    message.role == role && message.tool_result.is_none()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn messages(texts: &[(Role, &str)]) -> Vec<Message> {
        let message = |(role, text): &(Role, &str)| Message::text("m", *role, *text);
        texts.iter().map(message).collect()
    }

    #[test]
    fn each_changes_the_shape_that_it_is_for() {
        use Role::{Agent, System, User};
        let given = messages(&[
            (System, "a\n"),
            (System, "b"),
            (User, "c\n---\nd\n---"),
            (Agent, ""),
            (User, ""),
            (User, "e"),
            (System, "f"),
        ]);
        let coalesced = coalesce_system(given);
        assert_eq!(coalesced[0].content, "a\n\nb");
        let appended = append_trailing_system(coalesced);
        assert_eq!(appended[4].content, "e\nf");
        let kept = remove_empty(appended);
        assert_eq!(kept.len(), 4);
        assert_eq!(
            split_on(MARKER, kept),
            messages(&[
                (System, "a\n\nb"),
                (User, "c"),
                (User, "d"),
                (User, ""),
                (User, "e\nf")
            ])
        );
    }
}
