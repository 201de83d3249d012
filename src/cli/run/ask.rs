//! Asks the requests of a single run at the terminal: questions on standard error, answers on
//! standard input.

use serde_json::Value;

use crate::base::ids::RequestId;
use crate::cli::output::Output;
use crate::cli::typed;
use crate::conversation::AuthorizationStep;
use crate::runs::{
    Reply, RunRecord, RunsCommand, check_reply, read_tool_arguments, read_tool_result,
};
use crate::spec::property::Property;
use crate::trace::{RequestKind, RunEvent};

/// The instruction for answering a confirmation.
const YES_OR_NO: &str =
    "Answer y; y and other arguments, such as y {\"days\": 2}; or n and a reason.";

/// The instruction for deciding about a call in doubt.
const IN_DOUBT: &str = "Answer y to call it again; r and its result, as JSON or text; or n and a reason to let it fail.";

/// The instruction for answering a server's question.
const GIVE_OR_NOT: &str = "Answer y; y and values, such as y {\"days\": 2}; or n to give nothing.";

/// The instruction for a server's request to open an address.
const OPENED_OR_NOT: &str = "Answer y when you have; or n to decline.";

/// Asks about the requests of one run, one after the other.
#[derive(Debug)]
pub(super) struct Asker {
    output: Output,
    record: Option<RunRecord>,
    /// The request that was asked and is not answered yet.
    asked: Option<RequestId>,
}

impl Asker {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            record: None,
            asked: None,
        }
    }

    /// Applies an event, and asks the request for which the run waits.
    pub(super) fn take(&mut self, event: &std::sync::Arc<RunEvent>) {
        match &mut self.record {
            Some(record) => {
                record.apply(event);
            }
            None => self.record = RunRecord::from_planned(event),
        }
        let Some(record) = &self.record else { return };
        let open = |id: &RequestId| record.requests.iter().any(|request| request.id == *id);
        if self.asked.as_ref().is_some_and(|asked| !open(asked)) {
            // It was answered elsewhere: in the browser.
            self.output.question("\n");
            self.asked = None;
        }
        // Only what waits is asked: a prepared answer closes its request at once.
        if self.asked.is_none()
            && record.state == crate::trace::RunState::NeedsInput
            && let Some(request) = record.requests.first()
        {
            self.output.question(&question(&request.kind));
            self.asked = Some(request.id.clone());
        }
    }

    /// Returns the person's next answer as a command; `None` if the input has ended. Never
    /// completes without an asker or an open question. May be cancelled while it waits.
    pub(super) async fn next(asker: Option<&mut Self>) -> Option<RunsCommand> {
        let Some(asker) = asker else {
            return std::future::pending().await;
        };
        loop {
            let Some((id, kind)) = asker.waiting() else {
                return std::future::pending().await;
            };
            let Ok(Some(line)) = typed::next_line().await else {
                asker.asked = None;
                asker.record = None;
                return None;
            };
            let reply = match reply_of(&kind, &line) {
                Ok(reply) => reply,
                Err(advice) => {
                    asker.output.question(&format!("{advice}\n> "));
                    continue;
                }
            };
            if let Err(error) = check_reply(&id, &kind, &reply) {
                asker.output.question(&format!("{error}\n> "));
                continue;
            }
            let run = asker.record.as_ref().map(|record| record.run.clone())?;
            asker.asked = None;
            // Not asked a second time: its answer is on the way.
            if let Some(record) = &mut asker.record {
                record.close_request(&id);
            }
            return Some(RunsCommand::Answer {
                run,
                request: id,
                reply,
                client_message: None,
            });
        }
    }

    /// Returns the request that was asked.
    fn waiting(&self) -> Option<(RequestId, RequestKind)> {
        let asked = self.asked.as_ref()?;
        let record = self.record.as_ref()?;
        let request = record
            .requests
            .iter()
            .find(|request| request.id == *asked)?;
        Some((request.id.clone(), request.kind.clone()))
    }
}

/// Returns the question with the prompt for the answer.
fn question(kind: &RequestKind) -> String {
    match kind {
        RequestKind::UserMessage { message, .. } if message.is_empty() => "> ".to_owned(),
        RequestKind::UserMessage { message, .. } => format!("{message}\n> "),
        RequestKind::ToolResult {
            tool, arguments, ..
        } => {
            format!(
                "`{tool}` was called with {arguments}. What is its result, as JSON or text?\n> "
            )
        }
        RequestKind::CallInDoubt {
            tool, arguments, ..
        } => format!(
            "`{tool}` was called with {arguments} when flowdeck ended, and may have done its work. {IN_DOUBT}\n> "
        ),
        RequestKind::ToolConfirmation {
            tool, arguments, ..
        } => format!("`{tool}` wants to run with {arguments}. {YES_OR_NO}\n> "),
        RequestKind::Authorization { server, step } => match step {
            AuthorizationStep::Register(at) => format!(
                "To use `{server}`, flowdeck has to register itself with `{at}`. Answer y, or n and a reason.\n> "
            ),
            AuthorizationStep::SignIn(url) => format!(
                "`{server}` wants you to sign in. Open this address in a browser on this machine:\n\n{url}\n\n\
                 The run continues when you have signed in; answer n and a reason to refuse.\n> "
            ),
        },
        RequestKind::Elicitation {
            server,
            message,
            inputs,
            ..
        } if inputs.is_empty() => {
            format!("`{server}` asks: {message}\n{OPENED_OR_NOT}\n> ")
        }
        RequestKind::Elicitation {
            server,
            message,
            values,
            inputs,
        } => {
            let wanted: Vec<String> = inputs.iter().map(wanted).collect();
            format!(
                "`{server}` asks: {message}\n{}\n{values}\n{GIVE_OR_NOT}\n> ",
                wanted.join("\n")
            )
        }
    }
}

/// Returns a value that a server asks for, in one line: `  city (string): where it is`.
fn wanted(input: &Value) -> String {
    let input = Property::from_schema(input.clone());
    let (name, ty) = (input.title(), input.type_text());
    match input.description() {
        Some(description) => format!("  {name} ({ty}): {description}"),
        None => format!("  {name} ({ty})"),
    }
}

/// Parses a line as an answer.
///
/// # Errors
/// A description of the expected answer.
fn reply_of(kind: &RequestKind, line: &str) -> Result<Reply, String> {
    match kind {
        RequestKind::UserMessage { .. } => Ok(Reply::message(line)),
        RequestKind::ToolResult { outputs, .. } => {
            read_tool_result(outputs, line).map(Reply::ToolResult)
        }
        RequestKind::CallInDoubt { outputs, .. } => match yes_or_no(line) {
            (Some(true), "") => Ok(Reply::Confirm { arguments: None }),
            (Some(false), rest) => Ok(refusal(rest)),
            _ => match line.trim().split_once(char::is_whitespace) {
                Some(("r" | "R", result)) => {
                    read_tool_result(outputs, result).map(Reply::ToolResult)
                }
                _ => Err(IN_DOUBT.to_owned()),
            },
        },
        RequestKind::Authorization { step, .. } => match yes_or_no(line) {
            (Some(true), "") if !step.is_sign_in() => Ok(Reply::Confirm { arguments: None }),
            (Some(false), rest) => Ok(refusal(rest)),
            _ if step.is_sign_in() => Err(
                "The run continues when you have signed in; answer n and a reason to refuse."
                    .to_owned(),
            ),
            _ => Err("Answer y, or n and a reason.".to_owned()),
        },
        RequestKind::ToolConfirmation { inputs, .. } | RequestKind::Elicitation { inputs, .. } => {
            match yes_or_no(line) {
                (Some(true), rest) => match rest {
                    "" => Ok(Reply::Confirm { arguments: None }),
                    changed => match read_tool_arguments(inputs, changed) {
                        Ok(changed) => Ok(Reply::Confirm {
                            arguments: Some(changed),
                        }),
                        Err(problem) => Err(format!(
                            "Changed arguments must be a JSON object ({problem})."
                        )),
                    },
                },
                (Some(false), rest) => Ok(refusal(rest)),
                (None, _) if matches!(kind, RequestKind::Elicitation { .. }) => {
                    Err(GIVE_OR_NOT.to_owned())
                }
                (None, _) => Err(YES_OR_NO.to_owned()),
            }
        }
    }
}

/// Whether a line begins with yes or no, and the rest of the line.
fn yes_or_no(line: &str) -> (Option<bool>, &str) {
    let line = line.trim();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_yes = match word.trim_end_matches(',').to_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    };
    (is_yes, rest.trim())
}

fn refusal(reason: &str) -> Reply {
    Reply::Reject {
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_answers_in_the_way_that_its_question_asks_for() {
        let confirmation = RequestKind::ToolConfirmation {
            tool: "refund".to_owned(),
            call_id: "c".to_owned(),
            arguments: Value::Null,
            inputs: Vec::new(),
        };
        let yes = Reply::Confirm { arguments: None };
        assert_eq!(reply_of(&confirmation, " Yes "), Ok(yes));
        assert_eq!(
            reply_of(&confirmation, "n, too much"),
            Ok(Reply::Reject {
                reason: Some("too much".to_owned())
            })
        );
        assert_eq!(
            reply_of(&confirmation, r#"y, {"days": 2}"#),
            Ok(Reply::Confirm {
                arguments: serde_json::json!({"days": 2}).as_object().cloned()
            })
        );
        assert!(reply_of(&confirmation, "y please").is_err());
        assert!(reply_of(&confirmation, "").is_err());
        assert!(reply_of(&confirmation, "perhaps").is_err());
        let asked = RequestKind::Elicitation {
            server: "https://files.example/mcp".to_owned(),
            message: "Where to?".to_owned(),
            values: serde_json::json!({"city": null}),
            inputs: vec![
                serde_json::json!({"title": "city", "type": "string", "description": "as on the map"}),
            ],
        };
        let shown = question(&asked);
        assert!(
            shown.starts_with(
                "`https://files.example/mcp` asks: Where to?\n  city (string): as on the map\n"
            ),
            "{shown}"
        );
        assert_eq!(
            reply_of(&asked, r#"y {"city": "Bern"}"#),
            Ok(Reply::Confirm {
                arguments: serde_json::json!({"city": "Bern"}).as_object().cloned()
            })
        );
        assert_eq!(reply_of(&asked, "n"), Ok(Reply::Reject { reason: None }));
        assert!(
            reply_of(&asked, "Bern")
                .unwrap_err()
                .contains("y and values")
        );
        let step = |step| RequestKind::Authorization {
            server: "https://files.example/mcp".to_owned(),
            step,
        };
        let register = step(AuthorizationStep::Register("https://a.example".to_owned()));
        assert_eq!(
            reply_of(&register, "y"),
            Ok(Reply::Confirm { arguments: None })
        );
        assert!(reply_of(&register, r#"y {"a": 1}"#).is_err());
        let sign_in = step(AuthorizationStep::SignIn("https://a.example".to_owned()));
        assert!(reply_of(&sign_in, "y").is_err());
        assert_eq!(
            reply_of(&sign_in, "n later"),
            Ok(Reply::Reject {
                reason: Some("later".to_owned())
            })
        );
        let result = RequestKind::ToolResult {
            tool: "look".to_owned(),
            call_id: "c".to_owned(),
            arguments: Value::Null,
            outputs: Vec::new(),
        };
        assert_eq!(
            reply_of(&result, "{\"n\": 1}"),
            Ok(Reply::ToolResult(serde_json::json!({"n": 1})))
        );
        assert_eq!(
            reply_of(&result, "sunny"),
            Ok(Reply::ToolResult(Value::String("sunny".to_owned())))
        );
    }
}
