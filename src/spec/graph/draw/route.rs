//! Routes the lines between the layers and computes the space for them.

use std::collections::BTreeMap;

use super::boxes::Direction;
use super::layout::{Channel, Goal, GoalKey, Layout, Placed, Plan, key};
use super::order::{Item, Wire};
use super::tracks::{Net, tracks};
use crate::base::text::width_cells;

impl Plan<'_> {
    /// Routes all lines.
    pub(super) fn route(&self, placed: Vec<Placed>, loops: &[(usize, usize, Goal)]) -> Layout {
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

    /// Adds a loop: a line into the channel after its box, along its lane, and out of the channel
    /// before its goal.
    fn add_loop(
        &self,
        channels: &mut [Channel],
        (from, port, goal): (usize, usize, Goal),
        placed: &[Placed],
        lanes: &BTreeMap<GoalKey, usize>,
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

    /// Assigns positions on the main axis to layers and channels.
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
    /// Adds a line to the net of its goal. Loops form a separate net, because they go to the lane
    /// first.
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

    /// Returns the position on the main axis at which the line of a net turns; `None` for a
    /// straight line.
    pub(super) fn turn(&self, net: usize, direction: Direction) -> Option<usize> {
        let track = self.tracks.get(net).copied().flatten()?;
        let pitch = match direction {
            Direction::Right => 2,
            Direction::Down => 1,
        };
        Some(self.start + self.label_cells + track * pitch)
    }
}
