//! Lists of tasks: the tasks of the conversations that are open here and of the newest
//! conversations of the history, the most recently changed first.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::Agent;
use super::task::{TaskId, status};
use crate::a2a::{
    ErrorCode, ListTasksRequest, ListTasksResponse, ProtocolError, Task, TaskState, TaskStatus,
};
use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::serve::ServeError;
use crate::serve::desk::{Conversation, ConversationStarter, TurnOf};
use crate::serve::turn::Turn;

/// The number of tasks on a page if the client names none.
const PAGE: u32 = 50;

/// The maximum number of tasks on a page.
const MAX_PAGE: u32 = 100;

/// The data of a task by which lists are filtered and sorted.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    conversation: BatchId,
    /// The number of the task's first turn.
    first: usize,
    context: String,
    status: TaskStatus,
}

/// Cached lines of conversations of the history. A conversation is only read again after it has
/// changed.
#[derive(Debug, Default)]
pub(super) struct KeptLines(HashMap<BatchId, (String, Vec<Line>)>);

/// A position in a list: the tasks after it changed earlier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    changed_at: Timestamp,
    id: String,
}

impl Place {
    /// Parses a page token: the time in nanoseconds and the task,
    /// `1796138754050764679~b_0123456789abcdef.2`.
    fn read(token: &str) -> Option<Self> {
        let (at, id) = token.split_once('~')?;
        TaskId::read(id)?;
        Some(Self {
            changed_at: Timestamp::from_ns(at.parse().ok()?),
            id: id.to_owned(),
        })
    }

    fn token(&self) -> String {
        format!("{}~{}", self.changed_at.as_ns(), self.id)
    }
}

impl Line {
    fn place(&self) -> Place {
        Place {
            changed_at: self.status.timestamp.unwrap_or_default(),
            id: format!("{}.{}", self.conversation, self.first),
        }
    }

    fn is_wanted(&self, request: &ListTasksRequest) -> bool {
        let context = request.context_id.as_ref();
        let after = request.status_timestamp_after;
        context.is_none_or(|wanted| self.context == *wanted)
            && (request.status == TaskState::Unknown || request.status == self.status.state)
            && after.is_none_or(|after| self.status.timestamp.is_some_and(|at| at >= after))
    }
}

/// Returns the lines of all tasks of a conversation.
fn lines_of(conversation: &Conversation, turn: impl Fn(usize) -> Turn) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut next = 1;
    while next <= conversation.latest() {
        let (first, last) = conversation.task_of(next);
        lines.push(Line {
            conversation: conversation.id().clone(),
            first,
            context: conversation.context(),
            status: status(&turn(last)),
        });
        next = last.max(next) + 1;
    }
    lines
}

/// Parses a list request. A parameter that this server doesn't support is refused instead of
/// ignored.
///
/// # Errors
/// [`ErrorCode::InvalidParams`].
pub(super) fn read(params: Value) -> Result<ListTasksRequest, ProtocolError> {
    let said = |name: &str| {
        let value = params.get(name)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let (status, after) = (said("status"), said("statusTimestampAfter"));
    let request: ListTasksRequest = super::operations::read(params)?;
    let invalid = |words: String| Err(ProtocolError::new(ErrorCode::InvalidParams, words));
    if let Some(status) = status
        && TaskState::named(&status) == TaskState::Unknown
        && status != "TASK_STATE_UNSPECIFIED"
    {
        return invalid(format!("there is no state `{status}`"));
    }
    if let Some(after) = after
        && request.status_timestamp_after.is_none()
    {
        return invalid(format!(
            "`statusTimestampAfter` is not a point in time: `{after}`"
        ));
    }
    Ok(request)
}

impl Agent {
    /// Returns a page of the tasks, the most recently changed first.
    ///
    /// # Errors
    /// The protocol error that the client is sent.
    pub(super) async fn list(
        &self,
        request: &ListTasksRequest,
    ) -> Result<ListTasksResponse, ProtocolError> {
        let invalid = |words: &str| ProtocolError::new(ErrorCode::InvalidParams, words);
        let place = match request.page_token.as_deref() {
            None => None,
            Some(token) => {
                let place = Place::read(token);
                Some(place.ok_or_else(|| invalid("`pageToken` is not from this server"))?)
            }
        };
        let page_size = request.page_size.unwrap_or(PAGE);
        if !(1..=MAX_PAGE).contains(&page_size) {
            return Err(invalid("`pageSize` must be from 1 to 100"));
        }
        let lines = self.lines().await;
        let mut lines = lines.map_err(|error| super::operations::refused(&error))?;
        lines.retain(|line| line.is_wanted(request));
        lines.sort_by_cached_key(|line| Reverse(line.place()));
        let total = lines.len();
        let mut left = lines
            .into_iter()
            .filter(|line| place.as_ref().is_none_or(|place| line.place() < *place));
        let page: Vec<Line> = left.by_ref().take(page_size as usize).collect();
        let next = page
            .last()
            .map(Line::place)
            .filter(|_| left.next().is_some());
        let mut tasks = Vec::with_capacity(page.len());
        for line in page {
            tasks.extend(self.listed(line, request).await?);
        }
        Ok(ListTasksResponse {
            tasks,
            next_page_token: next.map(|place| place.token()),
            page_size,
            total_size: u32::try_from(total).unwrap_or(u32::MAX),
        })
    }

    /// Returns a task in the form for a list; `None` if the task has been removed meanwhile.
    async fn listed(
        &self,
        line: Line,
        request: &ListTasksRequest,
    ) -> Result<Option<Task>, ProtocolError> {
        let found = self.desk.find(line.conversation.as_str()).await;
        let found = found.map_err(|error| super::operations::refused(&error))?;
        Ok(found.map(|conversation| {
            let turn = TurnOf {
                number: line.first,
                conversation,
            };
            let history = request.history_length.unwrap_or(0);
            let mut task = self.task(&turn, Some(history));
            if !request.include_artifacts {
                task.artifacts.clear();
            }
            task
        }))
    }

    async fn lines(&self) -> Result<Vec<Line>, ServeError> {
        let open = self.desk.open_ones();
        let is_open: HashSet<&BatchId> = open.iter().map(|open| open.id()).collect();
        let mut lines: Vec<Line> = open
            .iter()
            .flat_map(|open| lines_of(open, |number| turn_of(&self.desk, open, number)))
            .collect();
        let versions = self.desk.versions().await?;
        let unknown: Vec<BatchId> = {
            let kept = crate::base::lock::lock(&self.kept_lines);
            let is_known = |id: &BatchId, version: &String| {
                kept.0.get(id).is_some_and(|(known, _)| known == version)
            };
            let unknown = versions
                .iter()
                .filter(|(id, version)| !is_open.contains(id) && !is_known(id, version));
            unknown.map(|(id, _)| id.clone()).collect()
        };
        let read = self.desk.read(unknown, lines_in_history).await?;
        let mut kept = crate::base::lock::lock(&self.kept_lines);
        let mut read: HashMap<BatchId, Vec<Line>> = read.into_iter().collect();
        let mut still = HashMap::with_capacity(versions.len());
        for (id, version) in versions {
            let of_history = match (read.remove(&id), kept.0.remove(&id)) {
                (Some(read), _) => read,
                (None, Some((known, lines))) if known == version => lines,
                (None, _) => continue,
            };
            if !is_open.contains(&id) {
                lines.extend(of_history.iter().cloned());
            }
            still.insert(id, (version, of_history));
        }
        kept.0 = still;
        Ok(lines)
    }
}

/// Returns the lines of the tasks of a conversation of the history, whose turns are all recorded.
fn lines_in_history(conversation: &Conversation) -> Vec<Line> {
    lines_of(conversation, |number| {
        let turn = conversation.turn(number);
        turn.unwrap_or_else(|| Turn::waiting(number, Timestamp::default()))
    })
}

fn turn_of(desk: &ConversationStarter, conversation: &Arc<Conversation>, number: usize) -> Turn {
    desk.turn(&TurnOf {
        conversation: Arc::clone(conversation),
        number,
    })
}
