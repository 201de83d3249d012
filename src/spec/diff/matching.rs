//! Matching of the components of two specs.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::hash::{HashMap, HashSet};
use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{ControlFlowEdge, DataFlowEdge};

type Pointer = *const Component;

/// The pairs of components that are considered the same.
pub(super) struct Matching<'c> {
    /// The pairs, the outermost first.
    pub(super) pairs: Vec<(&'c Arc<Component>, &'c Arc<Component>)>,
    partner: HashMap<Pointer, Pointer>,
    /// The components of the newer spec that have a partner.
    taken: HashSet<Pointer>,
}

impl<'c> Matching<'c> {
    /// Matches the two outermost components, then all others by id, by type and name, and by
    /// position; edges are matched by their ends.
    pub(super) fn of(before: &'c Arc<Component>, after: &'c Arc<Component>) -> Self {
        let mut matching = Self {
            pairs: Vec::new(),
            partner: HashMap::default(),
            taken: HashSet::default(),
        };
        let (old, new) = (before.walk(), after.walk());
        matching.join(before, after);
        matching.by_key(&old, &new, |component| {
            component.has_written_id().then(|| (component.id(), ""))
        });
        matching.by_key(&old, &new, |component| {
            (!component.name().is_empty()).then(|| (component.type_name(), component.name()))
        });
        matching.by_position(before, after);
        matching.edges(&old, &new);
        let rest = old.iter().filter_map(|component| {
            let partner = matching.partner.get(&Arc::as_ptr(component))?;
            Some((Arc::as_ptr(component), *partner))
        });
        let known: HashSet<Pointer> = matching
            .pairs
            .iter()
            .map(|(old, _)| Arc::as_ptr(old))
            .collect();
        let rest: Vec<_> = rest.filter(|(old, _)| !known.contains(old)).collect();
        let by_pointer = |all: &[&'c Arc<Component>]| -> HashMap<Pointer, &'c Arc<Component>> {
            all.iter()
                .map(|component| (Arc::as_ptr(component), *component))
                .collect()
        };
        let (old, new) = (by_pointer(&old), by_pointer(&new));
        let rest = rest
            .into_iter()
            .filter_map(|(left, right)| Some((*old.get(&left)?, *new.get(&right)?)));
        matching.pairs.extend(rest);
        matching
    }

    /// Returns whether two components are matched.
    pub(super) fn is_pair(&self, before: &Arc<Component>, after: &Arc<Component>) -> bool {
        self.partner.get(&Arc::as_ptr(before)) == Some(&Arc::as_ptr(after))
    }

    /// Matches two components, unless one of them is already matched.
    fn join(&mut self, before: &Arc<Component>, after: &Arc<Component>) {
        let (before, after) = (Arc::as_ptr(before), Arc::as_ptr(after));
        if !self.partner.contains_key(&before) && self.taken.insert(after) {
            self.partner.insert(before, after);
        }
    }

    fn is_free(&self, before: &Arc<Component>) -> bool {
        !self.partner.contains_key(&Arc::as_ptr(before))
    }

    /// Matches components with equal keys, each with the first unmatched one.
    fn by_key<'k>(
        &mut self,
        old: &[&'k Arc<Component>],
        new: &[&'k Arc<Component>],
        key: impl Fn(&'k Component) -> Option<(&'k str, &'k str)>,
    ) {
        let mut waiting: HashMap<_, VecDeque<&Arc<Component>>> = HashMap::default();
        for component in new.iter().filter(|component| !is_edge(component)) {
            if let Some(key) = key(component)
                && !self.taken.contains(&Arc::as_ptr(component))
            {
                waiting.entry(key).or_default().push_back(component);
            }
        }
        for component in old.iter().filter(|component| !is_edge(component)) {
            if self.is_free(component)
                && let Some(others) = key(component).and_then(|key| waiting.get_mut(&key))
                && let Some(other) = others.pop_front()
            {
                self.join(component, other);
            }
        }
    }

    /// Matches the remaining components by the fields of their owners, from the outermost inwards.
    fn by_position(&mut self, before: &'c Arc<Component>, after: &'c Arc<Component>) {
        let mut seen = HashSet::from_iter([Arc::as_ptr(before)]);
        let mut next = 0;
        self.pairs.push((before, after));
        while let Some((old, new)) = self.pairs.get(next).copied() {
            next += 1;
            let mut slots = Vec::new();
            for (field, value) in old.fields() {
                if let Some(other) = new.field(field) {
                    self.same_places(value, other, &mut slots);
                }
            }
            for (old, new) in slots {
                self.join(old, new);
                if self.is_pair(old, new) && seen.insert(Arc::as_ptr(old)) {
                    self.pairs.push((old, new));
                }
            }
        }
    }

    /// Adds the pairs of components at the same positions of two values; already matched pairs are
    /// included.
    fn same_places(
        &self,
        old: &'c FieldValue,
        new: &'c FieldValue,
        slots: &mut Vec<(&'c Arc<Component>, &'c Arc<Component>)>,
    ) {
        match (old, new) {
            (FieldValue::Component(old), FieldValue::Component(new)) => slots.push((old, new)),
            (FieldValue::List(old), FieldValue::List(new)) => {
                let components =
                    |items: &'c [FieldValue]| items.iter().filter_map(FieldValue::as_component);
                let mut left: Vec<_> = components(new)
                    .filter(|new| !self.taken.contains(&Arc::as_ptr(new)) && !is_edge(new))
                    .collect();
                for old in components(old).filter(|old| !is_edge(old)) {
                    if self.is_free(old) {
                        let same_type = |new: &&Arc<Component>| new.type_name() == old.type_name();
                        if let Some(at) = left.iter().position(same_type) {
                            slots.push((old, left.remove(at)));
                        }
                    } else {
                        let partner = components(new).find(|new| self.is_pair(old, new));
                        slots.extend(partner.map(|new| (old, new)));
                    }
                }
                let lists = |items: &'c [FieldValue]| {
                    items.iter().filter(|item| item.as_component().is_none())
                };
                for (old, new) in lists(old).zip(lists(new)) {
                    self.same_places(old, new, slots);
                }
            }
            (FieldValue::Map(old), FieldValue::Map(new)) => {
                for (key, old) in old {
                    if let Some(new) = new.get(key) {
                        self.same_places(old, new, slots);
                    }
                }
            }
            _ => {}
        }
    }

    /// Matches edges with the same ends.
    fn edges(&mut self, old: &[&'c Arc<Component>], new: &[&'c Arc<Component>]) {
        let mut waiting: HashMap<EdgeKey<'_>, VecDeque<&Arc<Component>>> = HashMap::default();
        for edge in new.iter().filter(|component| is_edge(component)) {
            if let Some(key) = edge_key(edge, |node| Some(Arc::as_ptr(node))) {
                waiting.entry(key).or_default().push_back(edge);
            }
        }
        for edge in old.iter().filter(|component| is_edge(component)) {
            let key = edge_key(edge, |node| self.partner.get(&Arc::as_ptr(node)).copied());
            if let Some(other) = key.and_then(|key| waiting.get_mut(&key)?.pop_front()) {
                self.join(edge, other);
            }
        }
    }
}

/// The identity of an edge: its type, the two nodes, the branch or output, and the input.
type EdgeKey<'c> = (&'c str, Pointer, Pointer, Option<&'c str>, Option<&'c str>);

fn edge_key(
    edge: &Component,
    node: impl Fn(&Arc<Component>) -> Option<Pointer>,
) -> Option<EdgeKey<'_>> {
    let ends = if edge.is::<DataFlowEdge>() {
        ["source_node", "destination_node"]
    } else {
        ["from_node", "to_node"]
    };
    let [from, to] = ends.map(|end| node(edge.field(end)?.as_component()?));
    let text = |field| edge.field(field)?.as_value()?.as_str();
    let out = if edge.is::<DataFlowEdge>() {
        text("source_output")
    } else {
        Some(text("from_branch").unwrap_or("next"))
    };
    Some((edge.type_name(), from?, to?, out, text("destination_input")))
}

/// Returns whether a component is an edge of a flow, which is identified by its ends.
pub(super) fn is_edge(component: &Component) -> bool {
    component.is::<ControlFlowEdge>() || component.is::<DataFlowEdge>()
}
