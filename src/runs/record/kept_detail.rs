//! Says how much of what happens in runs is kept in memory.

/// The detail of runs that is kept in memory beside their summaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptDetail {
    /// The whole detail.
    #[default]
    All,
    /// The detail of active runs, and about so many bytes of the detail of finished runs; those that ended first are let go.
    Bytes(usize),
    /// Only what results are made of, for runs that nobody looks at: messages, outputs, errors, tool calls, usage.
    /// Spans, model calls and events are let go as soon as they are over, so that a long run takes no more memory than
    /// a short one.
    Results,
}
