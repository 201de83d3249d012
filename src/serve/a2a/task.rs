//! Turns as tasks, and messages as what a client says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::a2a::{
    Artifact, ErrorCode, Message, Part, PartContent, ProtocolError, Role, Task, TaskState,
    TaskStatus,
};
use crate::conversation::{self, Image};
use crate::serve::asking::in_words;
use crate::serve::desk::Conversation;
use crate::serve::reply::Saying;
use crate::serve::turn::{Turn, TurnState};
use crate::trace::RequestKind;

/// A task's id: the conversation and the turn, `b_0123456789abcdef.2`.
#[derive(Debug)]
pub(super) struct TaskId {
    pub(super) conversation: String,
    pub(super) turn: usize,
}

impl TaskId {
    pub(super) fn read(id: &str) -> Option<Self> {
        let (conversation, turn) = id.rsplit_once('.')?;
        Some(Self {
            conversation: conversation.to_owned(),
            turn: turn.parse().ok()?,
        })
    }

    pub(super) fn of(conversation: &Conversation, turn: usize) -> String {
        format!("{}.{turn}", conversation.id())
    }
}

/// The turns of a task, as the task.
pub(super) fn task(turns: &[Turn], conversation: &Conversation) -> Option<Task> {
    let (first, last) = (turns.first()?, turns.last()?);
    let id = TaskId::of(conversation, first.number);
    let context = conversation.context();
    let within = |message: Message| Message {
        // Unique among all conversations.
        message_id: format!("{id}-{}", message.message_id),
        task_id: Some(id.clone()),
        context_id: Some(context.clone()),
        ..message
    };
    let mut task = Task::new(id.clone(), context.clone(), status(last));
    task.status.message = asked(last).map(within);
    let said = turns.iter().flat_map(|turn| &turn.messages);
    let mut history: Vec<Message> = said.map(|said| message(said)).collect();
    if history.first().is_none_or(|said| said.role != Role::User)
        && first.state != TurnState::Waiting
    {
        // What began it is no message of its run; clients take the first one for their own.
        let inputs = Part::data(Value::Object(conversation.inputs()));
        history.insert(0, Message::new("inputs", Role::User, vec![inputs]));
    }
    task.history = history.into_iter().map(within).collect();
    task.artifacts = turns
        .iter()
        .flat_map(Turn::answers)
        .enumerate()
        .map(|(index, said)| artifact(index, said))
        .chain(outputs(last))
        .collect();
    Some(task)
}

/// Where a turn stands, without words.
pub(super) fn status(turn: &Turn) -> TaskStatus {
    let state = match turn.state {
        TurnState::Waiting => TaskState::Submitted,
        TurnState::Working => TaskState::Working,
        TurnState::Answered | TurnState::Finished => TaskState::Completed,
        TurnState::Asks if turn.requests.values().all(is_authorization) => TaskState::AuthRequired,
        TurnState::Asks => TaskState::InputRequired,
        TurnState::Failed => TaskState::Failed,
        TurnState::Cancelled => TaskState::Canceled,
    };
    TaskStatus::new(state, turn.changed_at)
}

fn is_authorization(kind: &RequestKind) -> bool {
    matches!(kind, RequestKind::Authorization { .. })
}

/// What the run asks in words, and as data where it is more than a question; why it failed.
pub(super) fn asked(turn: &Turn) -> Option<Message> {
    let id = format!("status-{}", turn.number);
    if turn.state == TurnState::Failed {
        let error = turn.error.as_ref()?;
        return Some(Message::new(
            id,
            Role::Agent,
            vec![Part::text(error.in_words())],
        ));
    }
    if turn.state != TurnState::Asks {
        return None;
    }
    let mut parts = Vec::new();
    for (request, kind) in &turn.requests {
        parts.push(Part::text(in_words(kind)));
        if !matches!(kind, RequestKind::UserMessage { .. }) {
            let mut data = serde_json::to_value(kind).unwrap_or_default();
            data["request_id"] = json!(request);
            parts.push(Part::data(data));
        }
    }
    Some(Message::new(id, Role::Agent, parts))
}

fn message(said: &conversation::Message) -> Message {
    let role = match said.role {
        conversation::Role::User => Role::User,
        conversation::Role::Agent | conversation::Role::System => Role::Agent,
    };
    Message::new(said.id.clone(), role, parts(said))
}

fn parts(said: &conversation::Message) -> Vec<Part> {
    let text = (!said.content.is_empty()).then(|| Part::text(said.content.clone()));
    let pictures = said.images.iter().filter_map(|image| {
        let bytes = STANDARD.decode(&image.base64).ok()?;
        Some(Part {
            filename: image.name.clone(),
            media_type: Some(image.media_type.clone()),
            ..Part::new(PartContent::Bytes(bytes))
        })
    });
    text.into_iter().chain(pictures).collect()
}

/// The id of the artifact that an answer is.
pub(super) fn artifact_id(index: usize) -> String {
    format!("answer-{}", index + 1)
}

pub(super) fn artifact(index: usize, said: &conversation::Message) -> Artifact {
    Artifact::new(artifact_id(index), parts(said))
}

/// The outputs of a run that has finished, if it has any.
pub(super) fn outputs(turn: &Turn) -> Option<Artifact> {
    if turn.outputs.is_empty() || turn.state != TurnState::Finished {
        return None;
    }
    let data = Part::data(Value::Object(turn.outputs.clone()));
    let mut artifact = Artifact::new("outputs", vec![data]);
    artifact.name = Some("outputs".to_owned());
    Some(artifact)
}

/// What a client says with a message.
///
/// # Errors
/// It has a part that can't be taken.
pub(super) fn saying(message: Message) -> Result<Saying, ProtocolError> {
    let mut saying = Saying::default();
    let mut texts = Vec::new();
    let refuse = |code, words: String| Err(ProtocolError::new(code, words));
    if message.role != Role::User {
        let words = "messages of the user are taken alone".to_owned();
        return refuse(ErrorCode::InvalidParams, words);
    }
    for part in message.parts {
        let media_type = part.media_type.unwrap_or_default();
        match part.content {
            PartContent::Text(text) => texts.push(text),
            PartContent::Data(Value::Object(values)) => {
                let all = saying.values.get_or_insert_with(Map::new);
                for (name, value) in values {
                    if all.contains_key(&name) {
                        let words = format!("`{name}` is given twice");
                        return refuse(ErrorCode::InvalidParams, words);
                    }
                    all.insert(name, value);
                }
            }
            PartContent::Data(_) => {
                let words = "data must be an object: inputs by name".to_owned();
                return refuse(ErrorCode::InvalidParams, words);
            }
            PartContent::Bytes(bytes) if media_type.starts_with("image/") => {
                saying.images.push(Image {
                    name: part.filename,
                    media_type,
                    base64: STANDARD.encode(bytes),
                });
            }
            PartContent::Bytes(_) | PartContent::Url(_) => {
                let words = format!(
                    "text, data and pictures by their bytes are taken, and not a file of `{media_type}`"
                );
                return refuse(ErrorCode::ContentTypeNotSupported, words);
            }
        }
    }
    saying.text = texts.join("\n");
    if saying == Saying::default() {
        return refuse(ErrorCode::InvalidParams, "the message is empty".to_owned());
    }
    Ok(saying)
}
