//! Graphs drawn in characters: boxes in layers, labels on the edges of branches, loops drawn
//! backwards.
//!
//! Boxes are assigned to [`layers`], ordered within them ([`order`]) and positioned
//! ([`mod@layout`]). Lines are routed ([`route`]) and turn in [`tracks`] between the layers;
//! [`paint`] draws the result on a [`canvas`]. A graph that is too complex is drawn as a [`list`].

mod boxes;
mod canvas;
mod layers;
mod layout;
mod list;
mod order;
mod paint;
mod route;
mod tracks;

pub use self::boxes::MAX_NOTE_CELLS;
use self::boxes::{Direction, Lettering, shapes};
use self::canvas::Canvas;
use self::layout::layout;
use self::paint::Painter;
use super::{Graph, label_text};
use crate::base::text::width_cells;

/// The maximum width of a name, in cells; longer names are cut.
const MAX_NAME_CELLS: usize = 28;
/// The maximum width of a name in a drawing that would otherwise be too wide.
const SHORT_NAME_CELLS: usize = 14;
/// The maximum number of cells of a drawing; a larger graph becomes a list.
const MAX_CELLS: usize = 4_000_000;

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawOptions {
    /// The available width in cells. The drawing runs to the right if it fits, else downwards; if
    /// neither fits, it is wider than this.
    pub max_width_cells: Option<usize>,
    /// Whether lines are drawn in ASCII; names are not changed.
    pub is_ascii: bool,
    /// Whether every box has room for a state symbol, a time and the values on its edges, to show a
    /// run.
    pub has_marks: bool,
}

/// A graph drawn in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The rows from the top, without trailing blanks.
    pub rows: Vec<String>,
    /// The width of the widest row, in cells.
    pub width_cells: usize,
    /// The positions of the boxes. A component can have several boxes.
    pub boxes: Vec<BoxPlace>,
}

/// The position of a box, frame included. Columns and rows count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxPlace {
    /// The id of the component.
    pub component_id: String,
    /// The name of the component.
    pub name: String,
    /// The column of the left side.
    pub x: usize,
    /// The row of the top.
    pub y: usize,
    /// The width in cells.
    pub width: usize,
    /// The height in rows.
    pub height: usize,
    /// The column and row of the state symbol, which is one cell wide.
    pub sign: Option<(usize, usize)>,
    /// The column and row at which a time can be written, six cells wide.
    pub note: Option<(usize, usize)>,
    /// The positions for the values of outputs on data edges.
    pub values: Vec<ValuePlace>,
}

/// A position for the value of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    /// The title of the output.
    pub output: String,
    /// The column of the first cell.
    pub x: usize,
    /// The row of the value.
    pub y: usize,
    /// The maximum width in cells.
    pub width: usize,
}

/// Draws a graph, followed by the graphs inside its boxes, each under its name.
pub fn draw(graph: &Graph, options: DrawOptions) -> Drawing {
    with_inner(graph, |graph| one(graph, options))
}

/// Draws a graph as a list with one line for each box and its outgoing branches. No other form
/// takes less width or height.
pub fn draw_list(graph: &Graph, options: DrawOptions) -> Drawing {
    with_inner(graph, |graph| list::list(graph, options))
}

/// Draws a graph with `one`, followed by the graphs inside its boxes.
fn with_inner(graph: &Graph, one: impl Fn(&Graph) -> Drawing) -> Drawing {
    let mut drawing = Drawing::default();
    let mut waiting = vec![(String::new(), graph)];
    while let Some((heading, graph)) = waiting.pop() {
        if !heading.is_empty() {
            drawing.rows.push(String::new());
            drawing.rows.push(heading);
        }
        drawing.append(one(graph));
        for node in graph.nodes.iter().rev() {
            for inner in node.inner.iter().rev() {
                let words =
                    [&node.name, &inner.type_name, &inner.name].map(|text| label_text(text));
                let [node, ty, name] = words;
                let heading = if node == name {
                    format!("{ty} {name}")
                } else {
                    format!("{node}: {ty} {name}")
                };
                waiting.push((heading, inner));
            }
        }
    }
    let of_rows = drawing.rows.iter().map(|row| width_cells(row));
    let of_boxes = drawing.boxes.iter().map(|place| place.x + place.width);
    drawing.width_cells = of_rows.chain(of_boxes).max().unwrap_or(0);
    drawing
}

impl Drawing {
    /// Appends another drawing below this one.
    fn append(&mut self, other: Self) {
        let below = self.rows.len();
        self.rows.extend(other.rows);
        let moved = other.boxes.into_iter().map(|place| BoxPlace {
            y: place.y + below,
            sign: place.sign.map(|(x, y)| (x, y + below)),
            note: place.note.map(|(x, y)| (x, y + below)),
            values: place
                .values
                .into_iter()
                .map(|value| ValuePlace {
                    y: value.y + below,
                    ..value
                })
                .collect(),
            ..place
        });
        self.boxes.extend(moved);
    }
}

/// Draws one graph: to the right if it fits, else downwards, with shortened names if needed.
fn one(graph: &Graph, options: DrawOptions) -> Drawing {
    let ways = [
        (Direction::Right, MAX_NAME_CELLS),
        (Direction::Right, SHORT_NAME_CELLS),
        (Direction::Down, MAX_NAME_CELLS),
        (Direction::Down, SHORT_NAME_CELLS),
    ];
    let mut narrowest: Option<Drawing> = None;
    for (direction, max_name_cells) in ways {
        let Some(drawing) = laid_out(graph, direction, max_name_cells, options) else {
            continue;
        };
        let fits = options
            .max_width_cells
            .is_none_or(|most| drawing.width_cells <= most);
        if fits {
            return drawing;
        }
        if narrowest
            .as_ref()
            .is_none_or(|other| drawing.width_cells < other.width_cells)
        {
            narrowest = Some(drawing);
        }
    }
    narrowest.unwrap_or_else(|| list::list(graph, options))
}

fn laid_out(
    graph: &Graph,
    direction: Direction,
    max_name_cells: usize,
    options: DrawOptions,
) -> Option<Drawing> {
    let DrawOptions {
        is_ascii,
        has_marks,
        ..
    } = options;
    let lettering = Lettering {
        max_name_cells,
        has_marks,
        is_ascii,
    };
    let (mut shapes, mut ports) = shapes(graph, lettering);
    let layout = layout(graph, &mut shapes, &mut ports, direction)?;
    let painter = Painter {
        graph,
        shapes: &shapes,
        layout: &layout,
        direction,
        is_ascii,
        has_marks,
    };
    let (width, height) = painter.size();
    if width.saturating_mul(height) > MAX_CELLS {
        return None;
    }
    let mut canvas = Canvas::new(width, height);
    let boxes = painter.paint(&mut canvas);
    let rows = canvas.rows(is_ascii);
    let width_cells = rows.iter().map(|row| width_cells(row)).max();
    Some(Drawing {
        rows,
        width_cells: width_cells.unwrap_or(0),
        boxes,
    })
}
