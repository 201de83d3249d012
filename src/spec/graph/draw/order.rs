//! Orders boxes and passing edges within their layers to reduce crossings.

use std::collections::HashMap;
use std::hash::Hash;

/// The number of passes over the layers; further passes improve little.
const ROUNDS: usize = 8;

/// An item of a layer, which takes up space there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item<K> {
    /// A box.
    Box(usize),
    /// Edges with a common target in a later layer, passing through this one.
    Pass(K),
}

/// The part of an edge between two neighbouring layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire<K> {
    /// Index of the item in the earlier layer.
    pub(super) from: usize,
    /// The port at which the wire leaves the earlier item; 0 for a pass.
    pub(super) port: usize,
    /// Index of the item in the later layer.
    pub(super) to: usize,
    /// The final target of the edge.
    pub(super) goal: K,
}

/// All layers with their items and wires.
#[derive(Clone, Debug)]
pub(super) struct Levels<K> {
    /// The items, in no particular order.
    pub(super) items: Vec<Item<K>>,
    /// The items of each layer, in order.
    pub(super) layers: Vec<Vec<usize>>,
    /// The wires from each layer to the next one.
    pub(super) wires: Vec<Vec<Wire<K>>>,
}

/// A forward edge: source box, port, target box, and the goal.
pub(super) type Edge<K> = (usize, usize, usize, K);

impl<K: Copy + Eq + Hash> Levels<K> {
    /// Assigns boxes to layers and routes edges through the layers between. Edges to the same goal
    /// share passes. `None` if more than `max_passes` passes would be needed.
    pub(super) fn new(
        of: &[usize],
        count: usize,
        edges: &[Edge<K>],
        max_passes: usize,
    ) -> Option<Self> {
        let mut levels = Self {
            items: (0..of.len()).map(Item::Box).collect(),
            layers: vec![Vec::new(); count],
            wires: vec![Vec::new(); count.saturating_sub(1)],
        };
        for (at, layer) in of.iter().enumerate() {
            levels.layers[*layer].push(at);
        }
        let mut passes: HashMap<(K, usize), usize> = HashMap::new();
        for (from, port, to, goal) in edges {
            let (mut from, mut port) = (*from, *port);
            for layer in of[from]..of[*to] {
                let next = layer + 1;
                let is_new = !passes.contains_key(&(*goal, next));
                let item = if next == of[*to] {
                    *to
                } else {
                    *passes.entry((*goal, next)).or_insert_with(|| {
                        levels.items.push(Item::Pass(*goal));
                        levels.layers[next].push(levels.items.len() - 1);
                        levels.items.len() - 1
                    })
                };
                let wire = Wire {
                    from,
                    port,
                    to: item,
                    goal: *goal,
                };
                levels.wires[layer].push(wire);
                if next != of[*to] && !is_new {
                    // The rest of the way is there already.
                    break;
                }
                (from, port) = (item, 0);
            }
            if levels.items.len() - of.len() > max_passes {
                return None;
            }
        }
        Some(levels)
    }

    /// Reorders the layers by the positions of neighbouring items, and keeps the best order found.
    pub(super) fn untangle(&mut self) {
        let mut best = self.layers.clone();
        let mut fewest = self.crossings();
        for round in 0..ROUNDS {
            if fewest == 0 {
                break;
            }
            if round % 2 == 0 {
                for layer in 1..self.layers.len() {
                    self.sort(layer, layer - 1, |wire| (wire.to, wire.from, wire.port));
                }
            } else {
                for layer in (0..self.layers.len().saturating_sub(1)).rev() {
                    self.sort(layer, layer, |wire| (wire.from, wire.to, 0));
                }
            }
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.layers);
            }
        }
        self.layers = best;
    }

    /// Sorts one layer by the mean position of each item's neighbours in one gap; items without
    /// neighbours keep their positions.
    #[expect(
        clippy::cast_precision_loss,
        reason = "places in a layer are small numbers"
    )]
    fn sort(&mut self, layer: usize, gap: usize, ends: impl Fn(&Wire<K>) -> (usize, usize, usize)) {
        let places = self.places();
        let mut sums: HashMap<usize, (f64, f64)> = HashMap::new();
        for wire in &self.wires[gap] {
            let (item, other, port) = ends(wire);
            let (sum, count) = sums.entry(item).or_default();
            // Ports of one box are close together.
            *sum += places[other] as f64 + port as f64 / 1024.0;
            *count += 1.0;
        }
        let mean = |item: &usize| match sums.get(item) {
            Some((sum, count)) => sum / count,
            None => places[*item] as f64,
        };
        self.layers[layer].sort_by(|left, right| mean(left).total_cmp(&mean(right)));
    }

    /// Returns the position of each item in its layer.
    pub(super) fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for layer in &self.layers {
            for (place, item) in layer.iter().enumerate() {
                places[*item] = place;
            }
        }
        places
    }

    /// Returns the number of crossing pairs of wires.
    fn crossings(&self) -> usize {
        let places = self.places();
        let crossings_of = |wires: &Vec<Wire<K>>| {
            let mut ends: Vec<_> = wires
                .iter()
                .map(|wire| (places[wire.from], wire.port, places[wire.to]))
                .collect();
            ends.sort_unstable();
            inversions(&ends.iter().map(|end| end.2).collect::<Vec<_>>())
        };
        self.wires.iter().map(crossings_of).sum()
    }
}

/// Returns the number of pairs in descending order, counted with a Fenwick tree.
fn inversions(places: &[usize]) -> usize {
    let size = places.iter().max().map_or(0, |most| most + 2);
    let mut tree = vec![0_usize; size];
    let mut found = 0;
    for (before, place) in places.iter().enumerate() {
        let mut not_after = 0;
        let mut at = place + 1;
        while at > 0 {
            not_after += tree[at];
            at &= at - 1;
        }
        found += before - not_after;
        let mut at = place + 1;
        while at < size {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted() {
        assert_eq!(inversions(&[0, 1, 2]), 0);
        assert_eq!(inversions(&[2, 1, 0]), 3);
        assert_eq!(inversions(&[1, 1, 0, 2]), 2);
        assert_eq!(inversions(&[]), 0);
    }

    #[test]
    fn a_tangle_that_can_be_undone_is_undone() {
        let of = [0, 0, 1, 1];
        let edges = [(0, 0, 3, 3), (1, 0, 2, 2)];
        let mut levels = Levels::new(&of, 2, &edges, 10).unwrap();
        assert_eq!(levels.crossings(), 1);
        levels.untangle();
        assert_eq!(levels.crossings(), 0);
        assert_eq!(levels.layers[1], [3, 2]);
    }

    #[test]
    fn edges_to_one_place_share_their_way_and_too_many_ways_are_refused() {
        let of = [0, 0, 1, 3];
        let edges = [(0, 0, 2, 2), (0, 1, 3, 3), (1, 0, 3, 3)];
        let levels = Levels::new(&of, 4, &edges, 10).unwrap();
        assert_eq!(
            levels.items.len(),
            6,
            "four boxes, one pass in layers 1 and 2"
        );
        assert_eq!(levels.wires[1].len(), 1);
        assert!(Levels::new(&of, 4, &edges, 1).is_none());
    }
}
