//! Where in an exported document each component is written.

use std::sync::Arc;

use crate::base::hash::{HashMap, HashSet};
use crate::spec::component::Component;

/// Identity of a component while the graph is held.
pub(super) type Key = *const Component;

/// Components that are written elsewhere, with the keys that they have there: their slots hold references, and what is in
/// them is not looked at.
pub(super) type Elsewhere = HashMap<Key, String>;

/// For each component that fills several slots, who defines it.
///
/// A component is defined at the innermost one through which every path from the root to it passes: its immediate
/// dominator in the graph of slots. The definitions of one owner are in the order in which a walk first meets them.
#[derive(Debug, Default)]
pub(super) struct Placement<'c> {
    defined_at: HashMap<Key, Vec<&'c Arc<Component>>>,
    shared: HashSet<Key>,
}

impl<'c> Placement<'c> {
    /// Works out the places of everything below `root` but what is split off.
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

    /// Whether the slots of a component hold references to it.
    pub(super) fn is_shared(&self, component: &Arc<Component>) -> bool {
        self.shared.contains(&Arc::as_ptr(component))
    }

    /// Returns what a component defines for those inside it.
    pub(super) fn defined_at(&self, owner: &Arc<Component>) -> &[&'c Arc<Component>] {
        self.defined_at
            .get(&Arc::as_ptr(owner))
            .map_or(&[], Vec::as_slice)
    }
}

/// The innermost component that dominates both, by position.
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

/// The components in the slots of one that are written with it.
fn children<'c>(component: &'c Component, elsewhere: &Elsewhere) -> Vec<&'c Arc<Component>> {
    let mut children = component.children();
    children.retain(|child| !elsewhere.contains_key(&Arc::as_ptr(child)));
    children
}

/// Every component once, owners before what they hold.
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
