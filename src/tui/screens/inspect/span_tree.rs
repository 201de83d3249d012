//! The spans of a run as a tree that can be folded, with marks for spans that were active at the
//! same time.
//!
//! A record's spans only increase, so the tree adds the new ones and keeps the state of the others.
//! Rows are made only for the visible part: a map over ten thousand items takes no longer to draw
//! than one over ten.

use std::collections::HashMap;
use std::ops::Range;

use crate::base::ids::{RunId, SpanId};
use crate::runs::RunRecord;
use crate::trace::{SpanKind, SpanOutcome};

/// The maximum number of flow runs of a node that are unfolded at first.
const MAX_UNFOLDED_PARTS: usize = 8;

/// The spans of one run, by their indexes in [`RunRecord::spans`].
#[derive(Debug, Default)]
pub(super) struct SpanTree {
    run: Option<RunId>,
    nodes: Vec<SpanNode>,
    roots: Vec<usize>,
    by_id: HashMap<SpanId, usize>,
    /// Spans that had not ended at the last update.
    open: Vec<usize>,
}

#[derive(Debug)]
struct SpanNode {
    parent: Option<usize>,
    children: Vec<usize>,
    /// The number of rows of the span and its descendants; one while it is folded.
    rows: usize,
    is_folded: bool,
    /// Whether a person folded or unfolded the span.
    is_chosen: bool,
    /// The position of this flow run among the flow runs of its node, from 0; `None` for other
    /// spans.
    part: Option<usize>,
    is_parallel: bool,
    flows: FlowsRun,
    /// Children that were active when the last child began.
    active: Vec<usize>,
    lanes: Lanes,
}

/// The flows that a node ran.
#[derive(Clone, Copy, Debug)]
enum FlowsRun {
    None,
    /// The same flow each time, first in this span.
    Same(usize),
    Various,
}

/// The numbers of parallel items in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lanes {
    /// The number of flow runs of a node.
    pub(super) parts: usize,
    /// The number of them that failed.
    pub(super) failed: usize,
    /// The maximum number of children that were active at the same time.
    pub(super) most_at_once: usize,
}

/// A row of the tree of spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpanRow {
    /// The index into [`RunRecord::spans`].
    pub(super) index: usize,
    /// The connecting line for each level, the last for the row itself.
    pub(super) guides: Vec<Guide>,
    /// Whether descendants of the span are hidden.
    pub(super) is_folded: bool,
    /// The position of this flow run among those of its node, from 1, if the node ran the same flow
    /// more than once.
    pub(super) number: Option<usize>,
    pub(super) lanes: Lanes,
}

/// The line that connects a span with its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guide {
    /// Whether another sibling follows below.
    pub(super) goes_on: bool,
    /// Whether the span was active at the same time as a sibling.
    pub(super) is_parallel: bool,
}

impl SpanTree {
    /// Adds the new spans of a record. An ancestor of `selected` is not folded automatically.
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

    /// Adds a flow run to the ones of its node, and returns its position.
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

    /// Marks a beginning span, and its siblings that are active then, as parallel.
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

    /// Folds the many flow runs of a node, except the ones that a person unfolded or that contain
    /// the selection.
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

    /// Whether a span is `outer` or its descendant.
    fn lies_in(&self, span: usize, outer: usize) -> bool {
        self.path_up(Some(span)).any(|node| node == outer)
    }

    /// Returns a span and its ancestors, the innermost first.
    fn path_up(&self, from: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(from, |index| self.nodes.get(*index)?.parent)
    }

    /// Adds rows to a span and its ancestors, up to a folded one.
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

    /// Folds or unfolds a span for a person. Returns whether the span has descendants.
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

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.roots.iter().map(|root| self.nodes[*root].rows).sum()
    }

    /// Returns the span of a row.
    pub(super) fn span_at(&self, row: usize) -> Option<usize> {
        self.rows(row..row + 1).first().map(|row| row.index)
    }

    /// Returns the row of a span, or of the folded ancestor that hides it.
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

    /// Returns the rows of a range, each span before its descendants, siblings by start.
    pub(super) fn rows(&self, range: Range<usize>) -> Vec<SpanRow> {
        let mut rows = Vec::new();
        self.collect(&self.roots, 0, &range, &mut Vec::new(), &mut rows);
        rows
    }

    /// Adds the rows of siblings that are in the range; `first` is the row of the first sibling.
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
