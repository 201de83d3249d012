//! The symbol of a span's state.

use crate::base::clock::Timestamp;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::{RunState, SpanOutcome};
use crate::tui::glyphs::{Glyphs, state_role};
use crate::tui::theme::Role;

/// Returns the symbol of a span and its colour. An open span, or one that was cut off by the end of
/// the run, has the state of its run; its symbol is animated only while the run is active.
pub(crate) fn of(
    run: &RunRecord,
    span: &SpanRecord,
    glyphs: &Glyphs,
    now: Timestamp,
) -> (&'static str, Role) {
    match span.outcome {
        Some(SpanOutcome::Ok) => (glyphs.ok, Role::Success),
        Some(SpanOutcome::Error) => (glyphs.error, Role::Error),
        Some(SpanOutcome::Cancelled) if run.ended_with(span) => {
            (glyphs.state(run.state, now), state_role(run.state))
        }
        Some(SpanOutcome::Cancelled) => (glyphs.state(RunState::Cancelled, now), Role::Muted),
        None => (glyphs.state(run.state, now), state_role(run.state)),
    }
}
