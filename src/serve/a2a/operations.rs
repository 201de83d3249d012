//! What clients ask for, whichever way it comes.

use std::sync::Arc;

use serde_json::Value;

use super::Agent;
use super::stream::TaskStream;
use super::task::{TaskId, saying, task};
use crate::a2a::{
    CancelTaskRequest, ErrorCode, GetTaskRequest, ListTasksRequest, ListTasksResponse, Method,
    ProtocolError, SendMessageRequest, SubscribeToTaskRequest, Task, TaskState, TaskStatus,
    Version,
};
use crate::serve::ServeError;
use crate::serve::desk::TurnOf;
use crate::serve::watch::Watch;

/// Tasks on a page of a list, where the client does not say.
const PAGE: u32 = 50;

/// The most that there are.
const MAX_PAGE: u32 = 100;

/// What comes of an operation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An object.
    Whole(Value),
    /// Events.
    Stream(TaskStream),
}

impl Agent {
    /// Carries an operation out.
    ///
    /// # Errors
    /// What the client is told.
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
                let listed = self.list(&read(params)?)?;
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

    /// Begins a turn with a message: of the task or the context that it names, else of a new conversation.
    async fn send(&self, request: SendMessageRequest) -> Result<TurnOf, ProtocolError> {
        if request.configuration.push_notification.is_some() {
            return Err(ProtocolError::new(
                ErrorCode::PushNotificationNotSupported,
                "this agent does not call its clients: stream or poll",
            ));
        }
        let message = request.message;
        let context = message.context_id.clone();
        let conversation = match &message.task_id {
            Some(id) => {
                let turn = self.find(id).await?;
                let named = context
                    .as_deref()
                    .filter(|named| *named != turn.conversation.context());
                if let Some(other) = named {
                    let words = format!("task `{id}` is not of the context `{other}`");
                    return Err(ProtocolError::new(ErrorCode::InvalidParams, words));
                }
                let state = self.task(&turn, None).status.state;
                let (_, last) = turn.conversation.task_of(turn.number);
                if last != turn.conversation.latest() || !state.is_interrupted() {
                    let words = format!(
                        "task `{id}` takes no further message: send it with its `contextId` alone"
                    );
                    return Err(ProtocolError::new(ErrorCode::UnsupportedOperation, words));
                }
                Some(turn.conversation)
            }
            None => match &context {
                Some(context) => self
                    .desk
                    .of_context(context)
                    .await
                    .map_err(|error| refused(&error))?,
                None => None,
            },
        };
        let saying = saying(message)?;
        let sent = match conversation {
            Some(conversation) => self.desk.go_on(conversation, saying, context).await,
            None => self.desk.begin(saying, context),
        };
        let turn = sent.map_err(|error| refused(&error))?;
        self.desk.begun(&turn).await;
        Ok(turn)
    }

    /// The turn that is the task with this id.
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
        // A task has the number of its first turn; what happens in it happens in its last one.
        let (first, last) = conversation.task_of(turn);
        if turn == 0 || turn > conversation.latest() || turn != first {
            return Err(unknown());
        }
        Ok(TurnOf {
            number: last.min(conversation.latest()),
            conversation,
        })
    }

    fn task(&self, turn: &TurnOf, history: Option<u32>) -> Task {
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

    /// The tasks of conversations that are open here, the one that changed last first.
    fn list(&self, request: &ListTasksRequest) -> Result<ListTasksResponse, ProtocolError> {
        let invalid = |words: &str| ProtocolError::new(ErrorCode::InvalidParams, words);
        let begin: usize = match request.page_token.as_deref() {
            None => 0,
            Some(token) => token
                .parse()
                .map_err(|_no_number| invalid("`pageToken` is none of this server's"))?,
        };
        let page_size = request.page_size.unwrap_or(PAGE);
        if !(1..=MAX_PAGE).contains(&page_size) {
            return Err(invalid("`pageSize` must be from 1 to 100"));
        }
        let conversations = self.desk.open_ones().into_iter();
        let turns = conversations.flat_map(|conversation| {
            let numbers = 1..=conversation.latest();
            let firsts = numbers.filter({
                let conversation = Arc::clone(&conversation);
                move |number| conversation.task_of(*number).0 == *number
            });
            firsts.map(move |number| TurnOf {
                conversation: Arc::clone(&conversation),
                number,
            })
        });
        let is_wanted = |task: &Task| {
            let context = request.context_id.as_ref();
            context.is_none_or(|wanted| task.context_id.as_ref() == Some(wanted))
                && (request.status == TaskState::Unknown || request.status == task.status.state)
                && request
                    .status_timestamp_after
                    .is_none_or(|after| task.status.timestamp.is_some_and(|at| at > after))
        };
        let mut tasks: Vec<Task> = turns
            .map(|turn| self.task(&turn, Some(request.history_length.unwrap_or(0))))
            .filter(is_wanted)
            .collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.status.timestamp));
        let total = tasks.len();
        let mut page: Vec<Task> = tasks
            .into_iter()
            .skip(begin)
            .take(page_size as usize)
            .collect();
        if !request.include_artifacts {
            for task in &mut page {
                task.artifacts.clear();
            }
        }
        let next = begin + page.len();
        Ok(ListTasksResponse {
            tasks: page,
            next_page_token: (next < total).then(|| next.to_string()),
            page_size,
            total_size: u32::try_from(total).unwrap_or(u32::MAX),
        })
    }
}

/// What a message is answered with: a task, which version 1.0 names.
fn sent(task: &Task, version: Version) -> Value {
    crate::a2a::StreamEvent::Task(task.clone()).to_json(version)
}

fn read<T: serde::de::DeserializeOwned>(params: Value) -> Result<T, ProtocolError> {
    serde_json::from_value(params)
        .map_err(|error| ProtocolError::new(ErrorCode::InvalidParams, error.to_string()))
}

fn refused(error: &ServeError) -> ProtocolError {
    let code = match error {
        ServeError::Invalid(_) => ErrorCode::InvalidParams,
        ServeError::Busy | ServeError::Over => ErrorCode::UnsupportedOperation,
        ServeError::TooMany
        | ServeError::Closing
        | ServeError::History(_)
        | ServeError::Lost(_) => ErrorCode::Internal,
    };
    ProtocolError::new(code, error.to_string())
}
