//! Prompts that store each message only once.
//!
//! Each request of a conversation repeats everything that was said before. A stored prompt
//! therefore refers to the messages of the previous request and contains only the new ones, so that
//! the record of a run grows with the length of the conversation, not with its square.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::RequestId;
use crate::conversation::ToolDeclaration;
use crate::trace::TracedToolCall;

/// The messages and tools of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The previous request to which this prompt refers; `None` if it refers to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<RequestId>,
    /// The messages in order.
    pub messages: Vec<PromptPart>,
    /// The available tools; `None` if they are those of the previous request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Arc<[ToolDeclaration]>>,
}

/// Consecutive messages of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptPart {
    /// Messages of the previous request.
    Earlier {
        /// The index of the first one, from 0.
        from: usize,
        /// The number of messages.
        count: usize,
    },
    /// A message that the previous request did not have.
    New(Arc<PromptMessage>),
}

/// A message in the form in which it is sent to a model; roles are those of the provider
/// (`assistant`, `tool`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptMessage {
    /// The role: `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
    /// Descriptions of the images: `[picture: cat.png, image/png, 12 KB]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<String>,
    /// The name of the component that wrote the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The tool calls of an assistant message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<TracedToolCall>,
    /// The id of the call to which a tool message belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// A prompt with all references resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct WholePrompt {
    /// The messages, as sent.
    pub messages: Vec<Arc<PromptMessage>>,
    /// The available tools.
    pub tools: Arc<[ToolDeclaration]>,
}

impl PromptPart {
    /// Makes the prompt of the messages `now`: those that occur in `before` in the same order
    /// become references.
    pub(crate) fn after<M>(
        before: &[M],
        now: &[M],
        is_same: impl Fn(&M, &M) -> bool,
        written: impl Fn(&M) -> Arc<PromptMessage>,
    ) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut next = 0;
        for message in now {
            let mut rest = before.iter().enumerate().skip(next);
            let Some((at, _)) = rest.find(|(_, old)| is_same(old, message)) else {
                parts.push(Self::New(written(message)));
                continue;
            };
            next = at + 1;
            match parts.last_mut() {
                Some(Self::Earlier { from, count }) if *from + *count == at => *count += 1,
                _ => parts.push(Self::Earlier { from: at, count: 1 }),
            }
        }
        parts
    }

    const fn len(&self) -> usize {
        match self {
            Self::Earlier { count, .. } => *count,
            Self::New(_) => 1,
        }
    }
}

impl Prompt {
    /// Returns the number of messages.
    pub fn message_count(&self) -> usize {
        self.messages.iter().map(PromptPart::len).sum()
    }

    /// Resolves the references. `find` returns the prompt of an earlier request; messages of
    /// prompts that it does not find are left out.
    pub fn whole<'p>(&'p self, find: impl Fn(&RequestId) -> Option<&'p Self>) -> WholePrompt {
        let mut found = vec![None; self.message_count()];
        // What is still to be found in `prompt`: from which message on, how many, and where they go.
        let mut open = vec![(0, found.len(), 0)];
        let mut tools = None;
        let mut prompt = self;
        loop {
            tools = tools.or_else(|| prompt.tools.clone());
            open = prompt.take(&open, &mut found);
            let earlier = prompt.earlier.as_ref().and_then(&find);
            match earlier {
                Some(earlier) if !open.is_empty() || tools.is_none() => prompt = earlier,
                Some(_) | None => break,
            }
        }
        WholePrompt {
            messages: found.into_iter().flatten().collect(),
            tools: tools.unwrap_or_default(),
        }
    }

    /// Takes the messages that this prompt contains, and returns those of the previous one that are
    /// still needed.
    fn take(
        &self,
        wanted: &[(usize, usize, usize)],
        found: &mut [Option<Arc<PromptMessage>>],
    ) -> Vec<(usize, usize, usize)> {
        let mut open = Vec::new();
        for (from, count, to) in wanted.iter().copied() {
            let mut begin = 0;
            for part in &self.messages {
                let end = begin + part.len();
                let (first, last) = (begin.max(from), end.min(from + count));
                if first < last {
                    let at = to + first - from;
                    match part {
                        PromptPart::Earlier { from, .. } => {
                            open.push((from + first - begin, last - first, at));
                        }
                        PromptPart::New(message) => {
                            if let Some(place) = found.get_mut(at) {
                                *place = Some(Arc::clone(message));
                            }
                        }
                    }
                }
                begin = end;
            }
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use pretty_assertions::assert_eq;

    use super::*;

    fn new(content: &str) -> PromptPart {
        PromptPart::New(Arc::new(PromptMessage {
            role: "user".to_owned(),
            content: content.to_owned(),
            pictures: Vec::new(),
            sender: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
        }))
    }

    #[test]
    fn a_prompt_is_put_together_from_all_that_it_names() {
        let tool = ToolDeclaration {
            name: "look".to_owned(),
            description: String::new(),
            parameters: serde_json::Value::Null,
        };
        let prompts: HashMap<RequestId, Prompt> = [
            (
                None,
                vec![new("s1"), new("a"), new("b")],
                Some([tool.clone()].into()),
            ),
            (
                Some("q0"),
                vec![PromptPart::Earlier { from: 0, count: 3 }, new("c")],
                None,
            ),
            // Other instructions, and a message left out.
            (
                Some("q1"),
                vec![
                    new("s2"),
                    PromptPart::Earlier { from: 1, count: 1 },
                    PromptPart::Earlier { from: 3, count: 1 },
                    new("d"),
                ],
                None,
            ),
        ]
        .into_iter()
        .enumerate()
        .map(|(at, (earlier, messages, tools))| {
            let prompt = Prompt {
                earlier: earlier.map(RequestId::new),
                messages,
                tools,
            };
            (RequestId::new(format!("q{at}")), prompt)
        })
        .collect();
        let whole = |id: &str| prompts[&RequestId::new(id)].whole(|id| prompts.get(id));
        let texts = |id: &str| -> Vec<String> {
            let messages = whole(id).messages;
            messages.iter().map(|it| it.content.clone()).collect()
        };
        assert_eq!(texts("q1"), ["s1", "a", "b", "c"]);
        assert_eq!(texts("q2"), ["s2", "a", "c", "d"]);
        assert_eq!(whole("q2").tools.as_ref(), [tool]);
        assert_eq!(prompts[&RequestId::new("q2")].message_count(), 4);
    }
}
