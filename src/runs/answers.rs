//! Answers that are known before a run starts, in place of a person's.

use crate::conversation::Image;
use crate::runs::{Answers, Confirmation};
use crate::runtime::Answerer;
use crate::trace::{Reply, RequestKind};

impl Answerer for Answers {
    fn opening(&mut self) -> Vec<String> {
        self.messages.pop_front().into_iter().collect()
    }

    fn images(&mut self) -> Vec<Image> {
        std::mem::take(&mut self.images)
    }

    fn answer(&mut self, request: &RequestKind) -> Option<Reply> {
        match request {
            RequestKind::UserMessage { .. } => self.messages.pop_front().map(Reply::message),
            RequestKind::ToolResult { tool, .. } => {
                let result = self.tools.get_mut(tool)?.pop_front()?;
                Some(Reply::ToolResult(result))
            }
            RequestKind::ToolConfirmation { tool, .. } => {
                let known = self.confirmations.get(tool);
                known
                    .or(self.default_confirmation.as_ref())
                    .map(Confirmation::to_reply)
            }
            // Only a person can sign in, or say what a server wants to know of them.
            RequestKind::Authorization { .. } | RequestKind::Elicitation { .. } => None,
        }
    }
}

impl Confirmation {
    /// The answer that this is.
    fn to_reply(&self) -> Reply {
        match self {
            Self::Confirm { arguments } => Reply::Confirm {
                arguments: arguments.clone(),
            },
            Self::Reject { reason } => Reply::Reject {
                reason: reason.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
        assert_eq!(answers.answer(&question), Some(Reply::message("two")));
        assert_eq!(answers.answer(&question), None);
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
            tools: [("ask".to_owned(), [json!(1)].into())].into(),
            ..Answers::default()
        };
        assert_eq!(
            answers.answer(&confirmation_of("refund")),
            Some(Reply::Reject {
                reason: Some("too much".to_owned())
            })
        );
        assert_eq!(
            answers.answer(&confirmation_of("other")),
            Some(Reply::Confirm { arguments: None })
        );
        let result = RequestKind::ToolResult {
            tool: "ask".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: Value::Null,
            outputs: Vec::new(),
        };
        assert_eq!(answers.answer(&result), Some(Reply::ToolResult(json!(1))));
        assert_eq!(answers.answer(&result), None);
    }
}
