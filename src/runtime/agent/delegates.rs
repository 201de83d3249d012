//! Delegates of an agent: a sub-agent, which has a conversation of its own, or a flow, which sees the agent's.
//!
//! A sub-agent keeps its conversation from one call to the next until it is done. What it says to its user is the
//! result of the call, and the next call is the answer. What is said inside a flow stays there: the agent gets the
//! outputs.

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

/// The conversations that an agent's sub-agents have open.
#[derive(Default)]
pub(in crate::runtime) struct Delegates {
    open: Mutex<HashMap<String, Delegate>>,
}

/// A sub-agent that was called and is not done.
#[derive(Clone, Default)]
struct Delegate {
    conversation: SharedConversation,
    /// Its own sub-agents.
    delegates: Arc<Delegates>,
}

impl Delegates {
    /// Calls a sub-agent and gives what it said or handed in, as text for the caller's model. Calls of one sub-agent
    /// must follow each other.
    ///
    /// # Errors
    /// [`Halt`]; after a failure the next call begins again.
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

/// Executes a flow that the model called and gives its outputs, as text for the model.
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

/// Writes outputs as text: a single one as its bare value, several as JSON by name.
pub(in crate::runtime) fn outputs_as_text(outputs: &Values) -> String {
    let mut values = outputs.values();
    match (values.next(), values.next()) {
        (Some(only), None) => as_text(only),
        _ => Value::Object(outputs.clone()).to_string(),
    }
}
