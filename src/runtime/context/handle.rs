//! The handle with which the owner of a run answers and pauses it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{oneshot, watch};

use crate::base::hash::HashMap;
use crate::base::ids::RequestId;
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::runtime::values;
use crate::spec::property::{Coercion, Property, Violation};
use crate::tools::{ArgumentsError, fit_arguments, fit_form, fit_result};
use crate::trace::{Answer, Reply, RequestKind};

/// Answers and pauses a run from outside. Cheap to clone; may outlive the run.
#[derive(Clone, Debug)]
pub struct RunHandle {
    control: Arc<Control>,
}

/// The reason why a reply was rejected. The request stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No request with this id is open: it was answered already, or never made.
    #[error("no request `{0}` is open")]
    Unknown(RequestId),
    /// The reply is of another kind than the request needs.
    #[error("request `{0}` asks for another kind of answer")]
    WrongKind(RequestId),
    /// The result of a tool does not fit the tool's outputs.
    #[error("the result given for `{tool}` does not fit its outputs: {}", values::in_words(.violations))]
    DoesNotFit {
        /// The name of the tool.
        tool: String,
        /// The violations.
        violations: Vec<Violation>,
    },
    /// The changed arguments do not fit the tool.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The values do not fit the form.
    #[error("{}", values::in_words(.0))]
    Form(Vec<Violation>),
}

impl RunHandle {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Answers an open request, so that the run can continue.
    ///
    /// # Errors
    /// [`AnswerError`]; the request then stays open.
    pub fn answer(
        &self,
        request: &RequestId,
        answer: impl Into<Answer>,
    ) -> Result<(), AnswerError> {
        let answer = answer.into();
        let mut open = lock(&self.control.open);
        let Some(waiting) = open.get(request) else {
            return Err(AnswerError::Unknown(request.clone()));
        };
        check_reply(request, &waiting.kind, &answer.reply)?;
        let delivered = open
            .remove(request)
            .is_some_and(|waiting| waiting.answer.send(answer).is_ok());
        if delivered {
            Ok(())
        } else {
            Err(AnswerError::Unknown(request.clone()))
        }
    }

    /// Pauses the run before its next step.
    pub fn pause(&self) {
        self.control.paused.send_replace(true);
    }

    /// Interrupts the current model calls. If the run is paused by [`RunHandle::pause`], it makes
    /// them again when it continues.
    pub fn cut(&self) {
        self.control.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Continues the run after a pause.
    pub fn resume(&self) {
        self.control.paused.send_replace(false);
    }

    /// Returns the open requests, in no particular order.
    pub fn open_requests(&self) -> Vec<(RequestId, RequestKind)> {
        lock(&self.control.open)
            .iter()
            .map(|(id, waiting)| (id.clone(), waiting.kind.clone()))
            .collect()
    }
}

/// Returns whether a reply can answer a request, like [`RunHandle::answer`] but without answering.
///
/// # Errors
/// [`AnswerError`], never [`AnswerError::Unknown`].
pub fn check_reply(id: &RequestId, kind: &RequestKind, reply: &Reply) -> Result<(), AnswerError> {
    if !reply.answers(kind) {
        return Err(AnswerError::WrongKind(id.clone()));
    }
    match (kind, reply) {
        (
            RequestKind::ToolResult { tool, outputs, .. }
            | RequestKind::CallInDoubt { tool, outputs, .. },
            Reply::ToolResult(value),
        ) => {
            fit_result(&properties(outputs), value, Coercion::Text).map_err(|violations| {
                AnswerError::DoesNotFit {
                    tool: tool.clone(),
                    violations,
                }
            })?;
        }
        (
            RequestKind::ToolConfirmation {
                tool,
                arguments: Value::Object(arguments),
                inputs,
                ..
            },
            Reply::Confirm {
                arguments: Some(changed),
            },
        ) => {
            changed_arguments(tool, &properties(inputs), arguments, changed)?;
        }
        (
            RequestKind::Elicitation {
                server,
                values: Value::Object(values),
                inputs,
                ..
            },
            Reply::Confirm { arguments },
        ) => {
            let unfit = |error: ArgumentsError| AnswerError::Form(error.violations);
            fit_form(server, &properties(inputs), values, arguments.as_ref()).map_err(unfit)?;
        }
        _ => {}
    }
    Ok(())
}

fn properties(schemas: &[Value]) -> Vec<Property> {
    schemas.iter().cloned().map(Property::from_schema).collect()
}

/// Returns the arguments of a call with the changes by a person.
///
/// # Errors
/// The arguments do not fit the tool.
pub(super) fn changed_arguments(
    tool: &str,
    inputs: &[Property],
    arguments: &Values,
    changed: &Values,
) -> Result<Values, ArgumentsError> {
    let mut arguments = arguments.clone();
    arguments.extend(changed.clone());
    fit_arguments(tool, inputs, &arguments, Coercion::Text)
}

/// The state that a run and its handles share.
#[derive(Debug)]
pub(super) struct Control {
    /// The open requests.
    open: Mutex<HashMap<RequestId, Waiting>>,
    paused: watch::Sender<bool>,
    /// The number of interruptions of model calls.
    cuts: watch::Sender<u64>,
}

#[derive(Debug)]
struct Waiting {
    kind: RequestKind,
    answer: oneshot::Sender<Answer>,
}

impl Control {
    pub(super) fn new() -> Self {
        Self {
            open: Mutex::default(),
            paused: watch::Sender::new(false),
            cuts: watch::Sender::new(0),
        }
    }

    pub(super) fn paused(&self) -> watch::Receiver<bool> {
        self.paused.subscribe()
    }

    /// Waits for the next interruption.
    pub(super) async fn cut(&self) {
        // An error means that the sender is gone, which `self` holds.
        let _ = self.cuts.subscribe().changed().await;
    }

    /// Opens a request. It is closed when the guard is dropped, whether answered or not.
    pub(super) fn open(
        &self,
        id: RequestId,
        kind: RequestKind,
    ) -> (OpenRequest<'_>, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        lock(&self.open).insert(id.clone(), Waiting { kind, answer });
        (OpenRequest { control: self, id }, answered)
    }
}

/// A guard that keeps a request open.
#[derive(Debug)]
pub(super) struct OpenRequest<'c> {
    control: &'c Control,
    id: RequestId,
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        lock(&self.control.open).remove(&self.id);
    }
}
