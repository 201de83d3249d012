//! The tree of a team: its members, and below each one the agents that it asked or handed the user
//! over to.

use crate::runs::{Speech, Thread, Threads};
use crate::trace::ComponentName;

/// A row of the tree of a team.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TeamRow {
    /// For each level, whether another sibling follows below; the last entry is for the row itself.
    pub(super) guides: Vec<bool>,
    pub(super) kind: RowKind,
    /// The name of the agent or team.
    pub(super) name: String,
    /// The numbers of messages and calls.
    pub(super) facts: String,
    /// The part of the run that is shown when the row is selected.
    pub(super) speech: Speech,
}

/// The role of a row's agent or team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A team, or an agent with sub-agents, that speaks with the user.
    Root,
    /// A member of a team.
    Member {
        /// Whether the member currently speaks with the user.
        has_user: bool,
    },
    /// An agent that the agent of the parent row asked.
    Asked,
    /// An agent to which the agent of the parent row handed the user over.
    HandedTo,
}

/// Returns the rows of all teams of a run and of agents that asked sub-agents; empty if no agent
/// asks another.
pub(super) fn rows(threads: &Threads) -> Vec<TeamRow> {
    let mut rows = Vec::new();
    for root in threads.roots() {
        let Some(thread) = threads.get(root) else {
            continue;
        };
        if thread.is_team || !thread.within.is_empty() {
            rows.push(TeamRow {
                guides: Vec::new(),
                kind: RowKind::Root,
                name: thread.recipient.name.to_string(),
                facts: facts(thread),
                speech: Speech::Thread(root),
            });
            inside(threads, root, &[], &mut rows);
        }
    }
    rows
}

/// Adds the rows below a thread: the members of a team, or the sub-agents that an agent asked.
fn inside(threads: &Threads, at: usize, guides: &[bool], rows: &mut Vec<TeamRow>) {
    let Some(thread) = threads.get(at) else {
        return;
    };
    if !thread.is_team {
        let asked: Vec<Branch> = thread.within.iter().copied().map(Branch::Asked).collect();
        branches(threads, at, &asked, guides, rows);
        return;
    }
    let members = threads.members(at);
    for (number, member) in members.iter().enumerate() {
        let guides = [guides, &[number + 1 < members.len()]].concat();
        let opened = thread.within.iter().copied();
        let opened = opened.filter(|opened| is_caller(threads, *opened, member));
        let mut own: Vec<Branch> = opened.map(Branch::Asked).collect();
        own.extend(handed_over(thread, member));
        let has_user = thread
            .speakers
            .last()
            .is_some_and(|last| last.id == member.id);
        rows.push(TeamRow {
            guides: guides.clone(),
            kind: RowKind::Member { has_user },
            name: member.name.to_string(),
            facts: if has_user {
                "has the user".to_owned()
            } else {
                String::new()
            },
            speech: Speech::Member(at, member.clone()),
        });
        branches(threads, at, &own, &guides, rows);
    }
}

/// A branch below a member.
enum Branch {
    Asked(usize),
    HandedTo(ComponentName, usize),
}

fn branches(
    threads: &Threads,
    team: usize,
    branches: &[Branch],
    guides: &[bool],
    rows: &mut Vec<TeamRow>,
) {
    for (number, branch) in branches.iter().enumerate() {
        let guides = [guides, &[number + 1 < branches.len()]].concat();
        match branch {
            Branch::Asked(at) => {
                let Some(thread) = threads.get(*at) else {
                    continue;
                };
                rows.push(TeamRow {
                    guides: guides.clone(),
                    kind: RowKind::Asked,
                    name: thread.recipient.name.to_string(),
                    facts: facts(thread),
                    speech: Speech::Thread(*at),
                });
                inside(threads, *at, &guides, rows);
            }
            Branch::HandedTo(member, times) => rows.push(TeamRow {
                guides,
                kind: RowKind::HandedTo,
                name: member.name.to_string(),
                facts: counted(*times, "handoff"),
                speech: Speech::Thread(team),
            }),
        }
    }
}

fn is_caller(threads: &Threads, thread: usize, member: &ComponentName) -> bool {
    let caller = threads
        .get(thread)
        .and_then(|thread| thread.caller.as_ref());
    caller.is_some_and(|caller| caller.id == member.id)
}

/// Returns the members to which a member handed the user over, and how often.
fn handed_over(team: &Thread, member: &ComponentName) -> Vec<Branch> {
    let mut to: Vec<(ComponentName, usize)> = Vec::new();
    for pair in team.speakers.windows(2) {
        let [from, next] = pair else { continue };
        if from.id != member.id {
            continue;
        }
        match to.iter_mut().find(|(known, _)| known.id == next.id) {
            Some((_, times)) => *times += 1,
            None => to.push((next.clone(), 1)),
        }
    }
    let branches = to.into_iter();
    branches
        .map(|(member, times)| Branch::HandedTo(member, times))
        .collect()
}

/// Returns the numbers of a thread: `2 messages, 1 answer`; for the user's conversation, in which
/// either side may speak at any time, `3 messages`.
fn facts(thread: &Thread) -> String {
    if thread.caller.is_none() {
        return counted(thread.asked + thread.said, "message");
    }
    format!(
        "{}, {}",
        counted(thread.asked, "message"),
        counted(thread.answered, "answer")
    )
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
