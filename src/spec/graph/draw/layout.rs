//! Where everything is: boxes, the channels between layers in which lines turn, the lanes in which loops go back.
//!
//! The layout is the same for both directions. *Main* is the axis along which the layers follow each other, *cross* the
//! other one: a drawing that goes right has its columns on the main axis, one that goes down has its rows there.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::boxes::{BoxShape, Direction};
use super::layers::layers;
use super::order::{Edge, Item, Levels};
use super::tracks::Net;
use crate::spec::graph::{EdgeKind, Graph};

/// Ways past layers in one drawing; more would be a carpet.
const MAX_PASSES: usize = 4_000;

/// A place that edges go to: a box, and whether they bring values.
pub(super) type Goal = (usize, EdgeKind);

/// A box or a passing line with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The item that has this place.
    pub(super) item: Item<Goal>,
    /// Its layer.
    pub(super) layer: usize,
    /// Its first cell on the cross axis.
    pub(super) cross: usize,
    /// Its size on the cross axis.
    pub(super) size: usize,
}

/// The channel between two layers, before the first or after the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    /// Where it begins on the main axis.
    pub(super) start: usize,
    /// Cells for labels, at its start.
    pub(super) label_cells: usize,
    /// The lines, with the kind of what goes along them.
    pub(super) nets: Vec<(Net, Goal)>,
    /// By net: its track.
    pub(super) tracks: Vec<Option<usize>>,
    /// Labels, by where their lines begin on the cross axis.
    pub(super) labels: Vec<(usize, String)>,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) placed: Vec<Placed>,
    /// By layer: where it begins on the main axis and how much it takes.
    pub(super) layers: Vec<(usize, usize)>,
    /// The channel before each layer, and the one after the last.
    pub(super) channels: Vec<Channel>,
    /// The lanes of loops: where they are on the cross axis.
    pub(super) lanes: BTreeMap<GoalKey, usize>,
    /// The size of the whole on both axes.
    pub(super) main_cells: usize,
    pub(super) cross_cells: usize,
}

/// A goal in an order, for maps: whether it is about values, and the box.
pub(super) type GoalKey = (bool, usize);

/// A goal as a key that has an order.
pub(super) fn key(goal: Goal) -> GoalKey {
    (goal.1 == EdgeKind::Data, goal.0)
}

/// Lays a graph out; none if it is too tangled for that.
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

/// Puts the ports of each box into the order of what they lead to; those of loops alone come last.
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

/// The data that the steps of a layout share.
pub(super) struct Plan<'s> {
    pub(super) shapes: &'s [BoxShape],
    pub(super) direction: Direction,
    pub(super) levels: Levels<Goal>,
    /// By layer: what its largest box takes on the main axis.
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

    /// Returns how far from its first cell a line leaves an item.
    pub(super) fn leaving(&self, item: Item<Goal>, port: usize) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].port_offset(port, self.direction, self.size(item)),
        }
    }

    /// Returns how far from its first cell a line enters an item.
    pub(super) fn entering(&self, item: Item<Goal>, kind: EdgeKind) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].entrance_offset(kind, self.direction, self.size(item)),
        }
    }

    /// Gives every item its place on the cross axis: as near as may be to where its first line goes straight on, and
    /// so that no line comes to it along the row of a port that leads elsewhere.
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

/// The rows of the ports of one layer, with the items of the next one that each leads to, and with what.
struct PortRows(HashMap<isize, HashSet<(usize, EdgeKind)>>);

impl PortRows {
    /// The rows of the ports of the layer before `layer`, whose items have their places.
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

    /// Whether a line would come to an item at this place along the row of a port that leads elsewhere.
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

/// Cells as a signed number; drawings are far smaller than that.
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
