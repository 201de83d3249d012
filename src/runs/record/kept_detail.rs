//! How much of what happens in runs is kept in memory.

/// What is kept in memory of runs beside their summaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptDetail {
    /// All of it.
    #[default]
    All,
    /// All of runs that go on, and about so many bytes of those that are over: that of those which ended first is let go.
    Bytes(usize),
    /// What their results are made of, for runs that nobody looks at: messages, outputs, errors, tool calls, usage. Spans,
    /// model calls and events are let go as soon as they are over, so that a long run takes no more memory than a short one.
    Results,
}
