//! Calls of tools.

mod doubt;

use std::sync::Arc;

use serde_json::Value;

use super::RunContext;
use super::handle::changed_arguments;
use super::observer::RunObserver;
use crate::base::ids::RequestId;
use crate::conversation::{Awaited, Values};
use crate::runtime::past::{PastCall, Timing, differs};
use crate::runtime::{Halt, values};
use crate::spec::Component;
use crate::spec::language::{ClientTool, Tool};
use crate::spec::property::{Coercion, Property};
use crate::tools::{
    CallIdentity, Lane, ToolError, ToolErrorKind, ToolInvocation, ToolObserver, ToolPlan,
    fit_result, take_slot,
};
use crate::trace::{
    ComponentName, Event, Failure, FailureKind, Reply, RequestKind, RunEventBody, SpanKind,
    SpanOutcome,
};

/// The operation that records that the remote side has accepted a call. Its position is inside that
/// of the call.
pub(in crate::runtime) const BEGUN: &str = "begun";

/// The outcome of a call: the tool's result, or a failure, which an agent passes to its model and
/// which makes a flow fail.
pub type ToolCallResult = Result<Value, Failure>;

impl RunContext {
    /// Calls a tool: asks a person for confirmation if the tool requires it, then executes the call
    /// or lets a person do so. Arguments must already be checked.
    ///
    /// A call has a span, except for a refused call and a call of a `ClientTool`, which do not
    /// start.
    ///
    /// # Errors
    /// [`Halt::Unanswered`] if a person is needed and none is available; [`Halt::Cancelled`].
    ///
    /// # Cancel safety
    /// When the future is dropped, everything that the call started is ended.
    pub async fn call_tool(
        &self,
        tool: &Arc<Component>,
        call_id: &RequestId,
        arguments: Values,
    ) -> Result<ToolCallResult, Halt> {
        self.stoppable(Box::pin(self.call_unstopped(tool, call_id, arguments)))
            .await
    }

    async fn call_unstopped(
        &self,
        tool: &Arc<Component>,
        call_id: &RequestId,
        arguments: Values,
    ) -> Result<ToolCallResult, Halt> {
        self.begin_effect().await?;
        let mut call = Call {
            tool,
            id: call_id,
            arguments,
            binding: String::new(),
            lane: String::new(),
        };
        let confirmation = self.at("confirm", 0);
        let was_asked = self.shared.past.was_asked(confirmation.key.as_str());
        let way = (!was_asked).then(|| self.way(&call));
        let must_ask = Tool::of(tool).is_some_and(|tool| tool.requires_confirmation())
            && way.as_ref().is_none_or(Way::may_be_confirmed);
        let refusal = if must_ask {
            confirmation.confirm(&mut call).await?.err()
        } else {
            None
        };
        let way = way.unwrap_or_else(|| self.way(&call));
        (call.binding, call.lane) = (way.binding().to_owned(), way.lane().to_owned());
        if let Some(refusal) = refusal {
            // It is never made, so nothing has to be kept before the run continues.
            self.trace(self.checked_request(&call, &way)?).await?;
            self.trace(call.response(self, &Err(refusal.clone()), Timing::default()))
                .await?;
            return Ok(Err(refusal));
        }
        if way.is_by_person() && ClientTool::of(tool).is_some() {
            return self.carry_out(&call, way).await;
        }
        let span = self.open_span(SpanKind::ToolExecutionSpan, tool).await?;
        let result = span.carry_out(&call, way).await;
        let outcome = match &result {
            Ok(Ok(_)) => SpanOutcome::Ok,
            Ok(Err(_)) => SpanOutcome::Error,
            Err(halt) => halt.outcome(),
        };
        span.close_span(outcome).await?;
        result
    }

    /// Asks for confirmation of a call; the answer may replace arguments.
    async fn confirm(&self, call: &mut Call<'_>) -> Result<Result<(), Failure>, Halt> {
        let request_id = self.new_request_id("confirm");
        self.trace(Event::ToolConfirmationRequest {
            tool: ComponentName::of(call.tool),
            tool_execution_request_id: call.id.clone(),
            request_id: request_id.clone(),
        })
        .await?;
        let reply = self
            .ask(RequestKind::ToolConfirmation {
                tool: call.tool.name().to_owned(),
                call_id: call.id.to_string(),
                arguments: Value::Object(call.arguments.clone()),
                inputs: schemas(call.tool.inputs()),
            })
            .await?;
        let mut changed = Ok(());
        let refusal = match reply {
            Reply::Confirm { arguments } => {
                changed = arguments.map_or(Ok(()), |arguments| call.change(&arguments));
                None
            }
            Reply::Reject { reason } => Some(reason),
            // `ask` gives only replies that fit its request.
            Reply::Message { .. } | Reply::ToolResult(_) => None,
        };
        self.trace(Event::ToolConfirmationResponse {
            tool: ComponentName::of(call.tool),
            tool_execution_request_id: call.id.clone(),
            request_id,
            execution_confirmed: refusal.is_none(),
            reason: refusal.clone().flatten(),
        })
        .await?;
        Ok(match refusal {
            None => changed,
            Some(reason) => Err(call.refused(reason.as_deref())),
        })
    }

    /// Emits the request, obtains the result, and emits that.
    async fn carry_out(&self, call: &Call<'_>, way: Way<'_>) -> Result<ToolCallResult, Halt> {
        if self.was_stopped() {
            if matches!(way, Way::Recall(_)) {
                self.trace(call.request(self)).await?;
                self.emit_begun_again().await?;
            }
            return Err(Halt::Cancelled);
        }
        if let Way::Recall(past) = &way
            && past.result.is_none()
            && !way.is_by_person()
            && self.begun().is_none()
            && let Some(result) = self.resolve_doubt(call).await?
        {
            self.trace(call.response(self, &result, Timing::default()))
                .await?;
            return Ok(result);
        }
        self.emit_call(call, &way).await?;
        if matches!(way, Way::Recall(_)) {
            self.emit_begun_again().await?;
        }
        let (result, timing) = if way.is_by_person() {
            let result = self.at("result", 0).ask_for_result(call).await?;
            (result, Timing::default())
        } else {
            self.get_result(call, way).await?
        };
        self.trace(call.response(self, &result, timing)).await?;
        Ok(result)
    }

    /// Obtains the result of a call that no person executes.
    async fn get_result(
        &self,
        call: &Call<'_>,
        way: Way<'_>,
    ) -> Result<(ToolCallResult, Timing), Halt> {
        match way {
            Way::Recall(PastCall {
                result: Some(result),
                timing,
                ..
            }) => Ok((result.clone(), *timing)),
            Way::Plan(ToolPlan::Unbound { message, hint }) => {
                let failure = Failure::new(FailureKind::Profile, message).with_hint(hint);
                Ok((Err(failure), Timing::default()))
            }
            Way::Plan(ToolPlan::Run { .. } | ToolPlan::AskPerson) => {
                self.run_tool(call, None).await
            }
            Way::Recall(_) => self.run_tool(call, self.begun().cloned()).await,
            Way::Stopped => Err(Halt::Cancelled),
        }
    }

    /// Returns the remote side's recorded handle for the call at this position.
    fn begun(&self) -> Option<&Value> {
        let place = self.at(BEGUN, 0);
        self.shared
            .past
            .operation(place.key.as_str())?
            .as_ref()
            .ok()
    }

    /// Emits the remote side's handle for the call at this position, so that the call can be
    /// resumed.
    pub(super) async fn emit_begun(&self, handle: Value) -> Result<(), Halt> {
        self.emit(RunEventBody::Operated {
            key: self.at(BEGUN, 0).key.to_string(),
            operation: BEGUN.to_owned(),
            outcome: Box::new(Ok(handle)),
        })
        .await
    }

    async fn emit_begun_again(&self) -> Result<(), Halt> {
        match self.begun() {
            Some(handle) => self.emit_begun(handle.clone()).await,
            None => Ok(()),
        }
    }

    /// Returns how a call at this position gets its result.
    fn way(&self, call: &Call<'_>) -> Way<'_> {
        match self.shared.past.call(self.key.as_str()) {
            Some(past)
                if !(self.shared.past.is_edited()
                    && past.differs_from(call.tool, &call.arguments)) =>
            {
                Way::Recall(past)
            }
            None if self.was_stopped() => Way::Stopped,
            Some(_) | None => Way::Plan(self.shared.world.tools().plan(call.tool)),
        }
    }

    /// Makes the event for a call.
    ///
    /// # Errors
    /// A `replay` failure if the past has another call at this position; [`Halt::Cancelled`] if the
    /// call was stopped before it was made.
    fn checked_request(&self, call: &Call<'_>, way: &Way<'_>) -> Result<Event, Halt> {
        let request = call.request(self);
        // In an edited fork the model may have given the same call another id; tool and arguments were compared.
        if let Way::Recall(past) = way
            && past.request != request
            && !self.shared.past.is_edited()
        {
            return Err(differs(self.key.as_str(), &past.request, &request));
        }
        match way {
            Way::Plan(_) | Way::Recall(_) => Ok(request),
            Way::Stopped => Err(Halt::Cancelled),
        }
    }

    /// Emits the event for a call. A call that must not be repeated waits until the event is
    /// stored.
    async fn emit_call(&self, call: &Call<'_>, way: &Way<'_>) -> Result<(), Halt> {
        let request = self.checked_request(call, way)?;
        if !self.leaves_traces(call, way).await? {
            return self.trace(request).await;
        }
        let kept = self.shared.keeper.kept(&self.shared.run, call.id);
        self.trace(request).await?;
        tokio::select! {
            biased;
            () = self.part.cancel.cancelled() => Err(Halt::Cancelled),
            kept = kept => Ok(kept?),
        }
    }

    /// Returns whether the call is about to be made and must not be repeated.
    async fn leaves_traces(&self, call: &Call<'_>, way: &Way<'_>) -> Result<bool, Halt> {
        let is_made = match way {
            Way::Plan(ToolPlan::Run { .. }) => true,
            Way::Plan(ToolPlan::AskPerson | ToolPlan::Unbound { .. }) | Way::Stopped => false,
            Way::Recall(past) => past.result.is_none() && !way.is_by_person(),
        };
        Ok(is_made && !self.may_repeat(call).await?)
    }

    async fn may_repeat(&self, call: &Call<'_>) -> Result<bool, Halt> {
        let observer = RunObserver::of_call(self, call.tool, call.id);
        let may_repeat = tokio::select! {
            biased;
            () = self.part.cancel.cancelled() => return Err(Halt::Cancelled),
            may_repeat = self.shared.world.tools().may_repeat(call.tool, &observer) => may_repeat,
        };
        observer.waits(None).await;
        Ok(may_repeat)
    }

    async fn run_tool(
        &self,
        call: &Call<'_>,
        begun: Option<Value>,
    ) -> Result<(ToolCallResult, Timing), Halt> {
        let cancel = &self.part.cancel;
        let invocation = ToolInvocation {
            tool: Arc::clone(call.tool),
            arguments: call.arguments.clone(),
            identity: CallIdentity {
                run: self.shared.run.to_string(),
                place: self.key.id("call", 0),
            },
            begun,
        };
        let observer = RunObserver::of_call(self, call.tool, call.id);
        // A call that may have done something is let finish by a pause.
        let may_cut = self.may_repeat(call).await?;
        let outcome = loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Halt::Cancelled),
                () = self.shared.control.cut(), if may_cut => {
                    observer.waits(None).await;
                    observer.notice("stopped by a pause, and made again".to_owned()).await;
                    self.checkpoint().await?;
                }
                outcome = async {
                    let places = &self.shared.tool_places;
                    let _place = take_slot(places, Awaited::ToolSlot, &observer).await;
                    self.shared.world.tools().call(&invocation, &observer, cancel).await
                } => break outcome,
            }
        };
        // A wait that was given up has ended.
        observer.waits(None).await;
        let timing = observer.timing();
        match observer.into_halt() {
            // The call itself was stopped with what it asked.
            Some(Halt::Stopped) => return Err(Halt::Cancelled),
            Some(halt) => return Err(halt),
            None => {}
        }
        match outcome {
            Ok(output) => Ok((Ok(output), timing)),
            Err(error) if error.kind == ToolErrorKind::Cancelled && cancel.is_cancelled() => {
                Err(Halt::Cancelled)
            }
            Err(error) => Ok((Err(failure_of(&error)), timing)),
        }
    }

    async fn ask_for_result(&self, call: &Call<'_>) -> Result<ToolCallResult, Halt> {
        let reply = self
            .ask(RequestKind::ToolResult {
                tool: call.tool.name().to_owned(),
                call_id: call.id.to_string(),
                arguments: Value::Object(call.arguments.clone()),
                outputs: schemas(call.tool.outputs()),
            })
            .await?;
        let result = match reply {
            Reply::ToolResult(value) => value,
            // `ask` gives only replies that fit its request.
            Reply::Message { .. } | Reply::Confirm { .. } | Reply::Reject { .. } => Value::Null,
        };
        Ok(call.fit(&result))
    }
}

/// A tool call in progress.
struct Call<'c> {
    tool: &'c Arc<Component>,
    id: &'c RequestId,
    arguments: Values,
    binding: String,
    lane: String,
}

/// How a call gets its result.
enum Way<'p> {
    /// According to the plan of the executor.
    Plan(ToolPlan),
    /// From the recorded outcome.
    Recall(&'p PastCall),
    /// Not at all, because its part of the run was stopped before the call.
    Stopped,
}

impl Way<'_> {
    fn lane(&self) -> &str {
        match self {
            Self::Plan(ToolPlan::Run { lane, .. }) => lane.name(),
            Self::Plan(ToolPlan::AskPerson) => Lane::Person.name(),
            Self::Plan(ToolPlan::Unbound { .. }) | Self::Stopped => Lane::Fixed.name(),
            Self::Recall(past) => past.lane(),
        }
    }

    fn binding(&self) -> &str {
        match self {
            Self::Plan(ToolPlan::Run { binding, .. }) => binding,
            Self::Plan(ToolPlan::AskPerson) => "a person",
            Self::Plan(ToolPlan::Unbound { .. }) | Self::Stopped => "nothing",
            Self::Recall(past) => past.binding(),
        }
    }

    /// Returns whether a person may be asked for confirmation. No if the tool can't run, or if the
    /// past has the call without a question.
    fn may_be_confirmed(&self) -> bool {
        matches!(self, Self::Plan(ToolPlan::Run { .. } | ToolPlan::AskPerson))
    }

    fn is_by_person(&self) -> bool {
        self.lane() == Lane::Person.name()
    }
}

impl Call<'_> {
    /// Replaces arguments of the model by a person's.
    fn change(&mut self, changed: &Values) -> Result<(), Failure> {
        let (name, inputs) = (self.tool.name(), self.tool.inputs());
        self.arguments = changed_arguments(name, inputs, &self.arguments, changed)
            .map_err(|misfit| Failure::new(FailureKind::Input, misfit.to_string()))?;
        Ok(())
    }

    fn refused(&self, reason: Option<&str>) -> Failure {
        let reason = match reason.map(str::trim) {
            Some(reason) if !reason.is_empty() => format!(": {reason}"),
            _ => ", without giving a reason".to_owned(),
        };
        Failure::new(
            FailureKind::Tool,
            format!(
                "a person refused the call of `{}`{reason}",
                self.tool.name()
            ),
        )
    }

    /// Fits a person's result to the tool's outputs.
    fn fit(&self, result: &Value) -> ToolCallResult {
        fit_result(self.tool.outputs(), result, Coercion::Text).map_err(|violations| {
            let message = format!(
                "the result given for `{}` does not fit its outputs: {}",
                self.tool.name(),
                values::in_words(&violations)
            );
            Failure::new(FailureKind::Input, message)
        })
    }

    fn request(&self, context: &RunContext) -> Event {
        Event::ToolExecutionRequest {
            tool: ComponentName::of(self.tool),
            request_id: self.id.clone(),
            inputs: Arc::new(Value::Object(self.arguments.clone())),
            binding: self.binding.clone(),
            lane: self.lane.clone(),
            key: Some(context.key.to_string()),
        }
    }

    fn response(&self, context: &RunContext, result: &ToolCallResult, timing: Timing) -> Event {
        Event::ToolExecutionResponse {
            tool: ComponentName::of(self.tool),
            request_id: self.id.clone(),
            key: Some(context.key.to_string()),
            outputs: Arc::new(result.as_ref().cloned().unwrap_or_default()),
            error: result.as_ref().err().cloned().map(Box::new),
            waited_ms: timing.waited_ms,
            held_ms: timing.held_ms,
        }
    }
}

pub(super) fn schemas(properties: &[Property]) -> Vec<Value> {
    let schemas = properties.iter().map(Property::schema);
    schemas.cloned().collect()
}

pub(super) fn failure_of(error: &ToolError) -> Failure {
    let kind = match error.kind {
        ToolErrorKind::Failed | ToolErrorKind::TimedOut | ToolErrorKind::BadOutput => {
            FailureKind::Tool
        }
        ToolErrorKind::Unreachable => FailureKind::Network,
        ToolErrorKind::Configuration | ToolErrorKind::Unauthorized => FailureKind::Profile,
        ToolErrorKind::Cancelled => FailureKind::Cancelled,
    };
    let failure = Failure {
        exception: error.exception.clone(),
        ..Failure::from_error(kind, error)
    };
    match &error.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
