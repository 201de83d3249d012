//! Where everything is: boxes, the channels between layers in which lines turn, the lanes in which loops go back.
//!
//! The layout is the same for both directions. *Main* is the axis along which the layers follow each other, *cross* the
//! other one: a drawing that goes right has its columns on the main axis, one that goes down has its rows there.

use std::collections::BTreeMap;

use super::boxes::{BoxShape, Direction};
use super::layers::layers;
use super::order::{Edge, Item, Levels, Wire};
use super::tracks::{Net, tracks};
use crate::base::text::width_cells;
use crate::spec::graph::{EdgeKind, Graph};

/// Ways past layers in one drawing; more would be a carpet.
const MAX_PASSES: usize = 4_000;

/// A place that edges go to: a box, and whether they bring values.
pub(super) type Goal = (usize, EdgeKind);

/// A box or a passing line with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// What it is.
    pub(super) item: Item<Goal>,
    /// Its layer.
    pub(super) layer: usize,
    /// Its first cell on the cross axis.
    pub(super) cross: usize,
    /// Its size on the cross axis.
    pub(super) size: usize,
}

/// What happens between two layers, before the first or after the last.
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
    pub(super) lanes: BTreeMap<Goal2, usize>,
    /// The size of the whole on both axes.
    pub(super) main_cells: usize,
    pub(super) cross_cells: usize,
}

/// A goal in an order, for maps: whether it is about values, and the box.
pub(super) type Goal2 = (bool, usize);

/// A goal as a key that has an order.
pub(super) fn key(goal: Goal) -> Goal2 {
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

/// What the steps of a layout share.
struct Plan<'s> {
    shapes: &'s [BoxShape],
    direction: Direction,
    levels: Levels<Goal>,
    /// By layer: what its largest box takes on the main axis.
    extents: Vec<usize>,
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

    /// How far from its first cell a line leaves an item.
    fn leaving(&self, item: Item<Goal>, port: usize) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].port_offset(port, self.direction, self.size(item)),
        }
    }

    /// How far from its first cell a line enters an item.
    fn entering(&self, item: Item<Goal>, kind: EdgeKind) -> usize {
        match item {
            Item::Pass(_) => 0,
            Item::Box(at) => self.shapes[at].entrance_offset(kind, self.direction, self.size(item)),
        }
    }

    /// Gives every item its place on the cross axis: as near as may be to where its first line goes straight on.
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
            let mut free = isize::MIN;
            for item in order {
                let wish = wished.get(item).copied();
                cross[*item] = wish.unwrap_or(free.max(0)).max(free);
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

    /// Finds the way of every line.
    fn route(&self, placed: Vec<Placed>, loops: &[(usize, usize, Goal)]) -> Layout {
        let end = placed.iter().map(|item| item.cross + item.size).max();
        let mut cross_cells = end.unwrap_or(0);
        let mut lanes = BTreeMap::new();
        for (_, _, goal) in loops {
            lanes.entry(key(*goal)).or_insert(0);
        }
        for lane in lanes.values_mut() {
            *lane = match self.direction {
                Direction::Right => cross_cells,
                Direction::Down => cross_cells + 1,
            };
            cross_cells = *lane + 1;
        }
        let mut channels = vec![Channel::default(); self.levels.layers.len() + 1];
        for (gap, wires) in self.levels.wires.iter().enumerate() {
            for wire in wires {
                self.add_wire(&mut channels[gap + 1], wire, &placed);
            }
        }
        for (from, port, goal) in loops {
            self.add_loop(&mut channels, (*from, *port, *goal), &placed, &lanes);
        }
        let mut layout = Layout {
            placed,
            layers: Vec::new(),
            channels,
            lanes,
            main_cells: 0,
            cross_cells,
        };
        self.stretch(&mut layout);
        layout
    }

    fn add_wire(&self, channel: &mut Channel, wire: &Wire<Goal>, placed: &[Placed]) {
        let (from, to) = (&placed[wire.from], &placed[wire.to]);
        let source = from.cross + self.leaving(from.item, wire.port);
        let target = to.cross + self.entering(to.item, wire.goal.1);
        channel.join(source, Some(target), None, wire.goal);
        self.add_label(channel, from.item, wire.port, source);
    }

    /// A loop leaves into the channel after its box, goes along its lane, and comes out of the one before its goal.
    fn add_loop(
        &self,
        channels: &mut [Channel],
        (from, port, goal): (usize, usize, Goal),
        placed: &[Placed],
        lanes: &BTreeMap<Goal2, usize>,
    ) {
        let (from, to) = (&placed[from], &placed[goal.0]);
        let lane = lanes.get(&key(goal)).copied().unwrap_or(0);
        let source = from.cross + self.leaving(from.item, port);
        let leaving = &mut channels[from.layer + 1];
        leaving.join(source, None, Some(lane), goal);
        self.add_label(leaving, from.item, port, source);
        let target = to.cross + self.entering(to.item, goal.1);
        channels[to.layer].join(lane, Some(target), Some(lane), goal);
    }

    fn add_label(&self, channel: &mut Channel, item: Item<Goal>, port: usize, source: usize) {
        if let Item::Box(at) = item
            && let Some(port) = self.shapes[at].ports.get(port)
            && !port.label.is_empty()
            && !channel.labels.iter().any(|(row, _)| *row == source)
        {
            channel.labels.push((source, port.label.clone()));
        }
    }

    /// Gives layers and channels their places on the main axis.
    fn stretch(&self, layout: &mut Layout) {
        let last = layout.layers.len().max(self.extents.len());
        let mut main = 0;
        for (at, channel) in layout.channels.iter_mut().enumerate() {
            let nets: Vec<Net> = channel.nets.iter().map(|(net, _)| net.clone()).collect();
            channel.tracks = tracks(&nets);
            channel.start = main;
            let most = channel.tracks.iter().flatten().max();
            let tracks = most.map_or(0, |most| most + 1);
            let widest = channel
                .labels
                .iter()
                .map(|(_, label)| width_cells(label))
                .max();
            let arrow = at < last && !channel.nets.is_empty();
            main += match self.direction {
                Direction::Right => {
                    channel.label_cells = widest.map_or(1, |widest| widest + 4);
                    let needed = channel.label_cells + 2 * tracks + 2;
                    if channel.nets.is_empty() {
                        0
                    } else if arrow {
                        needed.max(4)
                    } else {
                        needed - 1
                    }
                }
                Direction::Down => {
                    channel.label_cells = usize::from(widest.is_some());
                    channel.label_cells + tracks + usize::from(arrow)
                }
            };
            if let Some(extent) = self.extents.get(at) {
                layout.layers.push((main, *extent));
                main += extent;
            }
        }
        layout.main_cells = main;
    }
}

impl Channel {
    /// Adds a line to the net of its goal. Loops that leave are a net apart: they go to the lane first.
    fn join(&mut self, source: usize, target: Option<usize>, lane: Option<usize>, goal: Goal) {
        let same = self
            .nets
            .iter_mut()
            .find(|(net, other)| *other == goal && net.target.is_some() == target.is_some());
        if let Some((net, _)) = same {
            net.lane = net.lane.or(lane);
            if !net.sources.contains(&source) {
                net.sources.push(source);
            }
        } else {
            let net = Net {
                sources: vec![source],
                target,
                lane,
            };
            self.nets.push((net, goal));
        }
    }

    /// Where the line of a net turns, on the main axis; none if it goes straight.
    pub(super) fn turn(&self, net: usize, direction: Direction) -> Option<usize> {
        let track = self.tracks.get(net).copied().flatten()?;
        let pitch = match direction {
            Direction::Right => 2,
            Direction::Down => 1,
        };
        Some(self.start + self.label_cells + track * pitch)
    }
}

/// Cells as a signed number; drawings are far smaller than that.
fn signed(cells: usize) -> isize {
    isize::try_from(cells).unwrap_or(isize::MAX / 2)
}
