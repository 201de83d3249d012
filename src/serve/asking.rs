//! The text of a run's requests to a person.

use crate::conversation::AuthorizationStep;
use crate::trace::RequestKind;

/// Returns the text of a run's request, for a person to read.
pub(super) fn in_words(kind: &RequestKind) -> String {
    match kind {
        RequestKind::UserMessage { message, .. } => message.clone(),
        RequestKind::ToolResult {
            tool, arguments, ..
        } => format!("Carry `{tool}` out with {arguments}, and send its result."),
        RequestKind::ToolConfirmation {
            tool, arguments, ..
        } => format!("May `{tool}` be called with {arguments}? Answer yes or no."),
        RequestKind::CallInDoubt {
            tool, arguments, ..
        } => format!(
            "`{tool}` was being called with {arguments} when the program died. Answer yes to have it called again, no to have it \
             fail, or send its result."
        ),
        RequestKind::Authorization { server, step } => match step {
            AuthorizationStep::Register(address) => format!(
                "May this program make itself known to `{address}`, to sign in at `{server}`? Answer yes or no."
            ),
            AuthorizationStep::SignIn(address) => {
                format!("Sign in for `{server}` at {address} on the machine of this server.")
            }
        },
        RequestKind::Elicitation {
            server, message, ..
        } => format!("`{server}` asks: {message}"),
    }
}
