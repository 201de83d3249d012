//! The members of a team.

use std::sync::Arc;

use super::component::{Component, FieldValue};
use super::language::{ManagerWorkers, PluginManagerWorkers, PluginSwarm, Swarm};

/// Returns the members of a team without duplicates: the one that talks to the user first, then the
/// others in the order of the document. Empty if the component is not a team; members that could
/// not be read are left out.
pub(crate) fn members(team: &Arc<Component>) -> Vec<Arc<Component>> {
    let mut members: Vec<Arc<Component>> = Vec::new();
    let mut add = |member: &Arc<Component>| {
        if !members.iter().any(|known| known.id() == member.id()) {
            members.push(Arc::clone(member));
        }
    };
    if let Some(swarm) = Swarm::of(team) {
        add(swarm.first_agent());
        swarm.relationships().into_iter().flatten().for_each(add);
    } else if let Some(swarm) = PluginSwarm::of(team) {
        add(swarm.first_agent());
        let pairs = swarm.relationships();
        let pairs = pairs.iter().filter_map(FieldValue::as_list);
        let named = pairs.flatten().filter_map(FieldValue::as_component);
        named.for_each(add);
    } else if let Some(group) = ManagerWorkers::of(team) {
        add(group.group_manager());
        group.workers().into_iter().for_each(add);
    } else if let Some(group) = PluginManagerWorkers::of(team) {
        let manager = group.group_manager().as_component().into_iter();
        manager.chain(group.workers()).for_each(add);
    }
    members
}
