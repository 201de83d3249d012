//! The layout: positions of the boxes, of the channels between layers in which lines turn, and of
//! the lanes in which loops go back.
//!
//! The layout is the same for both directions. The *main* axis is the one along which the layers
//! follow each other, and the *cross* axis is perpendicular to it. In a drawing that goes right,
//! the main axis counts columns; in one that goes down, rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::boxes::{BoxShape, Direction};
use super::layers::layers;
use super::order::{Edge, Item, Levels};
use super::tracks::Net;
use crate::spec::graph::{EdgeKind, Graph};

/// The maximum number of lines that pass through a layer; a drawing with more would be unreadable.
const MAX_PASSES: usize = 4_000;

/// The target of edges: a box, and the kind of edge.
pub(super) type Goal = (usize, EdgeKind);

/// A box or a passing line, with its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The positioned item.
    pub(super) item: Item<Goal>,
    /// The layer of the item.
    pub(super) layer: usize,
    /// The first cell on the cross axis.
    pub(super) cross: usize,
    /// The size on the cross axis.
    pub(super) size: usize,
}

/// The channel between two layers, before the first one or after the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    /// The start on the main axis.
    pub(super) start: usize,
    /// The cells for labels, at the start of the channel.
    pub(super) label_cells: usize,
    /// The bundles of lines, each with its target.
    pub(super) nets: Vec<(Net, Goal)>,
    /// The track of each net; `None` for a straight line.
    pub(super) tracks: Vec<Option<usize>>,
    /// The labels, each with the start of its line on the cross axis.
    pub(super) labels: Vec<(usize, String)>,
}

/// The complete layout of a graph.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) placed: Vec<Placed>,
    /// The start and the size of each layer, on the main axis.
    pub(super) layers: Vec<(usize, usize)>,
    /// The channels: one before each layer and one after the last.
    pub(super) channels: Vec<Channel>,
    /// The positions of the lanes for loops, on the cross axis.
    pub(super) lanes: BTreeMap<GoalKey, usize>,
    /// The total size on each axis.
    pub(super) main_cells: usize,
    pub(super) cross_cells: usize,
}

/// A goal as an ordered map key: whether values are transported, and the box.
pub(super) type GoalKey = (bool, usize);

/// Converts a goal to an ordered key.
pub(super) fn key(goal: Goal) -> GoalKey {
    (goal.1 == EdgeKind::Data, goal.0)
}

/// Computes the layout of a graph; `None` if it is too complex.
pub(super) fn layout(
    graph: &Graph,
    shapes: &mut [BoxShape],
    ports: &mut [usize],
    direction: Direction,
) -> Option<Layout> {
    let ends: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to))
        .collect();
    let found = layers(graph.nodes.len(), &ends);
    let forward = |ports: &[usize]| -> Vec<Edge<Goal>> {
        let edges = graph.edges.iter().zip(ports).zip(&found.is_loop);
        let edges = edges.filter(|(_, is_loop)| !**is_loop);
        edges
            .map(|((edge, port), _)| (edge.from, *port, edge.to, (edge.to, edge.kind)))
            .collect()
    };
    let mut levels = Levels::new(&found.of, found.count, &forward(ports), MAX_PASSES)?;
    levels.untangle();
    sort_ports(&mut levels, shapes, ports, graph);
    let mut plan = Plan {
        shapes,
        direction,
        extents: Vec::new(),
        levels,
    };
    plan.measure();
    let placed = plan.place();
    let loops: Vec<_> = graph
        .edges
        .iter()
        .zip(ports.iter())
        .zip(&found.is_loop)
        .filter(|(_, is_loop)| **is_loop)
        .map(|((edge, port), _)| (edge.from, *port, (edge.to, edge.kind)))
        .collect();
    Some(plan.route(placed, &loops))
}

/// Sorts the ports of each box by the positions of their targets; ports that only have loops come
/// last.
fn sort_ports(
    levels: &mut Levels<Goal>,
    shapes: &mut [BoxShape],
    ports: &mut [usize],
    graph: &Graph,
) {
    let places = levels.places();
    let mut goals: Vec<Vec<usize>> = shapes
        .iter()
        .map(|shape| vec![usize::MAX; shape.ports.len()])
        .collect();
    for wire in levels.wires.iter().flatten() {
        if let Item::Box(from) = levels.items[wire.from] {
            let goal = &mut goals[from][wire.port];
            *goal = (*goal).min(places[wire.to]);
        }
    }
    let mut renamed: Vec<Vec<usize>> = Vec::with_capacity(shapes.len());
    for (shape, goals) in shapes.iter_mut().zip(&goals) {
        let mut order: Vec<usize> = (0..shape.ports.len()).collect();
        order.sort_by_key(|port| goals[*port]);
        let mut new = vec![0; order.len()];
        for (at, port) in order.iter().enumerate() {
            new[*port] = at;
        }
        shape.ports = order
            .iter()
            .map(|port| shape.ports[*port].clone())
            .collect();
        renamed.push(new);
    }
    for wire in levels.wires.iter_mut().flatten() {
        if let Item::Box(from) = levels.items[wire.from] {
            wire.port = renamed[from][wire.port];
        }
    }
    for (edge, port) in graph.edges.iter().zip(ports) {
        *port = renamed[edge.from][*port];
    }
}

/// The data shared by the steps of a layout.
pub(super) struct Plan<'s> {
    pub(super) shapes: &'s [BoxShape],
    pub(super) direction: Direction,
    pub(super) levels: Levels<Goal>,
    /// The size of each layer's largest box, on the main axis.
    pub(super) extents: Vec<usize>,
}

impl Plan<'_> {
    fn measure(&mut self) {
        let extent = |layer: &Vec<usize>| {
            let boxes = layer
                .iter()
                .filter_map(|item| match self.levels.items[*item] {
                    Item::Box(at) => Some(&self.shapes[at]),
                    Item::Pass(_) => None,
                });
            let extents = boxes.map(|shape| match self.direction {
                Direction::Right => shape.width(self.direction),
                Direction::Down => shape.height(self.direction),
            });
            extents.max().unwrap_or(1)
        };
        self.extents = self.levels.layers.iter().map(extent).collect();
    }

    fn size(&self, item: Item<Goal>) -> usize {
        match item {
            Item::Pass(_) => 1,
            Item::Box(at) => match self.direction {
                Direction::Right => self.shapes[at].height(self.direction),
                Direction::Down => self.shapes[at].width(self.direction),
            },
        }
    }

    /// Returns the offset at which a line leaves an item, from the item's first cell.
    pub(super) fn leaving(&self, item: Item<Goal>, port: usize) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].port_offset(port, self.direction, self.size(item)),
        }
    }

    /// Returns the offset at which a line enters an item, from the item's first cell.
    pub(super) fn entering(&self, item: Item<Goal>, kind: EdgeKind) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].entrance_offset(kind, self.direction, self.size(item)),
        }
    }

    /// Assigns every item a position on the cross axis: as close as possible to the straight
    /// continuation of its first line, such that no line approaches along the row of a port with
    /// another target.
    fn place(&self) -> Vec<Placed> {
        let items = &self.levels.items;
        let gap = match self.direction {
            Direction::Right => 0,
            Direction::Down => 2,
        };
        let mut cross = vec![0_isize; items.len()];
        for (layer, order) in self.levels.layers.iter().enumerate() {
            let mut wished: BTreeMap<usize, isize> = BTreeMap::new();
            let wires = layer.checked_sub(1).map(|gap| &self.levels.wires[gap]);
            for wire in wires.into_iter().flatten() {
                let from = cross[wire.from] + signed(self.leaving(items[wire.from], wire.port));
                let wish = from - signed(self.entering(items[wire.to], wire.goal.1));
                let first = wished.entry(wire.to).or_insert(wish);
                *first = wish.min(*first);
            }
            let rows = PortRows::of(self, layer, &cross);
            let mut free = isize::MIN;
            for item in order {
                let wish = wished.get(item).copied();
                cross[*item] = wish.unwrap_or(free.max(0)).max(free);
                // There are fewer rows with ports than steps to get past them.
                while rows.is_taken(self, *item, cross[*item]) {
                    cross[*item] += 1;
                }
                free = cross[*item] + signed(self.size(items[*item]) + gap);
            }
        }
        let least = cross.iter().min().copied().unwrap_or(0);
        let mut placed = Vec::with_capacity(items.len());
        let mut layer_of = vec![0; items.len()];
        for (layer, order) in self.levels.layers.iter().enumerate() {
            for item in order {
                layer_of[*item] = layer;
            }
        }
        for (at, item) in items.iter().enumerate() {
            placed.push(Placed {
                item: *item,
                layer: layer_of[at],
                cross: usize::try_from(cross[at] - least).unwrap_or(0),
                size: self.size(*item),
            });
        }
        placed
    }
}

/// The rows of a layer's ports, each with the targets in the next layer and the kinds of edges.
struct PortRows(HashMap<isize, HashSet<(usize, EdgeKind)>>);

impl PortRows {
    /// Collects the rows of the ports in the layer before `layer`, whose items have positions
    /// already.
    fn of(plan: &Plan<'_>, layer: usize, cross: &[isize]) -> Self {
        let mut found = Self(HashMap::new());
        let Some(before) = layer.checked_sub(1) else {
            return found;
        };
        let levels = &plan.levels;
        for item in &levels.layers[before] {
            let ports = match levels.items[*item] {
                Item::Box(at) => plan.shapes[at].ports.len(),
                Item::Pass(_) => 1,
            };
            for port in 0..ports {
                let row = cross[*item] + signed(plan.leaving(levels.items[*item], port));
                found.0.entry(row).or_default();
            }
        }
        for wire in &levels.wires[before] {
            let row = cross[wire.from] + signed(plan.leaving(levels.items[wire.from], wire.port));
            let goals = found.0.entry(row).or_default();
            goals.insert((wire.to, wire.goal.1));
        }
        found
    }

    /// Returns whether a line to an item at this position would run along the row of a port with
    /// another target.
    fn is_taken(&self, plan: &Plan<'_>, item: usize, cross: isize) -> bool {
        let kinds = match &plan.levels.items[item] {
            Item::Box(at) => plan.shapes[*at].entered.as_slice(),
            Item::Pass((_, kind)) => std::slice::from_ref(kind),
        };
        kinds.iter().any(|kind| {
            let row = cross + signed(plan.entering(plan.levels.items[item], *kind));
            let goals = self.0.get(&row);
            goals.is_some_and(|goals| !goals.contains(&(item, *kind)))
        })
    }
}

/// Converts a number of cells to a signed number; drawings are far below the limit.
fn signed(cells: usize) -> isize {
    isize::try_from(cells).unwrap_or(isize::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::super::boxes::{Lettering, shapes};
    use super::*;
    use crate::spec::graph::{GraphEdge, GraphNode, NodeRole};

    /// A graph of `boxes` boxes and `edges` edges that chance has drawn.
    fn tangle(seed: u64, boxes: usize, edges: usize) -> Graph {
        let mut chance = fastrand::Rng::with_seed(seed);
        let node = |at: usize| GraphNode {
            component_id: at.to_string(),
            name: format!("box {at}"),
            detail: "Step".to_owned(),
            role: NodeRole::Step,
            values: Vec::new(),
            inner: Vec::new(),
        };
        let edge = |_| GraphEdge {
            from: chance.usize(..boxes),
            to: chance.usize(..boxes),
            label: ["", "yes", "no"][chance.usize(..3)].to_owned(),
            kind: if chance.bool() {
                EdgeKind::Control
            } else {
                EdgeKind::Data
            },
        };
        Graph {
            component_id: "g".to_owned(),
            name: "g".to_owned(),
            type_name: "Flow".to_owned(),
            edges: (0..edges).map(edge).collect(),
            nodes: (0..boxes).map(node).collect(),
        }
    }

    #[test]
    fn no_line_lies_on_another_that_leads_elsewhere() {
        let lettering = Lettering {
            max_name_cells: 20,
            has_marks: false,
            is_ascii: false,
        };
        for seed in 0..200 {
            let graph = tangle(seed, 3 + usize::try_from(seed % 17).unwrap(), 24);
            for direction in [Direction::Right, Direction::Down] {
                let (mut shapes, mut ports) = shapes(&graph, lettering);
                let layout = layout(&graph, &mut shapes, &mut ports, direction).unwrap();
                for channel in &layout.channels {
                    for (net, goal) in &channel.nets {
                        let Some(row) = net.target else { continue };
                        let others = channel.nets.iter().filter(|(_, other)| other != goal);
                        for (other, _) in others {
                            let is_shared = net.sources.contains(&row);
                            assert!(
                                is_shared || !other.sources.contains(&row),
                                "{seed}: {net:?} and {other:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
