//! A conversation with an agent or a flow: executed until it must leave the runtime, answered, executed again.
//!
//! ```text
//! start ─► execute ─► UserMessageRequest ─► append_user_message ─► execute ─► … ─► Finished
//!                 └─► ToolExecutionConfirmation ─► confirm or reject ─┘
//!                 └─► ToolRequest ─► submit_tool_result ──────────────┘
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{BlockingRuntime, Engine};
use crate::base::ids::RequestId;
use crate::base::lock::lock;
use crate::conversation::{AuthorizationStep, Message, Values};
use crate::runtime::{
    AlwaysPresent, AnswerError, Answerer, ContextParts, EffectKey, EventReceiver, Halt,
    KeepsNothing, Past, RunContext, RunHandle, World, event_queue, execute,
};
use crate::spec::Component;
use crate::trace::{Event, Failure, Reply, RequestKind, RunEvent, RunEventBody, RunState};

/// The maximum number of unread events; beyond it, the run waits. Events are read whenever the run
/// is executed.
const MAX_EVENTS: usize = 256;

/// The next step of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum ConversationStep {
    /// An event, such as a piece of an answer or a tool call. The events of a conversation are
    /// numbered from 0.
    Event(Box<RunEvent>),
    /// The end of this execution.
    Status(ExecutionStatus),
}

/// The reason why an execution returned.
#[derive(Clone, Debug, PartialEq)]
pub enum ExecutionStatus {
    /// The conversation is finished.
    Finished {
        /// The final outputs, by title.
        outputs: Values,
    },
    /// The agent or flow waits for the user: append a message and execute again.
    UserMessageRequest {
        /// The last message; may be empty.
        message: String,
    },
    /// Tools wait for results from the caller.
    ToolRequest {
        /// The calls in order; never empty.
        calls: Vec<PendingCall>,
    },
    /// Tools wait for a person's confirmation.
    ToolExecutionConfirmation {
        /// The calls in order; never empty.
        calls: Vec<PendingCall>,
    },
    /// A server asks the person for authorization: [`Conversation::confirm`] agrees,
    /// [`Conversation::reject`] refuses. To wait for a sign-in, execute again.
    AuthChallengeRequest {
        /// The id of the request, for the answer.
        request: RequestId,
        /// The name of the server.
        server: String,
        /// The step that needs authorization.
        step: AuthorizationStep,
    },
    /// A server asks a question before it continues with a call: [`Conversation::confirm`] passes
    /// the values, [`Conversation::reject`] refuses.
    Elicitation {
        /// The id of the request, for the answer.
        request: RequestId,
        /// The name of the server.
        server: String,
        /// The server's message.
        message: String,
        /// The initial values of the form, an object; null for fields without a value.
        values: Value,
        /// The JSON Schemas of the requested values.
        inputs: Vec<Value>,
    },
}

/// A tool call that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCall {
    /// The id of the request, for the answer.
    pub request: RequestId,
    /// The name of the tool.
    pub tool: String,
    /// The arguments, an object.
    pub arguments: Value,
}

/// The reason why a conversation can't continue.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// The run failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The conversation was executed again without an answer to its open requests.
    #[error("nothing that the conversation waits for was answered")]
    NotAnswered,
    /// The conversation has ended; start a new one.
    #[error("the conversation is over; start a new one")]
    Over,
    /// `execute_blocking` was called on a thread of an async runtime, which would be blocked.
    #[error("`execute_blocking` was called inside an async runtime; call `execute().await` there")]
    InsideRuntime,
    /// There is no async runtime on the thread, and none could be made.
    #[error("no async runtime could be started")]
    NoRuntime(#[source] std::io::Error),
}

type Work = BoxFuture<'static, Result<Values, Halt>>;

/// A conversation, which owns its run: nothing happens between executions, and dropping it ends the
/// run.
pub struct Conversation {
    /// The work of the run; `None` after its end.
    work: Option<Work>,
    /// The result of the run, until its last events are read.
    result: Option<Result<Values, Halt>>,
    /// Whether an execution has begun and not returned.
    is_executing: bool,
    /// Whether the run reported that it continues only after an answer.
    is_halted: bool,
    n_events: u64,
    context: RunContext,
    handle: RunHandle,
    events_rx: EventReceiver,
    /// The user messages that were not read yet.
    messages: Arc<Mutex<VecDeque<String>>>,
    /// All requests so far, in order; answered ones are no longer open.
    asked: Vec<RequestId>,
    /// The open requests at the end of the last execution.
    waiting_for: Vec<RequestId>,
    blocking: Arc<BlockingRuntime>,
}

impl Conversation {
    /// Starts a conversation whose effects are taken from a past as far as possible.
    pub(in crate::runtime) fn start(
        engine: &Engine,
        component: &Arc<Component>,
        inputs: Values,
        past: Past,
    ) -> Self {
        let (events_tx, events_rx) = event_queue(MAX_EVENTS);
        let messages = Arc::new(Mutex::new(VecDeque::new()));
        let (context, handle) = RunContext::new(ContextParts {
            keeper: Arc::new(KeepsNothing),
            past,
            run: engine.ids.run(),
            clock: Arc::clone(&engine.clock),
            world: Arc::clone(&engine.environment) as Arc<dyn World>,
            events: events_tx,
            cancel: CancellationToken::new(),
            seed: None,
            limits: engine.limits,
            answerer: Box::new(Appended(Arc::clone(&messages))),
            is_attended: true,
            presence: Arc::new(AlwaysPresent),
        });
        let (component, place) = (Arc::clone(component), context.clone());
        Self {
            work: Some(Box::pin(async move {
                execute(&component, inputs, &place).await
            })),
            result: None,
            is_executing: false,
            is_halted: false,
            n_events: 0,
            context,
            handle,
            events_rx,
            messages,
            asked: Vec::new(),
            waiting_for: Vec::new(),
            blocking: Arc::clone(&engine.blocking),
        }
    }

    /// Adds a user message: the beginning of a conversation with an agent, or the next answer.
    pub fn append_user_message(&mut self, text: impl Into<String>) {
        lock(&self.messages).push_back(text.into());
    }

    /// Submits the result of a tool.
    ///
    /// # Errors
    /// No such request is open, or the result does not fit the tool's outputs; the request then
    /// stays open.
    pub fn submit_tool_result(
        &mut self,
        request: &RequestId,
        result: Value,
    ) -> Result<(), AnswerError> {
        self.handle.answer(request, Reply::ToolResult(result))
    }

    /// Confirms a tool call, with other values for some arguments if given, or agrees to a sign-in.
    ///
    /// # Errors
    /// No such request is open.
    pub fn confirm(
        &mut self,
        request: &RequestId,
        arguments: Option<Values>,
    ) -> Result<(), AnswerError> {
        self.handle.answer(request, Reply::Confirm { arguments })
    }

    /// Rejects a tool call or an authorization; the model gets the reason.
    ///
    /// # Errors
    /// No such request is open.
    pub fn reject(
        &mut self,
        request: &RequestId,
        reason: Option<String>,
    ) -> Result<(), AnswerError> {
        self.handle.answer(request, Reply::Reject { reason })
    }

    /// Returns the messages so far.
    pub fn messages(&self) -> Vec<Arc<Message>> {
        self.context.messages()
    }

    /// Executes the conversation until it waits for an answer or ends, without a time limit; use
    /// `tokio::time::timeout` to set one.
    ///
    /// # Errors
    /// [`ConversationError`].
    ///
    /// # Cancel safety
    /// Nothing is lost: the next call continues where this one was dropped.
    pub async fn execute(&mut self) -> Result<ExecutionStatus, ConversationError> {
        loop {
            if let ConversationStep::Status(status) = self.next().await? {
                return Ok(status);
            }
        }
    }

    /// Executes the conversation until the next event, or until this execution ends. Use it instead
    /// of [`Conversation::execute`] to show an answer while it is written, to show tool calls, or
    /// to store the events.
    ///
    /// # Errors
    /// [`ConversationError`].
    ///
    /// # Cancel safety
    /// Nothing is lost: the next call continues where this one was dropped.
    pub async fn next(&mut self) -> Result<ConversationStep, ConversationError> {
        if !self.is_executing {
            self.begin()?;
        }
        if std::mem::take(&mut self.is_halted) {
            self.is_executing = false;
            return Ok(ConversationStep::Status(self.status()));
        }
        let event = match &mut self.work {
            None => self.events_rx.try_recv(),
            Some(work) => tokio::select! {
                biased;
                event = self.events_rx.recv() => event,
                result = work => {
                    self.work = None;
                    self.result = Some(result);
                    self.events_rx.try_recv()
                }
            },
        };
        if let Some(event) = event {
            return Ok(ConversationStep::Event(self.noted(event)));
        }
        self.is_executing = false;
        match self.result.take() {
            Some(Ok(outputs)) => Ok(ConversationStep::Status(ExecutionStatus::Finished {
                outputs,
            })),
            Some(Err(Halt::Failed(failure))) => Err(failure.into()),
            // An attended run waits where another would halt, and nobody cancels this one.
            Some(Err(Halt::Unanswered(_) | Halt::Cancelled | Halt::Stopped)) | None => {
                Err(ConversationError::Over)
            }
        }
    }

    /// Begins an execution.
    fn begin(&mut self) -> Result<(), ConversationError> {
        self.deliver_message();
        let open = self.open_requests();
        // A sign-in is answered by the browser.
        let is_open = |id: &RequestId| {
            open.iter()
                .any(|(open, kind)| open == id && !is_sign_in(kind))
        };
        if !self.waiting_for.is_empty() && self.waiting_for.iter().all(is_open) {
            return Err(ConversationError::NotAnswered);
        }
        self.waiting_for.clear();
        self.is_executing = true;
        Ok(())
    }

    /// Numbers an event, and updates the state of the conversation.
    fn noted(&mut self, mut event: RunEvent) -> Box<RunEvent> {
        event.seq = self.n_events;
        self.n_events += 1;
        match &event.body {
            RunEventBody::Traced(Event::HumanInTheLoopRequest { request_id, .. }) => {
                self.asked.push(request_id.clone());
            }
            RunEventBody::StateChanged {
                state: RunState::NeedsInput | RunState::Answered,
            } => self.is_halted = true,
            _ => {}
        }
        Box::new(event)
    }

    /// Executes the conversation and blocks the thread, which must not have an async runtime.
    ///
    /// # Errors
    /// [`ConversationError`]; [`ConversationError::InsideRuntime`] if it would block an async
    /// runtime.
    pub fn execute_blocking(&mut self) -> Result<ExecutionStatus, ConversationError> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(ConversationError::InsideRuntime);
        }
        let blocking = Arc::clone(&self.blocking);
        let runtime = blocking.get().map_err(ConversationError::NoRuntime)?;
        runtime.block_on(self.execute())
    }

    /// Answers an open request for a message with the next appended one.
    fn deliver_message(&mut self) {
        let waits = self
            .open_requests()
            .into_iter()
            .find(|(_, kind)| matches!(kind, RequestKind::UserMessage { .. }));
        if let Some((request, _)) = waits
            && let Some(text) = lock(&self.messages).pop_front()
        {
            // It was open a moment ago, and only this conversation answers.
            let _ = self.handle.answer(&request, Reply::message(text));
        }
    }

    /// Returns the open requests, in the order in which they were made.
    fn open_requests(&self) -> Vec<(RequestId, RequestKind)> {
        let mut open = self.handle.open_requests();
        open.sort_by_key(|(id, _)| self.asked.iter().position(|asked| asked == id));
        open
    }

    /// Returns the reason why the execution ended, and records that it was reported.
    fn status(&mut self) -> ExecutionStatus {
        let open = self.open_requests();
        self.waiting_for = open.iter().map(|(id, _)| id.clone()).collect();
        let mut confirmations = Vec::new();
        let mut results = Vec::new();
        let mut said = String::new();
        let mut challenge = None;
        for (request, kind) in open {
            match kind {
                RequestKind::UserMessage { message, .. } => said = message,
                RequestKind::ToolResult {
                    tool, arguments, ..
                }
                | RequestKind::CallInDoubt {
                    tool, arguments, ..
                } => results.push(PendingCall {
                    request,
                    tool,
                    arguments,
                }),
                RequestKind::ToolConfirmation {
                    tool, arguments, ..
                } => confirmations.push(PendingCall {
                    request,
                    tool,
                    arguments,
                }),
                RequestKind::Authorization { server, step } => {
                    challenge.get_or_insert(ExecutionStatus::AuthChallengeRequest {
                        request,
                        server,
                        step,
                    });
                }
                RequestKind::Elicitation {
                    server,
                    message,
                    values,
                    inputs,
                } => {
                    challenge.get_or_insert(ExecutionStatus::Elicitation {
                        request,
                        server,
                        message,
                        values,
                        inputs,
                    });
                }
            }
        }
        if let Some(challenge) = challenge {
            return challenge;
        }
        if !confirmations.is_empty() {
            ExecutionStatus::ToolExecutionConfirmation {
                calls: confirmations,
            }
        } else if !results.is_empty() {
            ExecutionStatus::ToolRequest { calls: results }
        } else {
            ExecutionStatus::UserMessageRequest { message: said }
        }
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("context", &self.context)
            .field("waiting_for", &self.waiting_for)
            .field("is_over", &self.work.is_none())
            .finish_non_exhaustive()
    }
}

fn is_sign_in(request: &RequestKind) -> bool {
    matches!(request, RequestKind::Authorization { step, .. } if step.is_sign_in())
}

/// Answers with the appended messages.
#[derive(Debug)]
struct Appended(Arc<Mutex<VecDeque<String>>>);

impl Answerer for Appended {
    fn opening(&mut self) -> Vec<String> {
        lock(&self.0).drain(..).collect()
    }

    fn is_in_turn(&self, request: &RequestKind) -> bool {
        matches!(request, RequestKind::UserMessage { .. }) && !lock(&self.0).is_empty()
    }

    fn answer(&mut self, request: &RequestKind, _: &EffectKey) -> Option<Reply> {
        match request {
            RequestKind::UserMessage { .. } => lock(&self.0).pop_front().map(Reply::message),
            RequestKind::ToolResult { .. }
            | RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. } => None,
        }
    }
}
