//! Prompts of a trace, converted so that each message of a conversation is stored once, although
//! each request repeats it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::base::ids::RequestId;
use crate::conversation::ToolDeclaration;
use crate::trace::{MASKED, Prompt, PromptMessage, PromptPart};

/// The last request at each place of a run, which is an agent or a node.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    last: HashMap<String, Asked>,
}

#[derive(Debug)]
struct Asked {
    request: RequestId,
    messages: Vec<Arc<PromptMessage>>,
    tools: Arc<[ToolDeclaration]>,
}

impl Prompts {
    /// Makes the prompt of a request, which refers to the previous one at the same place.
    ///
    /// # Errors
    /// The reason why the prompt is invalid, in words.
    pub(super) fn next(
        &mut self,
        place: &str,
        request: &str,
        (prompt, tools): (Option<&Value>, Option<&Value>),
    ) -> Result<Prompt, String> {
        let messages = messages_of(prompt)?;
        let tools: Arc<[ToolDeclaration]> = tools_of(tools).into();
        let before = self.last.remove(place);
        let (known, known_tools) = match &before {
            Some(asked) => (asked.messages.as_slice(), Some(&asked.tools)),
            None => (&[][..], None),
        };
        let is_same = |old: &Arc<PromptMessage>, new: &Arc<PromptMessage>| old == new;
        let parts = PromptPart::after(known, &messages, is_same, Arc::clone);
        let has_same_tools = known_tools.is_some_and(|known| *known == tools);
        let repeats = has_same_tools
            || parts
                .iter()
                .any(|part| matches!(part, PromptPart::Earlier { .. }));
        let earlier = before.filter(|_| repeats).map(|asked| asked.request);
        let prompt = Prompt {
            earlier,
            messages: parts,
            tools: (!has_same_tools).then(|| Arc::clone(&tools)),
        };
        let request = RequestId::new(request);
        self.last.insert(
            place.to_owned(),
            Asked {
                request,
                messages,
                tools,
            },
        );
        Ok(prompt)
    }

    /// Returns the messages of the last request at a place.
    pub(super) fn messages(&self, place: &str) -> &[Arc<PromptMessage>] {
        self.last.get(place).map_or(&[], |asked| &asked.messages)
    }
}

fn messages_of(prompt: Option<&Value>) -> Result<Vec<Arc<PromptMessage>>, String> {
    let message = |content: &str| PromptMessage {
        role: String::new(),
        content: content.to_owned(),
        pictures: Vec::new(),
        sender: None,
        tool_calls: Vec::new(),
        tool_call_id: None,
    };
    let list = match prompt {
        Some(Value::Array(list)) => list,
        Some(Value::String(masked)) if masked == MASKED => {
            return Ok(vec![Arc::new(message(MASKED))]);
        }
        _ => return Err("its `prompt` is not a list of messages".to_owned()),
    };
    let read = |written: &Value| {
        let mut read: PromptMessage = serde_json::from_value(written.clone())
            .map_err(|error| format!("a message of its `prompt`: {error}"))?;
        // WayFlow and LangGraph write an empty one where nobody is named.
        read.sender = read.sender.filter(|sender| !sender.is_empty());
        Ok(Arc::new(read))
    };
    list.iter().map(read).collect()
}

/// Reads the available tools, which may be declarations for a model or complete components.
fn tools_of(tools: Option<&Value>) -> Vec<ToolDeclaration> {
    let list = tools.and_then(Value::as_array).into_iter().flatten();
    list.map(declaration).collect()
}

fn declaration(tool: &Value) -> ToolDeclaration {
    let text = |name| {
        let text = tool.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let parameters = tool.get("parameters").cloned();
    ToolDeclaration {
        name: text("name"),
        description: text("description"),
        parameters: parameters.unwrap_or_else(|| schema_of(tool.get("inputs"))),
    }
}

/// Returns the JSON Schema of a tool's inputs, an object.
fn schema_of(inputs: Option<&Value>) -> Value {
    let inputs = inputs.and_then(Value::as_array).into_iter().flatten();
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for input in inputs {
        let Some(title) = input.get("title").and_then(Value::as_str) else {
            continue;
        };
        if input.get("default").is_none() {
            required.push(title);
        }
        properties.insert(title.to_owned(), input.clone());
    }
    json!({"type": "object", "properties": properties, "required": required})
}
