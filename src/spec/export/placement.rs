//! Decides where each component of an exported document is defined.

use std::sync::Arc;

use crate::base::hash::{HashMap, HashSet};
use crate::spec::component::Component;

/// The identity of a component, valid while the graph is alive.
pub(super) type Key = *const Component;

/// Components that are defined in another document, with their keys there. Slots hold references to
/// them, and their contents are not visited.
pub(super) type Elsewhere = HashMap<Key, String>;

/// The owner that defines each component with several slots.
///
/// A component is defined at the innermost component through which every path from the root to it
/// passes: its immediate dominator in the graph of slots. The definitions of one owner are in the
/// order of first use.
#[derive(Debug, Default)]
pub(super) struct Placement<'c> {
    defined_at: HashMap<Key, Vec<&'c Arc<Component>>>,
    shared: HashSet<Key>,
}

impl<'c> Placement<'c> {
    /// Computes the placement of everything below `root`, except for split-off components.
    pub(super) fn of(root: &'c Arc<Component>, elsewhere: &Elsewhere) -> Self {
        let order = topological(root, elsewhere);
        let position: HashMap<Key, usize> = order
            .iter()
            .enumerate()
            .map(|(at, component)| (Arc::as_ptr(component), at))
            .collect();
        let at = |component: &Arc<Component>| position.get(&Arc::as_ptr(component)).copied();
        // The immediate dominator of each component, and how many slots it fills, by position. Dominators come before
        // what they dominate, so meeting upwards is stepping back in the order.
        let mut dominator: Vec<Option<usize>> = vec![None; order.len()];
        let mut slots = vec![0_usize; order.len()];
        for (parent, component) in order.iter().enumerate() {
            for child in children(component, elsewhere).into_iter().filter_map(at) {
                slots[child] += 1;
                dominator[child] = Some(match dominator[child] {
                    None => parent,
                    Some(other) => meet(&dominator, other, parent),
                });
            }
        }
        let mut placement = Self::default();
        // In the order in which a walk of the whole document meets them first.
        for component in root.walk() {
            let Some(position) = at(component).filter(|position| slots[*position] > 1) else {
                continue;
            };
            if let Some(owner) = dominator[position].and_then(|owner| order.get(owner)) {
                placement
                    .defined_at
                    .entry(Arc::as_ptr(owner))
                    .or_default()
                    .push(component);
                placement.shared.insert(Arc::as_ptr(component));
            }
        }
        placement
    }

    /// Returns whether a component is defined once and referred to from its slots.
    pub(super) fn is_shared(&self, component: &Arc<Component>) -> bool {
        self.shared.contains(&Arc::as_ptr(component))
    }

    /// Returns the components that `owner` defines.
    pub(super) fn defined_at(&self, owner: &Arc<Component>) -> &[&'c Arc<Component>] {
        self.defined_at
            .get(&Arc::as_ptr(owner))
            .map_or(&[], Vec::as_slice)
    }
}

/// Returns the innermost common dominator of two components, by index.
fn meet(dominator: &[Option<usize>], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let later = if a > b { &mut a } else { &mut b };
        match dominator.get(*later).copied().flatten() {
            Some(above) => *later = above,
            None => return a.min(b),
        }
    }
    a
}

/// Returns the components in the slots of `component`, without those defined in another document.
fn children<'c>(component: &'c Component, elsewhere: &Elsewhere) -> Vec<&'c Arc<Component>> {
    let mut children = component.children();
    children.retain(|child| !elsewhere.contains_key(&Arc::as_ptr(child)));
    children
}

/// Returns all components without duplicates, owners before the components in their slots.
fn topological<'c>(root: &'c Arc<Component>, elsewhere: &Elsewhere) -> Vec<&'c Arc<Component>> {
    let mut waiting_for: HashMap<Key, usize> = HashMap::default();
    let mut pending = vec![root];
    while let Some(component) = pending.pop() {
        for child in children(component, elsewhere) {
            let waiting = waiting_for.entry(Arc::as_ptr(child)).or_default();
            *waiting += 1;
            if *waiting == 1 {
                pending.push(child);
            }
        }
    }
    let mut order = Vec::new();
    let mut ready = vec![root];
    while let Some(component) = ready.pop() {
        order.push(component);
        for child in children(component, elsewhere) {
            if let Some(waiting) = waiting_for.get_mut(&Arc::as_ptr(child)) {
                *waiting -= 1;
                if *waiting == 0 {
                    ready.push(child);
                }
            }
        }
    }
    order
}
