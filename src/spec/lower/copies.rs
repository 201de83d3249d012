//! Components that are written several times although they are one.
//!
//! A set that was split off a document repeats what its entries share with each other and with the document. What says
//! the same under the same id is one component again, so that nothing is lost by splitting.

use std::sync::Arc;

use crate::base::hash::HashMap;
use crate::spec::component::{Component, Origin};

/// What stands for the objects of supplied parts that repeat another component: one of the document where there is one,
/// else the first of a part.
pub(in crate::spec) fn copies(components: &[Arc<Component>]) -> HashMap<Origin, Origin> {
    let mut by_origin: Vec<&Arc<Component>> = components.iter().collect();
    by_origin.sort_by_key(|component| component.origin.source);
    let mut originals: HashMap<&str, &Arc<Component>> = HashMap::default();
    let mut copies = HashMap::default();
    for component in by_origin {
        let original = *originals.entry(component.id()).or_insert(component);
        let is_copy = component.origin.source > 0 && original.origin != component.origin;
        if is_copy && original == component {
            copies.insert(component.origin, original.origin);
        }
    }
    copies
}
