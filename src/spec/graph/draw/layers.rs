//! Assigns boxes to layers, and finds the edges that go backwards.

/// The layers of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layers {
    /// The layer of each box, from 0.
    pub(super) of: Vec<usize>,
    /// The number of layers.
    pub(super) count: usize,
    /// Whether each edge goes backwards (or to its own box) and is drawn as a loop.
    pub(super) is_loop: Vec<bool>,
}

/// The state of a box during a depth-first search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    /// The box is on the current search path.
    OnTheWay,
    Done,
}

/// Puts every box one layer after the last of its predecessors. Edges that close a cycle, found by
/// a depth-first search from box 0, are ignored. The ends of all edges must be less than `boxes`.
pub(super) fn layers(boxes: usize, edges: &[(usize, usize)]) -> Layers {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    let mut is_entered = vec![false; boxes];
    for (at, (from, to)) in edges.iter().enumerate() {
        leaving[*from].push(at);
        is_entered[*to] |= from != to;
    }
    let mut seen = vec![Seen::Not; boxes];
    let mut is_loop = vec![false; edges.len()];
    // Every box after all that it leads to.
    let mut done = Vec::with_capacity(boxes);
    let entrances = (0..boxes).filter(|at| *at == 0 || !is_entered[*at]);
    for root in entrances.chain(0..boxes) {
        if seen[root] != Seen::Not {
            continue;
        }
        seen[root] = Seen::OnTheWay;
        let mut way = vec![(root, 0)];
        while let Some((at, next)) = way.last_mut() {
            let Some(edge) = leaving[*at].get(*next).copied() else {
                seen[*at] = Seen::Done;
                done.push(*at);
                way.pop();
                continue;
            };
            *next += 1;
            let to = edges[edge].1;
            match seen[to] {
                Seen::Not => {
                    seen[to] = Seen::OnTheWay;
                    way.push((to, 0));
                }
                Seen::OnTheWay => is_loop[edge] = true,
                Seen::Done => {}
            }
        }
    }
    let mut of = vec![0; boxes];
    for at in done.into_iter().rev() {
        for edge in leaving[at].iter().filter(|edge| !is_loop[**edge]) {
            let to = edges[*edge].1;
            of[to] = of[to].max(of[at] + 1);
        }
    }
    let count = of.iter().max().map_or(0, |last| last + 1);
    Layers { of, count, is_loop }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_stands_after_all_that_lead_to_it() {
        let found = layers(4, &[(0, 1), (1, 2), (0, 2), (2, 3)]);
        assert_eq!((found.of, found.count), (vec![0, 1, 2, 3], 4));
        assert!(!found.is_loop.contains(&true));
    }

    #[test]
    fn edges_that_go_back_are_loops_and_move_nothing() {
        let found = layers(4, &[(0, 1), (1, 2), (2, 1), (2, 3), (3, 3)]);
        assert_eq!(found.of, [0, 1, 2, 3]);
        assert_eq!(found.is_loop, [false, false, true, false, true]);
    }

    #[test]
    fn what_nothing_leads_to_stands_first_and_a_lone_cycle_is_opened() {
        let found = layers(4, &[(2, 3), (3, 2)]);
        assert_eq!(found.of, [0, 0, 0, 1]);
        assert_eq!(found.is_loop, [false, true]);
        assert_eq!(layers(0, &[]).count, 0);
    }
}
