//! Answers that are prepared before a run starts and replace a person's.

use serde_json::Value;

use crate::base::glob;
use crate::base::written::Written;
use crate::conversation::{Image, Values};
use crate::runs::{Answers, Confirmation};
use crate::runtime::{Answerer, EffectKey};
use crate::spec::property::{Property, Violation, settle_titled, settle_untyped};
use crate::tools::{read_result, settle_result};
use crate::trace::{PreparedReply, Reply, RequestKind};

/// Parses a person's text as the result of a tool with these outputs, without checking whether it
/// fits.
///
/// # Errors
/// The text has a number that can't be represented.
pub(crate) fn read_tool_result(outputs: &[Value], text: &str) -> Result<Value, String> {
    read_result(&properties(outputs), text).map_err(|violations| in_words(&violations))
}

/// Parses JSON text as the result of an unknown tool.
///
/// # Errors
/// The text is not JSON, or has a number that can't be represented.
pub(crate) fn read_json_result(text: &str) -> Result<Value, String> {
    Written::read(text).map_err(|error| format!("not JSON: {error}"))?;
    read_tool_result(&[], text)
}

/// Parses a person's text as the arguments of a tool with these inputs, without checking whether
/// they fit.
///
/// # Errors
/// The text is not an object, or has a number that can't be represented.
pub(crate) fn read_tool_arguments(inputs: &[Value], text: &str) -> Result<Values, String> {
    let written = Written::read(text).map_err(|error| format!("not JSON: {error}"))?;
    match settle_titled(&written, &properties(inputs)) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err("the arguments must be a JSON object".to_owned()),
        Err(violations) => Err(in_words(&violations)),
    }
}

fn properties(schemas: &[Value]) -> Vec<Property> {
    schemas.iter().cloned().map(Property::from_schema).collect()
}

fn in_words(violations: &[Violation]) -> String {
    let words: Vec<String> = violations.iter().map(Violation::to_string).collect();
    words.join("; ")
}

impl Answerer for Answers {
    fn opening(&mut self) -> Vec<String> {
        self.messages.pop_front().into_iter().collect()
    }

    fn images(&mut self) -> Vec<Image> {
        std::mem::take(&mut self.images)
    }

    fn is_in_turn(&self, request: &RequestKind) -> bool {
        match request {
            RequestKind::UserMessage { message, .. } => {
                let mut replies = self.replies.iter();
                !self.messages.is_empty() || replies.any(|reply| reply.fits(message))
            }
            RequestKind::ToolResult { tool, .. } => {
                self.tools.get(tool).is_some_and(|left| !left.is_empty())
            }
            RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. } => false,
        }
    }

    fn answer(&mut self, request: &RequestKind, place: &EffectKey) -> Option<Reply> {
        match request {
            RequestKind::UserMessage { message, .. } => {
                let mut replies = self.replies.iter_mut();
                let reply = replies.find(|reply| reply.fits(message) && reply.is_of(place));
                let messages = reply.map_or(&mut self.messages, |reply| &mut reply.messages);
                messages.pop_front().map(Reply::message)
            }
            RequestKind::ToolResult { tool, outputs, .. } => {
                let written = self.tools.get_mut(tool)?.pop_front()?;
                // What can't be held is text, which is then refused where an integer is wanted.
                let result = settle_result(&properties(outputs), &written);
                let result = result.or_else(|_violations| settle_untyped(&written));
                Some(Reply::ToolResult(result.ok()?))
            }
            RequestKind::ToolConfirmation { tool, inputs, .. } => {
                let known = self.confirmations.get(tool);
                let known = known.or(self.default_confirmation.as_ref());
                known.and_then(|confirmation| confirmation.to_reply(inputs))
            }
            // Only a person can sign in, say what a server wants to know of them, or know what became of a call.
            RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. }
            | RequestKind::CallInDoubt { .. } => None,
        }
    }
}

impl PreparedReply {
    /// Returns whether a message is left for this question.
    fn fits(&self, question: &str) -> bool {
        let is_like = |pattern: &String| {
            glob::matches(&pattern.to_lowercase(), &question.trim().to_lowercase())
        };
        !self.messages.is_empty() && self.question.as_ref().is_none_or(is_like)
    }

    /// Returns whether the reply applies to questions at this position.
    fn is_of(&self, place: &EffectKey) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|node| place.is_in(node))
    }
}

impl Confirmation {
    /// Returns the answer for a question about a tool with these inputs; `None` if the decision has
    /// unreadable arguments, because it must not confirm the model's arguments instead.
    fn to_reply(&self, inputs: &[Value]) -> Option<Reply> {
        let read = |written: &Written| {
            let settled = settle_titled(written, &properties(inputs));
            match settled.or_else(|_violations| settle_untyped(written)) {
                Ok(Value::Object(arguments)) => Some(arguments),
                Ok(_) | Err(_) => None,
            }
        };
        Some(match self {
            Self::Confirm { arguments: None } => Reply::Confirm { arguments: None },
            Self::Confirm {
                arguments: Some(written),
            } => Reply::Confirm {
                arguments: Some(read(written)?),
            },
            Self::Reject { reason } => Reply::Reject {
                reason: reason.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn confirmation_of(tool: &str) -> RequestKind {
        RequestKind::ToolConfirmation {
            tool: tool.to_owned(),
            call_id: "call_1".to_owned(),
            arguments: Value::Null,
            inputs: Vec::new(),
        }
    }

    #[test]
    fn messages_are_given_in_order_and_run_out() {
        let mut answers = Answers {
            messages: ["one".to_owned(), "two".to_owned()].into(),
            ..Answers::default()
        };
        let question = RequestKind::UserMessage {
            message: "?".to_owned(),
            may_end: true,
        };
        assert_eq!(answers.opening(), ["one"]);
        assert_eq!(
            answers.answer(&question, &EffectKey::default()),
            Some(Reply::message("two"))
        );
        assert_eq!(answers.answer(&question, &EffectKey::default()), None);
    }

    #[test]
    fn a_reply_is_given_by_what_is_asked_and_where() {
        let reply = |question: Option<&str>, node: Option<&str>, message: &str| PreparedReply {
            question: question.map(str::to_owned),
            nodes: node.map(str::to_owned).into_iter().collect(),
            messages: [message.to_owned()].into(),
        };
        let mut answers = Answers {
            messages: ["else".to_owned()].into(),
            replies: vec![
                reply(Some("*which CITY*"), None, "Paris"),
                reply(None, Some("days"), "three"),
                reply(Some("*"), None, "yes"),
            ],
            ..Answers::default()
        };
        let mut asked = |message: &str, node: &str| {
            let question = RequestKind::UserMessage {
                message: message.to_owned(),
                may_end: false,
            };
            assert_eq!(
                answers.is_in_turn(&question),
                answers
                    .clone()
                    .answer(&question, &EffectKey::default())
                    .is_some()
            );
            let place = EffectKey::default().child("flow", 0).child(node, 0);
            match answers.answer(&question, &place) {
                Some(Reply::Message { text, .. }) => text,
                other => format!("{other:?}"),
            }
        };
        assert_eq!(asked("How many?", "days"), "three");
        assert_eq!(asked(" In which city?\n", "city"), "Paris");
        assert_eq!(asked("Which city, again?", "city"), "yes");
        assert_eq!(asked("Which city, again?", "city"), "else");
        assert_eq!(asked("Which city, again?", "city"), "None");
    }

    #[test]
    fn a_yes_with_arguments_that_can_not_be_read_is_no_yes_to_those_of_the_model() {
        let twice = Written::read(r#"{"euros": 5, "euros": 6}"#).expect("it is JSON");
        let mut answers = Answers {
            confirmations: [(
                "pay".to_owned(),
                Confirmation::Confirm {
                    arguments: Some(twice),
                },
            )]
            .into(),
            ..Answers::default()
        };
        let asked = confirmation_of("pay");
        assert_eq!(answers.answer(&asked, &EffectKey::default()), None);
    }

    #[test]
    fn a_yes_or_no_by_name_goes_before_the_one_for_all() {
        let mut answers = Answers {
            confirmations: [(
                "refund".to_owned(),
                Confirmation::Reject {
                    reason: Some("too much".to_owned()),
                },
            )]
            .into(),
            default_confirmation: Some(Confirmation::Confirm { arguments: None }),
            tools: [("ask".to_owned(), [json!(1).into()].into())].into(),
            ..Answers::default()
        };
        assert_eq!(
            answers.answer(&confirmation_of("refund"), &EffectKey::default()),
            Some(Reply::Reject {
                reason: Some("too much".to_owned())
            })
        );
        assert_eq!(
            answers.answer(&confirmation_of("other"), &EffectKey::default()),
            Some(Reply::Confirm { arguments: None })
        );
        let result = RequestKind::ToolResult {
            tool: "ask".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: Value::Null,
            outputs: Vec::new(),
        };
        assert_eq!(
            answers.answer(&result, &EffectKey::default()),
            Some(Reply::ToolResult(json!(1)))
        );
        assert_eq!(answers.answer(&result, &EffectKey::default()), None);
    }
}
