//! A graph that no drawing could hold: its boxes one below the other, each with where its edges lead.

use super::{BoxPlace, Drawing};
use crate::base::text::width_cells;
use crate::spec::graph::{Graph, label_text};

pub(super) fn list(graph: &Graph, is_ascii: bool) -> Drawing {
    let arrow = if is_ascii { "->" } else { "→" };
    let mut leaving: Vec<Vec<String>> = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        let name = label_text(&graph.nodes[edge.to].name);
        let label = label_text(&edge.label);
        let words = if label.is_empty() {
            format!("  {arrow} {name}")
        } else {
            format!("  {label} {arrow} {name}")
        };
        leaving[edge.from].push(words);
    }
    let mut drawing = Drawing::default();
    for (node, edges) in graph.nodes.iter().zip(leaving) {
        let (name, detail) = (label_text(&node.name), label_text(&node.detail));
        let row = format!("{name}  {detail}");
        drawing.boxes.push(BoxPlace {
            component_id: node.component_id.clone(),
            name: node.name.clone(),
            x: 0,
            y: drawing.rows.len(),
            width: width_cells(&row),
            height: 1,
            sign: None,
            note: None,
            values: Vec::new(),
        });
        drawing.rows.push(row);
        drawing.rows.extend(edges);
    }
    let widths = drawing.rows.iter().map(|row| width_cells(row));
    drawing.width_cells = widths.max().unwrap_or(0);
    drawing
}
