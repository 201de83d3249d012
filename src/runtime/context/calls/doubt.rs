//! Calls that were in progress when the program was terminated, so that it is unknown whether they took effect.

use serde_json::Value;

use super::{Call, ToolCallResult, schemas};
use crate::runtime::past::InDoubt;
use crate::runtime::{Halt, RunContext};
use crate::trace::{Failure, FailureKind, Reply, RequestKind};

impl RunContext {
    /// Returns the outcome of a call that was in progress when the program was terminated; `None`
    /// if the call is to be repeated.
    pub(super) async fn resolve_doubt(
        &self,
        call: &Call<'_>,
    ) -> Result<Option<ToolCallResult>, Halt> {
        let Some(in_doubt) = self.shared.past.in_doubt() else {
            return Ok(None);
        };
        if self.may_repeat(call).await? {
            return Ok(None);
        }
        let request = || RequestKind::CallInDoubt {
            tool: call.tool.name().to_owned(),
            call_id: call.id.to_string(),
            arguments: Value::Object(call.arguments.clone()),
            outputs: schemas(call.tool.outputs()),
        };
        // Each time that it was made again before, it is in doubt once more.
        let mut times = 0;
        loop {
            let place = self.at("in_doubt", times);
            let is_answered = self.shared.past.reply(place.key.as_str()).is_some();
            let reply = match in_doubt {
                InDoubt::Again if !is_answered => {
                    let again = Reply::Confirm { arguments: None };
                    place.emit_answer(&request(), again).await?
                }
                InDoubt::Fail if !is_answered => {
                    let fail = Reply::Reject { reason: None };
                    place.emit_answer(&request(), fail).await?
                }
                InDoubt::Ask | InDoubt::Again | InDoubt::Fail => place.ask(request()).await?,
            };
            match reply {
                Reply::Confirm { .. } if is_answered => times += 1,
                Reply::Confirm { .. } => return Ok(None),
                Reply::ToolResult(value) => return Ok(Some(call.fit(&value))),
                Reply::Reject { reason } => return Ok(Some(Err(call.lost(reason.as_deref())))),
                // `ask` gives only replies that fit its request.
                Reply::Message { .. } => return Ok(Some(Err(call.lost(None)))),
            }
        }
    }
}

impl Call<'_> {
    /// Makes the failure of a call of which it is unknown whether it took effect.
    fn lost(&self, reason: Option<&str>) -> Failure {
        let reason = match reason.map(str::trim) {
            Some(reason) if !reason.is_empty() => format!(": {reason}"),
            _ => String::new(),
        };
        let message = format!(
            "the program ended while `{}` was called, and the call was not made again{reason}",
            self.tool.name()
        );
        Failure::new(FailureKind::Tool, message)
    }
}
