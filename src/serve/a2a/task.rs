//! Turns converted to tasks, and protocol messages converted to a client's input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::modes;
use crate::a2a::{
    Artifact, ErrorCode, Message, Part, PartContent, ProtocolError, Role, Task, TaskState,
    TaskStatus, Version,
};
use crate::base::digest::hex_digest;
use crate::conversation::{self, Image};
use crate::serve::asking::in_words;
use crate::serve::desk::Conversation;
use crate::serve::reply::Saying;
use crate::serve::turn::{Turn, TurnState};
use crate::trace::{ClientMessage, Reply, RequestKind};

/// The maximum length of a client's message id, in bytes.
const MAX_MESSAGE_ID: usize = 256;

/// The id of a task: the conversation and the turn, `b_0123456789abcdef.2`.
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

/// Converts the turns of a task to the protocol's task.
pub(super) fn task(turns: &[Turn], conversation: &Conversation) -> Option<Task> {
    let (first, last) = (turns.first()?, turns.last()?);
    let id = TaskId::of(conversation, first.number);
    let mut task = Task::new(id, conversation.context(), status(last));
    task.status.message = asked(last).map(|asked| of_task(asked, first.number, conversation));
    task.history = turns
        .iter()
        .flat_map(|turn| messages_of(turn, conversation))
        .collect();
    task.artifacts = answers(turns).chain(outputs(last)).collect();
    Some(task)
}

/// Returns the answers of a task's turns as artifacts, with only the parts that the clients accept.
pub(super) fn answers(turns: &[Turn]) -> impl Iterator<Item = Artifact> {
    let said = turns
        .iter()
        .flat_map(|turn| turn.answers().map(move |said| (turn, said)));
    said.enumerate()
        .filter_map(|(index, (turn, said))| artifact(index, said, turn.accepts()))
}

/// Returns the message as one of the task that begins with the given turn, with an id that is
/// unique among all conversations.
fn of_task(message: Message, first: usize, conversation: &Conversation) -> Message {
    let id = TaskId::of(conversation, first);
    Message {
        message_id: format!("{id}-{}", message.message_id),
        task_id: Some(id),
        context_id: Some(conversation.context()),
        ..message
    }
}

/// Returns the messages of a turn. The client's message comes first, under the id that the client
/// gave it. It is a message of the run, or the inputs of the run, or an answer that the run has no
/// message for.
pub(super) fn messages_of(turn: &Turn, conversation: &Conversation) -> Vec<Message> {
    let mut said: Vec<Message> = turn.messages.iter().map(|said| message(said)).collect();
    let is_begun = turn.state != TurnState::Waiting;
    if is_begun && said.first().is_none_or(|said| said.role != Role::User) {
        let part = match &turn.reply {
            None => Part::data(Value::Object(conversation.inputs())),
            Some(Reply::Message { text, .. }) => Part::text(text.as_str()),
            Some(reply) => Part::data(reply.to_content()),
        };
        let id = match turn.number {
            1 => "inputs".to_owned(),
            number => format!("reply-{number}"),
        };
        said.insert(0, Message::new(id, Role::User, vec![part]));
    }
    let mut said: Vec<Message> = said
        .into_iter()
        .map(|said| of_task(said, turn.first, conversation))
        .collect();
    if let (Some(first), Some(named)) = (said.first_mut(), &turn.client_message)
        && first.role == Role::User
        && !named.id.is_empty()
    {
        first.message_id.clone_from(&named.id);
    }
    said
}

/// Returns the status of a turn, without a message.
pub(super) fn status(turn: &Turn) -> TaskStatus {
    let state = match turn.state {
        TurnState::Waiting => TaskState::Submitted,
        TurnState::Working => TaskState::Working,
        TurnState::Answered | TurnState::Finished => TaskState::Completed,
        TurnState::Asks if wants_authorization(turn) => TaskState::AuthRequired,
        TurnState::Asks => TaskState::InputRequired,
        TurnState::Failed => TaskState::Failed,
        TurnState::Cancelled => TaskState::Canceled,
    };
    TaskStatus::new(state, turn.changed_at)
}

/// Whether a turn waits for nothing but authorizations, of this run or of a remote agent that the
/// run has called.
fn wants_authorization(turn: &Turn) -> bool {
    let of_remote = turn
        .remote_wait
        .is_some_and(|wait| wait.needs_authorization);
    let is_authorization = |kind: &RequestKind| matches!(kind, RequestKind::Authorization { .. });
    of_remote || turn.requests.values().all(is_authorization)
}

/// Returns the question of the run as text, and as data too if it is more than a question; for a
/// failed run, the reason.
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

/// Returns the artifact id of an answer.
pub(super) fn artifact_id(index: usize) -> String {
    format!("answer-{}", index + 1)
}

/// Converts an answer to an artifact with the parts that its client accepts; `None` if the client
/// accepts none.
pub(super) fn artifact(
    index: usize,
    said: &conversation::Message,
    accepts: &[String],
) -> Option<Artifact> {
    modes::accepted(Artifact::new(artifact_id(index), parts(said)), accepts)
}

/// Returns the outputs of a finished run as an artifact; `None` if the run has none.
pub(super) fn outputs(turn: &Turn) -> Option<Artifact> {
    if turn.outputs.is_empty() || turn.state != TurnState::Finished {
        return None;
    }
    let part = modes::of_outputs(&turn.outputs, turn.accepts());
    let mut artifact = Artifact::new("outputs", vec![part]);
    artifact.name = Some("outputs".to_owned());
    Some(artifact)
}

/// Returns the client's message id and the media types that it accepts; `None` if the message has
/// neither.
fn client_message(message: &Message, accepts: Vec<String>) -> Option<ClientMessage> {
    let parts = message.parts.iter().map(|part| part.to_json(Version::V1_0));
    let parts = Value::Array(parts.collect());
    (!message.message_id.is_empty() || !accepts.is_empty()).then(|| ClientMessage {
        id: message.message_id.clone(),
        digest: hex_digest(parts.to_string().as_bytes()),
        accepts,
    })
}

/// Parses a client's message; `accepts` are the media types for the answers.
///
/// # Errors
/// A part of the message is not supported.
pub(super) fn saying(message: Message, accepts: Vec<String>) -> Result<Saying, ProtocolError> {
    let mut saying = Saying::default();
    let mut texts = Vec::new();
    let refuse = |code, words: String| Err(ProtocolError::new(code, words));
    if message.role != Role::User {
        let words = "only messages of the user are accepted".to_owned();
        return refuse(ErrorCode::InvalidParams, words);
    }
    if message.message_id.len() > MAX_MESSAGE_ID {
        let words = format!("`messageId` is longer than {MAX_MESSAGE_ID} bytes");
        return refuse(ErrorCode::InvalidParams, words);
    }
    let client_message = client_message(&message, accepts);
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
                    "only text, data and pictures as bytes are accepted, not a file of type `{media_type}`"
                );
                return refuse(ErrorCode::ContentTypeNotSupported, words);
            }
        }
    }
    saying.text = texts.join("\n");
    if saying == Saying::default() {
        return refuse(ErrorCode::InvalidParams, "the message is empty".to_owned());
    }
    saying.client_message = client_message;
    Ok(saying)
}
