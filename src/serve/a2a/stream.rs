//! A task as it goes on, in the events of the protocol.

use super::task::{artifact, artifact_id, asked, outputs, status, task};
use crate::a2a::{
    Artifact, Part, StreamEvent, TaskArtifactUpdate, TaskState, TaskStatus, TaskStatusUpdate,
};
use crate::serve::desk::{Desk, TurnOf};
use crate::serve::turn::TurnState;
use crate::serve::watch::{News, Watch};

/// First the task as it stands, then what is new, last how it stands at the end of the turn.
#[derive(Debug)]
pub(super) struct TaskStream {
    desk: Desk,
    turn: TurnOf,
    watch: Watch,
    has_begun: bool,
    /// Whether pieces of the message that is being said were told.
    is_told: bool,
}

impl TaskStream {
    pub(super) fn new(desk: Desk, turn: TurnOf) -> Self {
        Self {
            watch: Watch::new(desk.clone(), turn.clone()),
            desk,
            turn,
            has_begun: false,
            is_told: false,
        }
    }

    /// What is new; none when the stream is over.
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

    /// The task without what the events will bring.
    fn beginning(&self) -> Vec<StreamEvent> {
        let turn = self.desk.turn(&self.turn);
        let mut begun = task(&turn, &self.turn.conversation);
        begun.artifacts.clear();
        begun
            .history
            .retain(|said| said.role == crate::a2a::Role::User);
        if turn.state != TurnState::Waiting {
            begun.status = TaskStatus::new(TaskState::Working, turn.begun_at);
        }
        vec![StreamEvent::Task(begun)]
    }

    fn events(&mut self, news: News) -> Vec<StreamEvent> {
        match news {
            News::Piece { index, text } => {
                let append = std::mem::replace(&mut self.is_told, true);
                let piece = Artifact::new(artifact_id(index), vec![Part::text(text)]);
                vec![self.artifact(piece, append, false)]
            }
            News::Said {
                index,
                message,
                is_same,
            } => {
                let was_told = std::mem::take(&mut self.is_told);
                let whole = artifact(index, &message);
                if was_told && is_same && message.images.is_empty() {
                    let end = Artifact::new(artifact_id(index), Vec::new());
                    return vec![self.artifact(end, true, true)];
                }
                vec![self.artifact(whole, false, true)]
            }
            News::Over(turn) => {
                let made = outputs(&turn).map(|outputs| self.artifact(outputs, false, true));
                let mut status = status(&turn);
                let task = task(&turn, &self.turn.conversation);
                status.message = asked(&turn).and(task.status.message);
                let update = StreamEvent::Status(TaskStatusUpdate {
                    task_id: task.id,
                    context_id: task.context_id,
                    status,
                    metadata: serde_json::Map::new(),
                });
                made.into_iter().chain([update]).collect()
            }
        }
    }

    fn artifact(&self, artifact: Artifact, append: bool, last_chunk: bool) -> StreamEvent {
        let conversation = &self.turn.conversation;
        StreamEvent::Artifact(TaskArtifactUpdate {
            task_id: super::task::TaskId::of(conversation, self.turn.number),
            context_id: Some(conversation.context()),
            artifact,
            append,
            last_chunk,
            metadata: serde_json::Map::new(),
        })
    }
}
