//! An exchange with a remote agent: sends a message once and follows the resulting task.

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::answer::answer_of_message;
use super::follow::Follow;
use super::peer::Peer;
use super::stream::Events;
use super::trouble::Trouble;
use super::turn::{RemoteAnswer, RemoteTurn};
use crate::a2a::{
    ErrorCode, Message, Part, Role, SendMessageConfiguration, SendMessageRequest, StreamEvent,
    TaskState,
};
use crate::tools::executor::ToolObserver;

/// The member of the recorded state that contains the id of the accepted task.
const TASK: &str = "task";

/// Sends a message to an agent and returns its answer. `begun` is the recorded state if the same
/// message was sent before: then its task is followed and the message is not sent again.
pub(super) async fn exchange(
    peer: &Peer,
    turn: &RemoteTurn,
    (message_id, begun): (&str, Option<&Value>),
    observer: &dyn ToolObserver,
    tasks: &TaskTracker,
) -> Result<RemoteAnswer, Trouble> {
    let mut follow = Follow::new(peer, &turn.thread, observer, tasks);
    if let Some(task) = begun.and_then(|begun| begun.get(TASK)?.as_str()) {
        return follow.finish(task, None).await;
    }
    if let Some(task) = &turn.thread.task
        && turn.thread.needs_authorization
    {
        // It continues by itself once the person has given the authorization.
        let found = peer.task(task, observer).await?;
        if found.status.state != TaskState::AuthRequired {
            observer.began(json!({TASK: task})).await;
            return follow.finish(task, None).await;
        }
    }
    let request = request(peer, turn, message_id)?;
    let (first, events) = match send_message(peer, &request, observer).await {
        // The task that waited has ended or is forgotten: the message begins a new one in the same conversation.
        Err(trouble) if request.message.task_id.is_some() && is_over(&trouble) => {
            follow.forget();
            let mut anew = request;
            anew.message.task_id = None;
            send_message(peer, &anew, observer).await?
        }
        came => came?,
    };
    if let StreamEvent::Message(message) = first {
        return Ok(answer_of_message(message, &turn.thread, peer.target()));
    }
    let Some(task) = first.task_id().map(str::to_owned) else {
        return Err(Trouble::Strange("an event names no task".to_owned()));
    };
    observer.began(json!({TASK: task})).await;
    follow.begin(&task);
    follow.take(first).await?;
    follow.finish(&task, events).await
}

/// Returns whether an agent rejected a message because its task is already finished: -32004 from
/// A2A's SDKs, -32602 from WayFlow.
fn is_over(trouble: &Trouble) -> bool {
    trouble.is_refusal(&[
        ErrorCode::TaskNotFound,
        ErrorCode::UnsupportedOperation,
        ErrorCode::InvalidParams,
    ])
}

/// Sends a message; returns the first event, and the stream of further events if there is one.
async fn send_message(
    peer: &Peer,
    request: &SendMessageRequest,
    observer: &dyn ToolObserver,
) -> Result<(StreamEvent, Option<Events>), Trouble> {
    if peer.streams {
        let codes = [ErrorCode::MethodNotFound, ErrorCode::UnsupportedOperation];
        let came = async {
            let mut events = peer.stream(request, observer).await?;
            let limit = peer.target().request_timeout;
            let first = timeout(limit, events.next()).await;
            match first.unwrap_or(Err(Trouble::TimedOut(limit)))? {
                Some(first) => Ok((first, Some(events))),
                None => Err(Trouble::Strange(
                    "its stream ended before it began".to_owned(),
                )),
            }
        };
        match came.await {
            // Its card promises too much. With a task the same code says that it has ended.
            Err(trouble) if request.message.task_id.is_none() && trouble.is_refusal(&codes) => {}
            came => return came,
        }
    }
    Ok((peer.send(request, observer).await?, None))
}

fn request(
    peer: &Peer,
    turn: &RemoteTurn,
    message_id: &str,
) -> Result<SendMessageRequest, Trouble> {
    let parts: Result<Vec<Part>, _> = (turn.parts.iter().cloned())
        .map(serde_json::from_value)
        .collect();
    let parts = parts
        .map_err(|error| Trouble::Strange(format!("the message to it can't be read: {error}")))?;
    let message = Message {
        context_id: turn.thread.context.clone(),
        task_id: turn.thread.task.clone(),
        ..Message::new(message_id, Role::User, parts)
    };
    let configuration = SendMessageConfiguration {
        accepted_output_modes: peer.output_modes.clone(),
        // The task is to be known as soon as there is one, so that it can be followed after a crash. Besides, WayFlow
        // 26.3.1 answers a waiting request with the turn before.
        return_immediately: true,
        ..SendMessageConfiguration::default()
    };
    Ok(SendMessageRequest::new(message, configuration))
}
