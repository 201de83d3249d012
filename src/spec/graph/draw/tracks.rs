//! Where, between two layers, the lines turn.

/// The lines between two layers that come to one place: they are one line with several beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// Where its lines begin, as rows from the top (columns from the left in a drawing that goes down).
    pub(super) sources: Vec<usize>,
    /// Where it enters a box or goes on; none for a loop that leaves for its lane.
    pub(super) target: Option<usize>,
    /// The lane by which it leaves or comes.
    pub(super) lane: Option<usize>,
}

impl Net {
    /// From the first to the last of its rows.
    pub(super) fn extent(&self) -> (usize, usize) {
        let rows = || {
            let others = self.target.iter().chain(&self.lane);
            self.sources.iter().chain(others).copied()
        };
        (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
    }

    /// Whether it only goes straight on.
    pub(super) fn is_straight(&self) -> bool {
        let (first, last) = self.extent();
        first == last
    }

    /// In which order nets are given tracks where they may choose: lines that go down turn first if they begin low,
    /// those that go up if they begin high. Then neither crosses its like.
    fn rank(&self) -> (bool, isize) {
        let source = self.sources.first().copied().unwrap_or(0);
        let goal = self.target.or(self.lane).unwrap_or(source);
        let source = isize::try_from(source).unwrap_or(isize::MAX);
        let is_up = usize::try_from(source).is_ok_and(|source| goal < source);
        (is_up, if is_up { source } else { -source })
    }
}

/// Gives each net the track in which it turns, 0 the nearest to the earlier layer; none if it goes straight.
///
/// No two nets share a stretch of a track, and the line to a net's target never lies on a line from the source of
/// another, except where nets that exchange their rows leave no other way.
pub(super) fn tracks(nets: &[Net]) -> Vec<Option<usize>> {
    let mut tracks = vec![None; nets.len()];
    let mut waiting: Vec<usize> = (0..nets.len())
        .filter(|at| !nets[*at].is_straight())
        .collect();
    waiting.sort_by_key(|at| nets[*at].rank());
    // Before a net turns into its target's row, those must have turned that come along that row.
    let is_in_the_way = |other: &Net, net: &Net| {
        net.target
            .is_some_and(|row| other.sources.contains(&row) && !net.sources.contains(&row))
    };
    let mut placed: Vec<usize> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |at: &usize| {
            let mut others = waiting.iter().filter(|other| *other != at);
            !others.any(|other| is_in_the_way(&nets[*other], &nets[*at]))
        };
        // In a circle of nets somebody must be first.
        let next = waiting.iter().position(is_free).unwrap_or(0);
        let next = waiting.remove(next);
        let (first, last) = nets[next].extent();
        let meets = |other: &&usize| {
            let (other_first, other_last) = nets[**other].extent();
            first <= other_last && other_first <= last
        };
        let before = placed
            .iter()
            .filter(meets)
            .filter_map(|other| tracks[*other]);
        tracks[next] = Some(before.max().map_or(0, |track: usize| track + 1));
        placed.push(next);
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
    fn lines_that_do_not_meet_share_a_track() {
        assert_eq!(tracks(&[net(&[1], 3), net(&[7], 9)]), [Some(0), Some(0)]);
    }

    #[test]
    fn a_row_is_left_before_another_line_turns_into_it() {
        assert_eq!(tracks(&[net(&[1], 4), net(&[4], 8)]), [Some(1), Some(0)]);
        assert_eq!(tracks(&[net(&[8], 4), net(&[4], 1)]), [Some(1), Some(0)]);
        let swapped = tracks(&[net(&[1], 4), net(&[4], 1)]);
        assert!(swapped.contains(&Some(0)) && swapped.contains(&Some(1)));
    }
}
