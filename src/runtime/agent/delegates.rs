//! The delegates of an agent: a sub-agent, which has its own conversation, or a flow, which uses
//! the agent's.
//!
//! A sub-agent keeps its conversation across calls until it is finished. Its message to the user is
//! the result of the call, and the next call is the answer. Messages inside a flow stay there: the
//! agent gets only the outputs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::offer::TASK;
use super::{ExchangeEnd, Setup, consult};
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::runtime::context::SharedConversation;
use crate::runtime::execute;
use crate::runtime::inputs::check_inputs;
use crate::runtime::tool_result::as_text;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;

/// The open conversations of an agent's sub-agents.
#[derive(Default)]
pub(in crate::runtime) struct Delegates {
    open: Mutex<HashMap<String, Delegate>>,
}

/// A sub-agent that was called and is not finished.
#[derive(Clone, Default)]
struct Delegate {
    conversation: SharedConversation,
    /// The sub-agent's own sub-agents.
    delegates: Arc<Delegates>,
}

impl Delegates {
    /// Calls a sub-agent and returns its reply or outputs, as text for the calling model. Calls of
    /// the same sub-agent must not overlap.
    ///
    /// # Errors
    /// [`Halt`]; after a failure, the next call starts from the beginning.
    pub(super) async fn call(
        &self,
        caller: &str,
        agent: &Arc<Component>,
        mut arguments: Values,
        place: &RunContext,
    ) -> Result<String, Halt> {
        let task = arguments.remove(TASK).unwrap_or_default();
        let inputs = check_inputs(agent, &arguments)?;
        let setup = Setup::of(agent)?;
        // Taken out, so that a call that fails leaves nothing half done.
        let delegate = self.lock().remove(agent.id()).unwrap_or_default();
        let context = execute::enter(agent, &place.with_conversation(&delegate.conversation))?;
        let message = (Some((caller.to_owned(), as_text(&task))), None);
        match consult(&setup, inputs, &context, &delegate.delegates, message).await? {
            ExchangeEnd::Finished {
                outputs,
                last_words,
            } if outputs.is_empty() => Ok(last_words),
            ExchangeEnd::Finished { outputs, .. } => Ok(outputs_as_text(&outputs)),
            ExchangeEnd::Replied(last_words) => {
                self.lock().insert(agent.id().to_owned(), delegate);
                Ok(last_words)
            }
            // It has no seat in a team.
            ExchangeEnd::HandedOff(_) => Ok(String::new()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Delegate>> {
        lock(&self.open)
    }
}

/// Executes a flow that the model called and returns its outputs, as text for the model.
///
/// # Errors
/// [`Halt`].
pub(super) async fn call_flow(
    flow: &Arc<Component>,
    arguments: Values,
    place: &RunContext,
) -> Result<String, Halt> {
    let executed = execute::run(flow, arguments, &place.with_forked_conversation()).await?;
    Ok(outputs_as_text(&executed.outputs))
}

/// Formats outputs as text: a single one as its value, several as a JSON object.
pub(in crate::runtime) fn outputs_as_text(outputs: &Values) -> String {
    let mut values = outputs.values();
    match (values.next(), values.next()) {
        (Some(only), None) => as_text(only),
        _ => Value::Object(outputs.clone()).to_string(),
    }
}
