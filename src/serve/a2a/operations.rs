//! The operations that clients request, independent of the transport.

use serde_json::Value;

use super::Agent;
use super::stream::TaskStream;
use super::task::{TaskId, saying, task};
use super::{listing, modes};
use crate::a2a::{
    CancelTaskRequest, ErrorCode, GetTaskRequest, Method, ProtocolError, SendMessageRequest,
    SubscribeToTaskRequest, Task, TaskStatus, Version,
};
use crate::serve::ServeError;
use crate::serve::desk::{MessageKey, TurnOf};
use crate::serve::reply::Saying;
use crate::serve::watch::Watch;

/// The result of an operation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A single object.
    Whole(Value),
    /// A stream of events.
    Stream(TaskStream),
}

impl Agent {
    /// Runs an operation.
    ///
    /// # Errors
    /// The protocol error that the client is sent.
    pub(super) async fn carry_out(
        &self,
        method: Method,
        params: Value,
        version: Version,
    ) -> Result<Outcome, ProtocolError> {
        match method {
            Method::SendMessage => {
                let request: SendMessageRequest = read(params)?;
                let history = request.configuration.history_length;
                let waits = !request.configuration.return_immediately;
                let turn = self.send(request).await?;
                if waits {
                    let mut watch = Watch::new(self.desk.clone(), turn.clone());
                    while watch.next().await.is_some() {}
                }
                let task = self.task(&turn, history);
                Ok(Outcome::Whole(sent(&task, version)))
            }
            Method::SendStreamingMessage => {
                let request: SendMessageRequest = read(params)?;
                let turn = self.send(request).await?;
                Ok(Outcome::Stream(self.stream(turn)))
            }
            Method::GetTask => {
                let request: GetTaskRequest = read(params)?;
                let turn = self.find(&request.id).await?;
                let task = self.task(&turn, request.history_length);
                Ok(Outcome::Whole(task.to_json(version)))
            }
            Method::ListTasks => {
                let listed = self.list(&listing::read(params)?).await?;
                Ok(Outcome::Whole(listed.to_json()))
            }
            Method::CancelTask => {
                let request: CancelTaskRequest = read(params)?;
                let task = self.cancel(&request.id).await?;
                Ok(Outcome::Whole(task.to_json(version)))
            }
            Method::SubscribeToTask => {
                let request: SubscribeToTaskRequest = read(params)?;
                let turn = self.find(&request.id).await?;
                if self.task(&turn, None).status.state.is_terminal() {
                    let words = format!("task `{}` is over: read it", request.id);
                    return Err(ProtocolError::new(ErrorCode::UnsupportedOperation, words));
                }
                Ok(Outcome::Stream(self.stream(turn)))
            }
            Method::CreateTaskPushNotificationConfig
            | Method::GetTaskPushNotificationConfig
            | Method::ListTaskPushNotificationConfigs
            | Method::DeleteTaskPushNotificationConfig => Err(ProtocolError::new(
                ErrorCode::PushNotificationNotSupported,
                "this agent does not call its clients: stream or poll",
            )),
            Method::GetExtendedAgentCard => Err(ProtocolError::new(
                ErrorCode::ExtendedCardNotConfigured,
                "there is no fuller card",
            )),
        }
    }

    fn stream(&self, turn: TurnOf) -> TaskStream {
        TaskStream::new(self.desk.clone(), turn)
    }

    /// Begins a turn with a message, in the task or the context that the message names, or else in
    /// a new conversation. A repeated message begins no turn: the result is the turn that it began
    /// the first time, or the last turn of that turn's task.
    async fn send(&self, request: SendMessageRequest) -> Result<TurnOf, ProtocolError> {
        if request.configuration.push_notification.is_some() {
            return Err(ProtocolError::new(
                ErrorCode::PushNotificationNotSupported,
                "this agent does not call its clients: stream or poll",
            ));
        }
        let message = request.message;
        let named = match &message.task_id {
            Some(id) => Some(self.named(id, message.context_id.as_deref()).await?),
            None => None,
        };
        let context = match &named {
            Some(turn) => Some(turn.conversation.context()),
            None => message.context_id.clone(),
        };
        let accepts = request.configuration.accepted_output_modes;
        modes::check(&accepts, &self.desk.served().component)?;
        let saying = saying(message, accepts)?;
        let known = saying.client_message.as_ref();
        let key = known.and_then(|known| MessageKey::of(known, context.as_deref()));
        let turn = match (known, &key) {
            (Some(known), Some(key)) => {
                let _taking = self.desk.taking(key).await;
                let repeated = self.desk.repeated(known, key).await;
                match repeated.map_err(|error| refused(&error))? {
                    Some(turn) => last_of_task(turn),
                    None => self.begin(named, context, saying).await?,
                }
            }
            _ => self.begin(named, context, saying).await?,
        };
        self.desk.begun(&turn).await;
        Ok(turn)
    }

    /// Returns the task that a message names; this task must belong to the context that the message
    /// names.
    async fn named(&self, id: &str, context: Option<&str>) -> Result<TurnOf, ProtocolError> {
        let turn = self.find(id).await?;
        match context.filter(|named| *named != turn.conversation.context()) {
            Some(other) => {
                let words = format!("task `{id}` is not of the context `{other}`");
                Err(ProtocolError::new(ErrorCode::InvalidParams, words))
            }
            None => Ok(turn),
        }
    }

    /// Begins a turn with a message that was not received before.
    async fn begin(
        &self,
        named: Option<TurnOf>,
        context: Option<String>,
        saying: Saying,
    ) -> Result<TurnOf, ProtocolError> {
        let conversation = match (named, &context) {
            (Some(turn), _) => {
                let state = self.task(&turn, None).status.state;
                let (first, last) = turn.conversation.task_of(turn.number);
                if last != turn.conversation.latest() || !state.is_interrupted() {
                    let words = format!(
                        "task `{}` takes no further message: send it with its `contextId` alone",
                        TaskId::of(&turn.conversation, first)
                    );
                    return Err(ProtocolError::new(ErrorCode::UnsupportedOperation, words));
                }
                Some(turn.conversation)
            }
            (None, Some(context)) => {
                let found = self.desk.of_context(context).await;
                found.map_err(|error| refused(&error))?
            }
            (None, None) => None,
        };
        let sent = match conversation {
            Some(conversation) => self.desk.go_on(conversation, saying, context).await,
            None => self.desk.begin(saying, context),
        };
        sent.map_err(|error| refused(&error))
    }

    /// Returns the turn for a task id.
    async fn find(&self, id: &str) -> Result<TurnOf, ProtocolError> {
        let unknown =
            || ProtocolError::new(ErrorCode::TaskNotFound, format!("there is no task `{id}`"));
        let TaskId { conversation, turn } = TaskId::read(id).ok_or_else(unknown)?;
        let found = self
            .desk
            .find(&conversation)
            .await
            .map_err(|error| refused(&error))?;
        let conversation = found.ok_or_else(unknown)?;
        // A task has the number of its first turn.
        if turn == 0 || turn > conversation.latest() || turn != conversation.task_of(turn).0 {
            return Err(unknown());
        }
        Ok(last_of_task(TurnOf {
            number: turn,
            conversation,
        }))
    }

    pub(super) fn task(&self, turn: &TurnOf, history: Option<u32>) -> Task {
        let turns = self.desk.task(turn);
        let mut task = task(&turns, &turn.conversation).unwrap_or_else(|| {
            let id = TaskId::of(&turn.conversation, turn.number);
            Task::new(id, turn.conversation.context(), TaskStatus::default())
        });
        if let Some(most) = history {
            let excess = task.history.len().saturating_sub(most as usize);
            task.history.drain(..excess);
        }
        task
    }

    async fn cancel(&self, id: &str) -> Result<Task, ProtocolError> {
        let turn = self.find(id).await?;
        if self.task(&turn, None).status.state.is_terminal() {
            let words = format!("task `{id}` is over");
            return Err(ProtocolError::new(ErrorCode::TaskNotCancelable, words));
        }
        self.desk.cancel(&turn.conversation).await;
        let mut changes = turn.conversation.changes();
        loop {
            changes.mark_unchanged();
            let task = self.task(&turn, None);
            if task.status.state.is_terminal() || changes.changed().await.is_err() {
                return Ok(task);
            }
        }
    }
}

/// Returns the last turn of the task that a turn belongs to; later changes of the task happen in
/// that turn.
fn last_of_task(turn: TurnOf) -> TurnOf {
    let (_, last) = turn.conversation.task_of(turn.number);
    TurnOf {
        number: last.min(turn.conversation.latest()),
        conversation: turn.conversation,
    }
}

/// Returns the answer to a sent message: a task, which version 1.0 wraps in a `task` field.
fn sent(task: &Task, version: Version) -> Value {
    crate::a2a::StreamEvent::Task(task.clone()).to_json(version)
}

pub(super) fn read<T: serde::de::DeserializeOwned>(params: Value) -> Result<T, ProtocolError> {
    serde_json::from_value(params)
        .map_err(|error| ProtocolError::new(ErrorCode::InvalidParams, error.to_string()))
}

pub(super) fn refused(error: &ServeError) -> ProtocolError {
    let code = match error {
        ServeError::Invalid(_) | ServeError::Reused(_) => ErrorCode::InvalidParams,
        ServeError::Busy | ServeError::Over => ErrorCode::UnsupportedOperation,
        ServeError::TooMany
        | ServeError::Closing
        | ServeError::History(_)
        | ServeError::Lost(_) => ErrorCode::Internal,
    };
    ProtocolError::new(code, error.to_string())
}
