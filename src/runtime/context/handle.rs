//! How the owner of a run answers and pauses it.

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

/// Answers and pauses one run, from outside. Cheap to clone; may outlive the run.
#[derive(Clone, Debug)]
pub struct RunHandle {
    control: Arc<Control>,
}

/// Why a reply was not taken. The request, if there is one, stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No such request is open: it was answered, or never made.
    #[error("no request `{0}` is open")]
    Unknown(RequestId),
    /// The reply is of another kind than the request asks for.
    #[error("request `{0}` asks for another kind of answer")]
    WrongKind(RequestId),
    /// A tool's result does not fit the outputs that the tool declares.
    #[error("the result given for `{tool}` does not fit its outputs: {}", values::in_words(.violations))]
    DoesNotFit {
        /// The tool.
        tool: String,
        /// The violations of the outputs' types.
        violations: Vec<Violation>,
    },
    /// The changed arguments are none that the tool takes.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The values are not those that the form asks for.
    #[error("{}", values::in_words(.0))]
    Form(Vec<Violation>),
}

impl RunHandle {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Gives an answer to a request that is open. The run goes on when it next may.
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

    /// Holds the run before its next step.
    pub fn pause(&self) {
        self.control.paused.send_replace(true);
    }

    /// Cuts the model calls that are under way. Held by [`RunHandle::pause`], the run makes them again when it goes on.
    pub fn cut(&self) {
        self.control.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.control.paused.send_replace(false);
    }

    /// The requests that wait for an answer, in no order.
    pub fn open_requests(&self) -> Vec<(RequestId, RequestKind)> {
        lock(&self.control.open)
            .iter()
            .map(|(id, waiting)| (id.clone(), waiting.kind.clone()))
            .collect()
    }
}

/// Whether a reply can answer a request: what [`RunHandle::answer`] would say to it.
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

/// The arguments of a call with those that a person changed in place of the model's.
///
/// # Errors
/// The tool does not take them.
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
    /// The requests that wait for an answer.
    open: Mutex<HashMap<RequestId, Waiting>>,
    paused: watch::Sender<bool>,
    /// How often its model calls were cut.
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

    /// Ready at the next cut.
    pub(super) async fn cut(&self) {
        // An error means that the sender is gone, which `self` holds.
        let _ = self.cuts.subscribe().changed().await;
    }

    /// Opens a request. It is closed when the guard is dropped, answered or not.
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

/// Keeps a request open.
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
