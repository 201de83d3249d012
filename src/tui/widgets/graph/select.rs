//! Selection of a box of a graph by keys or the mouse.

use ratatui::layout::{Position, Size};

use super::marks::Visits;
use super::{Drawings, Scroll};
use crate::runs::RunRecord;
use crate::spec::graph::{BoxPlace, Drawing};
use crate::tui::action::Action;

/// The weight of a sideways distance compared to one in the wanted direction, so that a box
/// straight ahead is preferred.
const SIDE_WEIGHT: usize = 3;

impl Drawings {
    /// Returns the next box in the direction of an action, from the selected box, the lit one or
    /// the first one, and scrolls to it. `None` if the action has no direction or there is no box
    /// in it.
    pub(crate) fn step(
        &self,
        scroll: &mut Scroll,
        (chosen, action): (Option<&str>, Action),
        (run, visits): (&RunRecord, &Visits),
        size: Size,
    ) -> Option<String> {
        let drawing = self.fitting(size);
        let lit = visits.lit(run, drawing);
        let from = chosen.and_then(|id| place_of(drawing, id));
        let to = match from {
            Some(from) => neighbour(drawing, from, action)?,
            None if way(action).is_some() => lit.or(drawing.boxes.first())?,
            None => return None,
        };
        scroll.show(to, drawing, size, lit);
        Some(to.component_id.clone())
    }

    /// Returns the box at a cell of the view.
    pub(crate) fn at(
        &self,
        scroll: Scroll,
        (run, visits): (&RunRecord, &Visits),
        size: Size,
        cell: Position,
    ) -> Option<String> {
        let drawing = self.fitting(size);
        let (left, top) = scroll.origin(drawing, size, visits.lit(run, drawing));
        let (x, y) = (left + usize::from(cell.x), top + usize::from(cell.y));
        let holds = |place: &&BoxPlace| {
            (place.x..place.x + place.width).contains(&x)
                && (place.y..place.y + place.height).contains(&y)
        };
        let found = drawing.boxes.iter().find(holds);
        found.map(|place| place.component_id.clone())
    }
}

/// Returns the box of a component.
pub(super) fn place_of<'d>(drawing: &'d Drawing, component_id: &str) -> Option<&'d BoxPlace> {
    drawing
        .boxes
        .iter()
        .find(|place| place.component_id == component_id)
}

/// Returns the direction of an action: whether it is horizontal, and whether it is forward.
const fn way(action: Action) -> Option<(bool, bool)> {
    match action {
        Action::Left => Some((true, false)),
        Action::Right => Some((true, true)),
        Action::Up => Some((false, false)),
        Action::Down => Some((false, true)),
        _ => None,
    }
}

/// Returns the nearest box in a direction.
fn neighbour<'d>(drawing: &'d Drawing, from: &BoxPlace, action: Action) -> Option<&'d BoxPlace> {
    let (is_across, is_forward) = way(action)?;
    let middle = |place: &BoxPlace| {
        let (x, y) = (place.x + place.width / 2, place.y + place.height / 2);
        if is_across { (x, y) } else { (y, x) }
    };
    let (ahead, aside) = middle(from);
    let distance = |place: &&BoxPlace| {
        let (to, to_side) = middle(place);
        to.abs_diff(ahead) + SIDE_WEIGHT * to_side.abs_diff(aside)
    };
    let is_that_way = |place: &&BoxPlace| {
        let (to, _) = middle(place);
        if is_forward { to > ahead } else { to < ahead }
    };
    drawing
        .boxes
        .iter()
        .filter(is_that_way)
        .min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn place(id: &str, x: usize, y: usize) -> BoxPlace {
        BoxPlace {
            component_id: id.to_owned(),
            name: id.to_owned(),
            x,
            y,
            width: 10,
            height: 4,
            sign: None,
            note: None,
            values: Vec::new(),
        }
    }

    #[test]
    fn the_next_box_is_the_nearest_one_that_way() {
        let drawing = Drawing {
            rows: Vec::new(),
            width_cells: 40,
            boxes: vec![
                place("top", 10, 0),
                place("left", 0, 6),
                place("right", 20, 6),
                place("end", 10, 12),
            ],
        };
        let next = |from: &str, action| {
            let from = place_of(&drawing, from).unwrap();
            neighbour(&drawing, from, action).map(|to| to.component_id.as_str())
        };
        assert_eq!(next("top", Action::Down), Some("end"));
        assert_eq!(next("top", Action::Left), Some("left"));
        assert_eq!(next("left", Action::Right), Some("right"));
        assert_eq!(next("end", Action::Up), Some("top"));
        assert_eq!(next("top", Action::Up), None);
        assert_eq!(next("top", Action::PageDown), None);
    }
}
