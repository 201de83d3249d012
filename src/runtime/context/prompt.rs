//! A conversation, with the last request that was made from it.

use std::sync::Arc;

use super::generation::traced_call;
use crate::base::ids::RequestId;
use crate::conversation::{Image, Message, Role, ToolDeclaration};
use crate::llm::GenerationRequest;
use crate::trace::{Prompt, PromptMessage, PromptPart};

/// The messages of an agent or flow in order, and the last request that was made with them. A clone
/// shares the messages.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct MessageLog {
    pub(super) messages: Vec<Arc<Message>>,
    last_request: Option<LastRequest>,
}

/// The last request to a model.
#[derive(Clone, Debug)]
struct LastRequest {
    id: RequestId,
    messages: Vec<Arc<Message>>,
    tools: Arc<[ToolDeclaration]>,
}

impl MessageLog {
    /// Makes the prompt of a request, which refers to the previous request. A conversation has only
    /// one request at a time, so the result is the same in every execution.
    pub(super) fn prompt(&mut self, id: &RequestId, request: &GenerationRequest) -> Prompt {
        let last = self.last_request.take();
        let (before, known_tools) = match &last {
            Some(last) => (last.messages.as_slice(), Some(&last.tools)),
            None => (&[][..], None),
        };
        let written = |message: &Arc<Message>| Arc::new(prompt_message(message));
        let messages = PromptPart::after(before, &request.messages, is_same, written);
        let tools = &request.tools;
        let known_tools =
            known_tools.filter(|known| Arc::ptr_eq(known, tools) || **known == *tools);
        let new_tools = known_tools.is_none().then(|| Arc::clone(tools));
        let is_earlier = |part: &PromptPart| matches!(part, PromptPart::Earlier { .. });
        let repeats = known_tools.is_some() || messages.iter().any(is_earlier);
        let prompt = Prompt {
            earlier: last
                .as_ref()
                .filter(|_| repeats)
                .map(|last| last.id.clone()),
            messages,
            tools: new_tools.clone(),
        };
        self.last_request = Some(LastRequest {
            id: id.clone(),
            messages: request.messages.clone(),
            tools: new_tools.or(known_tools.cloned()).unwrap_or_default(),
        });
        prompt
    }
}

fn is_same(old: &Arc<Message>, new: &Arc<Message>) -> bool {
    Arc::ptr_eq(old, new) || (old.id == new.id && old == new)
}

fn prompt_message(message: &Message) -> PromptMessage {
    let (role, content, tool_call_id) = if let Some(result) = &message.tool_result {
        ("tool", &result.content, Some(result.call_id.clone()))
    } else {
        let role = match message.role {
            Role::User => "user",
            Role::Agent => "assistant",
            Role::System => "system",
        };
        (role, &message.content, None)
    };
    PromptMessage {
        role: role.to_owned(),
        content: content.clone(),
        pictures: message.images.iter().map(Image::in_words).collect(),
        sender: message.sender.clone(),
        tool_calls: message.tool_calls.iter().map(traced_call).collect(),
        tool_call_id,
    }
}
