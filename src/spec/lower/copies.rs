//! Detects copies: one component that is written several times.
//!
//! Some programs write a shared component at every place that uses it, and a component set that was
//! split off a document repeats components that its entries share. Objects with the same id and the
//! same content are one component, as in the reference SDK.

use std::sync::Arc;

use crate::base::hash::HashMap;
use crate::spec::component::{Component, Origin};
use crate::spec::language::StartNode;

/// Maps each object that repeats another component to that component: one of the document if
/// possible, else the first one of a supplied part.
///
/// Start nodes are never merged, because the SDK compares a flow's start node with the nodes of its
/// list by identity.
pub(in crate::spec) fn copies(components: &[Arc<Component>]) -> HashMap<Origin, Origin> {
    let mut by_origin: Vec<&Arc<Component>> = components.iter().collect();
    by_origin.sort_by_key(|component| component.origin.source);
    let mut originals: HashMap<&str, &Arc<Component>> = HashMap::default();
    let mut copies = HashMap::default();
    for component in by_origin {
        let original = *originals.entry(component.id()).or_insert(component);
        let is_copy = original.origin != component.origin && !component.is::<StartNode>();
        if is_copy && original == component {
            copies.insert(component.origin, original.origin);
        }
    }
    copies
}
