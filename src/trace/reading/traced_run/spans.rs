//! The spans of a trace and their nesting.

use std::collections::HashMap;

use crate::trace::{ComponentName, SpanKind};

/// A span that has started.
#[derive(Debug)]
pub(super) struct TracedSpan {
    pub(super) parent: Option<String>,
    /// The kind of the span; `None` if it is unknown to this version.
    pub(super) kind: Option<SpanKind>,
    pub(super) component: ComponentName,
    pub(super) has_failed: bool,
}

/// The started spans, by id.
#[derive(Debug, Default)]
pub(super) struct TracedSpans(HashMap<String, TracedSpan>);

/// The component that speaks in a span.
#[derive(Debug)]
pub(super) struct Speaker {
    pub(super) span: String,
    pub(super) name: String,
    /// Whether the component is an agent or a team, so that messages to it come from a user.
    pub(super) converses: bool,
}

impl TracedSpans {
    /// Adds a started span.
    pub(super) fn add(&mut self, id: String, span: TracedSpan) {
        self.0.insert(id, span);
    }

    pub(super) fn get(&self, id: &str) -> Option<&TracedSpan> {
        self.0.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut TracedSpan> {
        self.0.get_mut(id)
    }

    /// Returns the innermost agent or node around a span; may be the span itself.
    pub(super) fn speaker(&self, span: Option<&str>) -> Option<Speaker> {
        let mut next = span;
        // A span can't lie in more spans than there are, unless they lie in each other.
        for _ in 0..=self.0.len() {
            let id = next?;
            let span = self.0.get(id)?;
            if span
                .kind
                .is_some_and(|kind| is_execution(kind) || kind == SpanKind::NodeExecutionSpan)
            {
                return Some(Speaker {
                    span: id.to_owned(),
                    name: span.component.name.to_string(),
                    converses: !matches!(
                        span.kind,
                        Some(SpanKind::NodeExecutionSpan | SpanKind::FlowExecutionSpan)
                    ),
                });
            }
            next = span.parent.as_deref();
        }
        None
    }

    /// Returns the innermost span of a known kind; may be the span itself.
    pub(super) fn known<'s>(&'s self, span: Option<&'s str>) -> Option<&'s str> {
        let mut next = span;
        for _ in 0..=self.0.len() {
            let id = next?;
            let span = self.0.get(id)?;
            if span.kind.is_some() {
                return Some(id);
            }
            next = span.parent.as_deref();
        }
        None
    }

    /// Returns whether a span is inside another one.
    pub(super) fn is_within(&self, span: &str, around: &str) -> bool {
        let mut next = self.0.get(span).and_then(|span| span.parent.as_deref());
        for _ in 0..=self.0.len() {
            match next {
                Some(parent) if parent == around => return true,
                Some(parent) => {
                    next = self.0.get(parent).and_then(|span| span.parent.as_deref());
                }
                None => return false,
            }
        }
        false
    }
}

/// Returns whether a kind is that of an agent, a team or a flow.
pub(super) const fn is_execution(kind: SpanKind) -> bool {
    matches!(
        kind,
        SpanKind::AgentExecutionSpan
            | SpanKind::SwarmExecutionSpan
            | SpanKind::ManagerWorkersExecutionSpan
            | SpanKind::FlowExecutionSpan
    )
}
