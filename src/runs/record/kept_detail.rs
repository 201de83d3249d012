//! How much detail of runs is kept in memory.

/// The details of runs that are kept in memory in addition to their summaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptDetail {
    /// The whole detail.
    #[default]
    All,
    /// The details of active runs, and about this number of bytes for ended runs; those that ended
    /// first are dropped.
    Bytes(usize),
    /// Only what results need, for runs that nobody looks at: messages, outputs, errors, tool
    /// calls, usage. Spans, model calls and events are dropped as soon as they have ended, so that
    /// a long run takes no more memory than a short one.
    Results,
}
