//! The input of a client, which begins or continues a conversation.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::base::ids::RequestId;
use crate::base::written::Written;
use crate::conversation::{Image, Values};
use crate::runs::{Given, PlanRequest, Row, check_reply, read_tool_result};
use crate::spec::language::Flow;
use crate::spec::property::Property;
use crate::trace::{ClientMessage, Reply, RequestKind};

/// The input that a client sends in one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Saying {
    /// The text of the message.
    pub(super) text: String,
    /// The pictures attached to the text.
    pub(super) images: Vec<Image>,
    /// Values by name: inputs, or the answer to a request.
    pub(super) values: Option<Values>,
    /// Results of tools that the client runs, with the ids of their calls.
    pub(super) results: Vec<(String, String)>,
    /// The client's id for the message and the media types that it accepts.
    pub(super) client_message: Option<ClientMessage>,
}

/// The reason why a client's input is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

impl Saying {
    /// Puts the input into the request for a new run: an agent gets the text, a flow gets its
    /// inputs.
    ///
    /// # Errors
    /// [`Refused`]: the client's input has nothing that can be used as the component's inputs.
    pub(super) fn begin(mut self, request: &mut PlanRequest) -> Result<(), Refused> {
        if !self.results.is_empty() {
            return Err(Refused(
                "results of tools belong to a conversation that has asked for them".to_owned(),
            ));
        }
        let component = Arc::clone(&request.component);
        let is_flow = component.is::<Flow>();
        let wanted = component.inputs();
        let mut inputs = Row::new();
        for (name, value) in self.values.unwrap_or_default() {
            inputs.insert(name, Given::Written(Written::from(value)));
        }
        if !is_flow
            && inputs.is_empty()
            && let Some((fields, words)) = inputs_before_words(&self.text, wanted)
        {
            inputs = fields;
            self.text = words;
        }
        if is_flow && !self.text.trim().is_empty() {
            inputs.extend(inputs_of_text(&self.text, wanted, &inputs)?);
        } else if !self.text.is_empty() || !self.images.is_empty() {
            request.messages.push(self.text);
            request.answers.images = self.images;
        }
        if !is_flow && request.messages.is_empty() {
            return Err(Refused(format!(
                "`{}` needs a message in words to begin with",
                component.name()
            )));
        }
        request.inputs = inputs;
        Ok(())
    }

    /// Returns the replies to the run's open requests.
    ///
    /// # Errors
    /// [`Refused`]: the client's input answers none of the requests.
    pub(super) fn answer(
        self,
        requests: &IndexMap<RequestId, RequestKind>,
    ) -> Result<Vec<(RequestId, Reply)>, Refused> {
        let mut replies = Vec::new();
        for (call, text) in &self.results {
            let asked = requests.iter().find(|(_, kind)| {
                matches!(kind, RequestKind::ToolResult { call_id, .. } if call_id == call)
            });
            let Some((id, kind @ RequestKind::ToolResult { outputs, .. })) = asked else {
                return Err(Refused(format!("no tool call `{call}` waits for a result")));
            };
            let value = read_tool_result(outputs, text).map_err(Refused)?;
            replies.push(checked(id, kind, Reply::ToolResult(value))?);
        }
        let says_more = !self.text.is_empty() || !self.images.is_empty() || self.values.is_some();
        if !says_more && !replies.is_empty() {
            return Ok(replies);
        }
        let is_answered = |id: &RequestId| replies.iter().any(|(answered, _)| answered == id);
        let Some((id, kind)) = requests.iter().find(|(id, _)| !is_answered(id)) else {
            return Err(Refused("nothing waits for an answer".to_owned()));
        };
        let reply = self.reply_to(kind)?;
        replies.push(checked(id, kind, reply)?);
        Ok(replies)
    }

    fn reply_to(self, kind: &RequestKind) -> Result<Reply, Refused> {
        match kind {
            RequestKind::UserMessage { .. } => Ok(Reply::Message {
                text: match (self.text.is_empty(), &self.values) {
                    (true, Some(values)) => Value::Object(values.clone()).to_string(),
                    _ => self.text,
                },
                images: self.images,
            }),
            RequestKind::ToolResult { outputs, .. } => match self.values {
                Some(values) => Ok(Reply::ToolResult(result_in(values))),
                None => read_tool_result(outputs, &self.text)
                    .map(Reply::ToolResult)
                    .map_err(Refused),
            },
            RequestKind::ToolConfirmation { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. } => self.yes_or_no(),
            RequestKind::CallInDoubt { outputs, .. } => {
                match self.values.as_ref().and_then(|values| values.get("result")) {
                    Some(result) => Ok(Reply::ToolResult(result.clone())),
                    None if self.values.is_none() && yes(&self.text).is_none() => {
                        read_tool_result(outputs, &self.text)
                            .map(Reply::ToolResult)
                            .map_err(Refused)
                    }
                    None => self.yes_or_no(),
                }
            }
        }
    }

    /// Returns the reply to a confirmation: `{"confirmed": true, "arguments": {…}}`, `{"confirmed":
    /// false, "reason": "…"}`, or yes or no as text.
    fn yes_or_no(self) -> Result<Reply, Refused> {
        let values = self.values.or_else(|| object_of(&self.text));
        let values = values.unwrap_or_default();
        let confirmed = values.get("confirmed").and_then(Value::as_bool);
        let reason = values.get("reason").and_then(Value::as_str);
        match confirmed.or_else(|| yes(&self.text)) {
            Some(true) => Ok(Reply::Confirm {
                arguments: values.get("arguments").and_then(Value::as_object).cloned(),
            }),
            Some(false) => Ok(Reply::Reject {
                reason: reason.map(str::to_owned),
            }),
            None => Err(Refused(
                "answer yes or no: `yes`, `no`, or data with `confirmed`".to_owned(),
            )),
        }
    }
}

fn checked(
    id: &RequestId,
    kind: &RequestKind,
    reply: Reply,
) -> Result<(RequestId, Reply), Refused> {
    check_reply(id, kind, &reply).map_err(|error| Refused(error.to_string()))?;
    Ok((id.clone(), reply))
}

/// Returns the tool result in a data part: `{"result": …}`, or the data itself.
fn result_in(mut values: Values) -> Value {
    if values.len() == 1
        && let Some(result) = values.shift_remove("result")
    {
        return result;
    }
    Value::Object(values)
}

fn yes(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" => Some(true),
        "no" | "n" => Some(false),
        _ => None,
    }
}

/// Returns the inputs of a flow that a text gives: a JSON object of inputs, or the value of the
/// only input that is not given otherwise.
fn inputs_of_text(text: &str, wanted: &[Property], given: &Row) -> Result<Row, Refused> {
    if let Some(fields) = Written::read(text).ok().and_then(Written::into_entries)
        && fields
            .iter()
            .all(|(name, _)| wanted.iter().any(|input| input.title() == name))
    {
        let fields = fields.into_iter();
        return Ok(fields
            .map(|(name, value)| (name, Given::Written(value)))
            .collect());
    }
    let left: Vec<&str> = wanted
        .iter()
        .map(Property::title)
        .filter(|name| !given.contains_key(*name))
        .collect();
    match left.as_slice() {
        [only] => Ok(Row::from_iter([(
            (*only).to_owned(),
            Given::Text(text.to_owned()),
        )])),
        [] => Err(Refused(
            "the flow takes no inputs, but text was sent".to_owned(),
        )),
        several => Err(Refused(format!(
            "the flow takes the inputs {}: send them as data, or as a JSON object in words",
            several.join(", ")
        ))),
    }
}

/// Returns the inputs of an agent that are written as a JSON object before the message, and the
/// rest of the message.
fn inputs_before_words(text: &str, wanted: &[Property]) -> Option<(Row, String)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let (object, words) = text.split_at_checked(values.byte_offset())?;
    let fields = Written::read(object).ok()?.into_entries()?;
    let is_input = |name: &str| wanted.iter().any(|input| input.title() == name);
    if fields.is_empty() || !fields.iter().all(|(name, _)| is_input(name)) {
        return None;
    }
    let fields = fields.into_iter();
    let row = fields.map(|(name, value)| (name, Given::Written(value)));
    Some((row.collect(), words.trim().to_owned()))
}

fn object_of(text: &str) -> Option<Values> {
    match serde_json::from_str(text) {
        Ok(Value::Object(values)) => Some(values),
        Ok(_) | Err(_) => None,
    }
}
