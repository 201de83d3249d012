//! Parts of a document that can be split off by themselves.

use std::collections::HashSet;
use std::sync::Arc;

use flowdeck::spec::{Component, SplitOff};

/// Components that share nothing with the rest of the document, each as large as may be. What several parts share is in
/// the entry of each, which the SDK takes for several components.
pub(super) fn separable(root: &Arc<Component>) -> Vec<SplitOff> {
    let mut found = Vec::new();
    let mut covered = HashSet::new();
    for part in root.walk().into_iter().skip(1) {
        if covered.contains(&Arc::as_ptr(part)) || !part.has_written_id() {
            continue;
        }
        let own: HashSet<_> = part.walk().into_iter().map(Arc::as_ptr).collect();
        if own.is_disjoint(&reached_past(root, part)) {
            found.push(SplitOff::of(part.id()));
            covered.extend(own);
        }
    }
    found
}

/// What can be reached from a component by other ways than through a part of it.
fn reached_past(root: &Arc<Component>, part: &Arc<Component>) -> HashSet<*const Component> {
    let mut reached = HashSet::new();
    let mut pending = vec![root];
    while let Some(component) = pending.pop() {
        if !Arc::ptr_eq(component, part) && reached.insert(Arc::as_ptr(component)) {
            pending.extend(component.children());
        }
    }
    reached
}
