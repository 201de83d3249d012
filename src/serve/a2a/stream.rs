//! The stream of a running task, as events of the protocol.

use super::TEXT;
use super::modes;
use super::task::{TaskId, answers, artifact, artifact_id, messages_of, outputs, status, task};
use crate::a2a::{
    Artifact, Part, Role, StreamEvent, TaskArtifactUpdate, TaskState, TaskStatus, TaskStatusUpdate,
};
use crate::serve::desk::{ConversationStarter, TurnOf};
use crate::serve::turn::TurnState;
use crate::serve::watch::{News, Watch};

/// A stream of a task: first the task in its present state, then each change, and finally the state
/// at the end of the turn.
#[derive(Debug)]
pub(super) struct TaskStream {
    desk: ConversationStarter,
    turn: TurnOf,
    watch: Watch,
    has_begun: bool,
    /// Whether pieces of the current, unfinished message were already sent.
    is_told: bool,
    /// The media types that the client accepts in answers.
    accepts: Vec<String>,
    /// The number of answers in the earlier turns of the task.
    n_before: usize,
}

impl TaskStream {
    pub(super) fn new(desk: ConversationStarter, turn: TurnOf) -> Self {
        let turns = desk.task(&turn);
        let before = turns.iter().filter(|before| before.number < turn.number);
        Self {
            n_before: before.map(|before| before.answers().count()).sum(),
            watch: Watch::new(desk.clone(), turn.clone()),
            accepts: desk.turn(&turn).accepts().to_vec(),
            desk,
            turn,
            has_begun: false,
            is_told: false,
        }
    }

    /// Receives the next events; `None` when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Vec<StreamEvent>> {
        if !self.has_begun {
            self.has_begun = true;
            return Some(self.beginning());
        }
        let news = self.watch.next().await?;
        Some(
            news.into_iter()
                .flat_map(|news| self.events(news))
                .collect(),
        )
    }

    /// Returns the first event: the task without anything that later events will bring.
    fn beginning(&self) -> Vec<StreamEvent> {
        let turns = self.desk.task(&self.turn);
        let Some(mut begun) = task(&turns, &self.turn.conversation) else {
            return Vec::new();
        };
        let n_before = turns.iter().filter(|turn| turn.number < self.turn.number);
        let before = turns.get(..n_before.count()).unwrap_or_default();
        begun.artifacts = answers(before).collect();
        begun.history = turns
            .iter()
            .flat_map(|turn| {
                let is_new = turn.number >= self.turn.number;
                let messages = messages_of(turn, &self.turn.conversation).into_iter();
                messages.filter(move |message| !is_new || message.role == Role::User)
            })
            .collect();
        if let Some(turn) = turns.last()
            && turn.state != TurnState::Waiting
        {
            begun.status = TaskStatus::new(TaskState::Working, turn.begun_at);
        }
        vec![StreamEvent::Task(begun)]
    }

    fn events(&mut self, news: News) -> Vec<StreamEvent> {
        match news {
            News::Piece { index, text } => {
                if !modes::takes(&self.accepts, TEXT) {
                    return Vec::new();
                }
                let append = std::mem::replace(&mut self.is_told, true);
                let piece =
                    Artifact::new(artifact_id(self.n_before + index), vec![Part::text(text)]);
                vec![self.artifact(piece, append, false)]
            }
            News::Whole {
                index,
                message,
                is_same,
            } => {
                let was_told = std::mem::take(&mut self.is_told);
                let Some(whole) = artifact(self.n_before + index, &message, &self.accepts) else {
                    return Vec::new();
                };
                if was_told && is_same && message.images.is_empty() {
                    let end = Artifact::new(artifact_id(self.n_before + index), Vec::new());
                    return vec![self.artifact(end, true, true)];
                }
                vec![self.artifact(whole, false, true)]
            }
            News::Over(turn) => {
                let made = outputs(&turn).map(|outputs| self.artifact(outputs, false, true));
                let mut status = status(&turn);
                let turns = self.desk.task(&self.turn);
                let task = task(&turns, &self.turn.conversation);
                status.message = task.and_then(|task| task.status.message);
                let update = StreamEvent::Status(TaskStatusUpdate {
                    task_id: self.task_id(),
                    context_id: Some(self.turn.conversation.context()),
                    status,
                    metadata: serde_json::Map::new(),
                });
                made.into_iter().chain([update]).collect()
            }
        }
    }

    fn task_id(&self) -> String {
        let conversation = &self.turn.conversation;
        TaskId::of(conversation, conversation.task_of(self.turn.number).0)
    }

    fn artifact(&self, artifact: Artifact, append: bool, last_chunk: bool) -> StreamEvent {
        let conversation = &self.turn.conversation;
        StreamEvent::Artifact(TaskArtifactUpdate {
            task_id: self.task_id(),
            context_id: Some(conversation.context()),
            artifact,
            append,
            last_chunk,
            metadata: serde_json::Map::new(),
        })
    }
}
