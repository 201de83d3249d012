//! Paints a layout on a canvas.

use super::boxes::{BoxShape, Direction, NOTE_CELLS};
use super::canvas::Canvas;
use super::layout::{Channel, Layout, key};
use super::order::Item;
use super::{BoxPlace, ValuePlace};
use crate::spec::graph::{EdgeKind, Graph};

/// Paints a layout.
pub(super) struct Painter<'l> {
    pub(super) graph: &'l Graph,
    pub(super) shapes: &'l [BoxShape],
    pub(super) layout: &'l Layout,
    pub(super) direction: Direction,
    pub(super) is_ascii: bool,
    pub(super) has_marks: bool,
}

impl Painter<'_> {
    /// Returns the width and the height of the drawing.
    pub(super) fn size(&self) -> (usize, usize) {
        self.turned(self.layout.main_cells, self.layout.cross_cells)
    }

    /// Converts main and cross coordinates to x and y.
    fn turned(&self, main: usize, cross: usize) -> (usize, usize) {
        match self.direction {
            Direction::Right => (main, cross),
            Direction::Down => (cross, main),
        }
    }

    /// Paints a line along the main axis.
    fn forth(&self, canvas: &mut Canvas, cross: usize, (from, to): (usize, usize), kind: EdgeKind) {
        let is_dashed = kind == EdgeKind::Data;
        match self.direction {
            Direction::Right => canvas.across(cross, from, to, is_dashed),
            Direction::Down => canvas.along(cross, from, to, is_dashed),
        }
    }

    /// Paints a line along the cross axis.
    fn aside(&self, canvas: &mut Canvas, main: usize, (from, to): (usize, usize), kind: EdgeKind) {
        let is_dashed = kind == EdgeKind::Data;
        match self.direction {
            Direction::Right => canvas.along(main, from, to, is_dashed),
            Direction::Down => canvas.across(main, from, to, is_dashed),
        }
    }

    /// Paints everything and returns the positions of the boxes, in the order of the graph.
    pub(super) fn paint(&self, canvas: &mut Canvas) -> Vec<BoxPlace> {
        for channel in 0..self.layout.channels.len() {
            self.channel(canvas, channel);
        }
        self.lanes(canvas);
        let mut places = Vec::new();
        for placed in &self.layout.placed {
            let (start, extent) = self.layout.layers[placed.layer];
            match placed.item {
                Item::Pass((_, kind)) => {
                    let next = self.layout.channels[placed.layer + 1].start;
                    self.forth(canvas, placed.cross, (start.saturating_sub(1), next), kind);
                }
                Item::Box(at) => {
                    let (x, y) = self.turned(start, placed.cross);
                    let (width, height) = self.turned(extent, placed.size);
                    places.push((at, self.a_box(canvas, at, (x, y), (width, height))));
                }
            }
        }
        places.sort_by_key(|(at, _)| *at);
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// Returns the last cell of the layer before a channel, where lines begin.
    fn before(&self, channel: usize) -> usize {
        self.layout.channels[channel].start.saturating_sub(1)
    }

    fn channel(&self, canvas: &mut Canvas, at: usize) {
        let channel = &self.layout.channels[at];
        let before = self.before(at);
        // Boxes begin here.
        let after = self.layout.layers.get(at).map(|(start, _)| *start);
        for (number, (net, goal)) in channel.nets.iter().enumerate() {
            let kind = goal.1;
            let turn = channel.turn(number, self.direction);
            if let Some(turn) = turn {
                self.aside(canvas, turn, net.extent(), kind);
            }
            let sources = net.sources.iter().filter(|row| net.lane != Some(**row));
            if let Some(turn) = turn {
                for source in sources {
                    self.forth(canvas, *source, (before, turn), kind);
                }
            }
            if let (Some(target), Some(after)) = (net.target, after) {
                let from = turn.unwrap_or(before);
                let is_box = self.is_entrance(at, target);
                let until = if is_box { after - 1 } else { after };
                self.forth(canvas, target, (from, until), kind);
                if is_box {
                    let (x, y) = self.turned(after - 1, target);
                    canvas.write(x, y, self.arrow());
                }
            }
        }
        self.labels(canvas, channel);
    }

    /// Returns whether a line at this position of a layer enters a box, not a pass.
    fn is_entrance(&self, layer: usize, cross: usize) -> bool {
        self.layout.placed.iter().any(|placed| {
            placed.layer == layer
                && matches!(placed.item, Item::Box(_))
                && (placed.cross..placed.cross + placed.size).contains(&cross)
        })
    }

    fn arrow(&self) -> &'static str {
        match (self.direction, self.is_ascii) {
            (Direction::Right, false) => "▶",
            (Direction::Right, true) => ">",
            (Direction::Down, false) => "▼",
            (Direction::Down, true) => "v",
        }
    }

    fn labels(&self, canvas: &mut Canvas, channel: &Channel) {
        for (row, label) in &channel.labels {
            match self.direction {
                Direction::Right => canvas.write(channel.start + 1, *row, format!(" {label} ")),
                Direction::Down => canvas.write(row + 1, channel.start, format!(" {label}")),
            }
        }
    }

    /// Paints the lanes of loops, each from the last channel with a line into the lane to the
    /// channel of its goal.
    fn lanes(&self, canvas: &mut Canvas) {
        for (lane, cross) in &self.layout.lanes {
            let mut turns = Vec::new();
            let mut kind = EdgeKind::Control;
            for channel in &self.layout.channels {
                for (number, (net, goal)) in channel.nets.iter().enumerate() {
                    if key(*goal) == *lane && net.lane.is_some() {
                        kind = goal.1;
                        turns.extend(channel.turn(number, self.direction));
                    }
                }
            }
            if let (Some(first), Some(last)) = (turns.iter().min(), turns.iter().max()) {
                self.forth(canvas, *cross, (*first, *last), kind);
            }
        }
    }

    fn a_box(
        &self,
        canvas: &mut Canvas,
        at: usize,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
    ) -> BoxPlace {
        canvas.frame(x, y, width, height);
        let shape = &self.shapes[at];
        for (row, line) in shape.lines.iter().enumerate() {
            canvas.write(x + 2, y + 1 + row, line.clone());
        }
        let node = &self.graph.nodes[at];
        BoxPlace {
            component_id: node.component_id.clone(),
            name: node.name.clone(),
            x,
            y,
            width,
            height,
            sign: shape.has_sign.then_some((x + 2, y + 1)),
            note: self
                .has_marks
                .then_some((x + width.saturating_sub(NOTE_CELLS + 1), y + 2)),
            values: shape
                .values
                .iter()
                .map(|(output, line, name_cells)| ValuePlace {
                    output: output.clone(),
                    x: x + 3 + name_cells,
                    y: y + 1 + line,
                    width: width.saturating_sub(5 + name_cells),
                })
                .collect(),
        }
    }
}
