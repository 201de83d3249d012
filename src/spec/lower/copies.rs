//! Components that are written several times although they are one.
//!
//! Some programs write a shared component in each place that uses it, and a set that was split off a document repeats
//! what its entries share with each other and with the document. What says the same under the same id is one component,
//! as in the reference SDK.

use std::sync::Arc;

use crate::base::hash::HashMap;
use crate::spec::component::{Component, Origin};
use crate::spec::language::StartNode;

/// Maps each object that repeats another component to that one: one of the document where there is one, else the first
/// of a part.
///
/// Start nodes stay apart: the SDK compares a flow's start node with those of its list by identity.
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
