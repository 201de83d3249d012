//! Rules for teams of agents.

use std::sync::Arc;

use super::subject::Subject;
use super::wording::called;
use crate::spec::component::{Component, FieldValue};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{ManagerWorkers, PluginSwarm, Swarm};
use crate::spec::places::PathSegment;

/// AS601: a swarm has at least one relationship. AS606: the first agent occurs in one.
pub(super) fn swarm_relates(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let pairs = listed(subject, "relationships");
    let Some(pairs) = pairs.filter(|_| subject.component.is_complete()) else {
        return;
    };
    if !subject.component.is::<Swarm>() && !subject.component.is::<PluginSwarm>() {
        return;
    }
    if pairs.is_empty() {
        let place = subject.places.field_or_type("relationships");
        let message = format!(
            "{} has no relationship; a swarm needs one",
            called(subject.component)
        );
        let problem = subject.error("AS601", place, message);
        found.push(problem.with_help("list a pair of agents, or use the agent by itself"));
        return;
    }
    let takes_part = |agent: &Arc<Component>| {
        let mut members = pairs.iter().flat_map(members);
        members.any(|member| Arc::ptr_eq(member, agent))
    };
    let first = subject.component.field("first_agent");
    if let Some(first) = first.and_then(FieldValue::as_component)
        && !takes_part(first)
    {
        let place = subject.places.field_or_type("first_agent");
        let message = format!(
            "{} talks to the user first and is in no relationship, so no other agent ever gets work",
            called(first),
        );
        found.push(subject.warning("AS606", place, message));
    }
}

/// Returns the items of a list field. An empty list is stored as plain data, because it contains no
/// components.
fn listed<'d>(subject: &Subject<'d>, field: &str) -> Option<&'d [FieldValue]> {
    match subject.component.field(field)? {
        FieldValue::List(items) => Some(items),
        FieldValue::Value(value) => value
            .as_array()
            .filter(|items| items.is_empty())
            .map(|_| &[][..]),
        _ => None,
    }
}

/// Returns the agents of a pair.
fn members(pair: &FieldValue) -> impl Iterator<Item = &Arc<Component>> {
    let members = match pair {
        FieldValue::List(members) => members.as_slice(),
        _ => &[],
    };
    members.iter().filter_map(FieldValue::as_component)
}

/// AS603: a manager has at least one worker. AS604: the manager is not its own worker; allowed in
/// WayFlow's type.
pub(super) fn manager_has_workers(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let manager = subject.component.field("group_manager");
    let workers = listed(subject, "workers");
    let Some(workers) = workers.filter(|_| manager.is_some()) else {
        return;
    };
    if workers.is_empty() {
        let place = subject.places.field_or_type("workers");
        let message = format!("{} has no worker; it needs one", called(subject.component));
        let problem = subject.error("AS603", place, message);
        found.push(problem.with_help("list a worker, or use the manager by itself"));
    }
    let is_strict = subject.component.is::<ManagerWorkers>();
    let manager = manager.and_then(FieldValue::as_component);
    let Some(manager) = manager.filter(|_| is_strict) else {
        return;
    };
    for (index, worker) in workers.iter().enumerate() {
        if worker
            .as_component()
            .is_some_and(|worker| worker.id() == manager.id())
        {
            let path = [PathSegment::Key("workers"), PathSegment::Index(index)];
            let message = format!("the manager {} cannot also be a worker", called(manager));
            found.push(subject.error("AS604", subject.places.nearest(&path), message));
        }
    }
}
