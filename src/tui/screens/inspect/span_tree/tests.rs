use std::time::Duration;

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::runs::script::Script;
use crate::trace::SpanKind;

/// A run of one node that runs a flow for each of so many items, at most so many at the same time.
fn mapped(items: usize, at_once: usize) -> Script {
    let mut script = Script::new("r_1", 0);
    let node = script.start(None, SpanKind::NodeExecutionSpan, "map");
    let mut open: Vec<(SpanId, SpanId)> = Vec::new();
    for item in 0..items {
        if open.len() == at_once {
            let (flow, step) = open.remove(0);
            script.end(&step, SpanOutcome::Ok);
            script.end(&flow, SpanOutcome::Ok);
        }
        let flow = script.start(Some(&node), SpanKind::FlowExecutionSpan, "each");
        let step = script.start(Some(&flow), SpanKind::NodeExecutionSpan, "step");
        open.push((flow, step));
        assert!(item < items);
    }
    for (flow, step) in open {
        script.end(&step, SpanOutcome::Error);
        script.end(&flow, SpanOutcome::Error);
    }
    script.end(&node, SpanOutcome::Error);
    script
}

fn tree_of(record: &RunRecord) -> SpanTree {
    let mut tree = SpanTree::default();
    tree.update(record, None);
    tree
}

#[test]
fn what_goes_on_at_the_same_time_is_side_by_side() {
    let tree = tree_of(&mapped(5, 3).record());
    let rows = tree.rows(0..tree.len());
    let lanes = Lanes {
        parts: 5,
        failed: 3,
        most_at_once: 3,
    };
    assert_eq!(rows[0].lanes, lanes);
    let numbers: Vec<_> = rows.iter().filter_map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let flows = rows.iter().filter(|row| row.number.is_some());
    assert!(flows.clone().all(|row| row.guides[0].is_parallel));
    let goes_on: Vec<bool> = flows.map(|row| row.guides[0].goes_on).collect();
    assert_eq!(goes_on, [true, true, true, true, false]);
}

#[test]
fn what_follows_each_other_is_not() {
    let tree = tree_of(&mapped(3, 1).record());
    let rows = tree.rows(0..tree.len());
    assert_eq!(rows[0].lanes.most_at_once, 1);
    assert!(
        rows.iter()
            .flat_map(|row| &row.guides)
            .all(|guide| !guide.is_parallel)
    );
}

#[test]
fn many_parts_are_folded_but_for_the_one_that_is_looked_at() {
    let script = mapped(100, 10);
    let mut tree = SpanTree::default();
    let mut record = RunRecord::from_planned(&script.events[0]).unwrap();
    let mut selected = None;
    for event in &script.events[1..] {
        record.apply(event);
        tree.update(&record, selected);
        // The step of the second item.
        selected = (record.spans.len() > 4).then_some(4);
    }
    assert_eq!(tree.len(), 1 + 100 + 1);
    let rows = tree.rows(0..6);
    let shown: Vec<_> = rows.iter().map(|row| (row.index, row.is_folded)).collect();
    assert_eq!(
        shown,
        [
            (0, false),
            (1, true),
            (3, false),
            (4, false),
            (5, true),
            (7, true)
        ]
    );
    assert!(tree.toggle(1));
    assert_eq!(tree.len(), 103);
    assert_eq!(tree.row_of(4), 4);
    assert!(tree.toggle(0));
    assert_eq!(
        (tree.len(), tree.row_of(4), tree.span_at(0)),
        (1, 0, Some(0))
    );
    assert!(!tree.toggle(2), "nothing lies in it");
}

#[test]
fn rows_of_a_hundred_thousand_spans_are_made_for_what_is_in_view() {
    let tree = tree_of(&mapped(50_000, 100).record());
    assert_eq!(tree.len(), 50_001);
    let rows = tree.rows(40_000..40_003);
    let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [Some(40_000), Some(40_001), Some(40_002)]);
}

/// The rows as a plain walk finds them.
fn walked(record: &RunRecord, tree: &SpanTree, index: usize, rows: &mut Vec<usize>) {
    rows.push(index);
    if tree.nodes[index].is_folded {
        return;
    }
    let id = &record.spans[index].id;
    for (child, span) in record.spans.iter().enumerate() {
        if span.parent.as_ref() == Some(id) {
            walked(record, tree, child, rows);
        }
    }
}

proptest! {
    #[test]
    fn any_tree_has_the_rows_of_a_plain_walk(
        parents in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        folds in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
    ) {
        let mut script = Script::new("r_1", 0);
        let mut spans = vec![script.start(None, SpanKind::NodeExecutionSpan, "root")];
        for (at, parent) in parents.iter().enumerate() {
            let kind = if at % 3 == 0 { SpanKind::NodeExecutionSpan } else { SpanKind::FlowExecutionSpan };
            let parent = spans[parent.index(spans.len())].clone();
            spans.push(script.start(Some(&parent), kind, "span"));
            script.pass(Duration::from_millis(1));
        }
        let mut record = RunRecord::from_planned(&script.events[0]).unwrap();
        let mut tree = SpanTree::default();
        for (at, event) in script.events[1..].iter().enumerate() {
            record.apply(event);
            tree.update(&record, None);
            for (when, which) in &folds {
                if when.index(spans.len()) == at && !record.spans.is_empty() {
                    tree.toggle(which.index(record.spans.len()));
                }
            }
        }
        let mut walk = Vec::new();
        walked(&record, &tree, 0, &mut walk);
        let rows: Vec<usize> = tree.rows(0..tree.len()).iter().map(|row| row.index).collect();
        prop_assert_eq!(&rows, &walk);
        for (row, index) in rows.iter().enumerate() {
            prop_assert_eq!(tree.row_of(*index), row);
            prop_assert_eq!(tree.span_at(row), Some(*index));
        }
    }
}
