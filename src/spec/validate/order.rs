//! The order of a flow's nodes: which node can run after which.

use crate::base::hash::HashMap;

/// The number of questions that one pass over the flow answers, one bit each.
const PER_PASS: usize = 128;

/// The control edges of a flow, prepared for many questions about order. The time grows with the
/// size of the flow times the number of questions divided by [`PER_PASS`].
pub(super) struct ControlOrder<'n> {
    index: HashMap<&'n str, usize>,
    followers: Vec<Vec<usize>>,
    /// The number of each node's loop. Nodes that can run after each other are in the same loop;
    /// any other node has one of its own. Control passes only from lower to higher numbers.
    loops: Vec<usize>,
    /// The nodes, sorted by the number of their loop.
    in_order: Vec<usize>,
}

impl<'n> ControlOrder<'n> {
    /// Makes the order from control edges, each given by two node ids.
    pub(super) fn new(edges: impl Iterator<Item = (&'n str, &'n str)>) -> Self {
        let mut index = HashMap::default();
        let mut followers: Vec<Vec<usize>> = Vec::new();
        for (from, to) in edges {
            let mut number = |id| {
                *index.entry(id).or_insert_with(|| {
                    followers.push(Vec::new());
                    followers.len() - 1
                })
            };
            let (from, to) = (number(from), number(to));
            followers[from].push(to);
        }
        let loops = loops(&followers);
        let mut in_order: Vec<usize> = (0..followers.len()).collect();
        in_order.sort_by_key(|node| loops[*node]);
        Self {
            index,
            followers,
            loops,
            in_order,
        }
    }

    /// Returns, for each pair of node ids, whether the second node can run after the first one has
    /// run.
    pub(super) fn can_follow(&self, pairs: &[(&str, &str)]) -> Vec<bool> {
        let mut sources: Vec<&str> = pairs.iter().map(|(source, _)| *source).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut of_source: HashMap<&str, Vec<usize>> = HashMap::default();
        for (pair, (source, _)) in pairs.iter().enumerate() {
            of_source.entry(source).or_default().push(pair);
        }
        let mut answers = vec![false; pairs.len()];
        for pass in sources.chunks(PER_PASS) {
            let reached = self.pass(pass);
            for (bit, source) in pass.iter().enumerate() {
                for pair in of_source.get(source).into_iter().flatten() {
                    let destination = self.index.get(pairs[*pair].1);
                    answers[*pair] = destination
                        .is_some_and(|node| reached[self.loops[*node]] & (1 << bit) != 0);
                }
            }
        }
        answers
    }

    /// Returns, for each loop, a bit set of the sources after which it can run.
    fn pass(&self, sources: &[&str]) -> Vec<u128> {
        let mut reached = vec![0_u128; self.followers.len()];
        for (bit, source) in sources.iter().enumerate() {
            let Some(node) = self.index.get(source) else {
                continue;
            };
            for follower in &self.followers[*node] {
                reached[self.loops[*follower]] |= 1 << bit;
            }
        }
        for node in &self.in_order {
            let bits = reached[self.loops[*node]];
            if bits != 0 {
                for follower in &self.followers[*node] {
                    reached[self.loops[*follower]] |= bits;
                }
            }
        }
        reached
    }
}

/// Returns the number of each node's loop, counted from the start of the flow (Kosaraju's
/// algorithm, without recursion).
fn loops(followers: &[Vec<usize>]) -> Vec<usize> {
    let mut leaders = vec![Vec::new(); followers.len()];
    for (node, next) in followers.iter().enumerate() {
        for follower in next {
            leaders[*follower].push(node);
        }
    }
    let mut loops = vec![usize::MAX; followers.len()];
    for (number, node) in finished_last_first(followers).into_iter().enumerate() {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if loops[node] == usize::MAX {
                loops[node] = number;
                pending.extend(&leaders[node]);
            }
        }
    }
    loops
}

/// Returns the nodes in reverse post-order of a depth-first search from each node.
fn finished_last_first(followers: &[Vec<usize>]) -> Vec<usize> {
    let mut is_met = vec![false; followers.len()];
    let mut finished = Vec::with_capacity(followers.len());
    for root in 0..followers.len() {
        if std::mem::replace(&mut is_met[root], true) {
            continue;
        }
        // Each node on the path with the number of its followers that have been looked at.
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            if let Some(follower) = followers[*node].get(*next) {
                *next += 1;
                if !std::mem::replace(&mut is_met[*follower], true) {
                    path.push((*follower, 0));
                }
            } else {
                finished.push(*node);
                path.pop();
            }
        }
    }
    finished.reverse();
    finished
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Whether `to` can be reached from `from` in at least one step, the plain way.
    fn by_search(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
        let after = |node: usize| edges.iter().filter(move |edge| edge.0 == node).map(|e| e.1);
        let mut seen = HashSet::new();
        let mut pending: Vec<usize> = after(from).collect();
        while let Some(node) = pending.pop() {
            if seen.insert(node) {
                pending.extend(after(node));
            }
        }
        seen.contains(&to)
    }

    #[test]
    fn every_answer_is_that_of_a_plain_search() {
        let ids: Vec<String> = (0..12).map(|node| format!("n{node}")).collect();
        // A small generator of our own: what matters is that there are many different graphs.
        let mut state = 7_usize;
        let mut number = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let count = number(25);
            let edges: Vec<(usize, usize)> = (0..count).map(|_| (number(12), number(12))).collect();
            let named = edges
                .iter()
                .map(|(a, b)| (ids[*a].as_str(), ids[*b].as_str()));
            let order = ControlOrder::new(named);
            let pairs: Vec<(usize, usize)> = (0..144).map(|pair| (pair / 12, pair % 12)).collect();
            let asked: Vec<(&str, &str)> = pairs
                .iter()
                .map(|(a, b)| (ids[*a].as_str(), ids[*b].as_str()))
                .collect();
            let expected: Vec<bool> = pairs
                .iter()
                .map(|(a, b)| by_search(&edges, *a, *b))
                .collect();
            assert_eq!(order.can_follow(&asked), expected, "{edges:?}");
        }
    }

    #[test]
    fn more_sources_than_one_pass_takes() {
        let ids: Vec<String> = (0..500).map(|node| format!("n{node}")).collect();
        let steps = ids
            .windows(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()));
        let order = ControlOrder::new(steps.clone());
        let forwards: Vec<_> = steps.collect();
        assert!(order.can_follow(&forwards).iter().all(|answer| *answer));
        let backwards: Vec<_> = forwards.iter().map(|(from, to)| (*to, *from)).collect();
        assert!(!order.can_follow(&backwards).iter().any(|answer| *answer));
    }
}
