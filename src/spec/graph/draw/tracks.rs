//! The tracks between two layers, in which lines turn.

use indexmap::IndexMap;

/// The lines between two layers with a common target, drawn as one line with several beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// The beginnings of the lines, as rows from the top (or columns from the left in a drawing
    /// that goes down).
    pub(super) sources: Vec<usize>,
    /// The row or column where the net enters a box or continues; `None` for a loop that leaves
    /// into its lane.
    pub(super) target: Option<usize>,
    /// The lane from or to which the net leads.
    pub(super) lane: Option<usize>,
}

impl Net {
    /// Returns the first and the last row of the net.
    pub(super) fn extent(&self) -> (usize, usize) {
        let rows = || {
            let others = self.target.iter().chain(&self.lane);
            self.sources.iter().chain(others).copied()
        };
        (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
    }

    /// Returns whether the net is a single straight line.
    pub(super) fn is_straight(&self) -> bool {
        let (first, last) = self.extent();
        first == last
    }
}

/// Nets that begin at the same rows and therefore turn in one track, like a comb.
struct Comb<'n> {
    sources: &'n [usize],
    /// The first and the last row.
    extent: (usize, usize),
    /// The indices of the nets.
    nets: Vec<usize>,
}

impl Comb<'_> {
    /// Returns the order in which combs choose tracks: of lines that go down, those that begin
    /// lowest turn first; of lines that go up, those that begin highest. This avoids crossings
    /// between them.
    fn rank(&self) -> (bool, isize) {
        let source = self.sources.first().copied().unwrap_or(0);
        let is_up = self.extent.0 < source && source == self.extent.1;
        let source = isize::try_from(source).unwrap_or(isize::MAX);
        (is_up, if is_up { source } else { -source })
    }

    fn meets(&self, other: &Self) -> bool {
        self.extent.0 <= other.extent.1 && other.extent.0 <= self.extent.1
    }
}

fn combs(nets: &[Net]) -> Vec<Comb<'_>> {
    let mut combs: IndexMap<&[usize], Comb<'_>> = IndexMap::new();
    for (at, net) in nets
        .iter()
        .enumerate()
        .filter(|(_, net)| !net.is_straight())
    {
        let (first, last) = net.extent();
        let comb = combs.entry(&net.sources).or_insert_with(|| Comb {
            sources: &net.sources,
            extent: (first, last),
            nets: Vec::new(),
        });
        comb.extent = (comb.extent.0.min(first), comb.extent.1.max(last));
        comb.nets.push(at);
    }
    combs.into_values().collect()
}

/// Assigns a track to each net, where 0 is nearest to the earlier layer; `None` for straight lines.
/// Nets that begin at different rows never share a section of a track.
///
/// Requires that the row of a net's target is not a source of another net, unless it is also a
/// source of the net itself; the layout guarantees this.
pub(super) fn tracks(nets: &[Net]) -> Vec<Option<usize>> {
    let mut tracks = vec![None; nets.len()];
    let mut combs = combs(nets);
    combs.sort_by_key(Comb::rank);
    let mut placed: Vec<(usize, Comb<'_>)> = Vec::new();
    for comb in combs {
        let before = placed.iter().filter(|(_, other)| comb.meets(other));
        let track = before.map(|(track, _)| track + 1).max().unwrap_or(0);
        for net in &comb.nets {
            tracks[*net] = Some(track);
        }
        placed.push((track, comb));
    }
    tracks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(sources: &[usize], target: usize) -> Net {
        Net {
            sources: sources.to_vec(),
            target: Some(target),
            lane: None,
        }
    }

    #[test]
    fn what_goes_straight_needs_no_track() {
        assert_eq!(tracks(&[net(&[2], 2)]), [None]);
    }

    #[test]
    fn lines_that_go_the_same_way_do_not_cross() {
        assert_eq!(tracks(&[net(&[1], 3), net(&[2], 5)]), [Some(1), Some(0)]);
        assert_eq!(tracks(&[net(&[3], 1), net(&[5], 2)]), [Some(0), Some(1)]);
    }

    #[test]
    fn lines_that_begin_together_turn_together() {
        let nets = [net(&[1], 3), net(&[1], 1), net(&[1], 5)];
        assert_eq!(tracks(&nets), [Some(0), None, Some(0)]);
    }

    #[test]
    fn lines_that_do_not_meet_share_a_track() {
        assert_eq!(tracks(&[net(&[1], 3), net(&[7], 9)]), [Some(0), Some(0)]);
    }
}
