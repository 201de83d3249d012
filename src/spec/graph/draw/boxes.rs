//! The text and the size of each box.

use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::spec::graph::{EdgeKind, Graph, GraphNode, NodeRole};

/// The cells reserved for the visit count and the time of a node, such as `×3 12.3s`, and a blank
/// before them.
pub(super) const NOTE_CELLS: usize = 1 + MAX_NOTE_CELLS;
/// The maximum width of a note in a box, in cells.
pub const MAX_NOTE_CELLS: usize = 9;
/// The maximum number of values shown in a box.
const MAX_VALUES: usize = 3;
/// The cells reserved for a value.
const VALUE_CELLS: usize = 12;
/// The maximum width of a value's name, in cells.
const MAX_VALUE_NAME_CELLS: usize = 14;
/// The maximum width of an edge's label, in cells.
const MAX_LABEL_CELLS: usize = 24;

/// The direction in which the layers of a drawing follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Layers are columns; edges leave a box on the right.
    Right,
    /// Layers are rows; edges leave a box at the bottom.
    Down,
}

/// A box that has no position yet.
#[derive(Clone, Debug)]
pub(super) struct BoxShape {
    /// The name and the detail, each cut to the maximum width of names.
    pub(super) lines: Vec<String>,
    /// For each output whose value is shown: the title, the index of the line, and the width of the
    /// name there.
    pub(super) values: Vec<(String, usize, usize)>,
    /// Whether the first line begins with a cell for the state symbol.
    pub(super) has_sign: bool,
    /// The outgoing edges, grouped by label; each group has its own exit.
    pub(super) ports: Vec<Port>,
    /// The kinds of the incoming edges; each kind has its own entrance.
    pub(super) entered: Vec<EdgeKind>,
    /// The width of the widest line, including symbol and note.
    text_cells: usize,
}

/// The exit of a box for the edges with one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) label: String,
    pub(super) kind: EdgeKind,
}

impl BoxShape {
    /// Returns the minimum width of the box.
    pub(super) fn width(&self, direction: Direction) -> usize {
        let text = self.text_cells + 4;
        match direction {
            Direction::Right => text,
            Direction::Down => {
                let entrances = if self.has_two_entrances() { 7 } else { 5 };
                text.max(entrances).max(self.ports_cells() + 2)
            }
        }
    }

    /// Returns the minimum height of the box.
    pub(super) fn height(&self, direction: Direction) -> usize {
        let lines = self.lines.len();
        2 + match direction {
            Direction::Right if self.has_two_entrances() => lines.max(self.ports.len()).max(2),
            Direction::Right => lines.max(self.ports.len()),
            Direction::Down => lines,
        }
    }

    /// Returns the offset of a port on its side of the box: rows from the top, or columns from the
    /// left of a box with this width.
    pub(super) fn port_offset(&self, port: usize, direction: Direction, width: usize) -> usize {
        if direction == Direction::Right {
            return 1 + port;
        }
        if self.ports.len() == 1 {
            return width / 2;
        }
        let before = self.ports.iter().take(port).map(Port::pitch_cells);
        let start = width.saturating_sub(self.ports_cells()) / 2;
        start.max(1) + before.sum::<usize>()
    }

    /// Returns the offset at which edges of a kind enter the box.
    pub(super) fn entrance_offset(
        &self,
        kind: EdgeKind,
        direction: Direction,
        width: usize,
    ) -> usize {
        let shift = usize::from(self.has_two_entrances() && kind == EdgeKind::Data);
        match direction {
            Direction::Right => 1 + shift,
            Direction::Down => width / 2 + 2 * shift,
        }
    }

    fn has_two_entrances(&self) -> bool {
        self.entered.len() > 1
    }

    /// Returns the total width of the ports and their labels, side by side.
    fn ports_cells(&self) -> usize {
        self.ports.iter().map(Port::pitch_cells).sum()
    }
}

impl Port {
    /// Returns the width of a port and its label, with the gap to the next one.
    fn pitch_cells(&self) -> usize {
        width_cells(&self.label) + 3
    }
}

/// The settings for the texts in boxes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    /// The maximum width of names and details, in cells.
    pub(super) max_name_cells: usize,
    /// Whether every box has room for a state symbol and a time.
    pub(super) has_marks: bool,
    pub(super) is_ascii: bool,
}

/// Returns the shape of every box and, for each edge, its port.
pub(super) fn shapes(graph: &Graph, lettering: Lettering) -> (Vec<BoxShape>, Vec<usize>) {
    let mut shapes: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| shape(node, lettering))
        .collect();
    let mut ports = Vec::with_capacity(graph.edges.len());
    for edge in &graph.edges {
        let port = Port {
            label: label(&edge.label, lettering.is_ascii),
            kind: edge.kind,
        };
        let own = &mut shapes[edge.from].ports;
        let at = own.iter().position(|other| *other == port);
        ports.push(at.unwrap_or_else(|| {
            own.push(port);
            own.len() - 1
        }));
        let entered = &mut shapes[edge.to].entered;
        if !entered.contains(&edge.kind) {
            entered.push(edge.kind);
        }
    }
    (shapes, ports)
}

fn label(text: &str, is_ascii: bool) -> String {
    let text = sanitised(text);
    let text = if is_ascii {
        text.replace('→', "->")
    } else {
        text
    };
    ellipsis(&text, MAX_LABEL_CELLS)
}

fn shape(node: &GraphNode, lettering: Lettering) -> BoxShape {
    let cut = |text: &str| ellipsis(&sanitised(text), lettering.max_name_cells);
    let sign = sign(node.role, lettering.is_ascii);
    let has_sign = lettering.has_marks || sign.is_some();
    let mut first = cut(&node.name);
    let mut text_cells = width_cells(&first);
    if has_sign {
        // What a run has not come to yet.
        let waiting = if lettering.is_ascii { "." } else { "·" };
        first = format!("{} {first}", sign.unwrap_or(waiting));
        text_cells += 2;
    }
    let detail = match node.role {
        NodeRole::Start | NodeRole::End if !node.detail.contains(' ') => String::new(),
        _ => cut(&node.detail),
    };
    let time_cells = if lettering.has_marks { NOTE_CELLS } else { 0 };
    let mut lines = vec![first];
    if !detail.is_empty() || lettering.has_marks {
        text_cells = text_cells.max(width_cells(&detail) + time_cells);
        lines.push(detail);
    }
    let mut values = Vec::new();
    if lettering.has_marks {
        for output in node.values.iter().take(MAX_VALUES) {
            let name = ellipsis(&sanitised(output), MAX_VALUE_NAME_CELLS);
            let name_cells = width_cells(&name);
            text_cells = text_cells.max(name_cells + 1 + VALUE_CELLS);
            values.push((output.clone(), lines.len(), name_cells));
            lines.push(name);
        }
        let more = node.values.len().saturating_sub(MAX_VALUES);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
    }
    BoxShape {
        lines,
        values,
        has_sign,
        ports: Vec::new(),
        entered: Vec::new(),
        text_cells,
    }
}

fn sign(role: NodeRole, is_ascii: bool) -> Option<&'static str> {
    // None of the marks of a run's states, which are drawn in the same boxes.
    let (unicode, ascii) = match role {
        NodeRole::Start => ("●", "*"),
        NodeRole::End => ("◉", "o"),
        NodeRole::Choice => ("◇", "/"),
        NodeRole::Team => ("❖", "&"),
        NodeRole::Step | NodeRole::Agent | NodeRole::Tool => return None,
    };
    Some(if is_ascii { ascii } else { unicode })
}
