//! The spans of a run as a tree that folds, and which of them went on at the same time.
//!
//! A record's spans only ever become more, so the tree takes in the new ones and keeps what it knows of the others. Rows
//! are made for what is in view: a map over ten thousand items costs a frame no more than one over ten.

use std::collections::HashMap;
use std::ops::Range;

use crate::base::ids::{RunId, SpanId};
use crate::runs::RunRecord;
use crate::trace::{SpanKind, SpanOutcome};

/// A node that runs flows more often than this has them folded at first.
const MAX_UNFOLDED_PARTS: usize = 8;

/// The spans of one run, by their indexes in [`RunRecord::spans`].
#[derive(Debug, Default)]
pub(super) struct SpanTree {
    run: Option<RunId>,
    nodes: Vec<SpanNode>,
    roots: Vec<usize>,
    by_id: HashMap<SpanId, usize>,
    /// Spans that had not ended when they were last looked at.
    open: Vec<usize>,
}

#[derive(Debug)]
struct SpanNode {
    parent: Option<usize>,
    children: Vec<usize>,
    /// How many rows it and what lies in it have; one while it is folded.
    rows: usize,
    is_folded: bool,
    /// Whether a person folded or unfolded it.
    is_chosen: bool,
    /// As the how-manieth flow of its node it was run, from 0; none for everything else.
    part: Option<usize>,
    is_parallel: bool,
    flows: FlowsRun,
    /// Children that went on when the last child began.
    active: Vec<usize>,
    lanes: Lanes,
}

/// Which flows a node ran.
#[derive(Clone, Copy, Debug)]
enum FlowsRun {
    None,
    /// The same flows each time; the first time in this span.
    Same(usize),
    Various,
}

/// The things that are side by side in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lanes {
    /// Flows that a node ran.
    pub(super) parts: usize,
    /// Of these, how many failed.
    pub(super) failed: usize,
    /// How many children went on at the same time, at most.
    pub(super) most_at_once: usize,
}

/// A row of the tree of spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpanRow {
    /// Index into [`RunRecord::spans`].
    pub(super) index: usize,
    /// A line for each level above, the last its own.
    pub(super) guides: Vec<Guide>,
    /// Whether something in it is not on show.
    pub(super) is_folded: bool,
    /// As the how-manieth flow of its node it was run, from 1, where that ran the same more than once.
    pub(super) number: Option<usize>,
    pub(super) lanes: Lanes,
}

/// The line that leads from a span to its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guide {
    /// Whether a further sibling comes below.
    pub(super) goes_on: bool,
    /// Whether it went on while a sibling did.
    pub(super) is_parallel: bool,
}

impl SpanTree {
    /// Takes in what a record has that the tree does not. What holds `selected` is not folded by itself.
    pub(super) fn update(&mut self, record: &RunRecord, selected: Option<usize>) {
        if self.run.as_ref() != Some(&record.run) || record.spans.len() < self.nodes.len() {
            *self = Self {
                run: Some(record.run.clone()),
                ..Self::default()
            };
        }
        for index in self.nodes.len()..record.spans.len() {
            self.add(record, index, selected);
        }
        let mut open = std::mem::take(&mut self.open);
        open.retain(|index| {
            let Some(span) = record.spans.get(*index) else {
                return false;
            };
            if span.outcome == Some(SpanOutcome::Error) {
                self.count_failed(*index);
            }
            span.ended_at.is_none()
        });
        self.open = open;
    }

    fn add(&mut self, record: &RunRecord, index: usize, selected: Option<usize>) {
        let span = &record.spans[index];
        let parent = span.parent.as_ref();
        let parent = parent.and_then(|parent| self.by_id.get(parent)).copied();
        let part = parent.and_then(|parent| self.take_part(record, parent, index));
        self.by_id.insert(span.id.clone(), index);
        self.open.push(index);
        self.nodes.push(SpanNode {
            parent,
            children: Vec::new(),
            rows: 1,
            is_folded: part.is_some_and(|part| part >= MAX_UNFOLDED_PARTS),
            is_chosen: false,
            part,
            is_parallel: false,
            flows: FlowsRun::None,
            active: Vec::new(),
            lanes: Lanes::default(),
        });
        let Some(parent) = parent else {
            self.roots.push(index);
            return;
        };
        self.note_overlap(record, parent, index);
        self.nodes[parent].children.push(index);
        self.change_rows(Some(parent), 1);
        if part == Some(MAX_UNFOLDED_PARTS) {
            self.fold_parts(parent, selected);
        }
    }

    /// Counts a flow among those that its node ran.
    fn take_part(&mut self, record: &RunRecord, parent: usize, index: usize) -> Option<usize> {
        let span = &record.spans[index];
        let is_of_node = record.spans[parent].kind == SpanKind::NodeExecutionSpan;
        if !is_of_node || span.kind != SpanKind::FlowExecutionSpan {
            return None;
        }
        let node = &mut self.nodes[parent];
        node.flows = match node.flows {
            FlowsRun::None => FlowsRun::Same(index),
            FlowsRun::Same(first) if record.spans[first].component.id == span.component.id => {
                FlowsRun::Same(first)
            }
            FlowsRun::Same(_) | FlowsRun::Various => FlowsRun::Various,
        };
        node.lanes.parts += 1;
        Some(node.lanes.parts - 1)
    }

    /// Marks a span that begins, and the siblings that go on then.
    fn note_overlap(&mut self, record: &RunRecord, parent: usize, index: usize) {
        let started_at = record.spans[index].started_at;
        let mut active = std::mem::take(&mut self.nodes[parent].active);
        active.retain(|sibling| {
            let ended_at = record.spans[*sibling].ended_at;
            ended_at.is_none_or(|ended_at| ended_at > started_at)
        });
        active.push(index);
        if active.len() > 1 {
            for sibling in &active {
                self.nodes[*sibling].is_parallel = true;
            }
        }
        let parent = &mut self.nodes[parent];
        parent.lanes.most_at_once = parent.lanes.most_at_once.max(active.len());
        parent.active = active;
    }

    fn count_failed(&mut self, index: usize) {
        let node = &self.nodes[index];
        if let (Some(_), Some(parent)) = (node.part, node.parent) {
            self.nodes[parent].lanes.failed += 1;
        }
    }

    /// Folds the parts of a node, which have become many, but for those that a person chose or that hold what is selected.
    fn fold_parts(&mut self, parent: usize, selected: Option<usize>) {
        let is_shown = |part: usize| selected.is_some_and(|selected| self.lies_in(selected, part));
        let parts: Vec<usize> = self.nodes[parent]
            .children
            .iter()
            .copied()
            .filter(|child| self.nodes[*child].part.is_some() && !self.nodes[*child].is_chosen)
            .filter(|child| !is_shown(*child))
            .collect();
        for part in parts {
            self.set_folded(part, true);
        }
    }

    /// Whether a span is another one or lies in it.
    fn lies_in(&self, span: usize, outer: usize) -> bool {
        self.path_up(Some(span)).any(|node| node == outer)
    }

    /// A span and those it lies in, the innermost first.
    fn path_up(&self, from: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(from, |index| self.nodes.get(*index)?.parent)
    }

    /// Adds rows to a span and to those it lies in, up to one that is folded.
    fn change_rows(&mut self, from: Option<usize>, by: isize) {
        let mut next = from;
        while let Some(node) = next.and_then(|index| self.nodes.get_mut(index)) {
            if node.is_folded {
                return;
            }
            node.rows = node.rows.saturating_add_signed(by);
            next = node.parent;
        }
    }

    fn set_folded(&mut self, index: usize, is_folded: bool) {
        let Some(node) = self.nodes.get(index) else {
            return;
        };
        if node.is_folded == is_folded {
            return;
        }
        let inside: usize = node
            .children
            .iter()
            .map(|child| self.nodes[*child].rows)
            .sum();
        let inside = isize::try_from(inside).unwrap_or(isize::MAX);
        let parent = node.parent;
        let node = &mut self.nodes[index];
        node.is_folded = is_folded;
        node.rows = 1;
        let by = if is_folded {
            -inside
        } else {
            node.rows = node.rows.saturating_add_signed(inside);
            inside
        };
        self.change_rows(parent, by);
    }

    /// Folds a span, or unfolds it, because a person wants it so. Returns whether anything lies in it.
    pub(super) fn toggle(&mut self, index: usize) -> bool {
        let Some(node) = self
            .nodes
            .get_mut(index)
            .filter(|node| !node.children.is_empty())
        else {
            return false;
        };
        node.is_chosen = true;
        let is_folded = !node.is_folded;
        self.set_folded(index, is_folded);
        true
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.roots.iter().map(|root| self.nodes[*root].rows).sum()
    }

    /// The span of a row.
    pub(super) fn span_at(&self, row: usize) -> Option<usize> {
        self.rows(row..row + 1).first().map(|row| row.index)
    }

    /// The row of a span, or of the fold that it lies in.
    pub(super) fn row_of(&self, index: usize) -> usize {
        let path: Vec<usize> = self.path_up(Some(index)).collect();
        let mut row = 0;
        let mut siblings = &self.roots;
        for outer in path.into_iter().rev() {
            let before = siblings.iter().take_while(|sibling| **sibling != outer);
            row += before
                .map(|sibling| self.nodes[*sibling].rows)
                .sum::<usize>();
            let node = &self.nodes[outer];
            if outer == index || node.is_folded {
                break;
            }
            row += 1;
            siblings = &node.children;
        }
        row
    }

    /// The rows of a range, each span before what lies in it, siblings by their start.
    pub(super) fn rows(&self, range: Range<usize>) -> Vec<SpanRow> {
        let mut rows = Vec::new();
        self.collect(&self.roots, 0, &range, &mut Vec::new(), &mut rows);
        rows
    }

    /// Adds the rows of some siblings that lie in the range; `first` is the row of the first one.
    fn collect(
        &self,
        siblings: &[usize],
        mut first: usize,
        range: &Range<usize>,
        guides: &mut Vec<Guide>,
        rows: &mut Vec<SpanRow>,
    ) {
        for (at, index) in siblings.iter().enumerate() {
            if first >= range.end {
                return;
            }
            let node = &self.nodes[*index];
            let end = first + node.rows;
            if end > range.start {
                let has_guide = node.parent.is_some();
                if has_guide {
                    guides.push(Guide {
                        goes_on: at + 1 < siblings.len(),
                        is_parallel: node.is_parallel,
                    });
                }
                if range.contains(&first) {
                    rows.push(self.row(*index, guides));
                }
                if !node.is_folded {
                    self.collect(&node.children, first + 1, range, guides, rows);
                }
                if has_guide {
                    guides.pop();
                }
            }
            first = end;
        }
    }

    fn row(&self, index: usize, guides: &[Guide]) -> SpanRow {
        let node = &self.nodes[index];
        let parent = node.parent.map(|parent| &self.nodes[parent]);
        let is_one_of_many = parent.is_some_and(|parent| {
            parent.lanes.parts > 1 && matches!(parent.flows, FlowsRun::Same(_))
        });
        SpanRow {
            index,
            guides: guides.to_vec(),
            is_folded: node.is_folded && !node.children.is_empty(),
            number: node.part.filter(|_| is_one_of_many).map(|part| part + 1),
            lanes: node.lanes,
        }
    }
}

#[cfg(test)]
mod tests;
