//! A graph drawn as a list: one line per box, each with the targets of its edges. Used for graphs
//! that are too complex to draw, and for narrow screens.

use super::{BoxPlace, DrawOptions, Drawing, MAX_NOTE_CELLS};
use crate::base::text::{ellipsis, width_cells};
use crate::spec::graph::{Graph, label_text};

/// The maximum width of a name that is followed by a time, in cells.
const MAX_NAME_CELLS: usize = 22;

pub(super) fn list(graph: &Graph, options: DrawOptions) -> Drawing {
    let has_marks = options.has_marks;
    let arrow = if options.is_ascii { "->" } else { "→" };
    let mut leaving: Vec<Vec<String>> = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        let name = label_text(&graph.nodes[edge.to].name);
        let label = label_text(&edge.label);
        match (label.is_empty(), has_marks) {
            // Where a run is shown the lines are few: what has one way on needs none for it.
            (true, true) => {}
            (true, false) => leaving[edge.from].push(format!("  {arrow} {name}")),
            (false, true) => leaving[edge.from].push(format!("    {label} {arrow} {name}")),
            (false, false) => leaving[edge.from].push(format!("  {label} {arrow} {name}")),
        }
    }
    let names: Vec<String> = graph
        .nodes
        .iter()
        .map(|node| label_text(&node.name))
        .collect();
    let widest = names.iter().map(|name| width_cells(name)).max();
    let widest = widest.unwrap_or(0).min(MAX_NAME_CELLS);
    let mut drawing = Drawing::default();
    for ((node, name), edges) in graph.nodes.iter().zip(&names).zip(leaving) {
        let y = drawing.rows.len();
        let (row, width) = if has_marks {
            let name = ellipsis(name, widest);
            let width = 2 + widest + 2 + MAX_NOTE_CELLS;
            (format!("  {name}"), width)
        } else {
            let row = format!("{name}  {}", label_text(&node.detail));
            let width = width_cells(&row);
            (row, width)
        };
        drawing.boxes.push(BoxPlace {
            component_id: node.component_id.clone(),
            name: node.name.clone(),
            x: 0,
            y,
            width,
            height: 1,
            sign: has_marks.then_some((0, y)),
            note: has_marks.then_some((2 + widest + 2, y)),
            values: Vec::new(),
        });
        drawing.rows.push(row);
        drawing.rows.extend(edges);
    }
    let of_rows = drawing.rows.iter().map(|row| width_cells(row));
    let of_boxes = drawing.boxes.iter().map(|place| place.width);
    drawing.width_cells = of_rows.chain(of_boxes).max().unwrap_or(0);
    drawing
}
