//! Threads: each conversation of a run by itself, with who speaks to whom.
//!
//! A run's events have the messages in the order in which they are said, between whatever agents. A thread is what
//! belongs together: the user's conversation with an agent or a team, or what one agent asks another and is answered.
//! Which thread a span lies in follows from the spans around it:
//!
//! | span of an agent or a team | thread |
//! |---|---|
//! | in none of another | its own, with the user |
//! | right in that of a team | the team's: the member speaks for it |
//! | in that of an agent of the same team | that of the two members, wherever the caller speaks |
//! | in that of another agent | that of the caller's thread and this sub-agent |

mod listen;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::{RunRecord, TranscriptItem};
use crate::base::ids::{RequestId, RunId, SpanId};
use crate::spec::{Component, members_of_team};
use crate::trace::{ComponentName, SpanKind, SpanOutcome};

/// The threads of one run, in the order in which they were opened. Processes only what is new in a
/// record.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    run: Option<RunId>,
    all: Vec<Thread>,
    /// The members of the spec's teams, by team id.
    rosters: HashMap<String, Vec<ComponentName>>,
    /// The place of each span in [`RunRecord::spans`].
    spans: Vec<Place>,
    by_id: HashMap<SpanId, usize>,
    /// The spans by the ids of their messages and model calls.
    by_said: HashMap<String, usize>,
    /// The spans by their requests to a person.
    by_request: HashMap<RequestId, usize>,
    /// The threads that continue when the same two parties speak again, by surrounding thread,
    /// caller and recipient.
    by_pair: HashMap<(usize, String, String), usize>,
    /// The spans that had not ended at the last update, with the number of their processed events.
    open: Vec<(usize, usize)>,
}

/// The place of a span among the threads.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    thread: Option<usize>,
    /// The innermost span of an agent or team that this span is or is inside of, without a flow in
    /// between.
    agent: Option<usize>,
}

/// A conversation between two parties.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thread {
    /// The caller, who speaks first; `None` for the user.
    pub(crate) caller: Option<ComponentName>,
    /// The agent or team that answers.
    pub(crate) recipient: ComponentName,
    /// Whether the recipient is a team, whose members have their own threads.
    pub(crate) is_team: bool,
    /// The thread of the team to which both belong.
    pub(crate) team: Option<usize>,
    /// The threads that the members of this team, or their sub-agents, have opened.
    pub(crate) within: Vec<usize>,
    /// The agents of a team that the user has talked to, in order.
    pub(crate) speakers: Vec<ComponentName>,
    /// The number of messages from the caller or the user.
    pub(crate) asked: usize,
    /// The number of messages from agents to the user.
    pub(crate) said: usize,
    /// The number of answers of the recipient.
    pub(crate) answered: usize,
    /// The thread in which the caller was when it last asked.
    asked_in: Option<usize>,
    /// The index of the recipient's last span.
    last: usize,
    n_open: usize,
}

/// The state of a thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ThreadState {
    /// A request to a person is open.
    NeedsPerson,
    /// The recipient waits for answers of these agents.
    WaitsFor(Vec<ComponentName>),
    /// The recipient is working.
    Speaking,
    /// The recipient has answered or was stopped.
    Over(SpanOutcome),
}

/// The part of a run to be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Speech {
    /// The messages of a thread.
    Thread(usize),
    /// The actions of a member of a thread's team, on any thread.
    Member(usize, ComponentName),
}

impl Threads {
    /// Processes the new parts of a record. `component` is the component of the run, which also
    /// lists members that have not spoken.
    pub(crate) fn update(&mut self, record: &RunRecord, component: Option<&Arc<Component>>) {
        if self.run.as_ref() != Some(&record.run) || record.spans.len() < self.spans.len() {
            *self = Self {
                run: Some(record.run.clone()),
                ..Self::default()
            };
        }
        if self.rosters.is_empty()
            && let Some(component) = component
            && self.spans.len() < record.spans.len()
        {
            self.rosters = rosters(component);
        }
        for index in self.spans.len()..record.spans.len() {
            self.add(record, index);
        }
        self.listen(record);
    }

    /// Assigns a place to a span.
    fn add(&mut self, record: &RunRecord, index: usize) {
        let span = &record.spans[index];
        let parent = span.parent.as_ref();
        let parent = parent.and_then(|parent| self.by_id.get(parent)).copied();
        let around = parent.map_or_else(Place::default, |parent| self.spans[parent]);
        let place = if is_of_agent(span.kind) {
            Place {
                thread: Some(self.thread_of(record, index, around.agent)),
                agent: Some(index),
            }
        } else if span.kind == SpanKind::NodeExecutionSpan {
            // An agent in it speaks in the flow's conversation.
            Place {
                agent: None,
                ..around
            }
        } else {
            around
        };
        self.by_id.insert(span.id.clone(), index);
        self.spans.push(place);
        self.open.push((index, 0));
    }

    /// Returns the thread on which an agent or team speaks; `caller` is the span that contains its
    /// span.
    fn thread_of(&mut self, record: &RunRecord, index: usize, caller: Option<usize>) -> usize {
        let span = &record.spans[index];
        let recipient = &span.component;
        let around = caller.and_then(|caller| Some((caller, self.spans.get(caller)?.thread?)));
        let Some((caller, asked_in)) = around else {
            return self.open_thread(index, None, recipient, (None, None), span.kind);
        };
        let caller = &record.spans[caller];
        if is_of_team(caller.kind) {
            let speakers = &mut self.all[asked_in].speakers;
            if speakers.last().is_none_or(|last| last.id != recipient.id) {
                speakers.push(recipient.clone());
            }
            return asked_in;
        }
        let caller = &caller.component;
        let team = self.team_of(asked_in, caller);
        let team = team.filter(|team| self.is_member(*team, recipient));
        let scope = team.unwrap_or(asked_in);
        let key = (scope, caller.id.to_string(), recipient.id.to_string());
        if let Some(known) = self.by_pair.get(&key).copied() {
            let thread = &mut self.all[known];
            thread.asked_in = Some(asked_in);
            thread.last = index;
            thread.n_open += 1;
            return known;
        }
        let around = (team, Some(asked_in));
        let opened = self.open_thread(index, Some(caller), recipient, around, span.kind);
        self.all[scope].within.push(opened);
        self.by_pair.insert(key, opened);
        opened
    }

    fn open_thread(
        &mut self,
        index: usize,
        caller: Option<&ComponentName>,
        recipient: &ComponentName,
        (team, asked_in): (Option<usize>, Option<usize>),
        kind: SpanKind,
    ) -> usize {
        self.all.push(Thread {
            caller: caller.cloned(),
            recipient: recipient.clone(),
            is_team: is_of_team(kind),
            team,
            within: Vec::new(),
            speakers: Vec::new(),
            asked: 0,
            said: 0,
            answered: 0,
            asked_in,
            last: index,
            n_open: 1,
        });
        self.all.len() - 1
    }

    /// Returns the thread of the team in which somebody on a thread is a member.
    fn team_of(&self, thread: usize, speaker: &ComponentName) -> Option<usize> {
        let on = self.all.get(thread)?;
        if on.is_team && on.recipient.id != speaker.id {
            return Some(thread);
        }
        on.team.filter(|_| on.recipient.id == speaker.id)
    }

    fn is_member(&self, team: usize, component: &ComponentName) -> bool {
        let roster = self.roster(team);
        roster.is_empty() || roster.iter().any(|member| member.id == component.id)
    }

    /// Returns the members of a thread's team, as far as the spec lists them.
    fn roster(&self, team: usize) -> &[ComponentName] {
        let team = self.all.get(team).map(|thread| &thread.recipient);
        let members = team.and_then(|team| self.rosters.get(team.id.as_str()));
        members.map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the threads with the user.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> {
        let threads = self.all.iter().enumerate();
        threads.filter_map(|(at, thread)| thread.caller.is_none().then_some(at))
    }

    pub(crate) fn get(&self, thread: usize) -> Option<&Thread> {
        self.all.get(thread)
    }

    /// Returns the members of a thread's team: those in the spec, then any other that spoke.
    pub(crate) fn members(&self, team: usize) -> Vec<ComponentName> {
        let mut members = self.roster(team).to_vec();
        let Some(thread) = self.all.get(team).filter(|thread| thread.is_team) else {
            return members;
        };
        let within = thread.within.iter().filter_map(|at| self.all.get(*at));
        let within = within.filter(|thread| thread.team == Some(team));
        let named = within.flat_map(|thread| [thread.caller.as_ref(), Some(&thread.recipient)]);
        for spoke in thread.speakers.iter().chain(named.flatten()) {
            if !members.iter().any(|member| member.id == spoke.id) {
                members.push(spoke.clone());
            }
        }
        members
    }

    /// Returns the state of a thread.
    pub(crate) fn state(&self, record: &RunRecord, thread: usize) -> ThreadState {
        let Some(of) = self.all.get(thread) else {
            return ThreadState::Over(SpanOutcome::Ok);
        };
        if of.n_open == 0 {
            let outcome = record.spans.get(of.last).and_then(|span| span.outcome);
            return ThreadState::Over(outcome.unwrap_or(SpanOutcome::Ok));
        }
        let is_asked_here = |request: &RequestId| {
            let span = self.by_request.get(request);
            span.and_then(|span| self.spans.get(*span)?.thread) == Some(thread)
        };
        if record
            .requests
            .iter()
            .any(|request| is_asked_here(&request.id))
        {
            return ThreadState::NeedsPerson;
        }
        let asked = self.all.iter();
        let asked = asked.filter(|other| other.n_open > 0 && other.asked_in == Some(thread));
        let waits_for: Vec<ComponentName> = asked.map(|other| other.recipient.clone()).collect();
        if waits_for.is_empty() {
            ThreadState::Speaking
        } else {
            ThreadState::WaitsFor(waits_for)
        }
    }

    /// Returns the state of a member of a thread's team where it speaks; `None` if it does not.
    pub(crate) fn member_state(
        &self,
        record: &RunRecord,
        team: usize,
        member: &ComponentName,
    ) -> Option<ThreadState> {
        let of_team = self.all.get(team)?;
        let has_user = of_team.speakers.last().is_some_and(|it| it.id == member.id);
        if has_user && of_team.n_open > 0 {
            return Some(self.state(record, team));
        }
        let mut within = of_team.within.iter().copied();
        let open = within.find(|at| {
            let thread = self.all.get(*at);
            thread.is_some_and(|thread| thread.n_open > 0 && thread.recipient.id == member.id)
        });
        Some(self.state(record, open?))
    }

    /// Returns the messages, thoughts and actions in a part of the run, in order.
    pub(crate) fn items(&self, record: &RunRecord, speech: &Speech) -> Vec<TranscriptItem> {
        let is_in = |span: usize| {
            let place = self.spans.get(span).copied().unwrap_or_default();
            match speech {
                Speech::Thread(thread) => place.thread == Some(*thread),
                Speech::Member(_, member) => place
                    .agent
                    .and_then(|agent| record.spans.get(agent))
                    .is_some_and(|agent| agent.component.id == member.id),
            }
        };
        let items = record.transcript.iter();
        let items = items.filter(|item| self.span_of(record, item).is_some_and(is_in));
        items.cloned().collect()
    }

    /// Returns the span of a transcript line, if known.
    fn span_of(&self, record: &RunRecord, item: &TranscriptItem) -> Option<usize> {
        let by_said = |id: &str| self.by_said.get(id).copied();
        match item {
            TranscriptItem::Message(message) => by_said(&message.id),
            TranscriptItem::Streaming { request, .. } => by_said(request.as_str()),
            TranscriptItem::Reasoning(call) => by_said(record.model_calls.get(*call)?.id.as_str()),
            TranscriptItem::ToolCall(call) => {
                let span = record.tool_calls.get(*call)?.span.as_ref()?;
                self.by_id.get(span).copied()
            }
            TranscriptItem::Node(span) => Some(*span),
            TranscriptItem::Error(_) | TranscriptItem::Note(_) => None,
        }
    }
}

/// Returns the members of all teams in a component, by team id.
fn rosters(component: &Arc<Component>) -> HashMap<String, Vec<ComponentName>> {
    let mut rosters = HashMap::new();
    for team in component.walk() {
        let members = members_of_team(team);
        if !members.is_empty() {
            let members = members.iter().map(|member| ComponentName::of(member));
            rosters.insert(team.id().to_owned(), members.collect());
        }
    }
    rosters
}

/// Returns whether a span kind is that of an agent or team.
const fn is_of_agent(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::AgentExecutionSpan) || is_of_team(kind)
}

const fn is_of_team(kind: SpanKind) -> bool {
    matches!(
        kind,
        SpanKind::SwarmExecutionSpan | SpanKind::ManagerWorkersExecutionSpan
    )
}
