//! Panes side by side: their number and positions in an area.

use ratatui::layout::Rect;

/// The possible numbers of panes.
pub(crate) const COUNTS: [usize; 6] = [1, 2, 3, 4, 6, 9];

/// The minimum size of a pane with its border, in cells, if there are several.
const MIN_WIDTH: u16 = 38;
const MIN_HEIGHT: u16 = 6;

/// The best size for reading a pane, in cells; the arrangement nearest to it is chosen.
const GOOD_WIDTH: u16 = 64;
const GOOD_HEIGHT: u16 = 20;

/// Returns the largest number in [`COUNTS`] of panes that fit into `area`, limited to `wanted`; at
/// least one.
pub(crate) fn count_that_fits(area: Rect, wanted: usize) -> usize {
    let fits = |count: &usize| grid(area, *count).is_some();
    let most = COUNTS.into_iter().rev().find(fits).unwrap_or(1);
    most.min(wanted).max(1)
}

/// Divides `area` into `count` panes without gaps, row by row.
pub(crate) fn tiles(area: Rect, count: usize) -> Vec<Rect> {
    let count = count.max(1);
    let (columns, rows) = grid(area, count).unwrap_or((1, count));
    let mut tiles = Vec::with_capacity(count);
    for row in 0..rows {
        let (y, height) = share(area.y, area.height, row, rows);
        // A last row that is not full is shared by fewer.
        let in_row = columns.min(count - tiles.len());
        for column in 0..in_row {
            let (x, width) = share(area.x, area.width, column, in_row);
            tiles.push(Rect::new(x, y, width, height));
        }
    }
    tiles
}

/// Returns the columns and rows for `count` panes whose sizes are nearest to the best one; `None`
/// if the panes would be smaller than the minimum. One pane always fits.
fn grid(area: Rect, count: usize) -> Option<(usize, usize)> {
    if count == 1 {
        return Some((1, 1));
    }
    (1..=count)
        .map(|columns| (columns, count.div_ceil(columns)))
        .filter(|(columns, rows)| (columns * rows) - count < *columns)
        .filter_map(|(columns, rows)| {
            let width = area.width / u16::try_from(columns).ok()?;
            let height = area.height / u16::try_from(rows).ok()?;
            if width < MIN_WIDTH || height < MIN_HEIGHT {
                return None;
            }
            let width = u32::from(width.min(GOOD_WIDTH)) * 100 / u32::from(GOOD_WIDTH);
            let height = u32::from(height.min(GOOD_HEIGHT)) * 100 / u32::from(GOOD_HEIGHT);
            let is_uneven = columns * rows != count;
            Some((width.min(height), !is_uneven, columns, rows))
        })
        .max_by_key(|(worst, is_even, columns, _)| (*worst, *is_even, usize::MAX - columns))
        .map(|(_, _, columns, rows)| (columns, rows))
}

/// Returns the start and the length of the `index`-th of `count` parts, in cells.
fn share(start: u16, length: u16, index: usize, count: usize) -> (u16, u16) {
    let at = |index: usize| {
        let cells = usize::from(length) * index / count.max(1);
        u16::try_from(cells).unwrap_or(length)
    };
    (start + at(index), at(index + 1) - at(index))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(width: u16, height: u16, wanted: usize, expected: (usize, usize, usize)) {
        let area = Rect::new(0, 0, width, height);
        let count = count_that_fits(area, wanted);
        let (columns, rows) = grid(area, count).unwrap_or((1, 1));
        assert_eq!(
            (count, columns, rows),
            expected,
            "{wanted} in {width}x{height}"
        );
    }

    #[test]
    fn as_many_panes_as_can_be_read() {
        check(66, 32, 1, (1, 1, 1));
        check(66, 32, 4, (4, 1, 4));
        check(66, 32, 12, (4, 1, 4));
        check(80, 13, 4, (4, 2, 2));
        check(80, 11, 4, (2, 2, 1));
        check(130, 56, 4, (4, 2, 2));
        check(130, 56, 20, (9, 3, 3));
        check(30, 5, 20, (1, 1, 1));
    }

    proptest! {
        #[test]
        fn panes_cover_their_place_without_overlap(
            width in 1_u16..300, height in 1_u16..100, wanted in 0_usize..40,
        ) {
            let area = Rect::new(3, 2, width, height);
            let count = count_that_fits(area, wanted);
            let tiles = tiles(area, count);
            prop_assert_eq!(tiles.len(), count);
            let covered: u32 = tiles.iter().map(|tile| tile.area()).sum();
            prop_assert_eq!(covered, area.area());
            prop_assert!(tiles.iter().all(|tile| tile.intersection(area) == *tile));
        }
    }
}
