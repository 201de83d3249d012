//! Consecutive nodes of a flow in a progress line: `✓ classify 1.2s · ⠋ route`.

use std::ops::Range;

use super::cell::Layout;
use crate::base::duration;
use crate::base::text::sanitised;
use crate::runs::{SpanRecord, TranscriptItem};
use crate::spec::language::{EndNode, StartNode};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::span_sign;

/// A blank at which a line is not broken.
const NO_BREAK: &str = "\u{a0}";

fn spans<'r>(
    layout: &Layout<'r>,
    items: &Range<usize>,
) -> impl Iterator<Item = &'r SpanRecord> + use<'r> {
    let record = layout.record;
    let items = layout.items.get(items.clone()).unwrap_or_default();
    items.iter().filter_map(|item| match item {
        TranscriptItem::Node(span) => record.spans.get(*span),
        TranscriptItem::Message(_)
        | TranscriptItem::Streaming { .. }
        | TranscriptItem::Reasoning(_)
        | TranscriptItem::ToolCall(_)
        | TranscriptItem::Error(_)
        | TranscriptItem::Note(_) => None,
    })
}

/// Whether all of the nodes have ended, so that their line doesn't change with time.
pub(super) fn are_settled(layout: &Layout<'_>, items: &Range<usize>) -> bool {
    spans(layout, items).all(|span| span.ended_at.is_some())
}

pub(super) fn rows(layout: &Layout<'_>, items: &Range<usize>) -> Vec<Row> {
    let mut pieces = Vec::new();
    for span in spans(layout, items) {
        if !pieces.is_empty() {
            let dot = layout.glyphs.dot;
            pieces.push(Piece::new(
                format!("{NO_BREAK}{dot} "),
                Tone::of(Role::Muted),
            ));
        }
        let record = layout.record;
        let (sign, role) = span_sign::of(record, span, layout.glyphs, layout.now);
        pieces.push(Piece::new(format!("{sign}{NO_BREAK}"), Tone::of(role)));
        let name = sanitised(&span.component.name).replace([' ', '\n', '\t'], NO_BREAK);
        let name_role = if span.outcome.is_none() {
            Role::Text
        } else {
            Role::Muted
        };
        pieces.push(Piece::new(name, Tone::of(name_role)));
        // Start and end nodes only pass values on: their time says nothing.
        let is_edge = span.component.is::<StartNode>() || span.component.is::<EndNode>();
        if !is_edge {
            let time = record.active_between(span.started_at, span.ended_at, layout.now);
            let time = duration::short(time);
            pieces.push(Piece::new(
                format!("{NO_BREAK}{time}"),
                Tone::of(Role::Muted),
            ));
        }
    }
    let indent = Indent {
        first: Vec::new(),
        hanging_cells: 2,
    };
    wrap(&pieces, usize::from(layout.fit.width), &indent)
}
