//! Calls of a tool: directly, in rounds with answers to the server's questions, or as a task that
//! is polled.

use std::collections::HashSet;
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelTaskParams, CancelTaskRequest,
    CancelledNotification, CancelledNotificationParam, ClientRequest, CustomRequest, GetTaskParams,
    GetTaskRequest, InputResponses, RequestId, RequestMetaObject, ServerResult, UpdateTaskParams,
    UpdateTaskRequest,
};
use rmcp::service::{Peer, PeerRequestOptions};
use rmcp::{RoleClient, ServiceError};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::MAX_CALL;
use super::error::SessionError;
use super::found::Served;
use super::progress::chunk;
use super::questions::{ELICITATION, QuestionSink, elicited};
use super::session::Session;
use super::tap::ProgressSink;
use crate::conversation::Values;
use crate::tools::executor::ToolObserver;

/// The maximum number of rounds of questions in a call.
const MAX_ROUNDS: usize = 20;
/// The initial pause before repeating a request to which the server asked no questions.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The default interval between two polls of a task.
const USUAL_POLL: Duration = Duration::from_secs(1);
/// The bounds of the polling interval that a server may request.
const POLLS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));
/// The time limit for sending a cancellation to a server.
const FAREWELL: Duration = Duration::from_secs(1);

/// The metadata key for the identity of a call.
const IDEMPOTENCY_KEY: &str = "flowdeck/idempotencyKey";

/// A call to make.
#[derive(Debug)]
pub(super) struct McpCall<'t> {
    pub(super) tool: &'t Served,
    pub(super) arguments: Values,
    pub(super) idempotency_key: String,
}

fn meta(idempotency_key: &str) -> RequestMetaObject {
    let mut meta = RequestMetaObject::default();
    let key = Value::from(idempotency_key);
    meta.0.0.insert(IDEMPOTENCY_KEY.to_owned(), key);
    meta
}

/// The response to a request to call a tool.
enum Came {
    /// The result.
    Done(CallToolResult),
    /// The server needs more information, and then the same request again with the answers.
    Asks {
        requests: Value,
        state: Option<String>,
    },
    /// The server executes the call as a task.
    Task { id: String, poll: Duration },
}

impl Session {
    /// Calls a tool and reports its progress. The time limit restarts with each progress message,
    /// and is paused while a person is asked.
    ///
    /// # Cancel safety
    /// When the future is dropped, the server is informed that the call was cancelled.
    pub(super) async fn call(
        &self,
        call: McpCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<CallToolResult, SessionError> {
        let called = self.called(call, observer).await;
        called.map_err(|error| error.cleaned(&self.target))
    }

    async fn called(
        &self,
        call: McpCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<CallToolResult, SessionError> {
        let McpCall {
            tool,
            arguments,
            idempotency_key,
        } = call;
        if tool.must_be_task() && !self.is_modern() {
            let params = json!({
                "name": tool.name,
                "arguments": arguments,
                "task": {},
                "_meta": {IDEMPOTENCY_KEY: idempotency_key},
            });
            let request = custom("tools/call", params);
            return match came(self.exchange(request, observer).await?)? {
                Came::Done(result) => Ok(result),
                Came::Task { id, poll } => self.follow_older(id, poll, observer).await,
                Came::Asks { .. } => Err(SessionError::Strange),
            };
        }
        let mut first = CallToolRequestParams::new(tool.name.clone()).with_arguments(arguments);
        first.meta = Some(meta(&idempotency_key));
        let mut params = first.clone();
        let (mut asked, mut pause) = (0, FIRST_PAUSE);
        let end = Instant::now() + MAX_CALL;
        while asked < MAX_ROUNDS && Instant::now() < end {
            let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
            match came(self.exchange(request, observer).await?)? {
                Came::Done(result) => return Ok(result),
                Came::Task { id, poll } => return self.follow(id, poll, observer).await,
                Came::Asks { requests, state } => {
                    params = first.clone();
                    params.request_state = state;
                    if requests.is_object() {
                        params.input_responses = Some(self.answers(&requests, observer).await?);
                        asked += 1;
                        // With the answers it is another request than before.
                        params.meta = Some(meta(&format!("{idempotency_key}/{asked}")));
                    } else {
                        // It is not done yet.
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
        }
        Err(SessionError::AsksForEver)
    }

    /// Collects the answers to a server's questions.
    async fn answers(
        &self,
        requests: &Value,
        observer: &dyn ToolObserver,
    ) -> Result<InputResponses, SessionError> {
        let server = self.target.to_string();
        let mut answers = InputResponses::new();
        for (key, request) in requests.as_object().into_iter().flatten() {
            let method = request.get("method").and_then(Value::as_str);
            let params = request.get("params").unwrap_or(&Value::Null);
            let answer = match method.unwrap_or_default() {
                ELICITATION => elicited(&self.cleaned(params.clone()), &server, observer).await?,
                "roots/list" => json!({"roots": []}),
                other => return Err(SessionError::AsksFor(other.to_owned())),
            };
            answers.insert(key.clone(), answer);
        }
        Ok(answers)
    }

    /// Polls a task until it has ended.
    async fn follow(
        &self,
        id: String,
        mut poll: Duration,
        observer: &dyn ToolObserver,
    ) -> Result<CallToolResult, SessionError> {
        let cancel = CancelTaskRequest::new(CancelTaskParams::new(id.clone()));
        let mut unfinished = Unfinished::new(self, ClientRequest::CancelTaskRequest(cancel));
        let end = Instant::now() + MAX_CALL;
        let mut last_status = String::new();
        let mut answered = HashSet::new();
        while Instant::now() < end {
            tokio::time::sleep(poll).await;
            let get = GetTaskRequest::new(GetTaskParams::new(id.clone()));
            let get = ClientRequest::GetTaskRequest(get);
            let task = value_of(&self.exchange(get, observer).await?);
            self.show_status(&task, &mut last_status, observer).await;
            poll = interval(&task, "pollIntervalMs").unwrap_or(poll);
            match task.get("status").and_then(Value::as_str) {
                Some("completed") => {
                    unfinished.end();
                    let result = task.get("result").cloned().unwrap_or_else(|| json!({}));
                    return result_of(result);
                }
                Some("failed" | "cancelled") => {
                    unfinished.end();
                    return Err(SessionError::Refused(ending_of(&task)));
                }
                Some("input_required") => {
                    // The server repeats requests that were answered until it has processed the answers.
                    let mut requests = task.get("inputRequests").cloned().unwrap_or_default();
                    if let Some(requests) = requests.as_object_mut() {
                        requests.retain(|key, _| !answered.contains(key));
                        answered.extend(requests.keys().cloned());
                    }
                    if answered.len() > MAX_ROUNDS {
                        return Err(SessionError::AsksForEver);
                    }
                    let answers = self.answers(&requests, observer).await?;
                    if answers.is_empty() {
                        continue;
                    }
                    let params = UpdateTaskParams::new(id.clone(), answers);
                    let update = UpdateTaskRequest::new(params);
                    let update = ClientRequest::UpdateTaskRequest(update);
                    self.exchange(update, observer).await?;
                }
                Some(_working) => {}
                None => return Err(SessionError::Strange),
            }
        }
        Err(SessionError::TimedOut(MAX_CALL))
    }

    /// Polls a task until it has ended, in protocol version 2025-11-25, where the result needs a
    /// separate request.
    async fn follow_older(
        &self,
        id: String,
        mut poll: Duration,
        observer: &dyn ToolObserver,
    ) -> Result<CallToolResult, SessionError> {
        let of_task = || json!({ "taskId": id });
        let mut unfinished = Unfinished::new(self, custom("tasks/cancel", of_task()));
        let end = Instant::now() + MAX_CALL;
        let mut last_status = String::new();
        while Instant::now() < end {
            tokio::time::sleep(poll).await;
            let get = custom("tasks/get", of_task());
            let task = value_of(&self.exchange(get, observer).await?);
            self.show_status(&task, &mut last_status, observer).await;
            poll = interval(&task, "pollInterval").unwrap_or(poll);
            match task.get("status").and_then(Value::as_str) {
                // What it wants to know, it asks while the result is waited for.
                Some("completed" | "failed" | "input_required") => {
                    let get = custom("tasks/result", of_task());
                    let result = self.exchange(get, observer).await?;
                    unfinished.end();
                    return match came(result)? {
                        Came::Done(result) => Ok(result),
                        Came::Asks { .. } | Came::Task { .. } => Err(SessionError::Strange),
                    };
                }
                Some("cancelled") => {
                    unfinished.end();
                    return Err(SessionError::Refused(ending_of(&task)));
                }
                Some(_working) => {}
                None => return Err(SessionError::Strange),
            }
        }
        Err(SessionError::TimedOut(MAX_CALL))
    }

    /// Reports a new status of a task, in its server's words.
    async fn show_status(
        &self,
        task: &Value,
        last_status: &mut String,
        observer: &dyn ToolObserver,
    ) {
        let status = task.get("statusMessage").and_then(Value::as_str);
        if let Some(status) =
            status.filter(|status| !status.is_empty() && *status != last_status.as_str())
        {
            status.clone_into(last_status);
            observer.chunk(self.cleaned(Value::from(status))).await;
        }
    }

    /// Removes the secrets that were sent to the server from a value.
    fn cleaned(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.target.redactor().clean(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.cleaned(item)).collect(),
            Value::Object(entries) => {
                let entries = entries.into_iter();
                entries
                    .map(|(name, value)| (name, self.cleaned(value)))
                    .collect()
            }
            other => other,
        }
    }

    /// Sends a request and waits for the response; meanwhile reports progress and forwards the
    /// server's questions.
    async fn exchange(
        &self,
        mut request: ClientRequest,
        observer: &dyn ToolObserver,
    ) -> Result<ServerResult, SessionError> {
        let (sink, mut progress) = ProgressSink::new();
        let (asked, mut questions) = QuestionSink::new();
        let extensions = match &mut request {
            ClientRequest::CallToolRequest(call) => Some(&mut call.extensions),
            ClientRequest::CustomRequest(custom) => Some(&mut custom.extensions),
            _ => None,
        };
        if let Some(extensions) = extensions {
            extensions.insert(sink);
            extensions.insert(asked);
        }
        let handle = self
            .peer
            .send_cancellable_request(request, PeerRequestOptions::no_options())
            .await
            .map_err(|error| self.failed(&error))?;
        let mut unanswered = Unanswered {
            id: Some(handle.id),
            peer: &self.peer,
            tasks: &self.tasks,
        };
        let mut answer = handle.rx;
        let limit = self.target.read_timeout;
        let silence = tokio::time::sleep(limit);
        let end = tokio::time::sleep(MAX_CALL);
        tokio::pin!(silence, end);
        let result = loop {
            tokio::select! {
                biased;
                Some(progress) = progress.recv() => {
                    silence.as_mut().reset(Instant::now() + limit);
                    observer.chunk(self.cleaned(chunk(&progress))).await;
                }
                Some(question) = questions.recv() => {
                    let since = Instant::now();
                    let server = self.target.to_string();
                    let params = self.cleaned(question.params.clone());
                    let answer = elicited(&params, &server, observer).await?;
                    // A server that does not wait any more has its reasons.
                    let _unheard = question.answer.send(answer);
                    silence.as_mut().reset(Instant::now() + limit);
                    let later = end.deadline() + since.elapsed();
                    end.as_mut().reset(later);
                }
                answer = &mut answer => break answer.unwrap_or(Err(ServiceError::TransportClosed)),
                () = &mut silence => return Err(SessionError::TimedOut(limit)),
                () = &mut end => return Err(SessionError::TimedOut(MAX_CALL)),
            }
        };
        unanswered.id = None;
        result.map_err(|error| self.failed(&error))
    }
}

fn custom(method: &str, params: Value) -> ClientRequest {
    ClientRequest::CustomRequest(CustomRequest::new(method, Some(params)))
}

/// Returns a result as the server sent it, except for what the SDK does not represent.
fn value_of(result: &ServerResult) -> Value {
    serde_json::to_value(result).unwrap_or_default()
}

fn came(result: ServerResult) -> Result<Came, SessionError> {
    if let ServerResult::CallToolResult(result) = result {
        return Ok(Came::Done(result));
    }
    let value = value_of(&result);
    let kind = value.get("resultType").and_then(Value::as_str);
    let older = value.get("task").filter(|task| task.is_object());
    if kind == Some("input_required") {
        let state = value.get("requestState").and_then(Value::as_str);
        return Ok(Came::Asks {
            requests: value.get("inputRequests").cloned().unwrap_or_default(),
            state: state.map(str::to_owned),
        });
    }
    if kind == Some("task") || older.is_some() {
        let task = older.unwrap_or(&value);
        let id = task.get("taskId").and_then(Value::as_str);
        let poll = interval(task, "pollIntervalMs").or_else(|| interval(task, "pollInterval"));
        return Ok(Came::Task {
            id: id.ok_or(SessionError::Strange)?.to_owned(),
            poll: poll.unwrap_or(USUAL_POLL),
        });
    }
    result_of(value).map(Came::Done)
}

/// Converts a value to a tool's result, which may be empty.
fn result_of(value: Value) -> Result<CallToolResult, SessionError> {
    let is_bare = value.as_object().is_some_and(|result| {
        let mut keys = result.keys();
        keys.all(|key| matches!(key.as_str(), "resultType" | "_meta"))
    });
    if is_bare {
        return Ok(CallToolResult::default());
    }
    serde_json::from_value(value).map_err(|_other| SessionError::Strange)
}

fn interval(task: &Value, key: &str) -> Option<Duration> {
    let interval = Duration::from_millis(task.get(key)?.as_u64()?);
    Some(interval.clamp(POLLS.0, POLLS.1))
}

/// Describes how a task without a result ended, in the server's words.
fn ending_of(task: &Value) -> String {
    let error = task.get("error").and_then(|error| error.get("message"));
    let words = error.or_else(|| task.get("statusMessage"));
    let status = task.get("status").and_then(Value::as_str);
    match words.and_then(Value::as_str) {
        Some(words) => words.to_owned(),
        None => format!("the task is {}", status.unwrap_or("over")),
    }
}

/// A request that was sent. If dropped before the response, it informs the server of the
/// cancellation.
struct Unanswered<'s> {
    /// The id of the request; `None` after the response.
    id: Option<RequestId>,
    peer: &'s Peer<RoleClient>,
    tasks: &'s TaskTracker,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else {
            return;
        };
        let peer = self.peer.clone();
        self.tasks.spawn(async move {
            let params = CancelledNotificationParam::new(
                Some(id),
                Some("the caller does not wait any more".to_owned()),
            );
            let notification = CancelledNotification::new(params).into();
            // A server that is gone need not be told.
            let _told = tokio::time::timeout(FAREWELL, peer.send_notification(notification)).await;
        });
    }
}

/// A task that has not ended. Dropping it informs the server of the cancellation.
struct Unfinished<'s> {
    session: &'s Session,
    /// The request that cancels the task; `None` after the task has ended.
    cancel: Option<ClientRequest>,
}

impl<'s> Unfinished<'s> {
    const fn new(session: &'s Session, cancel: ClientRequest) -> Self {
        Self {
            session,
            cancel: Some(cancel),
        }
    }

    fn end(&mut self) {
        self.cancel = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let Some(cancel) = self.cancel.take() else {
            return;
        };
        let peer = self.session.peer.clone();
        self.session.tasks.spawn(async move {
            // A server that is gone need not be told.
            let _told = tokio::time::timeout(FAREWELL, peer.send_request(cancel)).await;
        });
    }
}
