//! Graphs drawn in characters: boxes in layers, branches named on their edges, loops drawn back.
//!
//! The boxes are put into [`layers`], ordered within them ([`order`]), given their places ([`mod@layout`]); lines find
//! their way ([`route`]) and turn in [`tracks`] between the layers; [`paint`] puts it all on a [`canvas`]. What is too
//! tangled for that is a [`list`].

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

/// Names longer than this are cut.
const MAX_NAME_CELLS: usize = 28;
/// Names are cut to this where a drawing is too wide otherwise.
const SHORT_NAME_CELLS: usize = 14;
/// Cells of one drawing; what is larger is a list.
const MAX_CELLS: usize = 4_000_000;

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawOptions {
    /// How wide it may be, in cells. It goes to the right if it fits so, else down; a drawing that does not fit in
    /// either way is wider.
    pub max_width_cells: Option<usize>,
    /// Whether only ASCII is drawn (names stay as they are).
    pub is_ascii: bool,
    /// Whether every box keeps room for a sign, a time and the values on its edges, so that a run can be shown in it.
    pub has_marks: bool,
}

/// Graphs in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The rows from the top, without blanks at their ends.
    pub rows: Vec<String>,
    /// Width of the widest row, in cells.
    pub width_cells: usize,
    /// Where the boxes are. A component may have several.
    pub boxes: Vec<BoxPlace>,
}

/// Where a box is, frame included. Columns and rows count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxPlace {
    /// The id of its component.
    pub component_id: String,
    /// The name of the component.
    pub name: String,
    /// Column of its left side.
    pub x: usize,
    /// Row of its top.
    pub y: usize,
    /// Its width in cells.
    pub width: usize,
    /// Its height in rows.
    pub height: usize,
    /// Column and row of its sign, one cell wide.
    pub sign: Option<(usize, usize)>,
    /// Column and row where a time may be written, six cells wide.
    pub note: Option<(usize, usize)>,
    /// Where the values of outputs may be written that go along data edges.
    pub values: Vec<ValuePlace>,
}

/// Where the value of an output may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    /// The title of the output.
    pub output: String,
    /// Column of its first cell.
    pub x: usize,
    /// Its row.
    pub y: usize,
    /// How many cells it may have.
    pub width: usize,
}

/// Draws a graph, and below it those inside its boxes, each under its name.
pub fn draw(graph: &Graph, options: DrawOptions) -> Drawing {
    with_inner(graph, |graph| one(graph, options))
}

/// Draws a graph as a list of its boxes, a line each, with the branches that leave them: no drawing is narrower or lower.
pub fn draw_list(graph: &Graph, options: DrawOptions) -> Drawing {
    with_inner(graph, |graph| list::list(graph, options))
}

/// A graph drawn in some way, and below it those inside its boxes.
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
    /// Puts another one below.
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

/// Draws one graph: to the right if it fits, else down, with shorter names if it must be.
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
