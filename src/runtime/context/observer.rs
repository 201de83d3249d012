//! Forwards the reports and questions of a tool to its run.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::RunContext;
use super::calls::schemas;
use super::wait::CurrentWait;
use crate::base::ids::RequestId;
use crate::base::lock::lock;
use crate::conversation::{AuthorizationStep, Awaited};
use crate::runtime::Halt;
use crate::runtime::past::Timing;
use crate::spec::Component;
use crate::tools::{Consent, Elicited, Form, ToolObserver, fit_form};
use crate::trace::{ComponentName, Event, Reply, RequestKind};

/// The observer of a tool's work for a run.
pub(super) struct RunObserver<'c> {
    context: &'c RunContext,
    work: Work<'c>,
    timing: Mutex<Timing>,
    wait: CurrentWait,
    /// The halt of the run, if asking a person ended it.
    halt: Mutex<Option<Halt>>,
}

/// The kind of work that is observed.
#[derive(Clone, Copy)]
enum Work<'c> {
    /// A call of a tool.
    Call(&'c Component, &'c RequestId),
    /// A request for the tools of a source.
    Discovery(&'c Component),
}

impl<'c> RunObserver<'c> {
    /// Makes the observer of a tool's call.
    pub(super) fn of_call(
        context: &'c RunContext,
        tool: &'c Component,
        call_id: &'c RequestId,
    ) -> Self {
        Self {
            context,
            work: Work::Call(tool, call_id),
            timing: Mutex::default(),
            wait: CurrentWait::default(),
            halt: Mutex::default(),
        }
    }

    /// Makes the observer of a request for a source's tools.
    pub(super) fn of_discovery(context: &'c RunContext, source: &'c Component) -> Self {
        Self {
            context,
            work: Work::Discovery(source),
            timing: Mutex::default(),
            wait: CurrentWait::default(),
            halt: Mutex::default(),
        }
    }

    /// Returns the position of the next question of a kind.
    fn place(&self, kind: &'static str) -> RunContext {
        let ordinal = self.context.part.ordinal(&self.context.key, kind);
        let index = usize::try_from(ordinal).unwrap_or(usize::MAX);
        self.context.at(kind, index)
    }

    /// Returns the recorded times of the call.
    pub(super) fn timing(&self) -> Timing {
        *lock(&self.timing)
    }

    /// Returns the halt if asking a person ended the run; the outcome of the work is then
    /// irrelevant.
    pub(super) fn into_halt(self) -> Option<Halt> {
        self.halt
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl ToolObserver for RunObserver<'_> {
    fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Work::Call(tool, call_id) = self.work else {
                return;
            };
            // When nobody reads events any more, the response finds out and ends the run.
            let _ = self
                .context
                .trace(Event::ToolExecutionStreamingChunkReceived {
                    tool: ComponentName::of(tool),
                    request_id: call_id.clone(),
                    content,
                })
                .await;
        })
    }

    fn began(&self, handle: Value) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if matches!(self.work, Work::Call(..)) {
                let _ = self.context.emit_begun(handle).await;
            }
        })
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let event = match self.work {
                Work::Call(tool, call_id) => Event::ToolExecutionNotice {
                    tool: ComponentName::of(tool),
                    request_id: call_id.clone(),
                    notice,
                },
                Work::Discovery(source) if self.context.shared.is_news(source.id(), &notice) => {
                    Event::ToolSourceNotice {
                        source: ComponentName::of(source),
                        notice,
                    }
                }
                Work::Discovery(_) => return,
            };
            let _ = self.context.trace(event).await;
        })
    }

    fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(self.wait.change(self.context, on))
    }

    fn waited(&self, waited: Duration) {
        lock(&self.timing).waited_ms += ms(waited);
    }

    fn held(&self, held: Duration) {
        let mut timing = lock(&self.timing);
        let longest = timing
            .held_ms
            .map_or(ms(held), |longest| longest.max(ms(held)));
        timing.held_ms = Some(longest);
    }

    fn consent<'a>(
        &'a self,
        server: &'a str,
        step: AuthorizationStep,
        settled: BoxFuture<'a, ()>,
    ) -> BoxFuture<'a, Consent> {
        Box::pin(async move {
            let request = RequestKind::Authorization {
                server: server.to_owned(),
                step,
            };
            let settled = async {
                settled.await;
                Reply::Confirm { arguments: None }
            };
            match self.place("consent").ask_until(request, settled).await {
                Ok(Reply::Reject { reason }) => Consent::Refused(reason),
                // It gives only replies that fit its request.
                Ok(Reply::Confirm { .. } | Reply::Message { .. } | Reply::ToolResult(_)) => {
                    Consent::Given
                }
                Err(halt) => {
                    *lock(&self.halt) = Some(halt);
                    Consent::Nobody
                }
            }
        })
    }

    fn elicit<'a>(&'a self, form: Form<'a>) -> BoxFuture<'a, Elicited> {
        Box::pin(async move {
            let request = RequestKind::Elicitation {
                server: form.server.to_owned(),
                message: form.message.to_owned(),
                values: Value::Object(form.values.clone()),
                inputs: schemas(form.inputs),
            };
            match self.place("elicit").ask(request).await {
                Ok(Reply::Confirm { arguments }) => {
                    let given = arguments.as_ref();
                    match fit_form(form.server, form.inputs, &form.values, given) {
                        Ok(values) => Elicited::Given(values),
                        // An answer that does not fit is refused before, so this was no person.
                        Err(_unfit) => Elicited::Refused,
                    }
                }
                Ok(Reply::Reject { .. } | Reply::Message { .. } | Reply::ToolResult(_)) => {
                    Elicited::Refused
                }
                Err(halt) => {
                    *lock(&self.halt) = Some(halt);
                    Elicited::Nobody
                }
            }
        })
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
