//! The text in each box, and how much room it takes.

use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::spec::graph::{EdgeKind, Graph, GraphNode, NodeRole};

/// Cells that are kept free for the visits and the time of a node: `×3 12.3s`, with a blank before it.
pub(super) const NOTE_CELLS: usize = 1 + MAX_NOTE_CELLS;
/// Widest that a note in a box may be, in cells.
pub const MAX_NOTE_CELLS: usize = 9;
/// At most so many values are shown in a box.
const MAX_VALUES: usize = 3;
/// Cells that are kept free for a value.
const VALUE_CELLS: usize = 12;
/// The name of a value is cut to so many cells.
const MAX_VALUE_NAME_CELLS: usize = 14;
/// Cells of an edge's label.
const MAX_LABEL_CELLS: usize = 24;

/// The way in which a drawing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Layers are columns; edges leave on the right.
    Right,
    /// Layers are rows; edges leave at the bottom.
    Down,
}

/// A box before it has a place.
#[derive(Clone, Debug)]
pub(super) struct BoxShape {
    /// Name and detail, each at most as wide as names may be.
    pub(super) lines: Vec<String>,
    /// For each output of which the value is shown its title, the line that it has, and how wide its name is there.
    pub(super) values: Vec<(String, usize, usize)>,
    /// Whether the first line begins with a cell for a sign.
    pub(super) has_sign: bool,
    /// The edges that leave it, grouped by label: where each group leaves.
    pub(super) ports: Vec<Port>,
    /// The kinds of edges that enter it, each once: each has an entrance of its own.
    pub(super) entered: Vec<EdgeKind>,
    /// Width of the widest line with its sign or note.
    text_cells: usize,
}

/// Where the edges of one label leave a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) label: String,
    pub(super) kind: EdgeKind,
}

impl BoxShape {
    /// Returns how wide the box must be at least.
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

    /// Returns how high the box must be at least.
    pub(super) fn height(&self, direction: Direction) -> usize {
        let lines = self.lines.len();
        2 + match direction {
            Direction::Right if self.has_two_entrances() => lines.max(self.ports.len()).max(2),
            Direction::Right => lines.max(self.ports.len()),
            Direction::Down => lines,
        }
    }

    /// Returns where in its side a port is: rows from the top, or columns from the left of a box of this width.
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

    /// Returns where in its side edges of a kind come in.
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

    /// Returns what the ports and their labels take side by side.
    fn ports_cells(&self) -> usize {
        self.ports.iter().map(Port::pitch_cells).sum()
    }
}

impl Port {
    /// Returns what a port and its label take, with room to the next one.
    fn pitch_cells(&self) -> usize {
        width_cells(&self.label) + 3
    }
}

/// How names are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    /// Names and details are cut to so many cells.
    pub(super) max_name_cells: usize,
    /// Whether every box has a sign, and room for a time.
    pub(super) has_marks: bool,
    pub(super) is_ascii: bool,
}

/// The shape of every box, and by edge the port by which it leaves.
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
