//! The past of a fork: the past of another run up to a point, with one change.

use std::sync::Arc;

use serde_json::Value;

use super::{Past, PastCall, PastError, PastReply, Timing};
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::RequestId;
use crate::runtime::context::BEGUN;
use crate::trace::{Event, Reply, RequestKind, RunEvent};

impl Past {
    /// Makes the past of a run that is forked from another one before the event with this number.
    /// If the spec was edited, effects with changed requests are executed again.
    ///
    /// # Errors
    /// [`PastError`].
    pub fn forked(
        events: &[Arc<RunEvent>],
        before: u64,
        is_edited: bool,
    ) -> Result<Self, PastError> {
        let before = events.iter().filter(|event| event.seq < before);
        let mut past = Self::of(before.map(Arc::as_ref))?;
        // Nor does the other side work on it for the fork.
        let calls = &past.tools;
        past.operations.retain(|place, _| {
            let call = place
                .strip_suffix(".0")
                .and_then(|place| place.strip_suffix(BEGUN));
            let call = call.and_then(|call| call.strip_suffix('/'));
            call.is_none_or(|call| calls.get(call).is_some_and(|call| call.result.is_some()))
        });
        Ok(Self {
            // What was in progress at that place has not happened in the fork.
            tools: past
                .tools
                .into_iter()
                .filter(|(_, call)| call.result.is_some())
                .collect(),
            open_questions: HashSet::default(),
            // What stopped them may not come to pass.
            stops: if is_edited {
                HashMap::default()
            } else {
                past.stops
            },
            is_edited,
            ..past
        })
    }

    /// Replaces the result of a recorded tool call.
    #[must_use]
    pub fn with_result(mut self, requests: &[&Event], result: Value) -> Self {
        if let Some(request @ Event::ToolExecutionRequest { key: Some(key), .. }) = requests.last()
        {
            let call = PastCall {
                request: Event::clone(request),
                result: Some(Ok(result)),
                timing: Timing::default(),
            };
            self.tools.insert(key.clone(), call);
        }
        self
    }

    /// Replaces the answer of a recorded question. `prepared` is the index of the prepared answer
    /// that is thereby used up, if there is one.
    #[must_use]
    pub fn with_reply(mut self, requests: &[&Event], reply: Reply, prepared: Option<u64>) -> Self {
        if let Some(Event::HumanInTheLoopRequest {
            key: Some(key),
            content,
            ..
        }) = requests.last()
        {
            let past = PastReply {
                request: RequestKind::clone(content),
                reply,
                prepared,
            };
            self.replies.insert(key.clone(), past);
        }
        self
    }

    /// Replaces the arguments of a call in a model's recorded answer by JSON text of an object;
    /// `None` if no model made that call.
    #[must_use]
    pub fn with_arguments(mut self, call: &RequestId, arguments: &str) -> Option<Self> {
        let answers = self.models.values_mut();
        let answers = answers.filter_map(|past| past.outcome.as_mut().ok());
        let mut calls = answers.flat_map(|answer| &mut answer.tool_calls);
        let made = calls.find(|made| made.id == call.as_str())?;
        arguments.clone_into(&mut made.arguments);
        Some(self)
    }
}
